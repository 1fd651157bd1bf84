"""The forms of the registrant's page: correcting what was registered, who comes."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.forms.utils import ErrorDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from bridges.models import Province
from common.edit_conflicts import MergingForm
from common.phones import written
from conference.models import Product
from registrations.forms.interests import InterestRows, fingerprint
from registrations.forms.parts import REDRAWS, Problem, StyledForm, empty_row, same_person_answer, same_person_field
from registrations.forms.people import MAX_PEOPLE, PeopleRows, PersonForm, person_of, too_many
from registrations.forms.questions import name_of
from registrations.forms.registration import OrganisationFields
from registrations.models import Answer, Delegate, Interest, Question, Registration
from registrations.services import Change, InterestData, Person

PLEASE_SAY = _("Nothing is stored yet: please choose, and press the button once more.")


class SamePersonForm(MergingForm, StyledForm):
    """A form about somebody stored, in whose place another person may be written: asks which it is when in doubt."""

    same = same_person_field()
    #: Whether it must be answered.
    asks_who = False

    @property
    def draws_same(self) -> bool:
        """Whether the question is drawn: because it must be answered, or was."""
        return self.asks_who or bool(self["same"].value())

    @property
    def name_before(self) -> str:
        """Who is stored; "" for somebody new."""
        return str(self.stored.get("full_name", ""))

    @property
    def mail_before(self) -> str:
        return str(self.stored.get("email", ""))

    @property
    def is_same(self) -> bool | None:
        """Whether the person of a valid form is the one who is stored; None: it was not answered."""
        return same_person_answer(self.cleaned_data.get("same", ""))

    def ask_who(self) -> None:
        """Ask whether it is the same person, in place of storing it."""
        self.asks_who = True
        self.add_error("same", PLEASE_SAY)


class CorrectionForm(SamePersonForm, OrganisationFields):
    """Organisation, contact person, interests and answers as they are, to be corrected."""

    INTERESTS_DRAWN = "interests_drawn"

    def __init__(
        self, *args: Any, registration: Registration, questions: list[Question], answers: list[Answer], **kwargs: Any
    ) -> None:
        owner = registration.organisation
        initial = {
            "organisation_kind": owner.kind,
            "organisation_name": owner.name,
            "tax_code": owner.tax_code,
            "province": owner.province_id,
            "full_name": registration.contact_name,
            "position": registration.contact_position,
            "phone": written(registration.contact_phone),
            "email": registration.contact_email,
            **{name_of(answer.question): answer.value for answer in answers if answer.delegate_id is None},
        }
        super().__init__(*args, conference=registration.conference, questions=questions, initial=initial, **kwargs)
        self.registration = registration
        self._complete()
        # A province of an earlier time stays a choice for whoever has it.
        if owner.province_id:
            field = cast("forms.ModelChoiceField[Any]", self.fields["province"])
            field.queryset = cast("QuerySet[Province]", field.queryset) | Province.objects.filter(pk=owner.province_id)
        self.carry_drawn(initial)

    @cached_property
    def _stored_interests(self) -> list[Interest]:
        return list(self.registration.interests.all())

    @cached_property
    def interests(self) -> InterestRows:
        """What the organisation sells or looks for."""
        products: Sequence[Product] = list(self.conference.products.all())
        return InterestRows(self.data if self.is_bound else None, products, self._stored_interests)

    @property
    def interests_now(self) -> str:
        """What is stored of them now, in short: goes back with the page, as the values of its fields do."""
        return fingerprint(self._stored_interests)

    def changed_interests(self) -> list[InterestData] | None:
        """What a valid form says of them; None if whoever sent it has changed nothing there."""
        typed = self.interests.interests()
        return None if fingerprint(typed) == self.data.get(self.INTERESTS_DRAWN) else typed

    def _interests_agree(self) -> bool:
        drawn, typed = self.data.get(self.INTERESTS_DRAWN), self.changed_interests()
        if not drawn or typed is None or self.interests_now in (drawn, fingerprint(typed)):
            return True
        words = _("Meanwhile somebody has changed what you sell or look for. Press the button again to store yours.")
        self.add_error(None, words)
        return False

    @property
    def is_unfinished(self) -> bool:
        """Whether a button was pressed that draws the form anew as it was typed."""
        return self.is_bound and not REDRAWS.isdisjoint(self.data)

    def leave_unchecked(self) -> None:
        super().leave_unchecked()
        self.interests.leave_unchecked(focus_new="add_row" in self.data)

    def is_valid(self) -> bool:
        own, interests = super().is_valid(), self.interests.is_valid()
        return own and interests and self._interests_agree()

    @property
    def all_problems(self) -> list[Problem]:
        """Every error of the page with its place."""
        return [*self.problems(), *self.interests.problems()] if self.is_bound else []

    def contact(self) -> Person:
        """The contact person of a valid form."""
        return person_of(self.cleaned_data)


class DelegateForm(SamePersonForm, PersonForm):
    """A row of somebody who is registered already, or of somebody new."""

    delegate = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**62)
    remove = forms.BooleanField(label=_("Does not come"), required=False)
    contact_number: int | None = None

    @property
    def is_contact(self) -> bool:
        """Whether this is the contact person, who must be reached."""
        number = self["delegate"].value()
        return bool(number) and str(number) == str(self.contact_number)

    def full_clean(self) -> None:
        super().full_clean()
        # What stands in the row of somebody who leaves no longer matters.
        if self.is_bound and self.cleaned_data.get("remove"):
            self._errors = ErrorDict()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.is_contact and not {"phone", "email"} & set(self.errors) and not (cleaned["phone"] or cleaned["email"]):
            self.add_error("phone", _("Please give a phone number or an e-mail address."))
        return cleaned


class DelegateRows(PeopleRows):
    """The people of a registration, to be corrected, removed and added to."""

    def __init__(
        self,
        data: Any,
        questions: Sequence[Question],
        delegates: Sequence[Delegate],
        answers: Sequence[Answer] = (),
    ) -> None:
        self._contact = next((delegate.pk for delegate in delegates if delegate.is_contact), None)
        self._stored = {
            str(d.pk): self._initial_values(d, [a for a in answers if a.delegate_id == d.pk]) for d in delegates
        }
        super().__init__(data, questions)
        if data is None:
            self._draw(self._stored.values())

    def _draw(self, stored: Iterable[dict[str, Any]]) -> None:
        for initial in stored:
            row = empty_row(self.filled, self.PREFIX, self._make)
            self.filled.append(self._make(None, prefix=row.prefix, initial=initial))

    def _make(self, data: Any, prefix: str, **options: Any) -> DelegateForm:
        row = DelegateForm(data, prefix=prefix, questions=self.questions, **options)
        row.contact_number = self._contact
        if stored := self._stored.get(str(row["delegate"].value() or "")):
            row.carry_drawn(stored)
        return row

    @property
    def known(self) -> set[int]:
        """The delegates whom whoever sent valid rows has seen."""
        return {number for row in self.filled if (number := row.cleaned_data.get("delegate"))}

    def add_stored(self, delegates: Sequence[Delegate]) -> None:
        """Put ``delegates`` under the rows: they were added after the page was drawn."""
        self._draw(self._initial_values(delegate, ()) for delegate in delegates)

    def ask_who(self, delegates: Iterable[Delegate]) -> None:
        """Ask in the rows of ``delegates`` whether they are the same people."""
        numbers = {delegate.pk for delegate in delegates}
        for row in self.filled:
            if row.cleaned_data.get("delegate") in numbers:
                cast(DelegateForm, row).ask_who()

    @staticmethod
    def _initial_values(delegate: Delegate, answers: Sequence[Answer]) -> dict[str, Any]:
        return {
            "delegate": delegate.pk,
            "full_name": delegate.full_name,
            "position": delegate.position,
            "phone": written(delegate.phone),
            "email": delegate.email,
            **{name_of(answer.question): answer.value for answer in answers},
        }

    def is_valid(self) -> bool:
        valid = super().is_valid()
        if valid and len(self.changes()) > MAX_PEOPLE:
            self.complaints.append(too_many())
            return False
        return valid

    def changes(self) -> list[Change]:
        """The people of valid rows as they are to be."""
        rows = [cast(DelegateForm, row) for row in self.filled if not row.cleaned_data.get("remove")]
        return [Change(row.person(), row.cleaned_data.get("delegate"), row.is_same) for row in rows]
