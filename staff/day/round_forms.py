"""The small forms of test rounds: when one is, and what the test of one point has shown."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bridges.models import LineTest, TestRound
from common.edit_conflicts import moment_words
from common.fields import MomentField
from conference.models import Conference
from staff.conferences.moving import refuse_far_moments
from staff.edit_conflicts import StaffModelForm
from staff.workspace.widgets import DayAndClock

#: A round that was held already may be entered to record its results; further back, the moment is a slip.
_RECORDED_WITHIN = timedelta(days=30)


class RoundForm(StaffModelForm):
    """When a round is, and what is to be known.

    A new moment lies before the conference, or on a later day of it before its end, and at most 30 days back; no other
    round of the same kind is at it that is not cancelled. A round whose moment and kind stay as they are stored may be
    changed at any time.
    Validated in the transaction that stores it: the conference is locked until then.
    """

    class Meta:
        model = TestRound
        fields = ("kind", "name", "starts_at", "note")
        field_classes = {"starts_at": MomentField}
        widgets = {"starts_at": DayAndClock, "note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stored = self.instance.kind, self.instance.starts_at
        refuse_far_moments(self)

    def clean_starts_at(self) -> datetime:
        """The moment of the round.

        Raises:
            ValidationError: it is new, and no round can be at it.
        """
        moment: datetime = self.cleaned_data["starts_at"]
        kind = self.cleaned_data.get("kind", "")
        stored_kind, stored = self._stored
        # The page shows minutes, and a moment that was stored with seconds is still the same one.
        is_new_moment = stored is None or moment != stored.replace(second=0, microsecond=0)
        if is_new_moment:
            self._refuse_senseless(moment)
        if is_new_moment or kind != stored_kind:
            self._refuse_twice(moment, kind)
        return moment

    def _refuse_senseless(self, moment: datetime) -> None:
        starts_at, ends_at = self.instance.conference.starts_at, self.instance.conference.ends_at
        if moment >= ends_at:
            words = _("The conference ends at %(end)s: a test round is before that.")
            raise ValidationError(words % {"end": moment_words(ends_at)}, code="after_end")
        if moment >= starts_at and timezone.localdate(moment) == timezone.localdate(starts_at):
            words = _("The conference starts at %(start)s: a test round on that day is before it.")
            raise ValidationError(words % {"start": moment_words(starts_at)}, code="after_start")
        if moment < timezone.now() - _RECORDED_WITHIN:
            words = _("This is more than %(days)d days ago. Please check day and year.")
            raise ValidationError(words % {"days": _RECORDED_WITHIN.days}, code="long_past")

    def _refuse_twice(self, moment: datetime, kind: str) -> None:
        # Of two rounds that are stored at once the second waits here for the first, and is refused.
        _lock(self.instance.conference)
        if other := self._twin_at(moment, kind):
            words = _("There is a round of this kind at this time already: %(round)s.")
            raise ValidationError(words % {"round": other.label}, code="twice")

    def _twin_at(self, moment: datetime, kind: str) -> TestRound | None:
        others = TestRound.objects.filter(
            conference=self.instance.conference, kind=kind, starts_at=moment, cancelled_at=None
        )
        return others.exclude(pk=self.instance.pk).first()


def _lock(conference: Conference) -> None:
    Conference.objects.select_for_update(no_key=True).only("pk").get(pk=conference.pk)


class LineTestForm(StaffModelForm):
    """What the test of one point has shown, check by check."""

    # Two people may enter the first results of a point.
    carries_new = True

    class Meta:
        model = LineTest
        fields = ("picture", "sound", "return_sound", "spare_line", "tested_with", "note")
        widgets = dict.fromkeys(LineTest.ALL_CHECKS, forms.RadioSelect)
