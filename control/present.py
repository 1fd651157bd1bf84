"""How many people are at each point: checked in, joined from their own device, counted in the room."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from attendance.presence import present_of
from bridges.models import BridgePoint


@dataclass(frozen=True)
class Present:
    """The people at one point. A head count counts those who were checked in as well: the greater number holds."""

    checked_in: int = 0
    online: int = 0
    #: None: nobody has counted.
    counted: int | None = None
    #: Of those online: seen in the meeting.
    in_meeting: int = 0

    @property
    def in_room(self) -> int:
        """Who sits in the room, each once."""
        return max(self.checked_in, self.counted or 0)

    @property
    def total(self) -> int:
        """Everybody, each once."""
        return self.in_room + self.online


def recorded_at(points: Iterable[BridgePoint]) -> dict[int, Present]:
    """Who is recorded as present at each of ``points``, by number, as ``present_of`` counts them. One query."""
    return {
        pk: Present(found.in_person, found.online, in_meeting=found.in_meeting)
        for pk, found in present_of(points).items()
    }


def present_words(present: Present) -> str:
    """How ``present`` is known: so many counted, so many checked in, so many online; "" where nobody is known of."""
    parts = []
    if present.counted is not None:
        parts.append(gettext("%(count)d counted") % {"count": present.counted})
    if present.checked_in:
        parts.append(gettext("%(count)d checked in") % {"count": present.checked_in})
    if present.online:
        parts.append(gettext("%(count)d online") % {"count": present.online})
    if present.in_meeting:
        parts.append(gettext("%(count)d of them seen in the meeting") % {"count": present.in_meeting})
    return ", ".join(parts)
