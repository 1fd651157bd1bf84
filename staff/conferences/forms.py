"""Forms about conferences, for the admin."""

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from common.edit_conflicts import moment_words
from common.fields import LineField
from common.text import without_accents
from conference.models import Conference, ProgrammeItem
from conference.reserved import validate_free_address
from staff.edit_conflicts import StaffInlineFormSet, StaffModelForm


def address_from(name: str) -> str:
    """A web address made from ``name``: "Na Chi Lăng 2027" becomes "na-chi-lang-2027"."""
    return slugify(without_accents(name))[:60].strip("-")


class MovesAlong(forms.BooleanField):
    """A box that says how the rest is meant; by itself it changes nothing."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class ConferenceForm(StaffModelForm):
    """A conference; an empty address is made from the short name.

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

    class Meta:
        model = Conference
        exclude = ("cancelled_at",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = _("Left empty, it is made from the short name: na-chi-lang-2027.")

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"] or address_from(self.data.get(self.add_prefix("short_name"), ""))
        if not slug:
            raise ValidationError(_("Please give an address."))
        return slug

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.is_new:
            return cleaned
        starts_at = cleaned.get("starts_at")
        if starts_at and "starts_at" in self.changed_data and cleaned.get("moves_along"):
            self.moved_by = starts_at - self.instance.starts_at
            self._move_along("ends_at", self.instance.ends_at)
            self._move_deadline(self.instance.registration_closes_at)
        # The programme below the page is checked against the new times.
        cast(Any, self.instance).moved_by = self.moved_by if self.times_changed else None
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


class ProgrammeItemForm(StaffModelForm):
    """An entry of the programme, which ends with its conference at the latest."""

    class Meta:
        model = ProgrammeItem
        fields = ("starts_at", "ends_at", "title", "speaker")

    @property
    def is_set_anew(self) -> bool:
        """Whether its reader has set its time."""
        return self.is_new or bool({"starts_at", "ends_at"} & set(self.changed_data))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        conference = self.instance.conference
        moved_by: timedelta | None = getattr(conference, "moved_by", None)
        if not self.is_set_anew and moved_by is None:
            return cleaned
        name = "ends_at" if cleaned.get("ends_at") else "starts_at"
        last = cleaned.get(name)
        if last is None or conference.ends_at is None:
            return cleaned
        if not self.is_set_anew:
            last += moved_by
        if last > conference.ends_at:
            words = _("This is later than the end of the conference (%(moment)s): set one of the two anew.")
            self.add_error(name, words % {"moment": moment_words(conference.ends_at)})
        return cleaned


class ProgrammeFormSet(StaffInlineFormSet):
    """The programme of a conference whose times may be changed on the same page."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        # The one with the new times.
        form.instance.conference = self.instance


class DuplicateForm(forms.Form):
    """What must differ in a copy."""

    name = LineField(label=_("Name"), max_length=250, widget=forms.TextInput(attrs={"class": "vTextField"}))
    short_name = LineField(label=_("Short name"), max_length=60, widget=forms.TextInput(attrs={"class": "vTextField"}))
    slug = forms.SlugField(
        label=_("Address"),
        max_length=60,
        required=False,
        validators=[validate_free_address],
        help_text=_("Left empty, it is made from the short name."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    starts_at = forms.SplitDateTimeField(label=_("New start"), widget=AdminSplitDateTime)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "slug" in cleaned and "short_name" in cleaned:
            cleaned["slug"] = cleaned["slug"] or address_from(cleaned["short_name"])
            if Conference.objects.filter(slug=cleaned["slug"]).exists():
                self.add_error("slug", _("Another conference has this address already."))
        return cleaned

    @staticmethod
    def suggestion(conference: Conference, now: datetime) -> dict[str, Any]:
        """The same day and hour in the next year that lies ahead, and names with that year."""
        start = timezone.localtime(conference.starts_at)
        year = max(start.year + 1, timezone.localtime(now).year)
        if start.replace(year=year, day=min(start.day, 28)) <= now:
            year += 1
        old, new = str(start.year), str(year)
        day = 28 if (start.month, start.day) == (2, 29) else start.day
        short_name = conference.short_name.replace(old, new)
        return {
            "name": conference.name.replace(old, new),
            "short_name": short_name,
            "slug": address_from(short_name),
            "starts_at": start.replace(year=year, day=day),
        }


class CancelForm(forms.Form):
    """The question before a conference is cancelled; whoever presses must have meant it."""

    sure = forms.BooleanField(
        label=_("Yes, the conference does not take place."),
        error_messages={"required": _("Please tick the box if you mean it.")},
    )
