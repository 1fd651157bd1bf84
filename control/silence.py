"""Silent rooms: those whose page was open and has shown no sign of life since.

A sign of life does not raise the day version: with sixty rooms nothing would ever be unchanged (docs/adr/0045). That
somebody has fallen silent is seen from the clock, and entered as an incident by a job that runs every few seconds.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from attendance.services import OVERRUN
from bridges.models import BridgePoint
from conference.models import raise_day_version
from control import incidents
from control.models import Incident, Room
from control.models.room import LIVELY_STATES

#: A room that has not been heard for so long is silent.
SILENT_AFTER = timedelta(seconds=60)
#: So often at most is a sign of life written down.
SEEN_EVERY = timedelta(seconds=10)
#: A room of which nothing has been heard for so long has been left: it counts as not opened, as after a rehearsal.
LEFT_AFTER = timedelta(hours=12)

_SILENT = Incident.Kind.SILENT


def last_heard(room: Room) -> datetime | None:
    """When something was last heard of ``room``; None: never."""
    return max(filter(None, (room.state_at, room.last_seen_at)), default=None)


def is_left(room: Room, now: datetime) -> bool:
    """Whether nothing has been heard of ``room`` for so long that its state says nothing any more."""
    heard = last_heard(room)
    return heard is None or heard < now - LEFT_AFTER


def in_use(room: Room | None, now: datetime) -> Room | None:
    """``room``, unless it was left: what was counted there then is not true any more."""
    return None if room is None or is_left(room, now) else room


def room_in_use(point: BridgePoint, now: datetime) -> Room | None:
    """The room of ``point``, if it has one that was not left."""
    return in_use(getattr(point, "room", None), now)


def is_silent(room: Room, now: datetime) -> bool:
    """Whether the page of ``room`` should show signs of life and has shown none for too long."""
    seen = room.last_seen_at
    return room.state in LIVELY_STATES and seen is not None and now - LEFT_AFTER < seen <= now - SILENT_AFTER


def silent_rooms(now: datetime) -> QuerySet[Room]:
    """The rooms that ``is_silent`` means, of conferences that are neither over nor cancelled."""
    rooms = Room.objects.filter(state__in=LIVELY_STATES)
    heard = rooms.filter(last_seen_at__gt=now - LEFT_AFTER, last_seen_at__lte=now - SILENT_AFTER)
    return heard.filter(
        bridge_point__conference__ends_at__gt=now - OVERRUN, bridge_point__conference__cancelled_at=None
    )


def enter_silent_rooms(now: datetime) -> int:
    """Enter an incident for each room that has fallen silent; returns how many. Called again it enters none twice.

    One query where no room is silent.
    """
    entered = 0
    for point, conference in silent_rooms(now).values_list("pk", "bridge_point__conference"):
        with transaction.atomic():
            # Again, under the lock: its page may have spoken meanwhile.
            room = silent_rooms(now).filter(pk=point).select_for_update(of=("self",)).first()
            if room is not None and incidents.begin(point, _SILENT, _seen(room)):
                raise_day_version(conference)
                entered += 1
    return entered


def show_sign_of_life(*, room: Room, conference: int, now: datetime) -> None:
    """Note that the page of ``room``, of the conference with this number, is open at ``now``.

    No statement within ``SEEN_EVERY`` of the last sign, one otherwise; more where the room was silent until now.
    """
    if room.last_seen_at is not None and room.last_seen_at > now - SEEN_EVERY:
        return
    if not is_silent(room, now):
        # Not over what somebody else has written meanwhile.
        Room.objects.filter(pk=room.pk, last_seen_at=room.last_seen_at).update(last_seen_at=now)
        return
    with transaction.atomic():
        locked = Room.objects.select_for_update().get(pk=room.pk)
        if is_silent(locked, now):
            break_silence(locked, now)
            raise_day_version(conference)
        Room.objects.filter(pk=room.pk).update(last_seen_at=now)


def break_silence(room: Room, now: datetime) -> None:
    """End the silence of ``room``, whose row is locked, at ``now``; enter it first if nobody has noticed it."""
    incidents.begin(room.pk, _SILENT, _seen(room))
    Incident.objects.open().filter(bridge_point=room.pk, kind=_SILENT).update(ended_at=now)


def _seen(room: Room) -> datetime:
    # A silent room has been seen.
    return room.last_seen_at  # type: ignore[return-value]
