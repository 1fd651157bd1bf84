"""What is reported of rooms, and the links to their pages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from accounts.models import User
from bridges.models import BridgePoint
from conference.models import raise_day_version
from control import incidents, silence
from control.doubts import MOST_PEOPLE
from control.models import Incident, Room, RoomLink, RoomReport, RoomState
from control.polls import HandsSaid, apply_hands

_Kind = RoomReport.Kind
_LOST = Incident.Kind.LOST
_YES_OR_NO = ("yes", "no")


class BadReport(ValueError):
    """What was sent is no report of a room."""


class Outcome(StrEnum):
    """What became of a report."""

    TAKEN = "taken"
    #: It was sent before.
    KNOWN = "known"
    #: Its number was used for something else before; the first counts.
    OTHER = "other"


@dataclass(frozen=True)
class Report:
    """What somebody says of a room: see ``RoomReport``."""

    uid: UUID
    kind: str
    value: str
    happened_at: datetime

    def __post_init__(self) -> None:
        """Raises BadReport if there is no such report."""
        if self.kind == _Kind.STATE:
            is_good = self.value in RoomState.values
        elif self.kind == _Kind.HANDS:
            is_good = HandsSaid.read(self.value) is not None
        elif self.kind == _Kind.HEAD_COUNT:
            is_good = self.value.isascii() and self.value.isdigit() and int(self.value) <= MOST_PEOPLE
        else:
            is_good = self.kind in _Kind.values and self.value in _YES_OR_NO
        if not is_good:
            raise BadReport(f"{self.kind}: {self.value}"[:100])


def note_reports(
    *, point: BridgePoint, reports: Iterable[Report], now: datetime, by: User | None = None
) -> dict[UUID, Outcome]:
    """Store what is said of the room of ``point``, and what follows from it: how the room stands, incidents.

    A report that was sent before changes nothing. One that is older than what is known of the room is kept, and changes
    the incidents of its time, but not how the room stands now. ``by``: the staff user who says it from the board; they
    have telephoned, so a state of theirs ends the waiting for signs of life until the page shows one. None: the page.
    """
    said = {report.uid: report for report in sorted(reports, key=lambda report: report.happened_at)}
    with transaction.atomic():
        room = _locked(point)
        known = {row.uid: row for row in RoomReport.objects.filter(bridge_point=point, uid__in=list(said))}
        fresh = [report for uid, report in said.items() if uid not in known]
        if fresh:
            _store(room, point, fresh, now, by)
            raise_day_version(point.conference_id)
    return {uid: _outcome(report, known.get(uid)) for uid, report in said.items()}


def _outcome(report: Report, row: RoomReport | None) -> Outcome:
    if row is None:
        return Outcome.TAKEN
    return Outcome.KNOWN if (row.kind, row.value) == (report.kind, report.value) else Outcome.OTHER


def _locked(point: BridgePoint) -> Room:
    Room.objects.bulk_create([Room(bridge_point=point)], ignore_conflicts=True)
    return Room.objects.select_for_update().get(pk=point.pk)


def _store(room: Room, point: BridgePoint, fresh: list[Report], now: datetime, by: User | None) -> None:
    rows = [
        RoomReport(
            uid=report.uid,
            bridge_point=point,
            kind=report.kind,
            value=report.value,
            happened_at=report.happened_at,
            received_at=now,
            by=by,
        )
        for report in fresh
    ]
    RoomReport.objects.bulk_create(rows)
    if silence.is_left(room, now):
        _begin_anew(room)
    _hear(room, any(row.kind == _Kind.STATE for row in rows), now, by)
    for row in rows:
        _APPLY[row.kind](room, row)
    room.save()


def _begin_anew(room: Room) -> None:
    """Forget how ``room`` stood at the rehearsal, or at an earlier date of the conference."""
    if heard := silence.last_heard(room):
        lasting = Incident.objects.open().filter(bridge_point=room.pk).exclude(kind=Incident.Kind.OTHER)
        lasting.filter(began_at__lte=heard).update(ended_at=heard)
    room.state, room.since, room.last_seen_at = RoomState.CLOSED, None, None
    room.head_count = room.needs_help_since = room.wants_floor_since = None


def _hear(room: Room, is_about_state: bool, now: datetime, by: User | None) -> None:
    """Whoever speaks of the room ends its silence: its page by being there, staff by having telephoned."""
    if by is not None and not is_about_state:
        return
    if silence.is_silent(room, now):
        silence.break_silence(room, now)
    room.last_seen_at = now if by is None else None


def _apply_state(room: Room, row: RoomReport) -> None:
    if room.state_at is not None and row.happened_at < room.state_at:
        _apply_late_state(row)
        return
    if row.value != room.state or room.since is None:
        room.state, room.since = row.value, row.happened_at
    room.state_at = row.happened_at
    if row.value == RoomState.LOST:
        incidents.begin(room.pk, _LOST, row.happened_at)
    else:
        incidents.end_by_itself(room.pk, _LOST, row.happened_at)


def _apply_late_state(row: RoomReport) -> None:
    if row.value == RoomState.LOST:
        incidents.note_past_loss(row)
    else:
        incidents.end_past_loss(row)


def _apply_head_count(room: Room, row: RoomReport) -> None:
    if room.head_count_at is None or row.happened_at >= room.head_count_at:
        room.head_count, room.head_count_at = int(row.value), row.happened_at


def _apply_help(room: Room, row: RoomReport) -> None:
    if room.help_at is None or row.happened_at >= room.help_at:
        room.needs_help_since = (room.needs_help_since or row.happened_at) if row.value == "yes" else None
        room.help_at = row.happened_at


def _apply_floor(room: Room, row: RoomReport) -> None:
    if room.floor_at is None or row.happened_at >= room.floor_at:
        room.wants_floor_since = (room.wants_floor_since or row.happened_at) if row.value == "yes" else None
        room.floor_at = row.happened_at


def _apply_hands(_room: Room, row: RoomReport) -> None:
    apply_hands(row)


_APPLY: dict[str, Callable[[Room, RoomReport], None]] = {
    _Kind.STATE: _apply_state,
    _Kind.HEAD_COUNT: _apply_head_count,
    _Kind.HELP: _apply_help,
    _Kind.FLOOR: _apply_floor,
    _Kind.HANDS: _apply_hands,
}


def link_of(*, point: BridgePoint, now: datetime) -> RoomLink:
    """The link to the page of the room of ``point``, made at ``now`` if there is none."""
    return RoomLink.objects.get_or_create(bridge_point=point, defaults={"renewed_at": now})[0]


def renew_link(*, point: BridgePoint, now: datetime) -> RoomLink:
    """Withdraw the link to the page of the room of ``point``: whoever has it is let in no more. Returns the new one."""
    with transaction.atomic():
        link = RoomLink.objects.select_for_update().get(pk=link_of(point=point, now=now).pk)
        link.renew_token()
        link.renewed_at = now
        link.save()
    return link
