"""The field for an e-mail address, and the question whether a domain that is nearly right is meant.

It is asked once. The page comes back with what was typed, and two buttons beside the field: one sends the form with
the address that is probably meant, one with the address as it was typed. So does whoever presses the button of the
form again: they have seen the question. Nothing is kept anywhere but in the page.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.mail_domains import meant_by
from common.phones import mobile_of
from registrations.forms.parts import REDRAWS, StyledForm
from registrations.models import clean_tax_code

if TYPE_CHECKING:
    # What the mixin is mixed into.
    _Form = forms.BaseForm
else:
    _Form = object

#: The buttons beside the question; their value is the name of the field.
TAKE, KEEP = "take_mail", "keep_mail"


class MailInput(forms.EmailInput):
    """An e-mail address; the one that is meant, if its reader pressed the button that takes it."""

    #: For templates: the question stands beside it.
    asks_about_domain = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        typed = super().value_from_datadict(data, files, name)
        return meant_by(typed.strip()) or typed if typed and data.get(TAKE) == name else typed


def email_field(**options: Any) -> forms.EmailField:
    """An e-mail address."""
    return forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=MailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={"invalid": _("This is not an e-mail address. Example: ten@example.vn.")},
        **options,
    )


class AsksAboutMail(_Form):
    """For forms with the address of somebody, whose widget is ``MailInput``: it asks about a domain nearly right.

    The field is ``email``; a form that calls it otherwise says so in ``MAIL`` and cleans it by ``clean_mail``.
    """

    MAIL = "email"
    #: While it asks, the address that is probably meant.
    mail_meant = ""

    @property
    def mail_before(self) -> str:
        """The address with which the form was drawn: nobody has typed it there."""
        return str(self.initial.get(self.MAIL) or "")

    @property
    def mail_endings(self) -> tuple[str, str]:
        """While it asks, the domain that is probably meant and the one that was typed, each with its @."""
        meant, typed = (
            f"@{email.rpartition('@')[2]}" for email in (self.mail_meant, str(self[self.MAIL].value() or ""))
        )
        return meant, typed

    @cached_property
    def mail_kept(self) -> str:
        """The address that its reader has said to be right; a form that comes back carries it along."""
        name, data = self.add_prefix(self.MAIL), self.data
        if data.get(KEEP) == name:
            return self._mail_noted("asked")
        is_sent_again = {TAKE, KEEP, *REDRAWS}.isdisjoint(data)
        return (is_sent_again and self._mail_noted("asked")) or self._mail_noted("kept")

    def _mail_noted(self, what: str) -> str:
        """The address as it was typed when it was ``what``; "" if it was not."""
        return str(self.data.get(f"{self.add_prefix(self.MAIL)}-{what}", "")).strip()

    def clean_email(self) -> str:
        return self.clean_mail()

    def clean_mail(self) -> str:
        """The address in small letters.

        Raises:
            ValidationError: another domain is probably meant, and nobody has said yet that this one is right.
        """
        email: str = self.cleaned_data[self.MAIL].lower()
        meant = meant_by(email)
        if meant and email not in (self.mail_before.lower(), self.mail_kept):
            self.mail_meant = meant
            raise ValidationError(gettext("Did you mean %(email)s?") % {"email": meant}, code="mail_domain")
        return email


class MailForm(AsksAboutMail, StyledForm):
    """A form with the ``email`` of somebody, made by ``email_field``."""


class OneWayForm(MailForm):
    """A form with ``phone`` and ``email`` of somebody who must be reached by one of them."""

    def clean_tax_code(self) -> str:
        value = self.cleaned_data["tax_code"]
        return clean_tax_code(value) if value else ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if {"phone", "email"} & set(self.errors) or cleaned.get("email"):
            return cleaned
        if not cleaned.get("phone"):
            self.add_error("phone", _("Please give a phone number or an e-mail address."))
        elif not mobile_of(cleaned["phone"]):
            self.add_error(
                "phone",
                _(
                    "Our SMS do not reach this number: please add an e-mail address or a Vietnamese mobile number, so"
                    " that we reach you."
                ),
            )
        return cleaned
