"""Celery tasks: load, delegate."""

import mmap
from datetime import timedelta

from celery import shared_task
from celery.signals import worker_process_shutdown, worker_shutdown, worker_shutting_down

from outbox import heartbeat, queue, retention, sessions
from outbox.clock import database_clock
from outbox.models import Message

# A worker that is told to stop ends its task first, and must be gone within 30 s.
BUDGET = timedelta(seconds=15)


class _StopSign:
    """Raised in a worker and seen by the processes that it has forked, which get no signal of their own."""

    def __init__(self) -> None:
        # Memory that forked processes share.
        self._page = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._page[0] = 1

    def is_set(self) -> bool:
        return self._page[0] == 1


_stopping = _StopSign()


@worker_shutting_down.connect
def _stop(**kwargs: object) -> None:
    _stopping.set()


@worker_process_shutdown.connect
@worker_shutdown.connect
def _close_sessions(**kwargs: object) -> None:
    sessions.close_all()


@shared_task
def deliver_due(channel: str = "", from_beat: bool = False) -> None:
    """Send what is due now over ``channel`` ("": over all).

    ``from_beat``: this is the look that beat asks for every few seconds, which also records that beat is alive, and
    tidies; nudges come as often as people register.
    """
    clock = database_clock()
    started = clock()
    if from_beat:
        heartbeat.record("beat", started)
    tally = queue.deliver(
        clock=clock,
        channels=[channel] if channel else None,
        budget=BUDGET,
        stopping=_stopping.is_set,
        keep_sessions=True,
        tidies=from_beat,
    )
    if sum(tally.values()) > tally[Message.State.QUEUED] and clock() - started >= BUDGET:
        # Its time was up before it came to an end: go on at once, in a task of its own.
        deliver_due.apply_async(kwargs={"channel": channel}, retry=False)


@shared_task
def forget_old_messages() -> None:
    """Delete the messages that nothing needs any longer; beat asks once an hour."""
    retention.forget_old(database_clock()())
