"""Forms about invitations in the workspace: they clean input, nothing more."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registrations.forms.mails import AsksAboutMail, MailInput
from registrations.models import Guest, Invitation
from registrations.pasted_people import read_guests
from staff.invitations import saving
from staff.registrations.forms import GuestForm, GuestFormSet, InvitationForm


class SettingsForm(InvitationForm):
    """Who invites, in which words, to which point, and how many seats are kept."""

    #: What keeping its seats means for others, once it is saved.
    about_seats = ""

    class Meta:
        model = Invitation
        fields: tuple[str, ...] = ("name", "partner", "bridge_point", "quota", "text", "is_active")
        widgets = {"text": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Guests have a page of their own.
        del self.fields["paste"]

    def save(self, commit: bool = True) -> Any:
        self.about_seats = saving.save_invitation(
            invitation=self.instance, form=self, is_new=self.is_new, now=timezone.now()
        )
        return self.instance


class NewForm(SettingsForm):
    """The short form with which an invitation begins."""

    class Meta(SettingsForm.Meta):
        fields = ("name", "partner", "bridge_point", "quota")


class PasteForm(forms.Form):
    """Guests, pasted in one go."""

    paste = forms.CharField(
        label=_("Guests"),
        max_length=100_000,
        help_text=_(
            "One a line: name, position, organisation, e-mail, phone; commas, semicolons or the columns of a"
            " spreadsheet between them. Whoever is on the list already is skipped."
        ),
        widget=forms.Textarea(attrs={"rows": 14}),
    )

    def clean_paste(self) -> list[Guest]:
        guests, complaints = read_guests(self.cleaned_data["paste"])
        if complaints:
            raise ValidationError(complaints)
        return guests


class GuestRowForm(AsksAboutMail, GuestForm):
    """One guest in the table."""

    class Meta(GuestForm.Meta):
        widgets = {"phone": forms.TextInput(attrs={"inputmode": "tel"}), "email": MailInput}


GuestTable: Any = forms.inlineformset_factory(Invitation, Guest, form=GuestRowForm, formset=GuestFormSet, extra=3)
