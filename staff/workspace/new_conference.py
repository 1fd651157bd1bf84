"""The short form with which a conference begins."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from accounts.models import User
from bridges.models import BridgePoint, Kind
from common.fields import ClockField, LineField
from conference.models import Conference
from staff.conferences.forms import address_from
from staff.conferences.moving import refuse_far_years
from staff.edit_conflicts import StaffModelForm
from staff.workspace.widgets import ClockInput, DayInput


class NewConferenceForm(StaffModelForm):
    """Names, address, days and main hall; everything else has a page of its own in the workspace."""

    first_day = forms.DateField(label=gettext_lazy("First day"), widget=DayInput, validators=[refuse_far_years])
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=DayInput,
        required=False,
        validators=[refuse_far_years],
        help_text=gettext_lazy("Empty: the same day."),
    )
    begins = ClockField(label=gettext_lazy("Begins at"), widget=ClockInput, initial=time(8))
    ends = ClockField(label=gettext_lazy("Ends at"), widget=ClockInput, initial=time(11, 30))
    hall = LineField(
        label=gettext_lazy("Main hall"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Its name, such as Hội trường UBND tỉnh Lạng Sơn; the other points are added later."),
    )

    class Meta:
        model = Conference
        fields = ("name", "short_name", "slug")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].label = gettext("Address on the web")
        self.fields["slug"].required = False
        self.fields["slug"].help_text = gettext("Left empty, it is made from the short name: na-chi-lang-2027.")

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"] or address_from(self.data.get(self.add_prefix("short_name"), ""))
        # Without a short name that is what is asked for; the address follows from it.
        if not slug and self.data.get(self.add_prefix("short_name"), "").strip():
            raise ValidationError(gettext("Please give an address."))
        return str(slug)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        first, begins, ends = (cleaned.get(name) for name in ("first_day", "begins", "ends"))
        if first is None or begins is None or ends is None:
            return cleaned
        last = cleaned.get("last_day") or first
        starts_at, ends_at = (
            timezone.make_aware(datetime.combine(*moment)) for moment in ((first, begins), (last, ends))
        )
        if ends_at <= starts_at:
            self._refuse_end(is_day=last < first)
        else:
            self.instance.starts_at, self.instance.ends_at = starts_at, ends_at
        return cleaned

    def _refuse_end(self, *, is_day: bool) -> None:
        if is_day:
            self.add_error("last_day", gettext("The last day must not lie before the first."))
        else:
            self.add_error("ends", gettext("The conference must end after it starts."))

    def save_for(self, user: User) -> Conference:
        """Make the conference, a draft that ``user`` runs, and its main hall if one was named."""
        conference: Conference = self.save()
        if not user.is_superuser:
            conference.organisers.add(user)
        if hall := self.cleaned_data["hall"]:
            BridgePoint.objects.create(conference=conference, kind=Kind.VENUE, name=hall, is_hub=True)
        return conference
