"""The dry run of a list of people: what becomes of each row, in words.

One row is one person, who is known when they stand in an active registration of the conference: by name and e-mail,
name and phone, or name and organisation; else by organisation and e-mail, else by organisation and mobile, as one whose
name is corrected (a name that agrees goes first, and nobody is taken twice). Families and offices share addresses: with
another name and another organisation it is somebody else. An empty cell never erases what is known. Rows that follow
each other with one organisation and one bridge point become one registration; an empty organisation is that of the row
directly above, as in merged cells; below blank rows or a total there is none to take.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext

from bridges.models import BridgePoint, Province
from common.fields import clean_text
from common.mail_domains import question_about
from common.search import fold
from conference.models import Conference
from lists.people import answers, cleaning, columns, known_people, stored_answers
from lists.people.cleaning import Refused
from lists.people.entries import CHANGED, NEW, REFUSED, SAME, VERDICTS, Entry, national
from lists.people.known_people import Key
from lists.people.places import PointFinder
from lists.reading import Row
from registrations import same_person, seats
from registrations.models import Question, Registration
from registrations.same_person import Likeness
from registrations.services import OrganisationData, Person

#: The field of a row that somebody has left out in the preview.
LEFT_OUT = "left-out"


@dataclass(frozen=True)
class _Reader:
    """By what the cells of a row are read."""

    find_point: PointFinder
    provinces: cleaning.Provinces
    asked: answers.Asked


def plan(
    conference: Conference,
    rows: Sequence[Row],
    *,
    default_point: int | None = None,
    places: Mapping[str, int] | None = None,
) -> list[Entry]:
    """What becomes of each of ``rows``.

    ``default_point`` is where those without a bridge point go; ``places`` says by number which point a text means.
    """
    day = timezone.localtime(conference.starts_at).date()
    asked = answers.Asked(conference)
    points = list(conference.bridge_points.all())
    reader = _Reader(PointFinder(points, default_point, places), cleaning.Provinces.of(day), asked)
    entries: list[Entry] = []
    above = _RowAbove()
    for row in rows:
        name = cleaning.full_name(row.cells)
        if cleaning.is_total(name):
            entries.append(_total(row.line, name))
        else:
            cells, inherited = above.fill(row)
            entries.append(_entry(row.line, cells, reader, inherited))
    _refuse_repetitions(entries)
    _recognise(conference, entries)
    for entry in entries:
        _judge(entry)
    stored_answers.compare(entries, asked)
    for entry in entries:
        if entry.verdict != REFUSED and not entry.is_reached:
            entry.notes.append(gettext("There is neither a mobile number nor e-mail: they get no message."))
    _foretell_waiting(entries)
    return entries


def groups(entries: Iterable[Entry]) -> list[list[Entry]]:
    """The new people, one group a registration."""
    found: list[list[Entry]] = []
    last: tuple[str, int] | None = None
    for entry in entries:
        if entry.verdict == REFUSED or entry.point is None:
            continue
        key = fold(entry.organisation.name), entry.point.pk
        if entry.verdict == NEW:
            if key == last and found:
                found[-1].append(entry)
            else:
                found.append([entry])
                last = key
        elif key != last:
            last = None
    return found


def counts(entries: Sequence[Entry]) -> dict[str, int]:
    """How many rows of each verdict, how many registrations, how many people would wait."""
    tally = {verdict: sum(e.verdict == verdict for e in entries) for verdict in VERDICTS}
    return {**tally, "registrations": len(groups(entries)), "waits": sum(e.waits for e in entries)}


def summary(entries: Sequence[Entry]) -> dict[str, Any]:
    """What is the same in many rows: old names of provinces, and bridge points that there are not; each with a count.

    And how many rows have no bridge point at all.
    """
    provinces = Counter(
        (entry.old_province, entry.organisation.province.name)
        for entry in entries
        if entry.old_province and entry.organisation.province
    )
    lost = Counter(entry.lost_point for entry in entries if entry.lost_point)
    return {
        "provinces": [[old, new, count] for (old, new), count in provinces.most_common(40)],
        "lost": [[text, count] for text, count in lost.most_common(40)],
        "without_point": sum("point" in entry.wrong and not entry.lost_point for entry in entries),
    }


# --- one row ----------------------------------------------------------------------------------------------------------


class _RowAbove:
    """The last row with a person, from which the next one takes its organisation where that is empty."""

    def __init__(self) -> None:
        self._line = 0
        self._cells: dict[str, str] = {}

    def fill(self, row: Row) -> tuple[dict[str, str], bool]:
        """The cells of ``row``, and whether its organisation is that of the row directly above."""
        cells = dict(row.cells)
        # A blank row or a total between them leaves a gap in the numbers.
        above = self._cells if row.line == self._line + 1 else {}
        inherited = not cells.get("organisation") and bool(above.get("organisation"))
        if inherited:
            for name in ("organisation", "kind", "tax_code", "province", "point"):
                cells[name] = cells.get(name) or above.get(name, "")
        self._line, self._cells = row.line, cells
        return cells, inherited


def _total(line: int, name: str) -> Entry:
    entry = Entry(line, person=Person(clean_text(name)))
    entry.refuse(gettext("This is a total, not a person."))
    return entry


def _entry(line: int, cells: dict[str, str], reader: _Reader, inherited: bool) -> Entry:
    entry = Entry(line)
    name = cleaning.full_name(cells)
    unit = cells.get("organisation", "")
    phone, more_phones = _address(entry, "phone", cleaning.phone, cells.get("phone", ""))
    email, more_emails = _address(entry, "email", cleaning.email, cells.get("email", ""))
    entry.person = Person(clean_text(name), clean_text(cells.get("position", "")), phone, email)
    entry.notes += filter(None, [question_about(email)])
    if cells.get(LEFT_OUT):
        entry.refuse(gettext("You have left this row out."))
    if more_phones or more_emails:
        entry.notes.append(gettext("Several numbers or addresses stand in one cell; the first is taken."))
    if not name:
        entry.refuse(gettext("There is no name."), "full_name")
    if not unit:
        entry.refuse(gettext("There is no organisation."), "organisation")
    elif inherited:
        entry.notes.append(gettext("The organisation is that of the row above."))
    _refuse_long_texts(entry, name, unit)
    entry.organisation = _organisation(entry, cells, unit, reader.provinces)
    try:
        entry.point = reader.find_point(cells.get("point", ""))
    except Refused as refused:
        entry.refuse(str(refused), "point")
        entry.lost_point = cells.get("point", "")
    _answer(entry, cells, reader.asked)
    return entry


def _answer(entry: Entry, cells: dict[str, str], asked: answers.Asked) -> None:
    """What the row answers to the organiser's questions, and what it says is sold and looked for."""
    entry.answers, notes = asked.answers(cells, Question.Asked.ORGANISATION)
    own, more = asked.answers(cells, Question.Asked.DELEGATE)
    entry.person = replace(entry.person, answers=own)
    entry.interests, most = asked.interests(cells)
    entry.notes += [*notes, *more, *most]
    questions = list(asked.questions.values())
    entry.more = [
        *answers.answer_words(questions, {**entry.answers, **own}),
        *map(answers.interest_words, entry.interests),
    ]


