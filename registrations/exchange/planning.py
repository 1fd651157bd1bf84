"""The dry run of a list of people: what becomes of each row, in words.

One row is one person. He is known when an active registration of the conference has him: by name and e-mail, name and
phone, or name and organisation; else by organisation and e-mail, else by organisation and mobile, as one whose name is
corrected (a name that agrees goes first, and nobody is taken twice). Families and offices share addresses: with another
name and another organisation he is somebody else. An empty cell never erases what is known. Rows that follow each other
with one organisation and one bridge point become one registration; an empty organisation is that of the row directly
above, as in merged cells; below blank rows or a total there is none to take.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.fields import clean_text
from accounts.phone_numbers import e164_of, mobile_of
from bridges.models import BridgePoint, Province
from conference.models import Conference
from conference.search import fold
from registrations import seats
from registrations.exchange import cleaning, columns
from registrations.exchange.cleaning import Refused
from registrations.exchange.reading import Row
from registrations.models import Delegate, Registration
from registrations.services import OrganisationData, Person

NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"
VERDICTS = (NEW, CHANGED, SAME, REFUSED)


@dataclass
class Known:
    """A delegate who is registered already."""

    pk: int
    registration: int
    state: str
    point: int
    organisation: str
    person: Person


@dataclass
class Entry:
    """One row: who it is, and what becomes of it."""

    line: int
    verdict: str = NEW
    notes: list[str] = field(default_factory=list)
    person: Person = field(default_factory=lambda: Person(""))
    organisation: OrganisationData = field(default_factory=lambda: OrganisationData("other", ""))
    point: BridgePoint | None = None
    known: Known | None = None
    waits: bool = False

    def refuse(self, why: str) -> None:
        self.verdict = REFUSED
        self.notes.append(why)

    @property
    def is_reached(self) -> bool:
        """Whether a message finds him: an SMS does not go to a landline."""
        return bool(self.person.email or mobile_of(self.person.phone))

    @property
    def signature(self) -> list[Any]:
        """What must still be so when it is applied."""
        return [self.line, self.verdict, self.known.pk if self.known else None]

    def as_shown(self) -> dict[str, Any]:
        """What the dry run shows and keeps."""
        return {
            "signature": self.signature,
            "verdict": self.verdict,
            "notes": self.notes,
            "cells": [
                self.person.full_name,
                self.person.position,
                self.organisation.name,
                self.point.label if self.point else "",
                _national(self.person.phone),
                self.person.email,
            ],
            "waits": self.waits,
        }


def plan(conference: Conference, rows: Sequence[Row], *, default_point: int | None = None) -> list[Entry]:
    """What becomes of each of ``rows``; ``default_point`` is where those without a bridge point go."""
    points = list(conference.bridge_points.all())
    find_point = _PointFinder(points, default_point)
    day = timezone.localtime(conference.starts_at).date()
    provinces = cleaning.Provinces(Province.objects.valid_on(day))
    entries: list[Entry] = []
    above: dict[str, str] = {}
    last_line = 0
    for row in rows:
        cells = dict(row.cells)
        if cleaning.is_total(cleaning.full_name(cells)):
            entries.append(_total(row.line, cells))
            above = {}
            continue
        if row.line != last_line + 1:
            above = {}
        inherited = not cells.get("organisation") and bool(above.get("organisation"))
        if inherited:
            for name in ("organisation", "kind", "tax_code", "province", "point"):
                cells[name] = cells.get(name) or above.get(name, "")
        above, last_line = cells, row.line
        entries.append(_entry(row.line, cells, find_point, provinces, inherited))
    _refuse_repetitions(entries)
    _recognise(entries, _known_people(conference))
    for entry in entries:
        _judge(entry)
        if entry.verdict != REFUSED and not entry.is_reached:
            entry.notes.append(_("There is neither a mobile number nor e-mail: he gets no message."))
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


# --- one row ----------------------------------------------------------------------------------------------------------


def _total(line: int, cells: dict[str, str]) -> Entry:
    entry = Entry(line, person=Person(clean_text(cleaning.full_name(cells))))
    entry.refuse(_("This is a total, not a person."))
    return entry


def _entry(
    line: int, cells: dict[str, str], find_point: "_PointFinder", provinces: cleaning.Provinces, inherited: bool
) -> Entry:
    entry = Entry(line)
    name = cleaning.full_name(cells)
    unit = cells.get("organisation", "")
    try:
        phone, more_phones = cleaning.phone(cells.get("phone", ""))
    except Refused as refused:
        phone, more_phones = "", False
        entry.refuse(str(refused))
    try:
        email, more_emails = cleaning.email(cells.get("email", ""))
    except Refused as refused:
        email, more_emails = "", False
        entry.refuse(str(refused))
    entry.person = Person(clean_text(name), clean_text(cells.get("position", "")), phone, email)
    if more_phones or more_emails:
        entry.notes.append(_("Several numbers or addresses stand in one cell; the first is taken."))
    if not name:
        entry.refuse(_("There is no name."))
    if not unit:
        entry.refuse(_("There is no organisation."))
    elif inherited:
        entry.notes.append(_("The organisation is that of the row above."))
    for text, length, label in (
        (name, 150, _("full name")), (entry.person.position, 150, _("position")), (unit, 200, _("organisation")),
    ):  # fmt: skip
        if len(text) > length:
            entry.refuse(_("%(what)s: longer than %(most)d characters.") % {"what": label, "most": length})
    entry.organisation = _organisation(entry, cells, unit, provinces)
    try:
        entry.point = find_point(cells.get("point", ""))
    except Refused as refused:
        entry.refuse(str(refused))
    return entry


def _organisation(entry: Entry, cells: dict[str, str], name: str, provinces: cleaning.Provinces) -> OrganisationData:
    kind, is_known = columns.organisation_kind(cells.get("kind", ""), name)
    if not is_known:
        entry.notes.append(_("“%(text)s” is no kind that we know: “other” is taken.") % {"text": cells["kind"][:40]})
    province = None
    if text := cells.get("province", ""):
        province = provinces.find(text)
        if province is None:
            entry.notes.append(
                _("“%(text)s” was no province at the time of the conference; it is left out.") % {"text": text[:40]}
            )
    try:
        code = cleaning.tax_code(cells.get("tax_code", ""))
    except Refused as refused:
        code = ""
        entry.notes.append(str(refused))
    return OrganisationData(kind, clean_text(name), province, code)


class _PointFinder:
    """Finds a bridge point by its name, its short name, or a part of them that only one has."""

    def __init__(self, points: Sequence[BridgePoint], default: int | None) -> None:
        self._names = [(point, {columns.plain(point.name), columns.plain(point.short_name)} - {""}) for point in points]
        self._default = next((p for p in points if p.pk == default), points[0] if len(points) == 1 else None)
        self._found: dict[str, BridgePoint] = {}

    def __call__(self, text: str) -> BridgePoint:
        if not text:
            if self._default is None:
                raise Refused(_("There is no bridge point."))
            return self._default
        if text not in self._found:
            self._found[text] = self._find(text)
        return self._found[text]

    def _find(self, text: str) -> BridgePoint:
        key = columns.plain(text)
        same = [point for point, names in self._names if key in names]
        alike = same or [point for point, names in self._names if any(f" {key} " in f" {name} " for name in names)]
        if len(alike) == 1:
            return alike[0]
        words = _("“%(text)s” can be several bridge points.") if alike else _("There is no bridge point “%(text)s”.")
        raise Refused(words % {"text": text[:60]})


# --- who is known -----------------------------------------------------------------------------------------------------


def _national(phone: str) -> str:
    """A number in E.164 as people here write it."""
    return f"0{phone[3:]}" if phone.startswith("+84") else phone


def _known_people(conference: Conference) -> list[Known]:
    rows = Delegate.objects.filter(
        registration__conference=conference,
        registration__state__in=Registration.ACTIVE,
        registration__erased_at=None,
    ).order_by("id")
    return [
        Known(pk, registration, state, point, fold(organisation), Person(name, position, e164_of(phone), email))
        for pk, registration, state, point, organisation, name, position, phone, email in rows.values_list(
            "pk",
            "registration_id",
            "registration__state",
            "registration__bridge_point_id",
            "registration__organisation__name",
            "full_name",
            "position",
            "phone",
            "email",
        )
    ]


def _refuse_repetitions(entries: Sequence[Entry]) -> None:
    """The same person twice in one list."""
    seen: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        if entry.verdict == REFUSED:
            continue
        name, person = fold(entry.person.full_name), entry.person
        unit = (name, f"unit {fold(entry.organisation.name)}")
        keys = [(name, way) for way in (person.email, person.phone) if way]
        first = next((seen[key] for key in keys if key in seen), None)
        other = seen.get(unit)
        if first is None and other is not None and not (keys and (other.person.email or other.person.phone)):
            first = other
        if first is not None:
            entry.refuse(_("The same person stands in row %(line)d already.") % {"line": first.line})
            continue
        for key in (*keys, unit):
            seen.setdefault(key, entry)


def _recognise(entries: Sequence[Entry], known: Sequence[Known]) -> None:
    """Give each entry the delegate that it means, nobody twice."""
    taken: set[int] = set()
    passes: list[Callable[[Person, str], tuple[str, ...] | None]] = [
        lambda p, unit: (fold(p.full_name), p.email) if p.email else None,
        lambda p, unit: (fold(p.full_name), p.phone) if p.phone else None,
        lambda p, unit: (fold(p.full_name), unit),
        lambda p, unit: (unit, p.email) if p.email else None,
        lambda p, unit: (unit, p.phone) if mobile_of(p.phone) else None,
    ]
    for number, key_of in enumerate(passes):
        by_key: dict[tuple[str, ...], list[Known]] = {}
        for delegate in known:
            if delegate.pk not in taken and (key := key_of(delegate.person, delegate.organisation)):
                by_key.setdefault(key, []).append(delegate)
        if not by_key:
            continue
        for entry in entries:
            if entry.known or entry.verdict == REFUSED:
                continue
            key = key_of(entry.person, fold(entry.organisation.name))
            for delegate in by_key.get(key, ()) if key else ():
                if delegate.pk in taken:
                    continue
                # One telephone, but another name and another e-mail address: a colleague.
                if number == 4 and entry.person.email and delegate.person.email:
                    continue
                entry.known = delegate
                taken.add(delegate.pk)
                break


def _judge(entry: Entry) -> None:
    """Compare ``entry`` with the delegate that it means."""
    known = entry.known
    if known is None or entry.verdict == REFUSED:
        return
    if entry.point is not None and known.point != entry.point.pk:
        entry.refuse(_("He is registered for another bridge point. Please move him in his registration."))
        return
    before = known.person
    after = replace(
        entry.person,
        position=entry.person.position or before.position,
        phone=entry.person.phone or before.phone,
        email=entry.person.email or before.email,
    )
    entry.person = after
    changes = [
        _("%(what)s: “%(before)s” becomes “%(after)s”.") % {"what": label, "before": old or "–", "after": new}
        for label, old, new in (
            (_("name"), before.full_name, after.full_name),
            (_("position"), before.position, after.position),
            (_("phone"), _national(before.phone), _national(after.phone)),
            (_("e-mail"), before.email, after.email),
        )
        if old != new
    ]
    entry.verdict = CHANGED if changes else SAME
    entry.notes.extend(changes)
    if fold(entry.organisation.name) != known.organisation:
        entry.notes.append(_("The registration names the organisation otherwise; that stays as it is."))
    if known.state != Registration.State.CONFIRMED:
        entry.notes.append(_("State: %(state)s.") % {"state": Registration.State(known.state).label})


def _foretell_waiting(entries: Sequence[Entry]) -> None:
    """Who would go on a waitlist, if they registered now."""
    left: dict[int, int | None] = {}
    for group in groups(entries):
        point = group[0].point
        if not seats.can_fit(point, len(group)):
            for entry in group:
                entry.refuse(
                    _("%(people)d people of one organisation, and the bridge point has %(seats)d seats in all.")
                    % {"people": len(group), "seats": point.seats}
                )
            continue
        free = left.setdefault(point.pk, point.seats_left)
        if free is None:
            continue
        if len(group) <= free:
            left[point.pk] = free - len(group)
            continue
        # Whoever comes later stands behind him.
        left[point.pk] = 0
        for entry in group:
            entry.waits = True
            entry.notes.append(_("No seat is free: he goes on the waitlist."))
