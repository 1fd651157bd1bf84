"""The cues of a run of show as a table that is typed in one go."""

from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from bridges.models import BridgePoint, Kind
from common.fields import ClockField
from conference.models import Conference
from control.models import Cue, SlideFile
from control.presses import lock_cues
from staff.conferences.programme import days_of
from staff.conferences.small_forms import OrderedRowForm
from staff.edit_conflicts import StaffInlineFormSet
from staff.workspace.widgets import ClockInput


class CueRowForm(OrderedRowForm):
    """A cue; its hard start as a time of day, on the day of the conference or one chosen among ``days``."""

    day = forms.TypedChoiceField(label=pgettext_lazy("programme", "day"), coerce=date.fromisoformat, required=False)
    begins = ClockField(label=_("not before"), widget=ClockInput, required=False)
    field_order = ("position", "title", "who", "point", "way", "minutes", "day", "begins", "notes", "is_skipped")

    class Meta:
        model = Cue
        fields = ("position", "title", "who", "point", "way", "minutes", "notes", "is_skipped")
        widgets = {
            "position": forms.NumberInput(attrs={"class": "dc-short"}),
            "minutes": forms.NumberInput(attrs={"class": "dc-short"}),
            **{name: forms.Textarea(attrs={"rows": 1}) for name in ("title", "who", "notes")},
        }

    def __init__(
        self, *args: Any, of: Conference, days: list[date], points: list[tuple[Any, Any]], **kwargs: Any
    ) -> None:
        cue = kwargs.get("instance")
        if cue is not None and cue.pk:
            kwargs["initial"] = _begins_of(cue)
        super().__init__(*args, **kwargs)
        self._days = days
        choice = cast(Any, self.fields["point"])
        choice.queryset = BridgePoint.objects.filter(conference=of)
        # Looked up once for all rows.
        choice.choices = points
        if self.is_new:
            self._offer_way_of_point()
        if len(days) == 1:
            del self.fields["day"]
        else:
            choices = [(day.isoformat(), date_format(day, "l, j/n").capitalize()) for day in days]
            cast(forms.TypedChoiceField, self.fields["day"]).choices = [("", "–"), *choices]

    def _offer_way_of_point(self) -> None:
        way = cast(forms.ChoiceField, self.fields["way"])
        way.required = False
        way.choices = [("", pgettext("how", "as the bridge point")), *Cue.Way.choices]
        self.initial["way"] = ""

    def _read_stored(self) -> dict[str, Any]:
        return super()._read_stored() | _begins_of(self.instance)

    @property
    def _sets_start(self) -> bool:
        return self.is_new or bool({"day", "begins"} & set(self.changed_data))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if not {"point", "way"} & set(self.errors):
            self._choose_way(cleaned)
        if cleaned.get("is_skipped") and self.instance.started_at:
            self.add_error("is_skipped", _("It has begun already, so it cannot be left out."))
        if cleaned.get("begins") and "day" in self.fields and "day" not in self.errors and not cleaned.get("day"):
            self.add_error("day", _("Please choose the day."))
        return cleaned

    def _choose_way(self, cleaned: dict[str, Any]) -> None:
        """Where nobody chose a way it follows from the point: who is not in a hall is seen on its screen."""
        way = _way_of(cleaned.get("point"))
        if self.is_new:
            cleaned["way"] = cleaned.get("way") or way
        elif "point" in self.changed_data and "way" not in self.changed_data and cleaned["way"] != way:
            cleaned["way"] = way
            self.changed_data.append("way")

    def _post_clean(self) -> None:
        if self._sets_start and not {"day", "begins"} & set(self.errors):
            self.instance.not_before = self._moment()
        super()._post_clean()

    def _moment(self) -> datetime | None:
        begins = self.cleaned_data.get("begins")
        day = self.cleaned_data.get("day") or self._days[0]
        return timezone.make_aware(datetime.combine(day, begins)) if begins else None

    @property
    def changed_columns(self) -> list[str]:
        """The names of the columns that are written."""
        return super().changed_columns + (["not_before"] if self._sets_start else [])


def _way_of(point: BridgePoint | None) -> Cue.Way:
    return Cue.Way.IN_PERSON if point is None or point.kind == Kind.VENUE else Cue.Way.VIDEO


def _begins_of(cue: Cue) -> dict[str, Any]:
    """Day and time of the hard start of ``cue`` as the table shows them."""
    if cue.not_before is None:
        return {"day": "", "begins": None}
    local = timezone.localtime(cue.not_before)
    return {"day": local.date().isoformat(), "begins": local.time().replace(second=0, microsecond=0)}


class CueTable(StaffInlineFormSet):
    """Keeps what has begun, which belongs to the record, and what somebody has handed in slides for."""

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            if form.instance.pk and form.instance.started_at:
                words = _("“%(title)s” has begun already, so it stays.")
                raise ValidationError(words % {"title": form.instance.title})
        deleted = [form.instance.pk for form in self.deleted_forms if form.instance.pk]
        if with_slides := SlideFile.objects.filter(cue__in=deleted, withdrawn_at=None).select_related("cue").first():
            words = _("“%(title)s” has slides, which would be lost. Leave it out instead of deleting it.")
            raise ValidationError(words % {"title": with_slides.cue.title})


def cue_table(conference: Conference, data: Any) -> Any:
    """The table with the cues of ``conference``, from what was sent (None: nothing was).

    With what was sent it is called in a transaction: nobody presses meanwhile.
    """
    if data is not None:
        lock_cues(conference=conference)
    cues = Cue.objects.filter(conference=conference)
    factory = forms.inlineformset_factory(
        Conference, Cue, form=CueRowForm, formset=CueTable, extra=max(3, 6 - cues.count())
    )
    points: list[tuple[Any, Any]] = [("", "–")]
    points += [(point.pk, point.label) for point in conference.bridge_points.order_by("position", "id")]
    starts = cues.exclude(not_before=None).values_list("not_before", flat=True)
    days = sorted({*days_of(conference), *(timezone.localdate(moment) for moment in starts if moment)})
    return factory(data, instance=conference, form_kwargs={"of": conference, "days": days, "points": points})
