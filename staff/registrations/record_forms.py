"""The parts of a registration that staff correct, each a form of its own, made of the registrant's.

What the registrant's page asks and refuses, these ask and refuse as well, and by the same code.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext

from registrations.forms.interests import InterestForm
from registrations.forms.own_page import CorrectionForm, DelegateRows
from registrations.forms.people import PersonForm
from registrations.forms.questions import name_of
from registrations.models import Question, Registration
from staff.registrations.interest_rows import in_office_words
from staff.registrations.people import refuse_address_of_staff


class PartForm(CorrectionForm):
    """Some of the fields of what the registrant corrects.

    Each form says by ``values`` what it holds, when it is valid, as ``services.correct`` takes it.
    """

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

    @property
    def is_changed(self) -> bool:
        """Whether its reader has changed anything."""
        return bool(self.changed_data)


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

    @property
    def interest_rows(self) -> Sequence[InterestForm]:
        """The rows of products to draw, with an empty one to go on."""
        return in_office_words(self.interests.rows_to_draw)

    @property
    def is_changed(self) -> bool:
        return self.changed_interests() is not None

    def values(self) -> dict[str, Any]:
        return {"interests": self.changed_interests()}


AnyPartForm = OrganisationForm | ContactForm | AnswersForm | InterestsForm


class StaffDelegateRows(DelegateRows):
    """Who comes; no link goes to an address of somebody who runs the registration."""

    def __init__(self, *args: Any, registration: Registration, corrects_only: bool) -> None:
        self.registration = registration
        #: Whether nobody is added or taken off any more.
        self.corrects_only = corrects_only
        super().__init__(*args)

    @property
    def rows_to_draw(self) -> list[PersonForm]:
        return self.filled if self.corrects_only else super().rows_to_draw

    @property
    def changed(self) -> list[str]:
        """The names of the fields that their reader has changed in any of the rows, each once."""
        unasked = {"delegate", "same"}
        names = (name for row in self.filled for name in row.changed_data if name not in unasked)
        return list(dict.fromkeys(names))

    @property
    def changed_questions(self) -> list[Question]:
        """The questions to which an answer was changed."""
        return [question for question in self.questions if name_of(question) in self.changed]

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        for row in self.filled:
            if not row.cleaned_data.get("remove"):
                refuse_address_of_staff(row, self.registration.pk, email="email", phone="phone")
        return not any(row.errors for row in self.filled) and self._are_the_same_people()

    def _are_the_same_people(self) -> bool:
        """Complain about whoever comes or goes where nobody can: on a page that was drawn earlier."""
        moved = (row for row in self.filled if row.cleaned_data.get("remove") or not row.cleaned_data.get("delegate"))
        if self.corrects_only and any(moved):
            self.complaints.append(
                gettext("Nobody can be added or taken off any more; names and addresses can be corrected.")
            )
            return False
        return True
