"""A list of bridge points: the dry run, and applying it. A point is known by its name or short name, folded.

The sheet that comes with the connections is such a list: it names points that are there, without their kind.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from bridges import services
from bridges.models import BridgePoint, Connection, Coordinator, Kind
from common.mail_domains import question_about
from common.phones import e164_of
from common.search import fold
from conference.models import Conference
from lists import point_details
from lists.people import cleaning, columns
from lists.people.cleaning import Refused
from lists.people.entries import CHANGED, NEW, REFUSED, SAME, VERDICTS
from lists.reading import Row

_TEXTS = ("name", "short_name", "host_name", "address", "notes")
_LENGTHS = {column.field: column.length for column in columns.POINTS}
_LABELS = {column.field: column.label for column in columns.POINTS}
_MOST_SEATS = 1_000_000
_Row = TypeVar("_Row", BridgePoint, Connection)


@dataclass
class Entry:
    """One row: a bridge point, and what becomes of it."""

    line: int
    verdict: str = NEW
    notes: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    #: Of the connection, with its technical contact.
    connection: dict[str, str] = field(default_factory=dict)
    contact: point_details.Contact = field(default_factory=point_details.Contact)
    #: What is there now of what would be changed.
    before: dict[str, Any] = field(default_factory=dict)
    point: BridgePoint | None = None
    #: Whose phone number is set; None: nobody's.
    coordinator: Coordinator | None = None
    is_appointed: bool = False
    waits: bool = False

    def refuse(self, why: str) -> None:
        self.verdict = REFUSED
        self.notes.append(why)

    @property
    def signature(self) -> list[Any]:
        """What must still be so when it is applied; of what would be changed, that it is as it was."""
        before = repr(sorted((name, str(value)) for name, value in self.before.items()))
        digest = salted_hmac("lists.points", before, algorithm="sha256").hexdigest()[:16]
        return [self.line, self.verdict, self.point.pk if self.point else None, digest]

    def preview(self) -> dict[str, Any]:
        """What the dry run shows and keeps."""
        values = self.values
        kind = values.get("kind")
        seats = values.get("seats")
        return {
            "signature": self.signature,
            "verdict": self.verdict,
            "notes": self.notes,
            "cells": [
                values.get("name", ""),
                str(Kind(kind).label) if kind else "",
                str(values.get("province") or ""),
                values.get("address", ""),
                "" if seats is None else str(seats),
                self.connection.get("technician_name", ""),
                ", ".join(str(_LABELS[name]) for name in point_details.DETAILS if name in self.connection),
                self.contact.words,
            ],
            "waits": False,
        }


def plan(conference: Conference, rows: Sequence[Row], **_options: Any) -> list[Entry]:
    """What becomes of each of ``rows``."""
    day = timezone.localtime(conference.starts_at).date()
    provinces = cleaning.Provinces.of(day)
    known = _KnownPoints(conference)
    seen: dict[str, int] = {}
    entries = []
    for row in rows:
        entry = _entry(row, provinces)
        entries.append(entry)
        key = fold(row.cells.get("name", ""))
        entry.point = known.find(entry, row.cells.get("name", "")) if key else None
        # The same point may be called by its name and by its short one.
        keys = {key, f"#{entry.point.pk}"} if entry.point else {key} - {""}
        if lines := [seen[one] for one in keys if one in seen]:
            entry.refuse(gettext("The same bridge point stands in row %(line)d already.") % {"line": lines[0]})
        if entry.verdict != REFUSED:
            _judge(entry)
        else:
            entry.point = None
        # A refused row has made nothing that could be there already.
        if entry.verdict != REFUSED:
            seen |= dict.fromkeys(keys, row.line)
    return entries


#: What a sheet writes before the name of a place, or leaves out.
_FILLERS = re.compile(r"\b(?:diem cau|phong hop|truc tuyen|vnpt|tinh|thanh pho|tp)\b")


def _bare(name: str) -> str:
    """``name`` folded, without what the sheets of others write before it: "Điểm cầu tỉnh Bắc Ninh" is "bac ninh"."""
    return " ".join(_FILLERS.sub(" ", columns.plain(name)).split())


class _KnownPoints:
    """The points of a conference, found by what a list calls them. Three queries."""

    def __init__(self, conference: Conference) -> None:
        found = conference.bridge_points.select_related("province", "connection")
        points = list(found.prefetch_related("coordinators__user"))
        self._by_short = {fold(point.short_name): point for point in points if point.short_name}
        self._by_name = {fold(point.name): point for point in points}
        self._by_bare: dict[str, set[BridgePoint]] = {}
        for point in points:
            for name in (point.name, point.short_name):
                self._by_bare.setdefault(_bare(name), set()).add(point)

    def find(self, entry: Entry, name: str) -> BridgePoint | None:
        """The point that ``entry`` means by ``name``; one that it does not name exactly is said in its notes.

        Who gives a kind may mean a new point, which must be named exactly to be taken for one that is there.
        """
        point = self._by_name.get(fold(name)) or self._by_short.get(fold(name))
        if point is not None or "kind" in entry.values or not _bare(name):
            return point
        alike = self._by_bare.get(_bare(name), set())
        if len(alike) != 1:
            return None
        point = next(iter(alike))
        entry.notes.append(gettext("Taken for “%(point)s”.") % {"point": point.name})
        return point


def counts(entries: Sequence[Entry]) -> dict[str, int]:
    """How many rows of each verdict."""
    return {verdict: sum(e.verdict == verdict for e in entries) for verdict in VERDICTS}


def _entry(row: Row, provinces: cleaning.Provinces) -> Entry:
    entry = Entry(row.line)
    if not row.cells.get("name"):
        entry.refuse(gettext("There is no name."))
    _read_texts(entry, row.cells)
    _read_choices(entry, row.cells, provinces)
    for read in (_read_numbers, _read_connection, _read_contact):
        try:
            read(entry, row.cells)
        except Refused as refused:
            entry.refuse(str(refused))
    return entry


def _read_connection(entry: Entry, cells: dict[str, str]) -> None:
    entry.connection |= point_details.read_details(cells)


def _read_contact(entry: Entry, cells: dict[str, str]) -> None:
    entry.contact = point_details.read_contact(cells)


def _read_texts(entry: Entry, cells: dict[str, str]) -> None:
    """Names, address and notes; one that is too long refuses the row."""
    for name in (*_TEXTS, "technician_name"):
        text, most = cells.get(name, ""), _LENGTHS[name]
        if len(text) > most:
            words = gettext("%(what)s: longer than %(most)d characters.")
            entry.refuse(words % {"what": _LABELS[name], "most": most})
        if text:
            (entry.connection if name == "technician_name" else entry.values)[name] = text[:most]


def _read_choices(entry: Entry, cells: dict[str, str], provinces: cleaning.Provinces) -> None:
    """Kind and province; one that we do not know refuses the row."""
    if word := cells.get("kind", ""):
        if kind := columns.point_kind(word):
            entry.values["kind"] = kind
        else:
            entry.refuse(gettext("“%(text)s” is no kind of bridge point that we know.") % {"text": word[:40]})
    if text := cells.get("province", ""):
        province, note = provinces.read(text)
        if province:
            entry.values["province"] = province
            entry.notes += filter(None, [note])
        else:
            entry.refuse(gettext("“%(text)s” was no province at the time of the conference.") % {"text": text[:40]})


def _read_numbers(entry: Entry, cells: dict[str, str]) -> None:
    """Seats, place in the list and telephone.

    Raises:
        Refused: one of them cannot be used.
    """
    if text := cells.get("seats", ""):
        entry.values["seats"] = _seats(text)
    if text := cells.get("position", ""):
        entry.values["position"] = _number(text, 32_000)
    number, _more = cleaning.phone(cells.get("technician_phone", ""))
    if number:
        entry.connection["technician_phone"] = number


def _seats(text: str) -> int | None:
    return (
        None
        if fold(text) in ("khong gioi han", "khong", "no limit", "unlimited", "∞", "-")
        else _number(text, _MOST_SEATS)
    )


def _number(text: str, most: int) -> int:
    # "1.200" and "1,200" are twelve hundred here; "120 chỗ" is what people write.
    match = re.fullmatch(r"(\d{1,3}(?:[., ]\d{3})+|\d+)(?:\s*\D*)", text)
    number = int(re.sub(r"\D", "", match[1])) if match else -1
    if not 0 <= number <= most:
        raise Refused(gettext("“%(text)s” is not a number that can stand here.") % {"text": text[:40]})
    return number


def _judge(entry: Entry) -> None:
    """Compare ``entry`` with the bridge point that it means."""
    point = entry.point
    _judge_contact(entry)
    if point is None:
        if "kind" not in entry.values:
            entry.refuse(
                gettext("A new bridge point needs its kind: hall, VNPT meeting room, e-commerce channel or online.")
            )
        return
    # It was found by this name, or by the short one.
    entry.values.pop("name")
    before, after = _values_before(entry, point), {**entry.values, **entry.connection}
    changed = [name for name in after if after[name] != before[name]]
    entry.before |= {name: before[name] for name in changed}
    entry.notes += _change_words(changed, before, after)
    if "seats" in changed and after["seats"] is not None and after["seats"] < point.seats_taken:
        entry.notes.append(
            gettext("%(taken)d seats are taken already, more than there are then; nobody is dropped.")
            % {"taken": point.seats_taken}
        )
    entry.verdict = CHANGED if changed or entry.is_appointed or entry.coordinator else SAME
    entry.values["name"] = point.name


def _change_words(changed: Iterable[str], before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    words = gettext("%(what)s: “%(before)s” becomes “%(after)s”.")
    return [
        words % {"what": _LABELS[name], "before": _words(name, before[name]), "after": _words(name, after[name])}
        for name in changed
    ]


def _judge_contact(entry: Entry) -> None:
    """What becomes of the coordinator whom a row names: appointed, known, or, without an address, the technician."""
    contact = entry.contact
    if contact.is_empty:
        return
    row = contact.find_in(entry.point) if entry.point else None
    if row is not None:
        if words := point_details.phone_words(row, contact.phone):
            entry.notes.append(words)
            entry.coordinator = None if row.user.phone_verified_at else row
            entry.before["coordinator_phone"] = e164_of(row.user.phone)
    elif contact.email:
        entry.is_appointed = True
        words = gettext("%(who)s becomes coordinator, and is told by e-mail.")
        entry.notes += filter(None, [words % {"who": contact.words}, question_about(contact.email)])
    else:
        _take_for_technician(entry)


def _take_for_technician(entry: Entry) -> None:
    """Without an e-mail address nobody can sign in: who is named without one is whom to call about the connection."""
    if {"technician_name", "technician_phone"} & entry.connection.keys():
        entry.notes.append(gettext("The coordinator has no e-mail address and is left out."))
        return
    named = {"technician_name": entry.contact.name, "technician_phone": entry.contact.phone}
    entry.connection |= {name: value for name, value in named.items() if value}
    entry.notes.append(gettext("The coordinator has no e-mail address: they are noted as technical contact."))


def _values_before(entry: Entry, point: BridgePoint) -> dict[str, Any]:
    """What ``point`` has now of everything that ``entry`` names."""
    connection = getattr(point, "connection", None)
    before = {name: getattr(point, name) for name in entry.values}
    before |= {name: str(getattr(connection, name, "") or "") for name in entry.connection}
    if "technician_phone" in entry.connection:
        before["technician_phone"] = e164_of(connection.technician_phone) if connection else ""
    return before


def _words(name: str, value: Any) -> str:
    if name == "kind":
        return str(Kind(value).label)
    return str(value) if value not in (None, "") else (gettext("no limit") if name == "seats" else "–")


def apply(
    conference: Conference, entries: Sequence[Entry], *, now: datetime, tick: Callable[[int], None], **_options: Any
) -> None:
    """Do what ``entries`` say, inside the caller's transaction; ``tick`` hears how many rows are done."""
    last = max(conference.bridge_points.values_list("position", flat=True), default=0)
    # More seats promote those who wait, under the lock of the point: in the order of their numbers.
    work = [entry for entry in entries if entry.verdict in (NEW, CHANGED)]
    for done, entry in enumerate(sorted(work, key=lambda e: e.point.pk if e.point else 0), start=1):
        if entry.point is None:
            last += 1
            point = BridgePoint(conference=conference, **{"position": min(last, 32_000), **entry.values})
            point.save()
        else:
            point = _with_values(entry.point, entry.values)
            # Nothing else: somebody may be changing the rest at this moment.
            if changed := [name for name in entry.values if name in entry.before]:
                point.save(update_fields=changed)
        _save_connection(point, entry.connection)
        _save_contact(point, entry, now)
        tick(done)


def _save_connection(point: BridgePoint, values: dict[str, str]) -> None:
    """Every bridge point gets its row of connection details, with or without anything in it."""
    connection = Connection.objects.select_for_update(no_key=True).filter(bridge_point=point).first()
    if connection is None:
        Connection.objects.create(bridge_point=point, **values)
    elif values:
        _with_values(connection, values).save(update_fields=list(values))


def _save_contact(point: BridgePoint, entry: Entry, now: datetime) -> None:
    """Appoint the coordinator, or set their phone, as the plan says."""
    contact, row = entry.contact, entry.coordinator
    if entry.is_appointed:
        row = services.appoint(point=point, email=contact.email, name=contact.name, phone=contact.phone, now=now)
    if row is not None and contact.phone:
        services.set_phone(coordinator=row, phone=contact.phone)


def _with_values(row: _Row, values: dict[str, Any]) -> _Row:
    for name, value in values.items():
        setattr(row, name, value)
    return row
