"""The programme of a conference: on the generated page of the conference, and as a table of its own."""

from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from common.edit_conflicts import moment_words
from common.fields import ClockField
from conference.models import Conference, ProgrammeItem
from staff.edit_conflicts import StaffInlineFormSet, StaffModelForm
from staff.workspace.widgets import ClockInput

#: A conference of more days than this is a mistake in its dates; a choice of so many helps nobody.
_MOST_DAYS = 31
#: So many entries are named in a warning.
_MOST_NAMED = 5


def warn_of_hours(request: HttpRequest, conference: Conference) -> None:
    """Say which entries of the programme, just saved or moved, lie outside the hours of ``conference``."""
    outside = [item for item in ProgrammeItem.objects.filter(conference=conference) if _is_outside(item, conference)]
    if not outside:
        return
    words = ngettext(
        "%(count)d entry of the programme is outside the hours of the conference (%(from)s – %(to)s): %(which)s",
        "%(count)d entries of the programme are outside the hours of the conference (%(from)s – %(to)s): %(which)s",
        len(outside),
    )
    facts = {
        "count": len(outside),
        "from": moment_words(conference.starts_at),
        "to": moment_words(conference.ends_at),
        "which": "; ".join(item.title for item in outside[:_MOST_NAMED]) + ("; …" if outside[_MOST_NAMED:] else ""),
    }
    messages.warning(request, words % facts)


def _is_outside(item: ProgrammeItem, conference: Conference) -> bool:
    # The one with the new times.
    item.conference = conference
    return item.is_outside_hours


class ProgrammeItemForm(StaffModelForm):
    """An entry of the programme; outside the hours of its conference it is taken, and ``warn_of_hours`` says so."""

    class Meta:
        model = ProgrammeItem
        fields = ("starts_at", "ends_at", "title", "speaker")

    @property
    def is_set_anew(self) -> bool:
        """Whether its reader has set its time."""
        return self.is_new or bool({"starts_at", "ends_at"} & set(self.changed_data))


class ProgrammeFormSet(StaffInlineFormSet):
    """The programme of a conference whose times may be changed on the same page."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        # The one with the new times.
        form.instance.conference = self.instance


def days_of(conference: Conference) -> list[date]:
    """The days of ``conference``, and those on which its programme has something, in order."""
    first, last = (timezone.localdate(moment) for moment in (conference.starts_at, conference.ends_at))
    days = {first + timedelta(days=number) for number in range(min((last - first).days + 1, _MOST_DAYS))}
    starts = ProgrammeItem.objects.filter(conference=conference).values_list("starts_at", flat=True)
    return sorted(days | {timezone.localdate(moment) for moment in starts})


def _clock(moment: datetime | None) -> time | None:
    return timezone.localtime(moment).time().replace(second=0, microsecond=0) if moment else None


class ProgrammeRowForm(StaffModelForm):
    """An entry of the programme in a table: times of day only, its day from the conference or chosen among ``days``."""

    day = forms.TypedChoiceField(label=pgettext_lazy("programme", "day"), coerce=date.fromisoformat)
    begins = ClockField(label=pgettext_lazy("programme", "from"), widget=ClockInput)
    ends = ClockField(label=pgettext_lazy("programme", "to"), widget=ClockInput, required=False)
    field_order = ("day", "begins", "ends", "title", "speaker")

    class Meta:
        model = ProgrammeItem
        fields = ("title", "speaker")

    def __init__(self, *args: Any, days: list[date], **kwargs: Any) -> None:
        item = kwargs.get("instance")
        if item is not None and item.pk:
            kwargs["initial"] = _times_of(item)
        super().__init__(*args, **kwargs)
        self._days = days
        self._moments: tuple[datetime, datetime | None] | None = None
        if len(days) == 1:
            del self.fields["day"]
        else:
            choices = [(day.isoformat(), date_format(day, "l, j/n").capitalize()) for day in days]
            cast(forms.TypedChoiceField, self.fields["day"]).choices = choices
            self.fields["day"].initial = choices[0][0]

    def _read_stored(self) -> dict[str, Any]:
        return super()._read_stored() | _times_of(self.instance)

    @property
    def is_set_anew(self) -> bool:
        """Whether its reader has set its time."""
        return self.is_new or bool({"day", "begins", "ends"} & set(self.changed_data))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        day = cleaned.get("day") or (self._days[0] if "day" not in self.fields else None)
        begins, ends = cleaned.get("begins"), cleaned.get("ends")
        if day is None or begins is None or "ends" in self.errors or not self.is_set_anew:
            return cleaned
        starts_at = timezone.make_aware(datetime.combine(day, begins))
        ends_at = timezone.make_aware(datetime.combine(day, ends)) if ends else None
        if ends_at and ends_at <= starts_at:
            self.add_error("ends", _("This must end after it starts."))
        else:
            self._moments = starts_at, ends_at
        return cleaned

    def _post_clean(self) -> None:
        if self._moments:
            self.instance.starts_at, self.instance.ends_at = self._moments
        super()._post_clean()

    @property
    def changed_columns(self) -> list[str]:
        """The names of the columns that are written."""
        return super().changed_columns + (["starts_at", "ends_at"] if self._moments else [])


def _times_of(item: ProgrammeItem) -> dict[str, Any]:
    """Day and times of ``item`` as the table shows them; empty for a new one."""
    day = timezone.localdate(item.starts_at).isoformat() if item.starts_at else ""
    return {"day": day, "begins": _clock(item.starts_at), "ends": _clock(item.ends_at)}


class ProgrammeTable(StaffInlineFormSet):
    """The programme, typed in one go; it makes room for more than it has."""


def programme_table(conference: Conference, data: Any) -> Any:
    """The table with the programme of ``conference``, from what was sent (None: nothing was)."""
    count = ProgrammeItem.objects.filter(conference=conference).count()
    factory = forms.inlineformset_factory(
        Conference, ProgrammeItem, form=ProgrammeRowForm, formset=ProgrammeTable, extra=max(3, 8 - count)
    )
    return factory(data, instance=conference, form_kwargs={"days": days_of(conference)})
