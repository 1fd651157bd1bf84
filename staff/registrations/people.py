"""The people of a registration on its page: correcting them, or writing somebody else in their place."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.phones import e164_of
from registrations import services
from registrations.models import Delegate, Registration
from registrations.same_person import is_same
from registrations.services import Change, Person
from staff.edit_conflicts import StaffModelForm

_YES, _NO = "yes", "no"
_ANSWERS = {_YES: True, _NO: False}


def _person(values: Any) -> Person:
    """Who stands in the fields ``values`` of a delegate."""
    name, position, email = (values.get(name) or "" for name in ("full_name", "position", "email"))
    return Person(name, position, e164_of(values.get("phone")), email)


class DelegateForm(StaffModelForm):
    """A delegate's data, corrected by staff; asks whether it is the same person when that is in doubt."""

    # Who comes is the registrant's business, and a seat is needed for it.
    can_be_added_again = False

    same = forms.ChoiceField(
        label=_("If the name changes"),
        required=False,
        choices=[
            ("", _("as name and addresses say")),
            (_YES, _("the same person: the link stays")),
            (_NO, _("somebody else: a new link")),
        ],
    )

    class Meta:
        model = Delegate
        fields = ("full_name", "position", "phone", "email")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        refuse_address_of_staff(self, self.instance.registration_id, email="email", phone="phone")
        if not self.errors:
            self._require_possible(is_same(_person(self.stored), _person(cleaned), self.answer))
        return cleaned

    def _require_possible(self, same: bool | None) -> None:
        """Refuse what would not be stored, while everything that was typed still stands on the page."""
        if same is None:
            self.add_error("same", _("Is it the same person? Please choose."))
        elif not same:
            # By the name that is stored: over the instance's another one has been typed.
            stored = list(Delegate.objects.filter(pk=self.instance.pk))
            if words := services.refusal_of_leaving(self.instance.registration.conference_id, stored):
                self.add_error("full_name", words)

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    @property
    def answer(self) -> bool | None:
        """Whether it is the same person; None: it was not answered."""
        return _ANSWERS.get(self.cleaned_data.get("same", ""))

    @property
    def change(self) -> Change:
        """What a valid form says. Where it says nothing, its own check was in no doubt: the same person."""
        return Change(_person(self.cleaned_data), self.instance.pk, same=self.answer is not False)


def refuse_address_of_staff(form: Any, registration: int, *, email: str, phone: str) -> None:
    """Complain in ``form`` if its field ``email`` or ``phone`` is changed to what belongs to somebody who runs it.

    They would get the personal link, and whatever they did by it would count as done by the registrant.
    ``registration``: its primary key.
    """
    for name, belongs in ((email, _with_email), (phone, _with_phone)):
        value = str(form.cleaned_data.get(name) or "").lower()
        if not value or value == str(form.stored.get(name) or "").lower():
            continue
        found = User.objects.filter(belongs(value), is_staff=True).distinct()
        if any(Registration.objects.run_by(user).filter(pk=registration).exists() for user in found):
            words = _("This belongs to somebody who runs this registration. Links go to registrants only.")
            form.add_error(name, words)


def _with_email(email: str) -> Q:
    return Q(email__iexact=email) | Q(emailaddress__email__iexact=email)


def _with_phone(phone: str) -> Q:
    return Q(phone=e164_of(phone))


def store(request: HttpRequest, registration: Any, formset: Any) -> None:
    """Store what the valid forms of ``formset`` say about the people of ``registration``."""
    # Tells the administration what it writes into its log; nothing is written by it.
    formset.save(commit=False)
    changes = [form.change for form in formset.forms if form.has_changed() and not form.is_gone]
    try:
        services.correct_people(registration=registration, people=changes, now=timezone.now())
    except services.RegistrationRefused as refused:
        formset.changed_objects = []
        messages.error(request, str(refused))


def renew_link_of_another_contact(request: HttpRequest, registration: Any, before: Mapping[str, Any]) -> None:
    """Renew the link of ``registration`` if somebody else than ``before`` says is its contact person now."""
    earlier = Person(
        before["contact_name"],
        before["contact_position"],
        e164_of(before["contact_phone"]),
        before["contact_email"],
    )
    if services.renew_link_of_another_contact(registration=registration, before=earlier, now=timezone.now()):
        say_link_is_new(request, registration)


def say_link_is_new(request: HttpRequest, registration: Registration) -> None:
    """Say that the link to the page of ``registration`` is a new one, and whether the contact person gets it."""
    if services.is_ahead(registration, timezone.now()):
        words = gettext(
            "The contact person may be another one: the old link to the registration is dead, they get a new one."
        )
    else:
        words = gettext(
            "The contact person may be another one: the old link to the registration is dead. No message goes out about"
            " it."
        )
    messages.info(request, words)
