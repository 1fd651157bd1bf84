"""Measuring the line from a room's device to this server: permissions, their limits, and what is stored.

A permission is signed and holds for a minute. So the blocks that go to and fro need no database; they are counted in
the cache, and each permission lets some fifteen megabytes through.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import isfinite
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.db import transaction
from django.db.models import Max

from bridges.models import BridgePoint
from common.rate_limits import count
from conference.models import raise_day_version
from control.models import LineMeasurement

#: Bytes of one block.
BLOCK = 256 * 1024
#: Blocks of one measurement.
MOST_BLOCKS = {"down": 40, "up": 20, "ping": 60}
#: Measurements an hour from one room.
PER_HOUR = 20
VALID = timedelta(seconds=60)
_SALT = "control.measuring"
_FIELDS = ("download_kbps", "upload_kbps", "delay_ms", "jitter_ms", "loss_percent")
#: What is more no device measures.
_MOST = {"download_kbps": 100_000_000, "upload_kbps": 100_000_000, "delay_ms": 60_000, "jitter_ms": 60_000}


class TooOften(Exception):
    """The room has measured too often within this hour, or a measurement has moved more than it may."""


class BadMeasurement(ValueError):
    """What was sent is no result of a measurement, or its permission does not hold."""


def permit(point: BridgePoint, now: datetime) -> str:
    """A permission to measure from the room of ``point``.

    Raises:
        TooOften: it has measured ``PER_HOUR`` times already.
    """
    if count(f"line/{point.pk}", now) > PER_HOUR:
        raise TooOften
    return signing.dumps([point.pk, uuid4().hex], salt=_SALT)


def _read(permission: str) -> tuple[int, UUID]:
    try:
        point, uid = signing.loads(permission, salt=_SALT, max_age=VALID)
        return point, UUID(uid)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadMeasurement("The permission does not hold.") from error


def count_block(permission: str, way: str, now: datetime) -> None:
    """Count one block, or one ping, that goes ``way`` (a key of MOST_BLOCKS) under ``permission``. No query.

    Raises:
        BadMeasurement: the permission does not hold.
        TooOften: it is used up.
    """
    _point, uid = _read(permission)
    if count(f"line-{way}/{uid.hex}", now, often=True) > MOST_BLOCKS[way]:
        raise TooOften


def store(*, point: BridgePoint, body: bytes, now: datetime) -> LineMeasurement:
    """Store what the device in the room of ``point`` has measured; a result that is sent again is the same one.

    Raises:
        BadMeasurement: it is no result, or its permission is of another room or too old.
    """
    said = _json(body)
    of_point, uid = _read(str(said.get("permission", "")))
    if of_point != point.pk:
        raise BadMeasurement("The permission is of another room.")
    values = {name: _number(name, said.get(name)) for name in _FIELDS}
    with transaction.atomic():
        measured, is_new = LineMeasurement.objects.get_or_create(
            uid=uid, defaults={"bridge_point": point, "measured_at": now, **values}
        )
        if is_new:
            raise_day_version(point.conference_id)
    return measured


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body) if len(body) < 4096 else None
    except (ValueError, RecursionError) as error:
        raise BadMeasurement("This is no result.") from error
    if not isinstance(said, dict):
        raise BadMeasurement("This is no result.")
    return said


def _number(name: str, value: object) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
        raise BadMeasurement(name)
    if not 0 <= value <= _MOST.get(name, 100):
        raise BadMeasurement(name)
    return round(value)


def latest(points: Iterable[int]) -> dict[int, LineMeasurement]:
    """The latest measurement of each of ``points``, by number. One query, whatever the number of points."""
    last = LineMeasurement.objects.filter(bridge_point__in=list(points)).order_by().values("bridge_point")
    numbers = last.annotate(last=Max("pk")).values("last")
    return {row.bridge_point_id: row for row in LineMeasurement.objects.filter(pk__in=numbers)}
