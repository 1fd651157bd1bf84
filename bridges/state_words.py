"""What becomes of somebody who registers at a bridge point, in true words: its own state and its conference's."""

from datetime import datetime

from django.utils.translation import pgettext

from bridges.models import BridgePoint
from conference.models import Phase

#: In these, the state of the point itself says nothing.
_PHASES = {
    Phase.CANCELLED: lambda: pgettext("state of a bridge point", "the conference is cancelled"),
    Phase.OVER: lambda: pgettext("state of a bridge point", "over"),
    Phase.RUNNING: lambda: pgettext("state of a bridge point", "taking place now"),
    Phase.CLOSED: lambda: pgettext("state of a bridge point", "registration is closed"),
}
_BEFORE = {
    Phase.UNPUBLISHED: lambda: pgettext("state of a bridge point", "not published"),
    Phase.SOON: lambda: pgettext("state of a bridge point", "registration has not opened yet"),
}


def state_words(point: BridgePoint, now: datetime) -> str:
    """The state of ``point`` (with its conference) at ``now``: "takes registrations", "closed", "over" …"""
    phase = point.conference.phase_at(now)
    if phase in _PHASES:
        return _PHASES[phase]()
    if not point.is_open:
        return pgettext("state of a bridge point", "closed")
    if phase in _BEFORE:
        return _BEFORE[phase]()
    if point.is_full:
        return pgettext("state of a bridge point", "full, takes a waitlist")
    return pgettext("state of a bridge point", "takes registrations")
