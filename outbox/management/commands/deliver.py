"""``manage.py deliver``: plan and send what is due, with no Celery and no Redis."""

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand
from django.db import Error, connection
from django.utils.module_loading import import_string

from common import process
from outbox import channels, heartbeat, queue, sessions
from outbox.clock import database_clock
from outbox.tasks import deliver_due

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Does every recurring job, then sends each message that is due. Works without Celery and Redis."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="keep going until interrupted, in place of beat")
        parser.add_argument("--interval", type=float, default=5.0, help="seconds between deliveries with --loop (5)")

    def handle(self, *args: Any, loop: bool, interval: float, verbosity: int, **options: Any) -> None:
        self._quiet = verbosity == 0
        # Tables of a version that is too old get a sentence here, not a traceback later.
        self.check(tags=[Tags.database], databases=["default"])
        jobs = [_Job(**entry) for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] != deliver_due.name]
        if loop:
            self._loop(jobs, interval)
            return
        for job in jobs:
            job.run()
        self._report(queue.deliver(clock=database_clock()))

    def _loop(self, jobs: list["_Job"], interval: float) -> None:
        process.settle()
        process.step_back()
        stopping = threading.Event()
        self._stop_on_signals(stopping)
        # One thread a channel: a mail server that hangs does not hold up the SMS.
        threads = [
            threading.Thread(target=self._deliver_for_ever, args=(name, interval, stopping), name=name)
            for name in channels.names()
        ]
        for thread in threads:
            thread.start()
        while True:
            # A job that breaks is tried again in the next round; until it is mended, the site does not count as well.
            ended = [_come_what_may(job.run_if_due) for job in jobs]
            if all(ended):
                _come_what_may(lambda: heartbeat.record("beat", database_clock()()))
            if stopping.wait(interval):
                break
        for thread in threads:
            thread.join()
        sessions.close_all()

    def _deliver_for_ever(self, name: str, interval: float, stopping: threading.Event) -> None:
        def once() -> None:
            tally = queue.deliver(clock=database_clock(), channels=[name], stopping=stopping.is_set, keep_sessions=True)
            if tally:
                self._report(tally)

        while not stopping.is_set():
            _come_what_may(once)
            stopping.wait(interval)
        connection.close()

    def _report(self, tally: Counter[str]) -> None:
        if self._quiet:
            return
        self.stdout.write(", ".join(f"{count} {state}" for state, count in tally.items()) or "nothing was due")

    @staticmethod
    def _stop_on_signals(stopping: threading.Event) -> None:
        def stop(number: int, frame: FrameType | None) -> None:
            stopping.set()

        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, stop)


class _Job:
    """An entry of beat's schedule, done here without a broker."""

    def __init__(self, *, task: str, schedule: timedelta) -> None:
        self._task = task
        self._seconds = schedule.total_seconds()
        self._due_at = 0.0

    def run(self) -> None:
        """Do the work of the Celery task in this process."""
        import_string(self._task).run()

    def run_if_due(self) -> None:
        """Run at the first call, and then once in each interval; again at the next call if it raised."""
        now = time.monotonic()
        if now >= self._due_at:
            self.run()
            self._due_at = now + self._seconds


def _come_what_may(call: Callable[[], object]) -> bool:
    """Whether ``call`` came to its end. A database that restarts, or a fault of ours, costs a round and no more."""
    try:
        call()
    except Error as error:
        log.warning("the database does not answer (%s); trying again", type(error).__name__)
        connection.close()
    except Exception:
        log.exception("a round of delivery broke; trying again")
        connection.close()
    else:
        return True
    return False
