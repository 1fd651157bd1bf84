"""How many people of each point were in the meeting, and by what else they are known to be there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Max, Min, Q

from attendance.models import Attendance, MeetingStay
from attendance.services import desk_opens_at
from bridges.models import BridgePoint
from lists.meeting.matching import Means

#: Who has pressed the join button themselves; ``Attendance.has_pressed`` is the same of one row.
PRESSED = Q(presses__gt=1) | Q(presses=1, checked_in_at=None)


@dataclass(frozen=True)
class RoomTimes:
    """The device of a room in the meeting. ``until`` None: it is in it, or nobody has said since when not."""

    begin: datetime
    until: datetime | None


@dataclass(frozen=True)
class MeetingNumbers:
    """People of one point for the present date. One person may be in each but ``total``, which counts each once."""

    total: int = 0
    at_door: int = 0
    pressed: int = 0
    met: int = 0
    #: The meeting alone shows that they were there.
    met_alone: int = 0
    room: RoomTimes | None = None


def numbers_of(points: Iterable[BridgePoint]) -> dict[int, MeetingNumbers]:
    """The numbers of each of ``points``, which are of one conference and come with it. Two queries."""
    wanted = list(points)
    if not wanted:
        return {}
    opens_at = desk_opens_at(wanted[0].conference)
    here = Attendance.objects.filter(bridge_point__in=wanted).since(opens_at).order_by()
    rows = here.values_list("bridge_point").annotate(
        total=Count("pk"),
        at_door=Count("pk", filter=Q(checked_in_at__isnull=False)),
        pressed=Count("pk", filter=PRESSED),
        met=Count("pk", filter=Q(met_from__isnull=False)),
        met_alone=Count("pk", filter=Q(met_from__isnull=False, checked_in_at=None, presses=0)),
    )
    counted = {point: MeetingNumbers(*counts) for point, *counts in rows}
    rooms = _rooms(wanted, opens_at)
    return {point.pk: replace(counted.get(point.pk, MeetingNumbers()), room=rooms.get(point.pk)) for point in wanted}


def _rooms(points: list[BridgePoint], opens_at: datetime) -> dict[int, RoomTimes]:
    stays = MeetingStay.objects.since(opens_at).filter(room__in=points, means=Means.ROOM).order_by()
    rows = stays.values("room").annotate(
        begin=Min("joined_at"), until=Max("left_at"), open=Count("pk", filter=Q(left_at=None))
    )
    return {row["room"]: RoomTimes(row["begin"], None if row["open"] else row["until"]) for row in rows}
