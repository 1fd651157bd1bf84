"""A conference at another time: what moves along with its start, and what is said of that."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common.edit_conflicts import moment_words
from conference import services
from conference.models import Conference
from control.presses import move_starts
from control.slides import asking
from staff.edit_conflicts import StaffModelForm
from staff.workspace.matter import log

#: A year outside of these is a slip of the finger; far outside, it cannot be told in local time.
_FIRST_YEAR, _LAST_YEAR = 2000, 2200


def refuse_far_years(moment: date) -> None:
    """A validator of days and moments.

    Raises:
        ValidationError: it is centuries away.
    """
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        words = _("Please give a year from %(first)d to %(last)d.")
        raise ValidationError(words % {"first": _FIRST_YEAR, "last": _LAST_YEAR}, code="year")


def refuse_far_moments(form: forms.BaseForm) -> None:
    """Have every field of ``form`` that asks for a moment refuse what is centuries away."""
    for field in form.fields.values():
        is_moment = isinstance(field, forms.DateTimeField | forms.SplitDateTimeField)
        if is_moment and refuse_far_years not in field.validators:
            field.validators = [*field.validators, refuse_far_years]


class MovesAlong(forms.BooleanField):
    """A box that says how the rest is meant; by itself it changes nothing."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class MovingConferenceForm(StaffModelForm):
    """A form with the times of a conference.

    Where the start is changed, the whole conference moves if so wished: ``moved_by`` says how far.
    """

    moves_along = MovesAlong(
        label=_("the rest moves along with the start"),
        initial=True,
        required=False,
        help_text=_(
            "Where the start is changed: the end, the closing of registration and the programme, by as much. What is"
            " set anew on this page stays as it is set."
        ),
    )
    moved_by = timedelta(0)
    #: Whether somebody must say when registration closes.
    asks_deadline = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        refuse_far_moments(self)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if self.is_new:
            return cleaned
        starts_at = cleaned.get("starts_at")
        if starts_at and "starts_at" in self.changed_data and cleaned.get("moves_along"):
            self.moved_by = starts_at - self.instance.starts_at
            self._move_along("ends_at", self.instance.ends_at)
            self._move_deadline(self.instance.registration_closes_at)
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()
        # The model compares the deadline as it stands with the new end, which is no answer to what is asked here.
        if self.asks_deadline:
            self.errors["registration_closes_at"].data[1:] = []

    @property
    def times_changed(self) -> bool:
        """Whether the conference starts or ends at another time than before."""
        return bool({"starts_at", "ends_at"} & set(self.changed_data))

    def _move_along(self, name: str, before: datetime) -> None:
        """Move the field ``name`` as far as the start, unless it was set anew itself."""
        if name not in self.changed_data and name not in self.errors:
            self.cleaned_data[name] = before + self.moved_by
            self.changed_data.append(name)

    def _move_deadline(self, before: datetime | None) -> None:
        now = timezone.now()
        # Whoever has closed registration keeps it closed.
        if before is None or before <= now or "registration_closes_at" in self.changed_data:
            return
        if before + self.moved_by > now:
            self._move_along("registration_closes_at", before)
            return
        self.asks_deadline = True
        words = _(
            "Moved along, registration would close at %(moment)s, which has passed. Set another time, or empty the"
            " field: then it closes when the conference starts."
        )
        self.add_error("registration_closes_at", words % {"moment": moment_words(before + self.moved_by)})


def warn_of_past(request: HttpRequest, conference: Conference, now: datetime) -> None:
    """Say of ``conference``, just saved, that its time has passed at ``now``: no mistake in an archive, else a slip."""
    if conference.starts_at > now:
        return
    words = gettext(
        "The time of this conference has passed: %(moment)s. If this is not meant for the archive, set it anew"
        " under Content → Time."
    )
    messages.warning(request, words % {"moment": moment_words(conference.starts_at)})


def move_programme(request: HttpRequest, form: MovingConferenceForm, but: Iterable[int] = ()) -> None:
    """After ``form`` was saved: move the programme as far as the start, but not the entries ``but``, and say so."""
    if form.moved_by:
        count = services.move_programme(conference=form.instance, by=form.moved_by, but=but)
        move_starts(conference=form.instance, by=form.moved_by)
        messages.warning(request, _moved_words(count))
        _move_slides(request, form.instance, form.moved_by)
    elif "starts_at" in form.changed_data and form.instance.programme.exists():
        words = gettext("The programme has stayed where it was, since the box “%(box)s” was not ticked.")
        messages.warning(request, words % {"box": form.fields["moves_along"].label})


def _move_slides(request: HttpRequest, conference: Conference, by: timedelta) -> None:
    """Move the time limit for slides as well; said, and noted in the history."""
    due = asking.move_due(conference=conference, by=by, now=timezone.now())
    if due is None:
        return
    facts = {"before": moment_words(due.before), "after": moment_words(due.after)}
    if due.has_moved:
        words = gettext("The time limit for slides has moved along: %(after)s, it was %(before)s.") % facts
        log(request, conference, CHANGE, words)
    else:
        words = gettext("The time limit for slides stays at %(before)s: moved along, it would have passed.") % facts
        words += " " + gettext("Please set it anew under Slides.")
    messages.warning(request, words)


def _moved_words(count: int) -> str:
    """What has moved along, ``count`` entries of the programme among it."""
    if not count:
        return gettext(
            "What was not set anew has moved along with the start. Please check it. Set the start back, and it"
            " moves back."
        )
    words = ngettext(
        "What was not set anew has moved along with the start, %(count)d entry of the programme as well. Please"
        " check it. Set the start back, and it moves back.",
        "What was not set anew has moved along with the start, %(count)d entries of the programme as well. Please"
        " check it. Set the start back, and it moves back.",
        count,
    )
    return words % {"count": count}
