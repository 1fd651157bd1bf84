"""How a room stands, in words and as the boards and the room's own page need it."""

from datetime import datetime
from typing import TypedDict

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext, ngettext

from control import silence
from control.models import Room, RoomState

#: What ``seen_state`` says besides the states that are reported.
SILENT = "silent"


def seen_state(room: Room | None, now: datetime) -> str:
    """The state of ``room`` as it looks at ``now``: one of ``RoomState``, or ``SILENT``. None: it was never opened."""
    if room is None or silence.is_left(room, now):
        return RoomState.CLOSED
    return SILENT if silence.is_silent(room, now) else room.state


def state_label(state: str, room: Room | None = None) -> str:
    """The name of what ``seen_state`` returned."""
    if state == SILENT:
        return gettext("silent")
    if state == RoomState.CLOSED and room is not None and room.since is not None:
        return gettext("closed")
    return str(RoomState(state).label)


def hour(moment: datetime, now: datetime) -> str:
    """The hour of ``moment``; with its day if that is another than that of ``now``."""
    there = localtime(moment)
    return date_format(there, "H:i" if there.date() == localdate(now) else "DATETIME_FORMAT")


def state_words(room: Room | None, now: datetime) -> str:
    """The state of ``room`` and since when it is so."""
    state = seen_state(room, now)
    label = capfirst(state_label(state, room if state == RoomState.CLOSED and not _is_left(room, now) else None))
    since = state_since(room, state)
    if since is None or _is_left(room, now):
        return label
    return gettext("%(state)s since %(time)s") % {"state": label, "time": hour(since, now)}


def _is_left(room: Room | None, now: datetime) -> bool:
    return room is None or silence.is_left(room, now)


def state_since(room: Room | None, state: str) -> datetime | None:
    """Since when ``room`` is in ``state``, which ``seen_state`` returned; None: nobody has reported it."""
    if room is None:
        return None
    return room.last_seen_at if state == SILENT else room.since


def lost_words(minutes_down: int | None, minutes_lost: int) -> str:
    """How long a room has been lost or silent; "" if it was not, or for less than half a minute.

    ``minutes_down``: this time, None if it is neither now; ``minutes_lost``: all times of the day together. They are
    never said as one.
    """
    if minutes_down is None:
        words = ngettext("%(all)d minute lost in all", "%(all)d minutes lost in all", minutes_lost)
        return words % {"all": minutes_lost} if minutes_lost else ""
    this_time = ngettext("for %(now)d minute", "for %(now)d minutes", minutes_down) % {"now": minutes_down}
    if minutes_lost > minutes_down:
        words = gettext("%(this_time)s; %(all)d minutes with earlier losses")
        return words % {"this_time": this_time, "all": minutes_lost}
    return this_time if minutes_down else ""


class RoomNow(TypedDict):
    """How a room stands, for its own page. ``people``: None if nobody has counted."""

    state: str
    state_words: str
    people: int | None
    people_words: str
    help: bool
    help_words: str
    floor: bool
    floor_words: str


def room_now(room: Room | None, now: datetime) -> RoomNow:
    """How ``room`` stands at ``now``."""
    current = None if _is_left(room, now) else room
    return {
        "state": seen_state(current, now),
        "state_words": state_words(current, now),
        "people": current.head_count if current else None,
        "people_words": people_words(current, now),
        "help": bool(current and current.needs_help_since),
        "help_words": _since_words(current.needs_help_since if current else None, now),
        "floor": bool(current and current.wants_floor_since),
        "floor_words": _since_words(current.wants_floor_since if current else None, now),
    }


def people_words(room: Room | None, now: datetime) -> str:
    """How many people were counted in ``room``, and when."""
    if room is None or room.head_count is None or room.head_count_at is None:
        return gettext("Nobody has counted yet.")
    words = ngettext("%(count)d person, counted at %(time)s", "%(count)d people, counted at %(time)s", room.head_count)
    return words % {"count": room.head_count, "time": hour(room.head_count_at, now)}


def _since_words(since: datetime | None, now: datetime) -> str:
    if since is None:
        return ""
    return gettext("Said at %(time)s; press again when it is done.") % {"time": hour(since, now)}
