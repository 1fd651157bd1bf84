"""Lists of people as they are pasted from elsewhere: read the same way wherever somebody pastes one.

One person a line: a name, further words, a phone number and an e-mail address, with tabs, semicolons or commas between
them, or dashes between spaces where there is none of these. The cells of phone and e-mail may stand in any place.
``read_people`` reads the people of a registration, ``read_guests`` the guests of an invitation; they differ only in
what the further words are.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext

from common.fields import PHONE_ALONE, clean_text, read_phone, refuse_web_address
from common.phones import without_label, without_label_at_end
from common.search import fold
from registrations.models import Guest

Row = TypeVar("Row")

#: So many guests are added at once.
MAX_GUESTS = 500
MAX_NAME = 150
MAX_ORGANISATION = 200
_MAX_EMAIL = 254
_MAX_SHOWN = 60

_EMAIL = re.compile(r"<?([^\s<>,;@]+@[^\s<>,;@]+)>?")
_PHONE_LIKE = re.compile(r"\+?[\d\s.()/-]{3,}")
# Behind a letter only with what a number begins with: "A0912345678" is a name and a number, "O912345678" is a slip.
_PHONE_INSIDE = re.compile(r"(?:(?=[+0])|(?<!\w))\+?\d[\d .()-]{6,}\d(?!\w)")
# What is left of brackets around a number.
_EMPTY_BRACKETS = re.compile(r"\(\s*\)")
# A number, whatever stands beside it.
_PHONE_BESIDE = re.compile(r"\+?\d[\d .()-]{6,}\d")
# A number with one or two letters in a place of it: "09o1234567", "0912 345 67x".
_PHONE_WITH_LETTERS = re.compile(r"(?:\+?84|0)\d*(?:[^\W\d_]{1,2}\d+)+|(?:\+?84|0)\d+[^\W\d_]{1,2}(?!\w)")
# With fewer digits it is no number that people phone.
_FEWEST_DIGITS = 7
_NUMBER = re.compile(r"[\s.()/+-]*\d[\d\s.()/+-]*")
# "1. Trần Thị A", "1) Trần Thị A"; or a number in a cell of its own. The separator behind the number is not part of it.
_COUNT_BEFORE_NAME = re.compile(r"^\s*\d{1,4}\s*[.)][^\S\t]+(?=[^\s;,])")
_COUNT_ALONE = re.compile(r"\d{1,4}[.)]?")
# Where nothing else stands between them: "Trần Thị A - Giám đốc - 0912 345 678". Between digits it belongs to a number.
_DASH = re.compile(r"(?<![\d\s])\s+[-–—]\s+|\s+[-–—]\s+(?=[^\d\s])")
_HEADINGS = ("ho ten", "ho va ten", "ho, ten", "full name", "name", "stt")


@dataclass(frozen=True)
class PastedPerson:
    """A person of a registration as a line has them: texts, not yet checked by a form."""

    full_name: str
    position: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class _Line:
    """What stands in a line, and what is wrong with it.

    ``words`` are one at least, unless something is wrong; an empty cell before or between them keeps its place.
    """

    words: list[str]
    phone: str
    email: str
    faults: list[ValidationError]


def read_people(text: str) -> tuple[list[PastedPerson], list[str]]:
    """The people in ``text``: the first word is the name, what follows their position. Empty cells say nothing.

    The second of the pair are complaints, each naming its line. The phone stays as it was typed, and is a valid one.
    """
    return _read(text, _person)


def read_guests(text: str) -> tuple[list[Guest], list[str]]:
    """The guests in ``text`` as unsaved rows: name, position, organisation; and complaints, each naming its line.

    Each of the three has its place: an empty cell in front is a name that is missing, and is complained about.
    """
    guests, complaints = _read(text, _guest)
    if len(guests) > MAX_GUESTS:
        return [], [
            gettext("At most %(count)d lines at once. Please add the others afterwards.") % {"count": MAX_GUESTS}
        ]
    return guests, complaints


def _read(text: str, make: Callable[[_Line], Row]) -> tuple[list[Row], list[str]]:
    """What ``make`` makes of each line of ``text``, headings and empty lines left out; and the complaints."""
    rows: list[Row] = []
    complaints: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip(" \t,;") or (not rows and _is_heading(line)):
            continue
        found = _read_line(line)
        row = None
        if any(found.words):
            try:
                row = make(found)
            except ValidationError as fault:
                found.faults.append(fault)
        if row is not None and not found.faults:
            rows.append(row)
        else:
            complaints.append(_complaint(number, line, found.faults))
    return rows, complaints


def _complaint(number: int, line: str, faults: list[ValidationError]) -> str:
    """Everything that is wrong with ``line``, each once: two cells may have the same fault."""
    words = dict.fromkeys(message for fault in faults for message in fault.messages)
    start = " ".join(line.split())
    start = start if len(start) <= _MAX_SHOWN else f"{start[: _MAX_SHOWN - 1]}…"
    facts = {"number": number, "line": start, "error": " ".join(words)}
    return gettext("Line %(number)d (%(line)s): %(error)s") % facts


def _is_heading(line: str) -> bool:
    return fold(line).lstrip(" ,;").startswith(_HEADINGS) and not any(c.isdigit() or c == "@" for c in line)


def _person(line: _Line) -> PastedPerson:
    name, *others = [word for word in line.words if word]
    position = ", ".join(others)
    _require_short(name, position)
    return PastedPerson(name, position, line.phone, line.email)


def _guest(line: _Line) -> Guest:
    if not line.words[0]:
        line.faults.append(ValidationError(gettext("Please give the name of this person.")))
    if len(line.words) > 3:
        raise ValidationError(
            gettext(
                "There is more than name, position and organisation. Please put semicolons between them"
                " where one holds a comma."
            )
        )
    name, position, organisation = [*line.words, "", ""][:3]
    _require_short(name, position, organisation)
    phone = read_phone(line.phone)
    return Guest(name=name, position=position, organisation=organisation, email=line.email, phone=phone)


def _require_short(name: str, position: str, organisation: str = "") -> None:
    if max(len(name), len(position)) > MAX_NAME or len(organisation) > MAX_ORGANISATION:
        raise ValidationError(gettext("This is too long. Is each person on a line of their own?"))


def _read_line(line: str) -> _Line:
    """What stands in ``line``. A fault is that no name does, or something that is neither a name nor an address."""
    separator = next((sign for sign in "\t;," if sign in line), "")
    text = _COUNT_BEFORE_NAME.sub("", line)
    try:
        cells = [clean_text(cell) for cell in (text.split(separator) if separator else _DASH.split(text))]
    except ValidationError as fault:
        # Nobody sees what stands there: the rest would be guessed at.
        return _Line([], "", "", [fault])
    faults: list[ValidationError] = []
    email, cells = _take_email(cells, faults)
    phone, words = _take_phone(_without_count(cells), faults)
    while words and not words[-1]:
        words.pop()
    if not any(words):
        faults.append(ValidationError(gettext("Please give the name of this person.")))
    return _Line(words, phone, email, faults)


def _without_count(cells: list[str]) -> list[str]:
    """``cells`` without a number that counts the lines, and without the empty cells before that number."""
    filled = [place for place, cell in enumerate(cells) if cell]
    has_count = len(filled) > 1 and _COUNT_ALONE.fullmatch(cells[filled[0]])
    return cells[filled[0] + 1 :] if has_count else cells


def _take_email(cells: list[str], faults: list[ValidationError]) -> tuple[str, list[str]]:
    """The e-mail address in ``cells`` ("" if there is none), and the cells without it.

    Into ``faults`` goes that what has an @ is no e-mail address, or is a second one.
    """
    email = ""
    for place, cell in enumerate(cells):
        if match := _EMAIL.search(cell):
            email = _noting(faults, _checked_email, match[1])
            left = clean_text(f"{cell[: match.start()]} {cell[match.end() :]}")
            cells = [*cells[:place], *([left] if left else []), *cells[place + 1 :]]
            break
    if any("@" in cell for cell in cells):
        faults.append(ValidationError(gettext("This is not an e-mail address. Example: ten@example.vn.")))
        cells = [cell for cell in cells if "@" not in cell]
    return email, cells


def _noting(faults: list[ValidationError], check: Callable[[str], str], text: str) -> str:
    """What ``check`` makes of ``text``; "" where it refuses, and why goes into ``faults``."""
    try:
        return check(text)
    except ValidationError as fault:
        faults.append(fault)
        return ""


def _take_phone(cells: list[str], faults: list[ValidationError]) -> tuple[str, list[str]]:
    """The phone number in ``cells`` ("" if there is none), and the words in the other cells, empty ones included.

    Into ``faults`` goes what is no phone number, or hides one, and what is no word.
    """
    if sum(map(bool, cells)) == 1:
        cells = [part for cell in cells for part in _split_phone(cell)]
    phone, words, found = "", [], False
    for cell in cells:
        if not found and _PHONE_LIKE.fullmatch(number := without_label(cell)):
            phone, found = _noting(faults, _checked_phone, number), True
        else:
            _noting(faults, _checked_word, cell)
            words.append(cell)
    if not found and any(map(_hides_phone, words)):
        faults.append(ValidationError(PHONE_ALONE))
        # It is no word too many as well.
        words = [word for word in words if not _hides_phone(word)] or words
    return phone, words


def _hides_phone(text: str) -> bool:
    """Whether a phone number stands in ``text``, with letters in it or beside it: it would not be taken as one."""
    if sum(character.isdigit() for character in text) < _FEWEST_DIGITS:
        return False
    match = _PHONE_WITH_LETTERS.search(re.sub(r"[\s.()-]+", "", text))
    is_mistyped = match is not None and sum(c.isdigit() for c in match[0]) >= _FEWEST_DIGITS
    return is_mistyped or any(_is_phone(found) for found in _PHONE_BESIDE.findall(text))


def _split_phone(cell: str) -> list[str]:
    """The words of ``cell`` and the phone number behind or before them: "Trần Thị A (ĐT: 0912 345 678)"."""
    match = _PHONE_INSIDE.search(cell)
    if match is None:
        return [cell]
    words = f"{without_label_at_end(cell[: match.start()])} {cell[match.end() :]}"
    return [clean_text(_EMPTY_BRACKETS.sub(" ", words)).strip(" -–:"), match[0]]


def _checked_word(text: str) -> str:
    if _NUMBER.fullmatch(text) and not _is_phone(text):
        raise ValidationError(
            gettext("“%(number)s” is neither a name nor a position nor a phone number.") % {"number": text}
        )
    refuse_web_address(text)
    return text


def _checked_email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValidationError(gettext("This is not an e-mail address. Example: ten@example.vn.")) from error
    if len(text) > _MAX_EMAIL:
        raise ValidationError(gettext("This is not an e-mail address. Example: ten@example.vn."))
    return text.lower()


def _is_phone(text: str) -> bool:
    with suppress(ValidationError):
        return bool(read_phone(text))
    return False


def _checked_phone(text: str) -> str:
    read_phone(text)
    return text
