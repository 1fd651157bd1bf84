"""Times of day are taken as people write them, everywhere alike."""

from collections.abc import Iterator
from datetime import time
from importlib import import_module

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from common.fields import ClockField, MomentField
from staff.workspace.widgets import DayAndClock


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("08:30", time(8, 30)),
        ("8:30", time(8, 30)),
        ("8h", time(8)),
        ("17H", time(17)),
        ("8h30", time(8, 30)),
        ("8 h 30", time(8, 30)),
        ("9g30", time(9, 30)),
        ("9G", time(9)),
        ("9 g 30", time(9, 30)),
        ("8 giờ", time(8)),
        ("8 giờ 30", time(8, 30)),
        ("8.30", time(8, 30)),
    ],
)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_time_is_taken_as_it_is_written(typed, meant, language):
    with translation.override(language):
        assert ClockField().clean(typed) == meant
        assert timezone.localtime(MomentField().clean(["2027-07-19", typed])).time() == meant
        # The generated pages, which have Django's own field.
        if typed == typed.lower() and " h " not in typed and " g " not in typed:
            assert forms.TimeField().clean(typed) == meant


def _forms(base: type) -> Iterator[type]:
    for one in base.__subclasses__():
        yield one
        yield from _forms(one)


def test_every_form_of_the_workspace_reads_moments_by_the_one_rule():
    import_module("staff.urls")
    asked = [
        (form.__name__, name, type(field))
        for form in _forms(forms.BaseForm)
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, DayAndClock)
    ]
    assert {"DueForm", "RoundForm", "WhenForm"} <= {form for form, _name, _field in asked}
    assert [row for row in asked if not issubclass(row[2], MomentField)] == []


@pytest.mark.parametrize("field", [ClockField(), MomentField()])
def test_what_is_no_time_is_answered_with_an_example(field):
    typed = "sáng" if isinstance(field, ClockField) else ["2027-07-19", "sáng"]
    with translation.override("vi"), pytest.raises(ValidationError, match="8h30"):
        field.clean(typed)


def test_a_moment_may_stay_empty_where_it_may():
    assert MomentField(required=False).clean(["", ""]) is None
