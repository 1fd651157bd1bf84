"""Times of day are taken as people write them, everywhere alike."""

from datetime import time

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from common.fields import ClockField, MomentField


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("08:30", time(8, 30)),
        ("8:30", time(8, 30)),
        ("8h", time(8)),
        ("17H", time(17)),
        ("8h30", time(8, 30)),
        ("8 h 30", time(8, 30)),
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
        if " h " not in typed and "H" not in typed:
            assert forms.TimeField().clean(typed) == meant


@pytest.mark.parametrize("field", [ClockField(), MomentField()])
def test_what_is_no_time_is_answered_with_an_example(field):
    typed = "sáng" if isinstance(field, ClockField) else ["2027-07-19", "sáng"]
    with translation.override("vi"), pytest.raises(ValidationError, match="8h30"):
        field.clean(typed)


def test_a_moment_may_stay_empty_where_it_may():
    assert MomentField(required=False).clean(["", ""]) is None
