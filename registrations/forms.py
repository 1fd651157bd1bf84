"""The registration form: cleans input, nothing more."""

import hashlib
import json
import secrets
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from phonenumber_field.formfields import PhoneNumberField

from accounts.fields import LineField
from bridges.groups import Group
from bridges.models import BridgePoint, Province
from conference.models import Conference
from registrations.models import Organisation
from registrations.services import OrganisationData, Person


def seats_words(point: BridgePoint) -> str:
    """The seats of ``point`` in words, for the choice in the form."""
    if point.seats_left is None:
        return str(_("no seat limit"))
    if point.is_full:
        return str(_("full – waitlist"))
    return ngettext("%(count)d seat left", "%(count)d seats left", point.seats_left) % {"count": point.seats_left}


class RegistrationForm(forms.Form):
    """One page: the bridge point, the organisation, the person, the consent."""

    point = forms.TypedChoiceField(
        label=_("Bridge point"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose a bridge point."),
            "invalid_choice": _("This bridge point does not exist or takes no registrations. Please choose another."),
        },
    )
    organisation_kind = forms.ChoiceField(
        label=_("Kind of organisation"), choices=[("", _("Please choose")), *Organisation.Kind.choices]
    )
    organisation_name = LineField(
        label=_("Organisation"),
        help_text=_("Cooperative, company, agency or household."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    province = forms.ModelChoiceField(
        label=_("Province"), queryset=Province.objects.none(), required=False, empty_label=_("Please choose")
    )
    full_name = LineField(
        label=_("Full name of the delegate"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    position = LineField(
        label=_("Position"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    phone = PhoneNumberField(
        label=_("Phone"),
        region="VN",
        required=False,
        max_length=40,
        help_text=_("A mobile number receives the link by SMS."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"invalid": _("This is not a phone number. Example: 0912 345 678.")},
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        help_text=_("Phone or e-mail: one is enough, both are safer."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={"invalid": _("This is not an e-mail address. Example: ten@example.vn.")},
    )
    consent = forms.BooleanField(
        label=_(
            "I agree that the organisers store these data to run this conference and to send me its messages, "
            "and erase them when that is done."
        ),
        error_messages={"required": _("Without your consent we may not store the registration.")},
    )
    nonce = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, conference: Conference, groups: list[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conference = conference
        self.groups = groups
        self._points = {p.pk: p for group in groups for p in group.points if p.is_open}
        self.fields["point"].choices = [
            (
                group.label,
                [(p.pk, f"{p.name} ({seats_words(p)})") for p in group.points if p.is_open],
            )
            for group in groups
        ]
        self.fields["province"].queryset = Province.objects.valid_on(timezone.localtime(conference.starts_at).date())
        self.initial.setdefault("nonce", secrets.token_urlsafe(16))

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        asked = {"phone", "email"}
        if not asked & set(self.errors) and not any(cleaned.get(name) for name in asked):
            self.add_error("phone", _("Please give a phone number or an e-mail address."))
        return cleaned

    @property
    def chosen_point(self) -> BridgePoint:
        """The chosen bridge point of a valid form."""
        return self._points[self.cleaned_data["point"]]

    def organisation_data(self) -> OrganisationData:
        """The organisation of a valid form."""
        data = self.cleaned_data
        return OrganisationData(data["organisation_kind"], data["organisation_name"], data["province"])

    def people(self) -> list[Person]:
        """The delegates of a valid form, the contact person first."""
        data = self.cleaned_data
        phone = data["phone"].as_e164 if data["phone"] else ""
        return [Person(data["full_name"], data["position"], phone, data["email"])]

    def submission_key(self) -> str | None:
        """The same for the same form with the same content; None without a nonce.

        The content is part of it: who goes back and changes the form means a second registration.
        """
        data = self.cleaned_data
        if not data["nonce"]:
            return None
        content = [str(self.conference.pk), *(str(data[name] or "") for name in sorted(data))]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()
