"""What is not ready shortly before the start, and whom to phone about it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext

from bridges.models import BridgePoint, Coordinator, StartDecision
from bridges.readiness import connection_of, has_line, missing_details
from common.phones import e164_of
from control.board import DUE_BEFORE
from control.models import Room, RoomState
from control.room_words import SILENT, hour, seen_state, state_words
from control.silence import is_left

#: So long before the start a room is opened.
_OPEN_BEFORE = timedelta(minutes=StartDecision.Mark.HOUR)


@dataclass(frozen=True)
class Phone:
    """Somebody to be phoned; ``number`` in E.164."""

    name: str
    role: str
    number: str


@dataclass(frozen=True)
class NotGreen:
    """A point that is not ready: why, in words, and whom to phone."""

    point: BridgePoint
    reasons: list[str]
    phones: list[Phone]


def not_green(points: Iterable[BridgePoint], now: datetime) -> list[NotGreen]:
    """Those of ``points`` (with conference, connections and spare lines) that are not ready at ``now``. Two queries."""
    wanted = list(points)
    rooms = {room.pk: room for room in Room.objects.filter(bridge_point__in=wanted)}
    found = [(point, [*_reasons(point), *_reasons_of_room(point, rooms.get(point.pk), now)]) for point in wanted]
    wanting = [(point, reasons) for point, reasons in found if reasons]
    coordinators: dict[int, list[Coordinator]] = {}
    rows = Coordinator.objects.filter(bridge_point__in=[point for point, _reasons in wanting], user__is_active=True)
    for row in rows.select_related("user").order_by("pk"):
        coordinators.setdefault(row.bridge_point_id, []).append(row)
    return [
        NotGreen(point, reasons, list(_phones(point, coordinators.get(point.pk, [])))) for point, reasons in wanting
    ]


def _reasons(point: BridgePoint) -> Iterator[str]:
    """Why ``point`` is not ready by what is entered of it, in words."""
    if missing := missing_details(point):
        yield gettext("missing: %(what)s") % {"what": ", ".join(missing)}
    if has_line(point) and point.line_test == BridgePoint.LineState.FAILED:
        yield gettext("the line test failed")
    elif has_line(point) and point.line_test == BridgePoint.LineState.UNTESTED:
        yield gettext("the line has not been tested")
    if point.on_spare_since is not None:
        yield gettext("on the spare line")


def _reasons_of_room(point: BridgePoint, room: Room | None, now: datetime) -> Iterator[str]:
    """Why the room of ``point`` is not ready, in words: what it says itself, and from when on it should say something.

    A technician is there an hour before the start; half an hour before it the room is connected.
    """
    conference = point.conference
    if not has_line(point) or now >= conference.ends_at:
        return
    state, left = seen_state(room, now), conference.starts_at - now
    if state in (RoomState.LOST, SILENT):
        words = state_words(room, now)
        yield words[:1].lower() + words[1:]
    elif state == RoomState.CLOSED and left <= _OPEN_BEFORE:
        yield gettext("the room shows no sign of life yet")
    elif state == RoomState.READY and left <= DUE_BEFORE:
        yield gettext("the room is not connected yet")
    if room is not None and room.needs_help_since and not is_left(room, now):
        yield gettext("the room needs help since %(time)s") % {"time": hour(room.needs_help_since, now)}


def _phones(point: BridgePoint, coordinators: Iterable[Coordinator]) -> Iterator[Phone]:
    connection = connection_of(point)
    if number := e164_of(connection.technician_phone):
        yield Phone(connection.technician_name, gettext("technical contact"), number)
    for row in coordinators:
        if number := e164_of(row.user.phone):
            yield Phone(str(row.user), gettext("coordinator"), number)
