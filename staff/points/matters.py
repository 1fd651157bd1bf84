"""The small forms about one bridge point in the workspace: each about one matter, with the fields that a kind has."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max, Model, QuerySet
from django.forms.models import model_to_dict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bridges.coordinates import read_coordinates, write_coordinates
from bridges.models import PLACES, BridgePoint, Connection, Kind, Province, SpareLine
from bridges.readiness import details_of
from common.fields import LineField, PhoneField
from conference.models import Conference
from registrations.forms.mails import AsksAboutMail, MailInput
from staff.edit_conflicts import StaffModelForm
from staff.points.forms import HTTPSURLField

_TECHNICIAN = ("technician_name", "technician_phone", "technician_email")
#: What a coordinator leaves to the organisers.
_ORGANISERS_ONLY = ("kind", "name", "is_hub", "spot")
_LAST_POSITION = 32_000


def provinces_of(conference: Conference | None) -> QuerySet[Province]:
    """The provinces at the time of ``conference``; today's for a new one."""
    moment = conference.starts_at if conference else timezone.now()
    return Province.objects.valid_on(timezone.localtime(moment).date())


def _leave_out(form: forms.BaseForm, names: Any) -> None:
    for name in names:
        form.fields.pop(name, None)


class ConnectionMatterForm(StaffModelForm):
    """How a point is connected."""

    # Two people may type in the details of a point that has none yet.
    carries_new = True

    class Meta:
        model: type[Model] = Connection
        fields = (
            "web_url", "meeting_id", "password", "server", "account", "sip_address", "dial_in", "instructions",
        )  # fmt: skip
        field_classes = {"web_url": HTTPSURLField}
        widgets = {"instructions": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = details_of(self.instance)
        _leave_out(self, [name for name in list(self.fields) if name not in shown])
        for field in self.fields.values():
            # Browsers offer what they remember of other pages.
            field.widget.attrs["autocomplete"] = "off"


class SpareLineForm(ConnectionMatterForm):
    """How a point is joined while its main line is down."""

    class Meta(ConnectionMatterForm.Meta):
        model: type[Model] = SpareLine


class TechnicianForm(AsksAboutMail, StaffModelForm):
    """Who connects the room."""

    MAIL = "technician_email"

    carries_new = True

    class Meta:
        model = Connection
        fields = _TECHNICIAN
        field_classes = {"technician_phone": PhoneField}
        widgets = {"technician_phone": forms.TextInput(attrs={"inputmode": "tel"}), "technician_email": MailInput}
        labels = {
            "technician_name": _("Full name"),
            "technician_phone": _("Phone"),
            "technician_email": _("E-mail"),
        }

    def clean_technician_email(self) -> str:
        return self.clean_mail()


class PlaceForm(StaffModelForm):
    """Where a point is and how many find room there."""

    spot = LineField(
        label=_("place on the map"),
        required=False,
        max_length=1000,
        help_text=_("Paste coordinates or the address of a map, or press on the map below. Empty: as its province."),
    )

    class Meta:
        model = BridgePoint
        fields = (
            "kind", "name", "short_name", "host_name", "province", "address", "is_hub", "seats", "is_open", "approval",
            "notes",
        )  # fmt: skip
        widgets = {"notes": forms.Textarea(attrs={"rows": 3})}

    field_order = (
        "kind", "name", "short_name", "host_name", "province", "address", "spot", "is_hub", "seats", "approval",
        "is_open", "notes",
    )  # fmt: skip

    def __init__(self, *args: Any, is_organiser: bool, **kwargs: Any) -> None:
        point = kwargs["instance"]
        kwargs["initial"] = {"spot": write_coordinates(point.latitude, point.longitude)}
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Any]", self.fields["province"]).queryset = provinces_of(point.conference)
        if not is_organiser:
            _leave_out(self, _ORGANISERS_ONLY)
        if point.kind not in PLACES:
            _leave_out(self, ("province", "address", "spot"))
        if point.kind != Kind.VENUE and not point.is_hub:
            _leave_out(self, ("is_hub",))

    def _read_stored(self) -> dict[str, Any]:
        stored = model_to_dict(self.instance, self._meta.fields, self._meta.exclude)
        return {**stored, "spot": write_coordinates(self.instance.latitude, self.instance.longitude)}

    def clean_spot(self) -> str:
        text = self.cleaned_data["spot"]
        place = read_coordinates(text)
        if text and place is None:
            raise ValidationError(
                _("No coordinates were found here. Open the place in a map and copy them from there: 21.0285, 105.8542")
            )
        return write_coordinates(*place) if place else ""

    def _post_clean(self) -> None:
        super()._post_clean()
        if "spot" in self.changed_data and "spot" in self.cleaned_data:
            place = read_coordinates(self.cleaned_data["spot"])
            self.instance.latitude, self.instance.longitude = place or (None, None)

    @property
    def changed_columns(self) -> list[str]:
        """With the place on the map, which is one field here."""
        place = ["latitude", "longitude"] if "spot" in self.changed_data else []
        return [*super().changed_columns, *place]


class NewPointForm(StaffModelForm):
    """The short form with which a point begins; everything else has a page of its own."""

    class Meta:
        model = BridgePoint
        fields = ("kind", "name", "short_name", "province", "seats")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        conference = self.instance.conference
        self.initial["kind"] = Kind.VIDEO_ROOM.value
        cast("forms.ModelChoiceField[Any]", self.fields["province"]).queryset = provinces_of(conference)

    def save(self, commit: bool = True) -> Any:
        last = self.instance.conference.bridge_points.aggregate(last=Max("position"))["last"] or 0
        self.instance.position = min(last + 1, _LAST_POSITION)
        point = super().save(commit)
        Connection.objects.create(bridge_point=point)
        return point


class AppointForm(AsksAboutMail, forms.Form):
    """A coordinator, by e-mail address: who has no account gets one."""

    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=MailInput)
    name = LineField(label=_("Full name"), max_length=150, required=False)
    phone = PhoneField(label=_("Phone"), required=False, widget=forms.TextInput(attrs={"inputmode": "tel"}))


class PhoneForm(forms.Form):
    """The phone number of a coordinator."""

    phone = PhoneField(label=_("Phone"), widget=forms.TextInput(attrs={"inputmode": "tel"}))
