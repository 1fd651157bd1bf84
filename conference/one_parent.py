"""Web server, worker and loop as forks of one process, which has loaded the site for all of them.

Each does what the service of its name in docs/operate.md does. Why, and what it saves: docs/adr/0049-one-parent.md.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from functools import partial
from importlib import import_module

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from common import process
from conference.postgresql.waiting import limit_waiting
from conference.supervisor import Program

log = logging.getLogger(__name__)

#: What the programs import when they start, beside the site itself.
_PROGRAMS = (
    "celery.beat",
    "celery.apps.worker",
    "celery.concurrency.thread",
    "celery.worker.consumer",
    "gunicorn.app.wsgiapp",
    "conference.web_worker",
    "kombu.transport.redis",
    "outbox.management.commands.deliver",
)
#: Seconds between two rounds of the loop: while Celery works, and where there is none.
_BESIDE_CELERY, _ALONE = 20, 5


def load() -> None:
    """Load all that the programs need, and keep the garbage collector away from it. Opens nothing that stays open."""
    import_module("conference.wsgi")
    for name in _PROGRAMS:
        import_module(name)
    from conference import rehearsal
    from conference.celery import app

    app.finalize()
    app.loader.import_default_modules()
    rehearsal.load_work()
    process.settle()


def programs(*, bind: str, workers: int, threads: int, concurrency: int, patience: float) -> list[Program]:
    """What runs: ``workers`` processes of the web server with ``threads`` each; a Celery worker with ``concurrency``
    threads; the loop, with beat in it. Without Redis the loop does Celery's work.

    ``patience``: seconds in which each must have ended when it is told to.
    """
    gunicorn = (
        "--config", "python:conference.gunicorn_settings", "conference.wsgi", "--bind", bind,
        # A request that is still going on then is killed with the server.
        "--workers", str(workers), "--threads", str(threads), "--graceful-timeout", str(int(patience) - 1),
        "--no-control-socket", "--log-level", "warning",
    )  # fmt: skip
    web = Program("web", work=partial(_gunicorn, gunicorn))
    if not settings.REDIS_URL:
        return [web, Program("loop", work=partial(_deliver, _ALONE))]
    worker = Program("worker", work=partial(_celery, concurrency))
    return [web, worker, Program("loop", work=_beat_and_deliver)]


def _gunicorn(arguments: Sequence[str]) -> None:
    from gunicorn.app.wsgiapp import WSGIApplication

    sys.argv = ["gunicorn", *arguments]
    WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]").run()


def _celery(concurrency: int) -> None:
    """``celery worker`` without its command line, which would load 9 MiB for an interactive shell."""
    from conference.celery import app

    worker = app.Worker(
        pool_cls="threads",
        concurrency=concurrency,
        # What piled up while nobody worked: ticks; nothing is lost with them.
        purge=True,
        quiet=True,
        loglevel=logging.WARNING,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    sys.exit(worker.exitcode)


def _beat_and_deliver() -> None:
    """The loop, and beat in a thread of its process: both have next to nothing to do, but memory of their own."""
    threading.Thread(target=_beat, name="beat", daemon=True).start()
    _deliver(_BESIDE_CELERY)


def _beat() -> None:
    from celery.beat import Service

    from conference.celery import app

    try:
        # In memory: after a start the loop does every job at once, so that nobody must know when it was done last.
        Service(app, scheduler_cls="celery.beat:Scheduler").start()
    except Exception:
        log.exception("beat broke")
    finally:
        # Whatever ended it: the supervisor starts both again.
        os.kill(os.getpid(), signal.SIGTERM)


def _deliver(interval: float) -> None:
    # A statement for all people of a conference may take its time.
    limit_waiting(None)
    try:
        call_command("deliver", loop=True, interval=interval, verbosity=0)
    except CommandError as error:
        sys.exit(str(error))
