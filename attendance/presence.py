"""How many people are at each point, each of them once, whatever says that they are there."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from attendance.models import Attendance
from attendance.services import desk_opens_at
from bridges.models import BridgePoint


@dataclass(frozen=True)
class Presence:
    """The people at one point: read or ticked in the room, and joined from their own device."""

    in_person: int = 0
    online: int = 0
    #: Of those online: seen in the meeting by its own list or calls.
    in_meeting: int = 0

    @property
    def total(self) -> int:
        """All of them; somebody who did both is in person."""
        return self.in_person + self.online


def present_of(points: Iterable[BridgePoint]) -> dict[int, Presence]:
    """Who is there at each of ``points``, by its number, for the present date; one query.

    Of one conference, which must be loaded with the first of them. Somebody who was admitted at another point than
    their own counts where they are. Heads that a room has counted are not known here.
    """
    wanted = list(points)
    if not wanted:
        return {}
    here = Attendance.objects.filter(bridge_point__in=wanted).since(desk_opens_at(wanted[0].conference))
    is_online = Q(mode=Attendance.Mode.ONLINE)
    rows = (
        here.order_by()
        .values_list("bridge_point")
        .annotate(
            in_person=Count("pk", filter=~is_online),
            online=Count("pk", filter=is_online),
            in_meeting=Count("pk", filter=is_online & Q(met_from__isnull=False)),
        )
    )
    found = {point: Presence(*counts) for point, *counts in rows}
    return {point.pk: found.get(point.pk, Presence()) for point in wanted}
