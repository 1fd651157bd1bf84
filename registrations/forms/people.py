"""The people of a registration: rows of fields, and a box for a list from elsewhere."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext

from common.phones import e164_of
from registrations.forms.mails import MailForm, email_field
from registrations.forms.parts import (
    Problem,
    blank_rows,
    empty_row,
    filled_rows,
    name_field,
    phone_field,
    position_field,
)
from registrations.forms.questions import PLEASE_ANSWER, answers_in, field_for, name_of
from registrations.models import Question
from registrations.pasted_people import read_people
from registrations.services import Person

#: More than a bus holds is two registrations.
MAX_PEOPLE = 50
#: Fifty long lines.
MAX_PASTED = 20_000


class PersonForm(MailForm):
    """One row: a person who attends. Without an address their link goes to the contact person."""

    full_name = name_field(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    position = position_field(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = phone_field()
    email = email_field()

    def __init__(self, *args: Any, questions: Sequence[Question] = (), **kwargs: Any) -> None:
        super().__init__(*args, empty_permitted=True, use_required_attribute=False, **kwargs)
        self.fields["full_name"].error_messages["required"] = gettext("Please give the name of this person.")
        self.questions = questions
        for name in ("phone", "email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        for question in questions:
            self.add_field(name_of(question), field_for(question, required=question.is_required))

    def person(self) -> Person:
        """The person of a valid row."""
        return person_of(self.cleaned_data, self.questions)

    @property
    def question_fields(self) -> list[forms.BoundField]:
        """The fields of the organiser's questions."""
        return [self[name_of(question)] for question in self.questions]


def person_of(cleaned: dict[str, Any], questions: Sequence[Question] = ()) -> Person:
    """Who stands in the ``cleaned`` fields of a person."""
    phone = e164_of(cleaned["phone"])
    answers = answers_in(cleaned, questions)
    return Person(cleaned["full_name"], cleaned["position"], phone, cleaned["email"], answers)


def require_answers(form: forms.Form, questions: Sequence[Question]) -> None:
    """Complain in ``form`` about ``questions`` that must be answered and are not."""
    for question in questions:
        name = name_of(question)
        if question.is_required and name not in form.errors and not form.cleaned_data.get(name):
            form.add_error(name, PLEASE_ANSWER)


class PeopleRows:
    """The rows ``people-N-…`` of a form, and the box ``people_text`` that is merged into them.

    Lines that cannot be read leave the whole box as it was typed. ``data`` None: an empty list.
    """

    PREFIX = "people"
    #: The button that was pressed in place of the one that sends: "people" for another row, "pasted" for the box.
    pressed = ""

    def __init__(self, data: Any, questions: Sequence[Question] = ()) -> None:
        self.questions = questions
        self.pasted = str(data.get("people_text", "")) if data is not None else ""
        self.complaints: list[str] = []
        self._blank = blank_rows(data, self.PREFIX) if data is not None else 0
        #: The people of the box, once they stand in rows.
        self.merged: list[str] = []
        self.filled: list[PersonForm] = filled_rows(data, self.PREFIX, self._make) if data is not None else []
        if len(self.pasted) > MAX_PASTED:
            self.complaints = [gettext("This list is too long. Please send it in parts.")]
        elif self.pasted.strip():
            self._merge()

    def _make(self, data: Any, prefix: str) -> PersonForm:
        return PersonForm(data, prefix=prefix, questions=self.questions)

    def _merge(self) -> None:
        people, self.complaints = read_people(self.pasted)
        if len(people) + len(self.filled) > MAX_PEOPLE and not self.complaints:
            self.complaints = [too_many()]
        if self.complaints:
            return
        for person in people:
            row = empty_row(self.filled, self.PREFIX, self._make)
            data = {row.add_prefix(name): value for name, value in vars(person).items()}
            self.filled.append(self._make(data, prefix=row.prefix))
            self.merged.append(person.full_name)
        self.pasted = ""

    def is_valid(self) -> bool:
        """Whether every row and every line can be taken."""
        return all(row.is_valid() for row in self.filled) and not self.complaints

    def leave_unchecked(self, pressed: str = "") -> None:
        """Show the rows as they were typed, without complaints about them; ``pressed`` is the button."""
        self.pressed = pressed
        for row in self.filled:
            row.leave_unchecked()

    def people(self) -> list[Person]:
        """The people of valid rows."""
        return [row.person() for row in self.filled]

    def problems(self) -> list[Problem]:
        """Every error with its place."""
        found = [("id_people_text", complaint) for complaint in self.complaints]
        for number, row in enumerate(self.filled, start=1):
            found += row.problems(gettext("Person %(number)d") % {"number": number} + ", ")
        return found

    @property
    def news(self) -> str:
        """What a press on the button of the box has done; "" if it was not pressed, or the box is complained about."""
        if self.pressed != "pasted" or self.complaints:
            return ""
        if not self.merged:
            return gettext("There is nothing to put into the list yet: please paste it into the box below first.")
        words = ngettext(
            "%(count)d person is in the list now: %(names)s. Nothing is sent yet.",
            "%(count)d people are in the list now: %(names)s. Nothing is sent yet.",
            len(self.merged),
        )
        return words % {"count": len(self.merged), "names": ", ".join(self.merged)}

    @property
    def is_open(self) -> bool:
        """Whether their part of the page is open: something stands in it, or a button there was pressed."""
        return bool(self.filled or self.pasted or self.pressed in ("people", "pasted"))

    @property
    def rows_to_draw(self) -> list[PersonForm]:
        """The rows to draw: those in use, and an empty one to go on; one more than there were if that was asked for."""
        is_asked = self.pressed == "people"
        rows = list(self.filled)
        for _ in range(min(self._blank + 1 if is_asked else 1, MAX_PEOPLE - len(rows))):
            rows.append(empty_row(rows, self.PREFIX, self._make))
        if is_asked and len(rows) > len(self.filled):
            rows[-1].fields["full_name"].widget.attrs["autofocus"] = True
        return rows


def too_many() -> str:
    """That there are more than fifty."""
    return gettext("One registration holds at most %(count)d people. Please send a second one for the others.") % {
        "count": MAX_PEOPLE
    }
