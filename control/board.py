"""The board of the day: how every point stands, what needs action first."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from hashlib import sha256
from typing import Any, NamedTuple

from django.utils.timezone import localtime
from django.utils.translation import get_language

from attendance.devices_now import DoorsNow, devices_mark, doors_now
from bridges.models import BridgePoint
from bridges.readiness import connection_of, has_line
from conference.models import Conference, day_version
from control import afterwards, incidents, measuring, silence
from control.afterwards import Became
from control.door_words import DeviceLine, device_lines
from control.line_needs import measured_words, shortfall_words
from control.models import Incident, LineMeasurement, Room, RoomState
from control.present import Present, present_words, recorded_at
from control.room_words import SILENT, hour, lost_words, seen_state, state_label, state_since, state_words

#: From this long before the start a point that is not connected needs action.
DUE_BEFORE = timedelta(minutes=30)
_DOWN = (RoomState.LOST, SILENT)


class Urgency(IntEnum):
    """What needs action now, the most urgent first."""

    DOWN = 0
    NEEDS_HELP = 1
    NOT_CONNECTED = 2
    WANTS_FLOOR = 3
    FINE = 4
    #: People at their own devices: there is no room.
    NO_ROOM = 5


@dataclass(frozen=True)
class Row:
    """One point on the board, in the reader's language. ``state``: see ``seen_state``; "": there is no room."""

    point: BridgePoint
    urgency: Urgency
    state: str
    state_label: str
    state_words: str
    present: Present
    booked: int
    #: The hour since when; "" if not.
    help_since: str
    floor_since: str
    present_words: str
    minutes_lost: int
    #: How long this time, and in all; "" if it was always there.
    lost_words: str
    #: The latest measurement of its line, and what falls short in it; "" if nothing was measured, or falls short.
    line_words: str
    line_short: str
    technician_name: str
    technician_phone: Any
    #: The phones at its doors, and how many people two doors have read.
    devices: list[DeviceLine]
    twice: int
    #: Once the day is over: whether the room was ever connected.
    was_connected: bool = False

    @property
    def mark(self) -> str:
        """What changes with anything that the row says: by it a drawn row is kept."""
        return f"{self.point.pk} {self.point.label} {self!r}"

    @property
    def is_down(self) -> bool:
        """Whether the line is lost or the room silent."""
        return self.urgency is Urgency.DOWN


@dataclass(frozen=True)
class Board:
    """The points, what needs action first; the incidents of the day; sums."""

    rows: list[Row]
    incidents: list[Incident]
    as_of: datetime
    #: The day is over: the rows say what became of the rooms.
    is_over: bool = False

    @property
    def connected(self) -> int:
        """Rooms that are connected; once the day is over, those that were."""
        return sum(row.was_connected or row.state == RoomState.CONNECTED for row in self.rows)

    @property
    def rooms(self) -> int:
        """Points that have a room."""
        return sum(bool(row.state) for row in self.rows)

    @property
    def present(self) -> int:
        """People at all of the points."""
        return sum(row.present.total for row in self.rows)

    @property
    def booked(self) -> int:
        """Seats taken at all of the points."""
        return sum(row.booked for row in self.rows)

    @property
    def minutes_lost(self) -> int:
        """Minutes lost by all of the points together."""
        return sum(row.minutes_lost for row in self.rows)


def board(conference: Conference, points: Iterable[BridgePoint], now: datetime, *, with_doors: bool = False) -> Board:
    """How ``points`` of ``conference``, which come with their connections, stand at ``now``. Four queries.

    ``with_doors``: also the phones at their doors, for two more. Once the day is over, what became of the rooms, for
    one more.
    """
    mine = {point.pk: point for point in points}
    rooms = {room.pk: room for room in Room.objects.filter(bridge_point__in=list(mine))}
    recorded = recorded_at(mine.values())
    lines = measuring.latest(mine)
    doors = doors_now(mine.values(), now) if with_doors else {}
    over = afterwards.is_over(conference, now)
    became = afterwards.what_became_of(mine, conference) if over else {}
    found = [incident for incident in incidents.of_day(conference, now) if incident.bridge_point_id in mine]
    silent = {pk: room.last_seen_at for pk, room in rooms.items() if seen_state(room, now) == SILENT}
    start, end = incidents.day_of(conference, now)
    since = {pk: moment for pk, moment in silent.items() if moment is not None}
    lost = incidents.minutes_lost(found, since, start=start, end=min(end, now))
    rows = [
        _row(
            point,
            _Found(
                rooms.get(pk),
                recorded.get(pk, Present()),
                lines.get(pk),
                lost.get(pk, 0),
                doors.get(pk),
                became.get(pk),
            ),
            now,
        )
        for pk, point in mine.items()
    ]
    return Board(sorted(rows, key=lambda row: row.urgency), found, now, over)


