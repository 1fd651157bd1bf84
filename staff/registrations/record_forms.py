"""The parts of a registration that staff correct, each a form of its own, made of the registrant's.

What the registrant's page asks and refuses, these ask and refuse as well, and by the same code.
"""

from typing import Any

from registrations.forms.own_page import CorrectionForm, DelegateRows
from registrations.forms.questions import name_of
from registrations.models import Registration
from staff.registrations.people import refuse_address_of_staff


class PartForm(CorrectionForm):
    """Some of the fields of what the registrant corrects."""

    #: The names of the fields that stay.
    part: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - self.names_of_part():
            del self.fields[name]

    def names_of_part(self) -> frozenset[str]:
        """The names of the fields that stay."""
        return self.part

    def clean(self) -> dict[str, Any]:
        # It asks how somebody is reached.
        return super().clean() if "phone" in self.fields else self.cleaned_data

    def values(self) -> dict[str, Any]:
        """What a valid form says, as ``services.correct`` takes it."""
        raise NotImplementedError


class OrganisationForm(PartForm):
    """The organisation."""

    part = frozenset({"organisation_kind", "organisation_name", "province", "tax_code"})

    def values(self) -> dict[str, Any]:
        return {"organisation": self.organisation_data()}


class ContactForm(PartForm):
    """The contact person; asks whether it is the same one where that is in doubt."""

    part = frozenset({"full_name", "position", "phone", "email", "same"})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        refuse_address_of_staff(self, self.registration.pk, email="email", phone="phone")
        return cleaned

    def values(self) -> dict[str, Any]:
        return {"contact": self.contact(), "same": self.is_same}


class AnswersForm(PartForm):
    """What was answered for the organisation."""

    def names_of_part(self) -> frozenset[str]:
        return frozenset(name_of(question) for question in self.questions)

    def values(self) -> dict[str, Any]:
        return {"answers": self.answers()}


class InterestsForm(PartForm):
    """What is sold or looked for."""

    def values(self) -> dict[str, Any]:
        return {"interests": self.changed_interests()}


class StaffDelegateRows(DelegateRows):
    """Who comes; no link goes to an address of somebody who runs the registration."""

    def __init__(self, *args: Any, registration: Registration) -> None:
        self.registration = registration
        super().__init__(*args)

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        for row in self.filled:
            if not row.cleaned_data.get("remove"):
                refuse_address_of_staff(row, self.registration.pk, email="email", phone="phone")
        return not any(row.errors for row in self.filled)
