"""What is pasted is never cut unseen: a text that is too long comes to the server, which says so."""

import pytest
from django import forms

from common.fields import CleanTextFormMixin, LineField


class _Form(CleanTextFormMixin, forms.Form):
    note = forms.CharField(max_length=60, widget=forms.Textarea)
    reason = LineField(max_length=200)
    name = forms.CharField(max_length=150)
    code = forms.CharField(max_length=8)


@pytest.mark.parametrize("name", ["note", "reason", "name"])
def test_a_long_text_is_not_cut_in_the_browser_and_the_form_says_how_long_it_is(name):
    assert "maxlength" not in str(_Form()[name])
    typed = {"note": "a", "reason": "a", "name": "a", "code": "a", name: "a" * 250}
    form = _Form(typed)
    assert list(form.errors) == [name]
    assert "250" in str(form.errors[name])
    assert "a" * 250 in str(form[name])


def test_a_short_code_keeps_its_limit():
    assert 'maxlength="8"' in str(_Form()["code"])