class _Found(NamedTuple):
    """What was found of one point."""

    room: Room | None
    recorded: Present
    measured: LineMeasurement | None
    minutes_lost: int
    doors: DoorsNow | None
    #: None as long as the day is not over.
    became: Became | None


def _row(point: BridgePoint, found: _Found, now: datetime) -> Row:
    current = None if found.became else silence.in_use(found.room, now)
    state, label, words = _state_of(point, current, now)
    if state and found.became:
        label = words = found.became.words
    connection = connection_of(point)
    present = replace(found.recorded, counted=_counted(point, found, current))
    line_words, line_short = _line_of(point, found.measured)
    return Row(
        point=point,
        urgency=_urgency(point.conference, current, state, now),
        state=state,
        state_label=label,
        state_words=words,
        present=present,
        booked=point.seats_taken,
        help_since=_hour(current.needs_help_since if current else None, now),
        floor_since=_hour(current.wants_floor_since if current else None, now),
        present_words=present_words(present),
        minutes_lost=found.minutes_lost,
        lost_words=lost_words(_minutes_down(current, state, now), found.minutes_lost),
        line_words=line_words,
        line_short=line_short,
        technician_name=connection.technician_name,
        technician_phone=connection.technician_phone,
        devices=device_lines(found.doors, now),
        twice=found.doors.twice if found.doors else 0,
        was_connected=found.became is not None and found.became.was_connected,
    )


def _counted(point: BridgePoint, found: _Found, current: Room | None) -> int | None:
    """How many people were counted in the room that is in use; once the day is over, on that day."""
    if found.became:
        return afterwards.counted_on_the_day(found.room, point.conference)
    return current.head_count if current else None


def _state_of(point: BridgePoint, room: Room | None, now: datetime) -> tuple[str, str, str]:
    """The state of ``room``, its name, and the same with since when; all "" where the point has no room."""
    if not has_line(point):
        return "", "", ""
    state = seen_state(room, now)
    return state, state_label(state, room), state_words(room, now)


def _minutes_down(room: Room | None, state: str, now: datetime) -> int | None:
    """How long ``room`` has been lost or silent this time; None: it is neither."""
    since = state_since(room, state) if state in _DOWN else None
    return None if since is None else round((now - since) / timedelta(minutes=1))


def _line_of(point: BridgePoint, measured: LineMeasurement | None) -> tuple[str, str]:
    return (measured_words(measured), shortfall_words(measured, point)) if measured else ("", "")


def _urgency(conference: Conference, room: Room | None, state: str, now: datetime) -> Urgency:
    if not state:
        return Urgency.NO_ROOM
    if state in _DOWN:
        return Urgency.DOWN
    if room is not None and room.needs_help_since:
        return Urgency.NEEDS_HELP
    if state != RoomState.CONNECTED and is_due(conference, now):
        return Urgency.NOT_CONNECTED
    return Urgency.WANTS_FLOOR if room is not None and room.wants_floor_since else Urgency.FINE


def is_due(conference: Conference, now: datetime) -> bool:
    """Whether every room should be connected: from half an hour before the start until the end."""
    return conference.starts_at - DUE_BEFORE <= now < conference.ends_at


def _hour(moment: datetime | None, now: datetime) -> str:
    return "" if moment is None else hour(moment, now)


def mark(conference: Conference, now: datetime, *seen_by: object, with_doors: bool = False) -> str:
    """What changes with whatever the board shows: the day version, and what changes by the clock. Two queries.

    ``with_doors``: for a board with the phones at the doors, for one more. ``seen_by``: what else the answer
    depends on, such as the role of the reader.
    """
    rooms = Room.objects.filter(bridge_point__conference=conference).order_by("pk")
    states = [(room.pk, seen_state(room, now)) for room in rooms]
    # Minutes lost grow while a room is down.
    minute = f"{localtime(now):%d%H%M}" if any(state in _DOWN for _pk, state in states) else ""
    phones = devices_mark(conference, now) if with_doors else []
    by_clock = (minute, is_due(conference, now), afterwards.is_over(conference, now))
    said = (day_version(conference.pk), states, phones, *by_clock, get_language(), *seen_by)
    return sha256(repr(said).encode()).hexdigest()[:24]
