"""Attendance as it follows from who was in the meeting: all times of a person as one, whoever has said them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from attendance.models import Attendance, MeetingStay
from attendance.services import desk_opens_at
from conference.models import Conference
from registrations.models import Delegate

_WRITTEN = [
    "conference", "bridge_point", "mode", "first_at", "last_at", "presses", "checked_in_at", "checked_in_by", "arrival",
    "is_twice", "met_from", "met_until", "met_seconds",
]  # fmt: skip
_Time = tuple[datetime, datetime | None]


class Met(NamedTuple):
    """From when to when somebody was in the meeting, and how long of that."""

    begin: datetime
    end: datetime
    seconds: int


def together(times: Iterable[_Time]) -> Met:
    """``times``, at least one, as one: what lies in two of them counts once. One without an end has no length."""
    seconds, until = 0.0, None
    known = sorted((begin, end or begin) for begin, end in times)
    for begin, end in known:
        start = begin if until is None else max(begin, until)
        seconds += max((end - start).total_seconds(), 0)
        until = end if until is None else max(until, end)
    return Met(known[0][0], max(end for _begin, end in known), round(seconds))


def derive_met(*, conference: Conference, delegates: Collection[int]) -> None:
    """Bring the attendance of ``delegates``, by number, in line with their times in the meeting.

    In the caller's transaction. At most six statements. Times before anybody can be checked in were a trial, as at the
    doors.
    """
    if not delegates:
        return
    opens_at = desk_opens_at(conference)
    points = _locked(delegates)
    kept = {one.delegate_id: one for one in Attendance.objects.select_for_update().filter(delegate__in=points)}
    met = _met(points, opens_at)
    stored: list[Attendance] = []
    gone: list[Attendance] = []
    for pk, point in points.items():
        before = kept.get(pk)
        current = before if before is not None and before.last_at >= opens_at else None
        if pk in met:
            stored.append(_seen(before, current, met[pk], conference, pk, point))
        elif current is not None and current.met_from is not None:
            (stored if _is_left(current) else gone).append(current)
    _store(stored, gone)


def _locked(delegates: Collection[int]) -> dict[int, int]:
    """The points of these delegates, who are locked: in the order of their numbers, as phones at doors lock them."""
    rows = Delegate.objects.select_for_update(of=("self",), no_key=True).select_related("registration")
    found = rows.filter(pk__in=delegates).order_by("pk").only("pk", "registration__bridge_point")
    return {row.pk: row.registration.bridge_point_id for row in found}


def _met(delegates: Collection[int], opens_at: datetime) -> dict[int, Met]:
    times: dict[int, list[_Time]] = defaultdict(list)
    stays = MeetingStay.objects.since(opens_at).filter(delegate__in=delegates).order_by()
    for delegate, joined, left in stays.values_list("delegate", "joined_at", "left_at"):
        times[delegate].append((max(joined, opens_at), left))
    return {delegate: together(found) for delegate, found in times.items()}


def _seen(
    before: Attendance | None, current: Attendance | None, met: Met, conference: Conference, delegate: int, point: int
) -> Attendance:
    """The attendance of somebody who was in the meeting; ``current``: what is stored of the present date."""
    row = current or before or Attendance(delegate_id=delegate)
    if current is None:
        row.conference, row.bridge_point_id, row.mode = conference, point, Attendance.Mode.ONLINE
        row.first_at, row.last_at, row.presses = met.begin, met.end, 0
        row.checked_in_at = row.checked_in_by = row.arrival = None
        row.is_twice = False
    else:
        row.first_at = min(_first_without_meeting(row) or met.begin, met.begin)
        row.last_at = max(row.last_at, met.end)
    row.met_from, row.met_until, row.met_seconds = met
    return row


def _first_without_meeting(row: Attendance) -> datetime | None:
    """The first sign of ``row`` that is none of the meeting; None: there is no other, or nobody knows when."""
    if row.met_from is None or row.first_at != row.met_from:
        return row.first_at
    if row.checked_in_at is not None:
        return row.checked_in_at
    # Of presses the first and the last are kept; the first was the meeting's.
    return row.last_at if row.presses else None


def _is_left(row: Attendance) -> bool:
    """Take the meeting out of ``row``; whether anything else says that they were there."""
    first = _first_without_meeting(row)
    row.met_from, row.met_until, row.met_seconds = None, None, 0
    if first is None or not row.presses:
        return False
    row.first_at = first
    return True


def _store(rows: list[Attendance], gone: list[Attendance]) -> None:
    if gone:
        Attendance.objects.filter(pk__in=[row.pk for row in gone]).delete()
    for row in rows:
        # Those that are stored are found again by their delegate alone.
        row.pk = None
    if rows:
        Attendance.objects.bulk_create(rows, update_conflicts=True, unique_fields=["delegate"], update_fields=_WRITTEN)
