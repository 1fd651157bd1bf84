"""How the phones at the doors stand: for the page of the doors and for boards.

A phone shows itself every ten seconds, and nothing that a board says may change with that. So it is coarse: heard of,
late or silent; something waits, or nothing; the list is old, or not (docs/adr/0045-day-version.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count

from attendance.models import Attendance, Device
from attendance.services import desk_opens_at
from bridges.models import BridgePoint
from conference.models import Conference

#: Not heard of for so long, a phone is late: it was put into a pocket, or has a poor network.
LATE_AFTER = timedelta(seconds=45)
#: Not heard of for so long, it is silent.
SILENT_AFTER = timedelta(minutes=5)
#: A list older than this lacks who has registered since.
LIST_IS_OLD_AFTER = timedelta(minutes=30)


class Life(StrEnum):
    """When a phone has shown itself last."""

    FRESH = "fresh"
    LATE = "late"
    SILENT = "silent"


@dataclass(frozen=True)
class DeviceNow:
    """A phone in use, as a board shows it: no more of it than changes now and then."""

    number: int
    name: str
    life: Life
    #: When it was last seen, once it is late; None while it is fresh.
    seen_at: datetime | None
    has_queue: bool
    #: Of when its list is, once that is old, else None; ``has_list``: whether it has one.
    list_of: datetime | None
    has_list: bool


@dataclass
class DoorsNow:
    """The phones in use at the doors of a point, and how many people two of its doors have read."""

    devices: list[DeviceNow]
    twice: int = 0


def life_of(device: Device, now: datetime) -> Life:
    """How ``device``, which is paired, stands at ``now``."""
    seen = device.last_seen_at
    if seen is None or seen < now - SILENT_AFTER:
        return Life.SILENT
    return Life.LATE if seen < now - LATE_AFTER else Life.FRESH


def has_old_list(device: Device, now: datetime) -> bool:
    """Whether the list of ``device`` lacks who has registered since; without a list there is none that is old."""
    return device.list_made_at is not None and device.list_made_at < now - LIST_IS_OLD_AFTER


def device_now(device: Device, now: datetime) -> DeviceNow:
    """``device``, which is in use, as it stands at ``now``."""
    life = life_of(device, now)
    return DeviceNow(
        number=device.pk,
        name=device.name,
        life=life,
        seen_at=None if life is Life.FRESH else device.last_seen_at,
        has_queue=device.queue_length > 0,
        list_of=device.list_made_at if has_old_list(device, now) else None,
        has_list=device.list_made_at is not None,
    )


def doors_now(points: Iterable[BridgePoint], now: datetime) -> dict[int, DoorsNow]:
    """The doors of those of ``points`` that have a phone in use or somebody read twice, by number; two queries.

    Of one conference, which must be loaded with the first of them.
    """
    wanted = list(points)
    found: dict[int, DoorsNow] = {}
    if not wanted:
        return found
    for device in Device.objects.in_use().filter(bridge_point__in=wanted).order_by("door__position", "door", "pk"):
        found.setdefault(device.bridge_point_id, DoorsNow([])).devices.append(device_now(device, now))
    here = Attendance.objects.filter(bridge_point__in=wanted, is_twice=True).since(desk_opens_at(wanted[0].conference))
    for point, people in here.order_by().values_list("bridge_point").annotate(people=Count("pk")):
        found.setdefault(point, DoorsNow([])).twice = people
    return found


def devices_mark(conference: Conference, now: datetime) -> list[DeviceNow]:
    """What a board shows of all phones of ``conference``: another list once it is to show something else. One query."""
    in_use = Device.objects.in_use().filter(conference=conference).order_by("pk")
    return [device_now(device, now) for device in in_use]
