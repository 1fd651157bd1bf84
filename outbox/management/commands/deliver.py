"""``manage.py deliver``: plan and send what is due, with no Celery and no Redis."""

import logging
import signal
import threading
from argparse import ArgumentParser
from types import FrameType

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, connection
from django.utils.module_loading import import_string

from common import process
from outbox import channels, heartbeat, queue
from outbox.clock import database_clock

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Plans due reminders and sends every message that is due. Works without Celery and Redis."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="keep going until interrupted, in place of beat")
        parser.add_argument("--interval", type=float, default=5.0, help="seconds between rounds with --loop (5)")

    def handle(self, *args, loop: bool, interval: float, **options) -> None:
        if not loop:
            _plan()
            self._report(queue.deliver(clock=database_clock()))
            return
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
            _come_what_may(self, lambda: (_plan(), heartbeat.record("beat", database_clock()())))
            if stopping.wait(interval):
                break
        for thread in threads:
            thread.join()

    def _deliver_for_ever(self, name: str, interval: float, stopping: threading.Event) -> None:
        def once() -> None:
            tally = queue.deliver(clock=database_clock(), channels=[name], stopping=stopping.is_set)
            if tally:
                self._report(tally)

        while not stopping.is_set():
            _come_what_may(self, once)
            stopping.wait(interval)
        connection.close()

    def _report(self, tally) -> None:
        self.stdout.write(", ".join(f"{count} {state}" for state, count in tally.items()) or "nothing was due")

    @staticmethod
    def _stop_on_signals(stopping: threading.Event) -> None:
        def stop(number: int, frame: FrameType | None) -> None:
            stopping.set()

        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, stop)


def _plan() -> None:
    now = database_clock()()
    for planner in settings.OUTBOX_PLANNERS:
        import_string(planner)(now=now)


def _come_what_may(command: Command, call) -> None:
    """A database that restarts, or a fault of ours, costs a round, not the process: nobody else would send."""
    try:
        call()
    except Error as error:
        command.stderr.write(f"The database does not answer ({type(error).__name__}); trying again.")
        connection.close()
    except Exception:
        log.exception("a round of delivery broke; trying again")
        connection.close()
