"""Who is here, for the phones at the doors: all of them, or what is new since a phone has last heard."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Substr

from attendance.models import Attendance, AttendanceQuerySet, Device, Scan
from attendance.scanning import PREFIX
from attendance.services import desk_opens_at
from attendance.typed_people import has_made
from registrations.models import Registration

#: A transaction that had not ended when somebody asked shows its rows late.
_OVERLAP = timedelta(seconds=30)
#: So many digits of the identifier of a scan tell the phone whether it is one of its last (static/desk/here.js).
_MARK = 8


@dataclass(frozen=True)
class Arrivals:
    """What a phone hears. The attendances come with their delegate, their registration and their scan."""

    here: list[Attendance]
    #: The codes of those who are not here any more; empty when everybody is named who is.
    gone: list[str]
    #: Those of them whose registration was cancelled: typed at a door and taken back, they are not expected any more.
    cancelled: list[str]
    #: How many are here in all. A phone that holds another number has missed something, and asks for everybody.
    count: int


def arrivals_since(device: Device, since: datetime | None) -> Arrivals:
    """Who is here, of those about whom something came in since then; and of whom it was taken back.

    None: everybody. Three queries at most, and one more when somebody was taken back whose code nobody has any more.
    What has changed without a scan and without a press at the desk, is not named, and makes another count: staff took
    back what they had pressed, or somebody was erased.
    """
    rows = _here(device)
    if since is None:
        everybody = list(rows)
        return Arrivals(everybody, [], [], len(everybody))
    cut = since - _OVERLAP
    scans = Scan.objects.filter(conference=device.conference_id, received_at__gte=cut).order_by()
    found = list(rows.filter(Q(last_at__gte=cut) | Q(delegate__in=scans.values("delegate"))))
    here = {one.delegate_id for one in found}
    undone = list(
        scans.filter(kind=Scan.Kind.UNDO).values_list(
            "delegate", "delegate__token_hash", "delegate__registration__state", "code"
        )
    )
    left = {token[:PREFIX]: state for pk, token, state, _code in undone if pk is not None and pk not in here}
    gone = left.keys() | _nobodys({code for pk, _token, _state, code in undone if pk is None and code}, rows)
    cancelled = sorted(code for code, state in left.items() if state == Registration.State.CANCELLED)
    return Arrivals(found, sorted(gone), cancelled, rows.count())


def _here(device: Device) -> AttendanceQuerySet:
    """Everybody who is here in person, of the conference of ``device``."""
    opens_at = desk_opens_at(device.conference)
    rows = Attendance.objects.filter(conference=device.conference_id, mode=Attendance.Mode.IN_PERSON).since(opens_at)
    return rows.select_related("arrival", "delegate__registration").order_by().only(
        "mode", "first_at", "checked_in_at", "arrival__door", "arrival__uid", "arrival__kind", "arrival__code",
        "delegate__token_hash", "delegate__registration__state", "delegate__registration__bridge_point",
        "delegate__registration__submission_key",
    )  # fmt: skip


def _nobodys(codes: Iterable[str], rows: AttendanceQuerySet) -> set[str]:
    """Those of ``codes`` by which nobody is here.

    Whoever is replaced is deleted, and their scans are nobody's: without this a phone would keep them for ever.
    """
    wanted = set(codes)
    if not wanted:
        return wanted
    prefixes = rows.annotate(prefix=Substr("delegate__token_hash", 1, PREFIX)).filter(prefix__in=wanted)
    return wanted - set(prefixes.values_list("prefix", flat=True))


def arrival_row(row: Attendance) -> list[Any]:
    """``row`` as the page keeps it.

    The beginning of the code; since when; at which door, None of staff's button; the point of a confirmed seat, whom
    the page counts as expected; the beginning of the identifier of the scan; the code of whom they replaced.
    """
    since, scan, registration = row.checked_in_at or row.first_at, row.arrival, row.delegate.registration
    return [
        row.delegate.token_hash[:PREFIX],
        round(since.timestamp() * 1000),
        scan.door_id if scan is not None else None,
        registration.bridge_point_id if registration.state == Registration.State.CONFIRMED else None,
        scan.uid.hex[:_MARK] if scan is not None else "",
        _replaced(scan, registration) if scan is not None else "",
    ]


def _replaced(scan: Scan, registration: Registration) -> str:
    """The code of whom the one who came by ``scan`` has replaced; "": nobody, they were registered besides."""
    is_instead = scan.kind == Scan.Kind.SUBSTITUTE and not has_made(scan, registration)
    return scan.code if is_instead else ""
