"""Forms of the delivery page: clean input, nothing more."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.edit_conflicts import MergingForm
from common.fields import LineField, PhoneField
from common.phones import e164_of


class AddressForm(MergingForm, forms.Form):
    """Where somebody is reached, as in the registration form; ``initial`` is what is stored now."""

    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
        error_messages={"invalid": _("This is not an e-mail address. Example: ten@example.vn.")},
    )
    phone = PhoneField(
        label=_("Phone"),
        region="VN",
        required=False,
        max_length=40,
        help_text=_("A mobile number receives the SMS."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.carry_drawn(self.initial)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email.lower()

    def clean_phone(self) -> str:
        """In E.164, "" for none."""
        phone = self.cleaned_data["phone"]
        return e164_of(phone)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        asked = {"phone", "email"}
        if not asked & set(self.errors) and not any(cleaned.get(name) for name in asked):
            self.add_error("phone", _("Please give a phone number or an e-mail address."))
        return cleaned


class TechnicianForm(AddressForm):
    """The same with the name, which changes with the person."""

    name = LineField(label=_("Technical contact"), max_length=150, required=False)
    field_order = ("name", "email", "phone")
