"""Attendance as it follows from what was read at the doors: the earliest counts, whatever came in first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from attendance.models import Attendance, Scan
from conference.models import Conference
from registrations.models import Delegate

#: A phone takes back what it has read for a minute, and is a little late with it.
TAKEN_BACK_WITHIN = timedelta(seconds=75)
_WRITTEN = [
    "conference", "bridge_point", "mode", "first_at", "last_at", "presses", "checked_in_at", "checked_in_by",
    "arrival", "is_twice", "met_from", "met_until", "met_seconds",
]  # fmt: skip


def derive(*, conference: Conference, delegates: Collection[Delegate], opens_at: datetime) -> dict[int, Attendance]:
    """Bring the attendance of ``delegates`` in line with their scans; returns what stands now, by delegate.

    In the caller's transaction, which has locked these delegates: of two doors that send at once the second waits, and
    sees what the first has stored. At most four statements. What happened before ``opens_at``, when nobody can be
    checked in yet, was a trial and makes nobody present.
    """
    kept = {one.delegate_id: one for one in Attendance.objects.select_for_update().filter(delegate__in=delegates)}
    standing = _standing(delegates, opens_at)
    found: dict[int, Attendance] = {}
    gone: list[int] = []
    for delegate in delegates:
        before = kept.get(delegate.pk)
        if scans := standing.get(delegate.pk):
            found[delegate.pk] = _arrived(conference, delegate, scans, before, opens_at)
        elif before is not None and before.arrival_id is not None:
            if _is_left(before, delegate):
                found[delegate.pk] = before
            else:
                gone.append(before.pk)
        # Who is there without a scan stays as they are.
    if gone:
        Attendance.objects.filter(pk__in=gone).delete()
    if found:
        for row in found.values():
            # Those that are stored are found again by their delegate alone.
            row.pk = None
        Attendance.objects.bulk_create(
            found.values(), update_conflicts=True, unique_fields=["delegate"], update_fields=_WRITTEN
        )
    return {**{pk: one for pk, one in kept.items() if one.pk not in gone}, **found}


def _standing(delegates: Collection[Delegate], opens_at: datetime) -> dict[int, list[Scan]]:
    """By delegate: the scans that were not taken back, the earliest first."""
    # Of two within one millisecond the one that came in first counts.
    rows = Scan.objects.filter(delegate__in=delegates).order_by("happened_at", "pk")
    scans = list(rows.defer("details"))
    back = _taken_back(scans)
    standing: dict[int, list[Scan]] = defaultdict(list)
    for scan in scans:
        if scan.kind != Scan.Kind.UNDO and scan.uid not in back and scan.happened_at >= opens_at:
            standing[scan.delegate_id or 0].append(scan)
    return standing


def _taken_back(scans: Iterable[Scan]) -> set[UUID]:
    """Which of ``scans`` were taken back by the phone that had read them, within the minute."""
    by_uid = {scan.uid: scan for scan in scans}
    found = set()
    for undo in by_uid.values():
        meant = by_uid.get(undo.undoes) if undo.undoes is not None else None
        if meant is None or meant.device_id != undo.device_id:
            continue
        if timedelta(0) <= undo.device_at - meant.device_at <= TAKEN_BACK_WITHIN:
            found.add(meant.uid)
    return found


def _arrived(
    conference: Conference, delegate: Delegate, scans: Sequence[Scan], before: Attendance | None, opens_at: datetime
) -> Attendance:
    """The attendance of somebody who was read at a door; ``before`` is what is stored of them."""
    first = scans[0]
    if before is None or before.last_at < opens_at:
        row = before or Attendance(delegate=delegate)
        row.first_at, row.last_at, row.presses, row.checked_in_by = first.happened_at, first.happened_at, 1, None
        row.conference = conference
        row.met_from, row.met_until, row.met_seconds = None, None, 0
    else:
        row = before
        row.presses += row.checked_in_at is None
        is_first_sign = row.first_at == row.checked_in_at
        if _is_of_staff(row) and row.checked_in_at is not None and row.checked_in_at <= first.happened_at:
            # Staff had pressed the button before: theirs counts.
            row.is_twice = _doors(scans) > 1
            return row
        row.first_at = first.happened_at if is_first_sign else min(row.first_at, first.happened_at)
    row.last_at = max(row.last_at, scans[-1].happened_at)
    row.mode = Attendance.Mode.IN_PERSON
    row.checked_in_at, row.arrival = first.happened_at, first
    row.bridge_point_id = first.bridge_point_id
    row.is_twice = _doors(scans) > 1
    return row


def _is_of_staff(row: Attendance) -> bool:
    """Whether the check-in of ``row`` is a press of staff, and no scan."""
    return row.checked_in_at is not None and row.arrival_id is None


def _doors(scans: Iterable[Scan]) -> int:
    return len({scan.door_id for scan in scans})


def _is_left(row: Attendance, delegate: Delegate) -> bool:
    """Take the scan out of ``row``; whether anything else says that they were there."""
    row.arrival, row.is_twice = None, False
    if row.checked_in_by_id is not None:
        # Staff had pressed the button after the scan: that is the last that was noted.
        row.checked_in_at = row.last_at
        return True
    if row.presses == 1 and row.met_from is None:
        return False
    if row.first_at == row.checked_in_at:
        row.first_at = min(row.last_at, row.met_from or row.last_at)
    row.mode, row.checked_in_at = Attendance.Mode.ONLINE, None
    row.bridge_point_id = delegate.registration.bridge_point_id
    row.presses -= 1
    return True
