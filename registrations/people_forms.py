"""The people of a registration: rows of fields, and a box for a list from elsewhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import to_python

from accounts.fields import clean_text
from accounts.phone_numbers import e164_of
from conference.search import fold
from registrations.form_parts import (
    Problem,
    StyledForm,
    email_field,
    empty_row,
    filled_rows,
    name_field,
    phone_field,
    position_field,
)
from registrations.models import Question
from registrations.question_fields import PLEASE_ANSWER, answers_in, field_for, name_of
from registrations.services import Person

#: More than a bus holds is two registrations.
MAX_PEOPLE = 50
#: Fifty long lines.
MAX_PASTED = 20_000

_EMAIL = re.compile(r"<?([^\s<>,;@]+@[^\s<>,;@]+)>?")
_PHONE_LIKE = re.compile(r"\+?[\d\s.()/-]{3,}")
_PHONE_INSIDE = re.compile(r"\+?\d[\d .()-]{6,}\d")
_NUMBER = re.compile(r"[\s.()/+-]*\d[\d\s.()/+-]*")
_COUNTING = re.compile(r"^\s*\d{1,3}\s*[.)]\s+")
_HEADINGS = ("ho ten", "ho va ten", "ho, ten", "full name", "name", "stt")


class PersonForm(StyledForm):
    """One row: a person who attends. His address may be missing: then the contact person gets his link."""

    full_name = name_field(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    position = position_field(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = phone_field()
    email = email_field()

    def __init__(self, *args: Any, questions: Sequence[Question] = (), **kwargs: Any) -> None:
        super().__init__(*args, empty_permitted=True, use_required_attribute=False, **kwargs)
        self.fields["full_name"].error_messages["required"] = _("Please give the name of this person.")
        self.questions = questions
        for name in ("phone", "email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        for question in questions:
            self.add_field(name_of(question), field_for(question, required=question.is_required))

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

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


@dataclass(frozen=True)
class PastedPerson:
    """A person as a pasted line has him: texts, not yet checked by a form."""

    full_name: str
    position: str = ""
    phone: str = ""
    email: str = ""


def read_people(text: str) -> tuple[list[PastedPerson], list[str]]:
    """The people of ``text``, one a line: name, position, phone, and an e-mail address in any place.

    Tabs, semicolons or commas stand between them; lines that count, and headings, are understood. The second of the
    pair are complaints, each naming its line.
    """
    people, complaints = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip(" \t,;") or (not people and _is_heading(line)):
            continue
        try:
            people.append(_read_line(line))
        except ValidationError as error:
            shown = " ".join(line.split())
            shown = shown if len(shown) <= 60 else f"{shown[:59]}…"
            complaints.append(
                _("Line %(number)d (%(line)s): %(error)s")
                % {"number": number, "line": shown, "error": " ".join(error.messages)}
            )
    return people, complaints


def _is_heading(line: str) -> bool:
    return fold(line).lstrip(" ,;").startswith(_HEADINGS) and not any(c.isdigit() or c == "@" for c in line)


def _read_line(line: str) -> PastedPerson:
    found = PastedPerson("")
    if match := _EMAIL.search(line):
        found = replace(found, email=_checked_email(match[1]))
        line = f"{line[: match.start()]}{line[match.end() :]}"
    elif "@" in line:
        raise ValidationError(_("This is not an e-mail address. Example: ten@example.vn."))
    separator = next((s for s in "\t;," if s in line), ",")
    parts = [clean_text(part) for part in _COUNTING.sub("", line).split(separator)]
    parts = [part for part in parts if part]
    if len(parts) > 1 and parts[0].isdecimal() and len(parts[0]) <= 3:
        parts = parts[1:]
    if len(parts) == 1 and (match := _PHONE_INSIDE.search(parts[0])):
        parts = [parts[0].replace(match[0], " ").strip(" -–:"), match[0]]
    words = []
    for part in parts:
        if not found.phone and _PHONE_LIKE.fullmatch(part):
            found = replace(found, phone=_checked_phone(part))
        else:
            refuse_stray_number(part)
            words.append(part)
    if not words or not words[0]:
        raise ValidationError(_("Please give the name of this person."))
    name, position = words[0], ", ".join(words[1:])
    if max(len(name), len(position)) > 150:
        raise ValidationError(_("This is too long. Is each person on a line of his own?"))
    return replace(found, full_name=name, position=position)


def refuse_stray_number(text: str) -> None:
    """Complain about ``text`` where words should stand, if it is a number that is no phone number.

    Raises:
        ValidationError: it is one.
    """
    if _NUMBER.fullmatch(text) and not _is_phone(text):
        raise ValidationError(_("“%(number)s” is neither a name nor a position nor a phone number.") % {"number": text})


def _checked_email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValidationError(_("This is not an e-mail address. Example: ten@example.vn.")) from error
    return clean_text(text)


def _is_phone(text: str) -> bool:
    number = to_python(text, region="VN")
    return bool(number) and number.is_valid()


def _checked_phone(text: str) -> str:
    if not _is_phone(text):
        raise ValidationError(_("This is not a phone number. Example: 0912 345 678."))
    return text


class PeopleRows:
    """The rows ``people-N-…`` of a form, and the box ``people_text`` that is merged into them.

    Lines that cannot be read leave the whole box as it was typed. ``data`` None: an empty list.
    """

    PREFIX = "people"
    _focus_new = False

    def __init__(self, data: Any, questions: Sequence[Question] = ()) -> None:
        self.questions = questions
        self.pasted = str(data.get("people_text", "")) if data is not None else ""
        self.complaints: list[str] = []
        self.filled: list[PersonForm] = filled_rows(data, self.PREFIX, self._make) if data is not None else []
        if len(self.pasted) > MAX_PASTED:
            self.complaints = [_("This list is too long. Please send it in parts.")]
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
        self.pasted = ""

    def is_valid(self) -> bool:
        """Whether every row and every line can be taken."""
        return all(row.is_valid() for row in self.filled) and not self.complaints

    def leave_unchecked(self, *, focus_new: bool = False) -> None:
        """Show the rows as they were typed, without complaints about them; the cursor goes to the new one."""
        self._focus_new = focus_new
        for row in self.filled:
            row.leave_unchecked()

    def people(self) -> list[Person]:
        """The people of valid rows."""
        return [row.person() for row in self.filled]

    def problems(self) -> list[Problem]:
        """Every error with its place."""
        found = [("id_people_text", complaint) for complaint in self.complaints]
        for number, row in enumerate(self.filled, start=1):
            found += row.problems(_("Person %(number)d") % {"number": number} + ", ")
        return found

    @property
    def shown(self) -> list[PersonForm]:
        """The rows to draw: those in use, and an empty one to go on."""
        if len(self.filled) >= MAX_PEOPLE:
            return self.filled
        new = empty_row(self.filled, self.PREFIX, self._make)
        if self._focus_new:
            new.fields["full_name"].widget.attrs["autofocus"] = True
        return [*self.filled, new]


def too_many() -> str:
    """That there are more than fifty."""
    return _("One registration holds at most %(count)d people. Please send a second one for the others.") % {
        "count": MAX_PEOPLE
    }
