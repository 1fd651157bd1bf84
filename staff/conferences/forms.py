"""Forms about conferences: the generated one about everything, and those that ask before something is done."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from common.fields import LineField, MomentField
from common.text import without_accents
from conference.models import Conference
from conference.reserved import validate_free_address
from staff.conferences.moving import MovingConferenceForm, refuse_far_years


def address_from(name: str) -> str:
    """A web address made from ``name``: "Na Chi Lăng 2027" becomes "na-chi-lang-2027"."""
    return slugify(without_accents(name))[:60].strip("-")


class ConferenceForm(MovingConferenceForm):
    """A conference; an empty address is made from the short name."""

    class Meta:
        model = Conference
        exclude = ("cancelled_at", "cancel_reason")

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


class DuplicateForm(forms.Form):
    """What must differ in a copy."""

    name = LineField(label=_("Name"), max_length=250, widget=forms.TextInput(attrs={"class": "vTextField"}))
    short_name = LineField(label=_("Short name"), max_length=60, widget=forms.TextInput(attrs={"class": "vTextField"}))
    slug = forms.SlugField(
        label=_("Address on the web"),
        max_length=60,
        required=False,
        validators=[validate_free_address],
        help_text=_("Left empty, it is made from the short name."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    starts_at = MomentField(label=_("New start"), widget=AdminSplitDateTime, validators=[refuse_far_years])

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
    """The question before a conference is cancelled; whoever presses must have meant it, and read what is sent."""

    reason = LineField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("Stands in the message. One short sentence, such as: Bão số 5 đổ bộ."),
    )
    #: The reason with which the text was shown last.
    seen = LineField(max_length=200, required=False, widget=forms.HiddenInput)
    sure = forms.BooleanField(
        label=_("Yes, the conference does not take place."),
        error_messages={"required": _("Please tick the box if you mean it.")},
    )
