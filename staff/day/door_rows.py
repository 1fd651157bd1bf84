"""What the page of the doors shows: each point's doors with their counts, and the phones at them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext

from attendance.devices import doors_of
from attendance.devices_now import Life, has_old_list, life_of
from attendance.models import Attendance, Device, Door, Scan
from attendance.services import desk_opens_at
from attendance.typed_people import TYPED
from bridges.models import BridgePoint


@dataclass(frozen=True)
class PhoneRow:
    """A phone: how it stands, in words; ``kind`` is how that looks."""

    device: Device
    words: str
    kind: str
    is_old: bool
    may_pair: bool


@dataclass
class PointRow:
    """A point with its doors: each with how many people it was the first to read."""

    point: BridgePoint
    doors: list[tuple[Door, int]]
    phones: list[PhoneRow] = field(default_factory=list)
    twice: int = 0
    unknown: int = 0
    #: Typed at the door, and not registered.
    unsettled: int = 0
    #: The forms; see the template.
    door_form: Any = None
    phone_form: Any = None
    #: Whether its forms are to be open.
    is_set_up: bool = False


def point_rows(points: Collection[BridgePoint], now: datetime) -> list[PointRow]:
    """Of those of ``points`` where people sit in a room, in their order. Six queries, whatever their number."""
    places = {point.pk: point for point in points if point.is_place}
    counted = _counts(places.values())
    found = {}
    for point in BridgePoint.objects.filter(pk__in=places).prefetch_related("doors"):
        doors = [(door, counted.doors.get(door.pk or 0, 0)) for door in doors_of(point)]
        found[point.pk] = PointRow(
            places[point.pk],
            doors,
            twice=counted.twice[point.pk],
            unknown=counted.unknown[point.pk],
            unsettled=counted.unsettled[point.pk],
        )
    devices = Device.objects.filter(bridge_point__in=places).select_related("door", "bridge_point")
    for device in devices.order_by("door__position", "door", "pk"):
        found[device.bridge_point_id].phones.append(phone_row(device, now))
    return [found[pk] for pk in places]


@dataclass(frozen=True)
class _Counts:
    doors: dict[int, int]
    twice: dict[int, int]
    unknown: dict[int, int]
    unsettled: dict[int, int]


def _counts(points: Collection[BridgePoint]) -> _Counts:
    """By door and by point, of the present date."""
    twice: dict[int, int] = defaultdict(int)
    unknown: dict[int, int] = defaultdict(int)
    unsettled: dict[int, int] = defaultdict(int)
    doors: dict[int, int] = {}
    if points:
        opens_at = desk_opens_at(next(iter(points)).conference)
        here = Attendance.objects.filter(bridge_point__in=points, arrival__received_at__gte=opens_at).order_by()
        counted = here.values("arrival__door", "bridge_point")
        for row in counted.annotate(all=Count("pk"), twice=Count("pk", filter=Q(is_twice=True))):
            doors[row["arrival__door"]] = row["all"]
            twice[row["bridge_point"]] += row["twice"]
        nobody = Scan.objects.filter(bridge_point__in=points, delegate=None, kind=Scan.Kind.ARRIVE)
        strangers = nobody.filter(happened_at__gte=opens_at).order_by().values("bridge_point")
        for stranger in strangers.annotate(codes=Count("code", distinct=True)):
            unknown[stranger["bridge_point"]] = stranger["codes"]
        typed = Scan.objects.filter(bridge_point__in=points, kind__in=TYPED).exclude(details={}).order_by()
        for waiting in typed.values("bridge_point").annotate(people=Count("pk")):
            unsettled[waiting["bridge_point"]] = waiting["people"]
    return _Counts(doors, twice, unknown, unsettled)


def phone_row(device: Device, now: datetime) -> PhoneRow:
    """How ``device`` stands at ``now``."""
    words, kind = _standing(device, now)
    is_in_use = device.paired_at is not None and device.withdrawn_at is None
    return PhoneRow(device, words, kind, is_in_use and has_old_list(device, now), device.may_pair(now))


def _standing(device: Device, now: datetime) -> tuple[str, str]:
    if device.withdrawn_at is not None:
        return gettext("withdrawn"), "off"
    if device.paired_at is None:
        return (gettext("waits to be paired"), "wait") if device.may_pair(now) else (gettext("never paired"), "off")
    return {
        Life.FRESH: (gettext("in use"), "good"),
        Life.LATE: (gettext("not heard of"), "late"),
        Life.SILENT: (gettext("silent"), "bad"),
    }[life_of(device, now)]


def mark_of(rows: list[PointRow]) -> str:
    """An ETag: another one when anything in ``rows`` is to be shown otherwise."""
    shown = [
        (
            row.point.pk, [(door.pk, door.name, count) for door, count in row.doors], row.twice, row.unknown,
            row.unsettled,
            [(p.device.pk, p.words, p.device.last_seen_at, p.device.queue_length, p.device.list_made_at, p.is_old,
              p.device.refused_count) for p in row.phones],
        )
        for row in rows
    ]  # fmt: skip
    return f'"{sha256(repr(shown).encode()).hexdigest()[:24]}"'