def _address(entry: Entry, field: str, read: Callable[[str], tuple[str, bool]], text: str) -> tuple[str, bool]:
    """What ``read`` finds in ``text``, and whether there is more; where it cannot be used, the row is refused."""
    try:
        return read(text)
    except Refused as refused:
        entry.refuse(str(refused), field)
        return "", False


def _refuse_long_texts(entry: Entry, name: str, unit: str) -> None:
    for field, text, length, label in (
        ("full_name", name, 150, gettext("full name")),
        ("position", entry.person.position, 150, gettext("position")),
        ("organisation", unit, 200, gettext("organisation")),
    ):
        if len(text) > length:
            entry.refuse(gettext("%(what)s: longer than %(most)d characters.") % {"what": label, "most": length}, field)


def _organisation(entry: Entry, cells: dict[str, str], name: str, provinces: cleaning.Provinces) -> OrganisationData:
    kind, is_known = columns.organisation_kind(cells.get("kind", ""), name)
    if not is_known:
        entry.notes.append(
            gettext("“%(text)s” is no kind that we know: “other” is taken.") % {"text": cells["kind"][:40]}
        )
    province = _province(entry, cells.get("province", ""), provinces)
    try:
        code = cleaning.tax_code(cells.get("tax_code", ""))
    except Refused as refused:
        code = ""
        entry.notes.append(str(refused))
    return OrganisationData(kind, clean_text(name), province, code)


def _province(entry: Entry, text: str, provinces: cleaning.Provinces) -> Province | None:
    """The province that ``text`` names: one of the time of the conference, or the one in which an older one lies."""
    if not text:
        return None
    province, note = provinces.read(text)
    if province is None:
        words = gettext("“%(text)s” was no province at the time of the conference; it is left out.")
        note = words % {"text": text[:40]}
    elif note:
        entry.old_province = text[:40]
    entry.notes += filter(None, [note])
    return province


