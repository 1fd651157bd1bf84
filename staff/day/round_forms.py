"""The small forms of test rounds: when one is, and what the test of one point has shown."""

from typing import Any

from django import forms

from bridges.models import LineTest, TestRound
from common.fields import MomentField
from staff.conferences.moving import refuse_far_moments
from staff.edit_conflicts import StaffModelForm
from staff.workspace.widgets import DayAndClock


class RoundForm(StaffModelForm):
    """When a round is, and what is to be known."""

    class Meta:
        model = TestRound
        fields = ("kind", "name", "starts_at", "note")
        field_classes = {"starts_at": MomentField}
        widgets = {"starts_at": DayAndClock, "note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        refuse_far_moments(self)


class LineTestForm(StaffModelForm):
    """What the test of one point has shown, check by check."""

    # Two people may enter the first results of a point.
    carries_new = True

    class Meta:
        model = LineTest
        fields = ("picture", "sound", "return_sound", "spare_line", "tested_with", "note")
        widgets = dict.fromkeys(LineTest.ALL_CHECKS, forms.RadioSelect)
