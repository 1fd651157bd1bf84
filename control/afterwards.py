"""What became of the rooms of a conference: once its day is over, how a room stands now says nothing any more."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from attendance.services import OVERRUN
from conference.models import Conference
from control import incidents
from control.models import Room, RoomReport, RoomState
from control.room_words import hour


def is_over(conference: Conference, now: datetime) -> bool:
    """Whether the day of ``conference`` is over at ``now``: conferences overrun."""
    return now >= conference.ends_at + OVERRUN


@dataclass(frozen=True)
class Became:
    """What was said of a room on the day, in words, and whether it was ever connected."""

    words: str
    was_connected: bool


def what_became_of(points: Collection[int], conference: Conference) -> dict[int, Became]:
    """What became of the rooms of the points with these numbers. One query."""
    start, end = incidents.day_of(conference, conference.ends_at + OVERRUN)
    said: dict[int, list[tuple[str, datetime]]] = {point: [] for point in points}
    states = RoomReport.objects.filter(kind=RoomReport.Kind.STATE, happened_at__gte=start, happened_at__lt=end)
    rows = states.filter(bridge_point__in=points).order_by("happened_at", "pk")
    for point, value, at in rows.values_list("bridge_point", "value", "happened_at"):
        said[point].append((value, at))
    return {point: _became(found, conference) for point, found in said.items()}


def counted_on_the_day(room: Room | None, conference: Conference) -> int | None:
    """The last head count of ``room`` if it is of the day; None: there is none."""
    start, end = incidents.day_of(conference, conference.ends_at + OVERRUN)
    at = None if room is None else room.head_count_at
    return room.head_count if room is not None and at is not None and start <= at < end else None


def _became(said: list[tuple[str, datetime]], conference: Conference) -> Became:
    """``said``: the states of one room and when each was reported, the earliest first."""
    since = next((at for state, at in said if state == RoomState.CONNECTED), None)
    if since is None:
        return Became(gettext("Was not connected") if said else gettext("No report from this room"), False)
    last, at = said[-1]
    facts = {"since": hour(since, conference.starts_at), "until": hour(at, conference.starts_at)}
    if last == RoomState.CLOSED:
        return Became(gettext("Was connected from %(since)s to %(until)s") % facts, True)
    if last == RoomState.LOST:
        return Became(gettext("Was connected from %(since)s, signal lost at %(until)s") % facts, True)
    return Became(gettext("Was connected from %(since)s") % facts, True)