# --- who is known -----------------------------------------------------------------------------------------------------


def _refuse_repetitions(entries: Sequence[Entry]) -> None:
    """The same person twice in one list."""
    seen: dict[Key, Entry] = {}
    for entry in entries:
        if entry.verdict == REFUSED:
            continue
        name = fold(entry.person.full_name)
        ways = [(name, way) for way in (entry.person.email, entry.person.phone) if way]
        unit = (name, f"unit {fold(entry.organisation.name)}")
        first = _earlier_row(seen, ways, unit)
        if first is not None:
            words = gettext("The same person stands in row %(line)d already.")
            entry.refuse(words % {"line": first.line}, "full_name")
            continue
        for key in (*ways, unit):
            seen.setdefault(key, entry)


def _earlier_row(seen: Mapping[Key, Entry], ways: Sequence[Key], unit: Key) -> Entry | None:
    """The row above that has the same name and one address in common with this one.

    Where one of the two has no address at all, the same name and organisation (``unit``) are enough.
    """
    for key in ways:
        if key in seen:
            return seen[key]
    other = seen.get(unit)
    both_have_addresses = other is not None and bool(ways) and bool(other.person.email or other.person.phone)
    return None if both_have_addresses else other


def _recognise(conference: Conference, entries: Iterable[Entry]) -> None:
    """Give each entry the delegate that it means, nobody twice."""
    accepted = [entry for entry in entries if entry.verdict != REFUSED]
    persons = [(entry.person, fold(entry.organisation.name)) for entry in accepted]
    found = known_people.match(persons, known_people.load(conference))
    for entry, delegate in zip(accepted, found, strict=True):
        entry.known = delegate


def _judge(entry: Entry) -> None:
    """Compare ``entry`` with the delegate that it means."""
    known = entry.known
    if known is None or entry.verdict == REFUSED:
        return
    if entry.point is not None and known.point != entry.point.pk:
        words = gettext("They are registered for another bridge point. Please move them in their registration.")
        entry.refuse(words)
        return
    entry.person = _fill_from(entry.person, known.person)
    changes = _changes(known.person, entry.person)
    entry.verdict = CHANGED if changes else SAME
    entry.notes.extend(changes)
    if same_person.compare(known.person, entry.person) is Likeness.IN_DOUBT:
        entry.notes.append(
            gettext("They keep their personal link. If this is another person, leave the row out of the list.")
        )
    if fold(entry.organisation.name) != known.organisation:
        entry.notes.append(gettext("The registration names the organisation otherwise; that stays as it is."))
    if known.state != Registration.State.CONFIRMED:
        entry.notes.append(gettext("State: %(state)s.") % {"state": Registration.State(known.state).label})


def _fill_from(person: Person, before: Person) -> Person:
    """``person`` with what is known ``before`` where the row says nothing."""
    return replace(
        person,
        position=person.position or before.position,
        phone=person.phone or before.phone,
        email=person.email or before.email,
    )


def _changes(before: Person, after: Person) -> list[str]:
    """What becomes different, in words."""
    return [
        gettext("%(what)s: “%(before)s” becomes “%(after)s”.") % {"what": label, "before": old or "–", "after": new}
        for label, old, new in (
            (gettext("name"), before.full_name, after.full_name),
            (gettext("position"), before.position, after.position),
            (gettext("phone"), national(before.phone), national(after.phone)),
            (gettext("e-mail"), before.email, after.email),
        )
        if old != new
    ]


def _foretell_waiting(entries: Sequence[Entry]) -> None:
    """Who would go on a waitlist, if they registered now."""
    left: dict[int, int | None] = {}
    for group in groups(entries):
        # Where a row is to be registered, its point is known.
        point = cast(BridgePoint, group[0].point)
        if not seats.can_fit(point, len(group)):
            for entry in group:
                entry.refuse(
                    gettext("%(people)d people of one organisation, and the bridge point has %(seats)d seats in all.")
                    % {"people": len(group), "seats": point.seats}
                )
            continue
        free = left.setdefault(point.pk, point.seats_left)
        if free is None:
            continue
        if len(group) <= free:
            left[point.pk] = free - len(group)
            continue
        # Whoever comes later stands behind them.
        left[point.pk] = 0
        for entry in group:
            entry.waits = True
            entry.notes.append(gettext("No seat is free: they go on the waitlist."))
