"""Sessions that stay open after a batch: an operator brings receipts over the connection on which we have signed in.

The process that has sent last keeps the session and listens in a thread, as long as reports are awaited. Nobody else
may sign in meanwhile, so it holds the channel (``channel_state``); a process that has something to send asks for it,
and the listener gives way within a second. Docs: docs/adr/0018-channels-in-trouble.md.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import Error, connection

from outbox import channel_state, receipts
from outbox.channels import Channel, DeliveryError, Report, channel_class, get_channel
from outbox.models import Message

log = logging.getLogger(__name__)

#: Something sent so long ago may still be reported.
AWAITED_FOR = timedelta(days=2)
# A listener that has died blocks the channel for so long.
_LEASE = timedelta(seconds=15)
# Seconds: one turn of listening; between two looks whether somebody wants the channel, and whether reports are awaited.
_TURN, _LOOK_EVERY, _RENEW_EVERY = 0.25, 1.0, 5.0
# How long somebody waits for a listener to give way, and for one to end.
_PATIENCE, _ENDING = 4.0, 10.0

Clock = Callable[[], datetime]


@dataclass
class _Listener:
    """An open session and the thread that listens to it."""

    name: str
    channel: Channel
    clock: Clock
    is_stopping: Callable[[], bool]
    told_to_end: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


@dataclass
class _Own:
    """The sessions of this process: in use, and listened to; and the channels at which one of its threads is."""

    pid: int
    busy: set[str] = field(default_factory=set)
    in_use: dict[str, Channel] = field(default_factory=dict)
    listeners: dict[str, _Listener] = field(default_factory=dict)


_lock, _beginning = threading.Lock(), threading.Lock()
_state = _Own(os.getpid())


def _own() -> _Own:
    """What this process has; a forked one has nothing yet."""
    global _state
    if _state.pid != os.getpid():
        with _beginning:
            if _state.pid != os.getpid():
                _state = _Own(os.getpid())
    return _state


def is_listening(name: str) -> bool:
    """Whether this process listens to a session of ``name``."""
    return name in _own().listeners


def is_awaiting(name: str, now: datetime) -> bool:
    """Whether reports about messages over ``name`` may still come."""
    return Message.objects.filter(channel=name, state=Message.State.SENT, sent_at__gt=now - AWAITED_FOR).exists()


def acquire(name: str, clock: Clock, lease: timedelta, *, is_due: Callable[[], bool]) -> bool:
    """Take the exclusive channel ``name`` for ``lease``; False if another process or thread uses it.

    One that only listens is asked to give way, if something ``is_due``.
    """
    own = _own()
    with _lock:
        if name in own.busy:
            return False
        own.busy.add(name)
    taken = False
    try:
        taken = _take_from_others(name, clock, lease, is_due)
    finally:
        if not taken:
            own.busy.discard(name)
    return taken


def _take_from_others(name: str, clock: Clock, lease: timedelta, is_due: Callable[[], bool]) -> bool:
    """Take the channel ``name``, at which no other thread of this process is; False if another process uses it."""
    own = _own()
    if listener := _take_listener(name):
        own.in_use[name] = listener.channel
    if channel_state.hold(name, clock(), lease):
        return True
    close(name)
    if not channel_class(name).lingers or not is_due() or not channel_state.ask_for(name):
        return False
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        time.sleep(0.1)
        if channel_state.hold(name, clock(), lease):
            return True
    return False


@contextmanager
def session(name: str) -> Iterator[Channel]:
    """The channel ``name`` for a batch; one that ``lingers`` stays open afterwards, until ``release``."""
    if not channel_class(name).lingers:
        with get_channel(name) as channel:
            yield channel
        return
    own = _own()
    channel = own.in_use.get(name) or get_channel(name).__enter__()
    own.in_use[name] = channel
    try:
        yield channel
    except BaseException:
        close(name)
        raise


def release(name: str, clock: Clock, *, keep: bool, is_stopping: Callable[[], bool]) -> None:
    """Give the channel back after a round; with ``keep`` its session is listened to while reports are awaited."""
    try:
        _give_back(name, clock, keep=keep, is_stopping=is_stopping)
    finally:
        _own().busy.discard(name)


def _give_back(name: str, clock: Clock, *, keep: bool, is_stopping: Callable[[], bool]) -> None:
    channel = _own().in_use.get(name)
    may_keep = keep and channel is not None and channel.is_open and not is_stopping()
    if (
        channel is None
        or not may_keep
        or not is_awaiting(name, clock())
        or not channel_state.park(name, clock(), _LEASE)
    ):
        close(name)
        channel_state.let_go(name)
        return
    del _own().in_use[name]
    listener = _Listener(name, channel, clock, is_stopping)
    listener.thread = threading.Thread(target=_listen, args=(listener,), name=f"listen-{name}", daemon=True)
    _own().listeners[name] = listener
    listener.thread.start()


def close(name: str) -> None:
    """End the session of ``name`` that this process uses, if there is one."""
    if channel := _own().in_use.pop(name, None):
        channel.__exit__(None, None, None)


def close_all() -> None:
    """End what this process listens to: it is about to end itself."""
    for name in list(_own().listeners):
        if listener := _take_listener(name):
            listener.channel.__exit__(None, None, None)
            with suppress(Error):
                channel_state.let_go(name)


def _take_listener(name: str) -> _Listener | None:
    """The listener of ``name``, which has ended and left its session open; None if there is none."""
    with _lock:
        listener = _own().listeners.pop(name, None)
    if listener is None or listener.thread is None:
        return None
    listener.told_to_end.set()
    listener.thread.join(_ENDING)
    return listener


def _listen(listener: _Listener) -> None:
    """Listen until nothing is awaited, somebody wants the channel, or the session ends."""
    fault: Exception | None = None
    try:
        _listen_on(listener)
    except (DeliveryError, Error) as error:
        fault = error
        log.warning("the session of %s ended: %s", listener.name, error)
    except Exception as error:
        fault = error
        log.exception("listening to %s broke", listener.name)
    with _lock:
        is_mine = _own().listeners.get(listener.name) is listener
        if is_mine:
            del _own().listeners[listener.name]
    # Who took the session goes on with it.
    if is_mine:
        listener.channel.__exit__(type(fault) if fault else None, fault, None)
        with suppress(Error):
            channel_state.let_go(listener.name)
    connection.close()


def _listen_on(listener: _Listener) -> None:
    look_at, renew_at = time.monotonic() + _LOOK_EVERY, time.monotonic() + _RENEW_EVERY
    name, clock = listener.name, listener.clock
    while not listener.told_to_end.is_set() and not listener.is_stopping():
        _record(listener, listener.channel.listen(_TURN))
        now = time.monotonic()
        if now >= renew_at:
            renew_at = now + _RENEW_EVERY
            if not is_awaiting(name, clock()) or not channel_state.park(name, clock(), _LEASE):
                return
        if now >= look_at:
            look_at = now + _LOOK_EVERY
            if not channel_state.is_parked(name):
                return


def _record(listener: _Listener, reports: list[Report]) -> None:
    if reports:
        receipts.apply(channel=listener.name, reports=reports, now=listener.clock())
