"""A list of bridge points: the dry run, and applying it. A point is known by its name or short name, folded."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.translation import gettext

from bridges.models import BridgePoint, Connection, Kind, Province
from common.phones import e164_of
from common.search import fold
from conference.models import Conference
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
    technician: dict[str, str] = field(default_factory=dict)
    point: BridgePoint | None = None
    waits: bool = False

    def refuse(self, why: str) -> None:
        self.verdict = REFUSED
        self.notes.append(why)

    @property
    def signature(self) -> list[Any]:
        """What must still be so when it is applied."""
        return [self.line, self.verdict, self.point.pk if self.point else None]

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
                self.technician.get("technician_name", ""),
            ],
            "waits": False,
        }


def plan(conference: Conference, rows: Sequence[Row], **_options: Any) -> list[Entry]:
    """What becomes of each of ``rows``."""
    day = timezone.localtime(conference.starts_at).date()
    provinces = cleaning.Provinces(Province.objects.valid_on(day))
    points = list(conference.bridge_points.select_related("province", "connection"))
    by_name = {fold(point.name): point for point in points}
    by_short = {fold(point.short_name): point for point in points if point.short_name}
    seen: dict[str, int] = {}
    entries = []
    for row in rows:
        entry = _entry(row, provinces)
        entries.append(entry)
        key = fold(row.cells.get("name", ""))
        if key and key in seen:
            entry.refuse(gettext("The same bridge point stands in row %(line)d already.") % {"line": seen[key]})
        if entry.verdict != REFUSED:
            entry.point = by_name.get(key) or by_short.get(key)
            _judge(entry)
        # A refused row has made nothing that could be there already.
        if entry.verdict != REFUSED:
            seen[key] = row.line
    return entries


def counts(entries: Sequence[Entry]) -> dict[str, int]:
    """How many rows of each verdict."""
    return {verdict: sum(e.verdict == verdict for e in entries) for verdict in VERDICTS}


def _entry(row: Row, provinces: cleaning.Provinces) -> Entry:
    entry = Entry(row.line)
    if not row.cells.get("name"):
        entry.refuse(gettext("There is no name."))
    _read_texts(entry, row.cells)
    _read_choices(entry, row.cells, provinces)
    try:
        _read_numbers(entry, row.cells)
    except Refused as refused:
        entry.refuse(str(refused))
    return entry


def _read_texts(entry: Entry, cells: dict[str, str]) -> None:
    """Names, address and notes; one that is too long refuses the row."""
    for name in (*_TEXTS, "technician_name"):
        text, most = cells.get(name, ""), _LENGTHS[name]
        if len(text) > most:
            words = gettext("%(what)s: longer than %(most)d characters.")
            entry.refuse(words % {"what": _LABELS[name], "most": most})
        if text:
            (entry.technician if name == "technician_name" else entry.values)[name] = text[:most]


def _read_choices(entry: Entry, cells: dict[str, str], provinces: cleaning.Provinces) -> None:
    """Kind and province; one that we do not know refuses the row."""
    if word := cells.get("kind", ""):
        if kind := columns.point_kind(word):
            entry.values["kind"] = kind
        else:
            entry.refuse(gettext("“%(text)s” is no kind of bridge point that we know.") % {"text": word[:40]})
    if text := cells.get("province", ""):
        if province := provinces.find(text):
            entry.values["province"] = province
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
        entry.technician["technician_phone"] = number


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
    if point is None:
        if "kind" not in entry.values:
            entry.refuse(
                gettext("A new bridge point needs its kind: hall, VNPT meeting room, e-commerce channel or online.")
            )
        return
    # It was found by this name, or by the short one.
    entry.values.pop("name")
    before, after = _values_before(entry, point), {**entry.values, **entry.technician}
    changed = [name for name in after if after[name] != before[name]]
    entry.notes += [
        gettext("%(what)s: “%(before)s” becomes “%(after)s”.")
        % {"what": _LABELS[name], "before": _words(name, before[name]), "after": _words(name, after[name])}
        for name in changed
    ]
    if "seats" in changed and after["seats"] is not None and after["seats"] < point.seats_taken:
        entry.notes.append(
            gettext("%(taken)d seats are taken already, more than there are then; nobody is dropped.")
            % {"taken": point.seats_taken}
        )
    entry.verdict = CHANGED if changed else SAME
    entry.values["name"] = point.name


def _values_before(entry: Entry, point: BridgePoint) -> dict[str, Any]:
    """What ``point`` has now of everything that ``entry`` names."""
    connection = getattr(point, "connection", None)
    before = {name: getattr(point, name) for name in entry.values}
    before |= {name: str(getattr(connection, name, "") or "") for name in entry.technician}
    if "technician_phone" in entry.technician:
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
        else:
            point = _with_values(entry.point, entry.values)
        point.save()
        _save_technician(point, entry.technician)
        tick(done)


def _save_technician(point: BridgePoint, technician: dict[str, str]) -> None:
    """Every bridge point gets its row of connection details, with or without a technical contact."""
    connection = Connection.objects.filter(bridge_point=point).first() or Connection(bridge_point=point)
    if connection.pk is None or technician:
        _with_values(connection, technician).save()


def _with_values(row: _Row, values: dict[str, Any]) -> _Row:
    for name, value in values.items():
        setattr(row, name, value)
    return row
