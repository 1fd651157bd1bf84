"""How each channel in use is doing, for monitoring: what waits too long, by the age of its first try."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from outbox import channels, hold, quiet_hours
from outbox.models import ChannelState, Installation, Message

#: What waits so long needs somebody.
TOO_LONG = timedelta(minutes=5)
#: Whoever sends leaves a sign of life with the installation, a cron job once a minute; after so long they have stopped.
SILENT_AFTER = timedelta(minutes=2)
# A single mailbox may be asking us to try later, often for so long; the channel itself is well then.
_PATIENCE = timedelta(minutes=30)
_LOOK_BACK = 100


@dataclass(frozen=True)
class Health:
    """How a channel is doing. ``state``: "working", "resting" (it is tried again by itself) or "stopped".

    ``age``: how long something has waited that belongs out, or that was tried in vain; nothing: zero.
    """

    state: str
    age: timedelta

    @property
    def is_well(self) -> bool:
        """Whether nothing waits too long."""
        return self.age < TOO_LONG


def look(now: datetime) -> dict[str, Health]:
    """The channels in use by name; what waits for a channel that is no longer in use counts nowhere."""
    states = ChannelState.objects.exclude(retry_at=None).in_bulk()
    return {name: _look_at(name, states.get(name), now) for name in channels.names()}


def stopped_since(now: datetime, row: Installation | None, trouble: Iterable[ChannelState]) -> datetime | None:
    """Since when messages stay because nobody runs who would send them (UTC); None: somebody does, or nothing waits.

    What is held by ``row``, is put off, has expired, or waits for a channel of ``trouble`` stays for another reason.
    """
    seen = row.seen_at if row else None
    if seen and now - seen < SILENT_AFTER:
        return None
    usable = set(channels.names()) - {state.name for state in trouble}
    waiting = Message.objects.due(now - SILENT_AFTER).filter(channel__in=usable).exclude(expires_at__lte=now)
    if (condition := hold.may_leave_from(row)) is not None:
        waiting = waiting.filter(condition)
    if quiet_hours.night_around(now):
        waiting = waiting.exclude(channel__in=quiet_hours.CHANNELS, any_hour=False)
    first = waiting.values_list("due_at", flat=True).first()
    return first and (seen or first)


def _look_at(name: str, trouble: ChannelState | None, now: datetime) -> Health:
    since = [moment for moment in (_first_due(name, now), _first_tried(name, trouble, now)) if moment]
    state = "working" if trouble is None else "stopped" if trouble.stopped else "resting"
    return Health(state, max(now - min(since), timedelta()) if since else timedelta())


def _first_due(name: str, now: datetime) -> datetime | None:
    return Message.objects.due(now).filter(channel=name).values_list("due_at", flat=True).first()


def _first_tried(name: str, trouble: ChannelState | None, now: datetime) -> datetime | None:
    """When the first of those that wait was tried; None where that says nothing about the channel.

    Without trouble of its own a channel is in doubt only if those tried since its last success wait at two places or
    more: one mailbox may be full for a night in which nothing else is sent, and one mail server busy.
    """
    waiting = Message.objects.filter(channel=name, state=Message.State.QUEUED, first_tried_at__isnull=False)
    tried = waiting.order_by("first_tried_at")
    if trouble is None:
        tried = tried.filter(first_tried_at__lte=now - _PATIENCE)
        if sent_at := _last_sent(name):
            tried = tried.filter(first_tried_at__gt=sent_at)
    found = list(tried.values_list("first_tried_at", "address")[: _LOOK_BACK if trouble is None else 1])
    # What follows the @, or the whole number.
    places = {address.rpartition("@")[2].lower() for _, address in found}
    return found[0][0] if found and (trouble is not None or len(places) > 1) else None


def _last_sent(name: str) -> datetime | None:
    sent = Message.objects.filter(channel=name, sent_at__isnull=False).order_by("-id")
    return max((at for at in sent.values_list("sent_at", flat=True)[:_LOOK_BACK] if at), default=None)
