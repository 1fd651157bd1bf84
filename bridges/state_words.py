"""What becomes of somebody who registers at a bridge point, in true words: its own state and its conference's."""

from datetime import datetime

from django.utils.translation import gettext

from bridges.models import BridgePoint
from conference.models import Phase

#: In these, the state of the point itself says nothing.
_PHASES = {
    Phase.CANCELLED: lambda: gettext("the conference is cancelled"),
    Phase.OVER: lambda: gettext("over"),
    Phase.RUNNING: lambda: gettext("taking place now"),
    Phase.CLOSED: lambda: gettext("registration is closed"),
}
_BEFORE = {
    Phase.UNPUBLISHED: lambda: gettext("not published"),
    Phase.SOON: lambda: gettext("registration has not opened yet"),
}


def state_words(point: BridgePoint, now: datetime) -> str:
    """The state of ``point`` (with its conference) at ``now``: "takes registrations", "closed", "over" …"""
    phase = point.conference.phase_at(now)
    if phase in _PHASES:
        return _PHASES[phase]()
    if not point.is_open:
        return gettext("closed")
    if phase in _BEFORE:
        return _BEFORE[phase]()
    return gettext("full, takes a waitlist") if point.is_full else gettext("takes registrations")
