"""How each channel is doing: a far side that does not answer is left alone for a while, whoever asks.

All of it is in the database, so that every worker knows it.
"""

import logging
import os
import secrets
from datetime import datetime, timedelta

from django.db.models import F, Q

from common.lookups import LookUp
from outbox.models import ChannelState

log = logging.getLogger(__name__)

FIRST_REST = timedelta(seconds=15)
LONGEST_REST = timedelta(minutes=2)
# A channel that somebody must mend is tried with one message now and then, in case that has been done.
STOPPED_REST = timedelta(minutes=15)
# Forked processes have it in common, and their numbers differ.
_MACHINE = secrets.token_hex(8)


_STATE: LookUp[ChannelState, str] = LookUp(lambda name: ChannelState.objects.filter(name=name).only("retry_at"))


def claim_allowance(name: str, now: datetime, most: int, *, probe: timedelta) -> int:
    """How many messages may be tried over ``name`` at ``now``: ``most``, none while it rests, one to see if it is back.

    Of several workers only one gets that one message; it has ``probe`` to find out.
    """
    state = _STATE.first(name)
    if state is None or state.retry_at is None:
        return most
    if state.retry_at > now:
        return 0
    mine = ChannelState.objects.filter(name=name, retry_at=state.retry_at).update(retry_at=now + probe)
    return 1 if mine else 0


def is_well(name: str) -> bool:
    """Whether ``name`` neither rests nor has stopped."""
    return not ChannelState.objects.filter(name=name).exclude(retry_at=None).exists()


def mark_working(name: str) -> None:
    """Note that ``name`` took a message."""
    ChannelState.objects.filter(name=name).exclude(retry_at=None).update(
        stopped=False, failures=0, reason="", since=None, retry_at=None
    )


def rest(name: str, reason: str, now: datetime, *, pause: float | None = None) -> None:
    """Leave ``name`` alone for ``pause`` seconds, by default for longer each time."""
    ChannelState.objects.get_or_create(name=name)
    state = ChannelState.objects.get(name=name)
    length = timedelta(seconds=pause) if pause else min(FIRST_REST * 2 ** min(state.failures, 10), LONGEST_REST)
    ChannelState.objects.filter(name=name).update(
        failures=F("failures") + 1, reason=reason[:300], since=state.since or now, retry_at=now + length
    )
    log.warning("channel %s rests for %s s: %s", name, int(length.total_seconds()), reason)


def stop(name: str, reason: str, now: datetime) -> None:
    """Keep everything for ``name`` until somebody has mended it."""
    ChannelState.objects.get_or_create(name=name)
    ChannelState.objects.filter(name=name, stopped=False).update(
        stopped=True, alarmed=False, since=now, reason=reason[:300]
    )
    ChannelState.objects.filter(name=name).update(
        failures=F("failures") + 1, reason=reason[:300], retry_at=now + STOPPED_REST
    )
    log.error("channel %s has stopped: %s", name, reason)


def claim_alarms() -> list[ChannelState]:
    """The channels that have stopped since the last call; whoever asks tells people. Of two callers one gets each."""
    stopped = ChannelState.objects.filter(stopped=True, alarmed=False).order_by("name")
    return [state for state in stopped if ChannelState.objects.filter(pk=state.pk, alarmed=False).update(alarmed=True)]


def try_now(name: str, now: datetime) -> None:
    """Try a resting or stopped channel at once: somebody says that it is mended."""
    ChannelState.objects.filter(name=name).exclude(retry_at=None).update(retry_at=now)


def hold(name: str, now: datetime, lease: timedelta) -> bool:
    """Take a channel that only one worker may use, for ``lease``; False if another has it.

    What this process has only parked it may take.
    """
    ChannelState.objects.get_or_create(name=name)
    free = Q(held_until=None) | Q(held_until__lte=now) | Q(held_by=_me(), is_parked=True)
    taken = {"held_until": now + lease, "held_by": _me(), "is_parked": False, "is_wanted": False}
    return bool(ChannelState.objects.filter(free, name=name).update(**taken))


def keep(name: str, now: datetime, lease: timedelta) -> None:
    """Hold on to a channel taken by ``hold``."""
    ChannelState.objects.filter(name=name, held_by=_me()).update(held_until=now + lease)


def let_go(name: str) -> None:
    """Give back a channel taken by ``hold``."""
    free = {"held_until": None, "held_by": "", "is_parked": False, "is_wanted": False}
    ChannelState.objects.filter(name=name, held_by=_me()).update(**free)


def park(name: str, now: datetime, lease: timedelta) -> bool:
    """Hold on to a channel for ``lease`` only to listen to it; False if another has it by now."""
    mine = ChannelState.objects.filter(name=name, held_by=_me())
    return bool(mine.update(held_until=now + lease, is_parked=True))


def is_parked(name: str) -> bool:
    """Whether this process may go on listening: nobody has taken the channel, or wants it."""
    return ChannelState.objects.filter(name=name, held_by=_me(), is_parked=True, is_wanted=False).exists()


def ask_for(name: str) -> bool:
    """Ask the process that only listens to ``name`` to give way; False if it is in use."""
    return bool(ChannelState.objects.filter(name=name, is_parked=True).update(is_wanted=True))


def _me() -> str:
    """This process, as no other on any machine is called."""
    return f"{_MACHINE}/{os.getpid()}"


def claim_report_turn(name: str, now: datetime, every: timedelta) -> bool:
    """Take the turn to ask ``name`` for delivery reports, once in ``every``; False: it is not this worker's turn."""
    ChannelState.objects.get_or_create(name=name)
    waited = Q(collected_at=None) | Q(collected_at__lte=now - every)
    return bool(ChannelState.objects.filter(waited, name=name).update(collected_at=now))


def in_trouble() -> list[ChannelState]:
    """The channels that rest or have stopped."""
    return list(ChannelState.objects.exclude(retry_at=None).order_by("name"))
