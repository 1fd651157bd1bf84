"""The small forms of the pages of slides."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.edit_conflicts import moment_words
from common.fields import MomentField, PhoneField
from common.phones import mobile_of
from control.models import SlideCall
from outbox.channels import names
from registrations.forms.mails import AsksAboutMail, MailInput
from staff.conferences.moving import refuse_far_moments
from staff.edit_conflicts import StaffModelForm
from staff.workspace.widgets import DayAndClock


class DueForm(StaffModelForm):
    """Until when slides are to be handed in."""

    class Meta:
        model = SlideCall
        fields = ("due_at",)
        field_classes = {"due_at": MomentField}
        widgets = {"due_at": DayAndClock}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        refuse_far_moments(self)

    def clean_due_at(self) -> datetime | None:
        """One that is set anew lies ahead, and before the end; one that has passed meanwhile may stay."""
        due_at: datetime | None = self.cleaned_data["due_at"]
        if due_at is None or "due_at" not in self.changed_data:
            return due_at
        if due_at <= timezone.now():
            raise ValidationError(_("This time has passed. Give a later one, or leave it empty: then there is none."))
        ends_at = self.instance.conference.ends_at
        if due_at > ends_at:
            words = _("The conference ends at %(moment)s, and nothing is taken after that. Give an earlier time.")
            raise ValidationError(words % {"moment": moment_words(ends_at)})
        return due_at


class AskForm(AsksAboutMail, forms.Form):
    """How the speaker is reached."""

    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254, widget=MailInput)
    phone = PhoneField(
        label=_("Mobile"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
        help_text=_("One of the two is enough; a mobile gets an SMS."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._takes_sms = "sms" in names()
        if not self._takes_sms:
            self.fields["phone"].help_text = _("No SMS are sent from here: they are not set up.")

    def clean_phone(self) -> Any:
        phone = self.cleaned_data["phone"]
        if phone and not mobile_of(phone):
            raise ValidationError(_("SMS reach mobiles only, such as 0912 345 678; leave it empty or enter one."))
        return phone

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors or cleaned.get("email"):
            return cleaned
        if not cleaned.get("phone"):
            self.add_error("email", _("Enter an e-mail address or a mobile."))
        elif not self._takes_sms:
            self.add_error("email", _("No SMS are sent from here: enter an e-mail address."))
        return cleaned
