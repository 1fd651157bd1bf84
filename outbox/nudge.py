"""Telling Celery that something is due, without ever depending on it."""

import logging
import os
import threading
import time

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from outbox.channels import names

log = logging.getLogger(__name__)

# Seconds. Beat looks every few seconds anyway: more nudges than this, of all processes together, would only cost worker
# time. Whose nudge has to wait looks this often whether its turn has come.
_AT_MOST_EVERY, _LOOK_EVERY = 1, 0.2
_AFTER_FAILURE = 30
_TURN = "outbox-nudged"


def nudge_on_commit() -> None:
    """After the current transaction, ask a worker to deliver now.

    Whoever calls never waits for the broker: one that refuses or stalls would hold up the visitor's page.
    """
    transaction.on_commit(_nudge, robust=True)


def _nudge() -> None:
    # Where no worker takes tasks, a loop looks by itself.
    if settings.TASKS_ARE_TAKEN:
        _nudger.wake()


def send_nudge() -> bool:
    """Ask a worker to deliver what is due; False if the broker did not take it."""
    from outbox.tasks import deliver_due

    try:
        for channel in names():
            deliver_due.apply_async(kwargs={"channel": channel}, retry=False)
    except Exception as error:  # whatever the broker's library raises
        log.warning("the broker does not answer (%s); messages leave with the next beat", type(error).__name__)
        return False
    return True


def _take_turn() -> bool:
    """Whether no process of the site has nudged within the last second; from now on this one has.

    While the cache is away each process counts for itself.
    """
    return bool(cache.add(_TURN, 1, timeout=_AT_MOST_EVERY))


class _Nudger:
    """One thread a process; nudges that come while it sends, rests or waits for its turn become one."""

    def __init__(self) -> None:
        self._due = threading.Event()
        self._thread: threading.Thread | None = None
        self._pid = 0

    def wake(self) -> None:
        """Have a nudge sent soon."""
        # A web server forks its workers, and threads do not survive a fork.
        if self._thread is None or self._pid != os.getpid() or not self._thread.is_alive():
            self._due, self._pid = threading.Event(), os.getpid()
            self._thread = threading.Thread(target=self._run, args=(self._due,), name="nudge", daemon=True)
            self._thread.start()
        self._due.set()

    def _run(self, due: threading.Event) -> None:
        while due.wait():
            if not _take_turn():
                time.sleep(_LOOK_EVERY)
                continue
            due.clear()
            time.sleep(_AT_MOST_EVERY if send_nudge() else _AFTER_FAILURE)


_nudger = _Nudger()
