"""Web server, worker and loop as forks of one process, which has loaded the site for all of them.

Each does what the service of its name in docs/operate.md does. Why, and what it saves: docs/adr/0049-one-parent.md.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module

from django.conf import settings
from django.core.management.base import CommandError

from conference.postgresql.waiting import limit_waiting
from conference.supervisor import Program

log = logging.getLogger(__name__)

#: What the programs import when they start or at their first work, beside the site itself. Each of them would import it
#: for itself.
_PROGRAMS = (
    "billiard.dummy",
    "billiard.pool",
    "celery.app.amqp",
    "celery.app.control",
    "celery.app.events",
    "celery.app.log",
    "celery.app.routes",
    "celery.apps.worker",
    "celery.beat",
    "celery.concurrency.thread",
    "celery.events",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.consumer.delayed_delivery",
    "celery.worker.strategy",
    "conference.gunicorn_settings",
    "conference.web_worker",
    "encodings.ascii",
    "encodings.idna",
    "encodings.raw_unicode_escape",
    "encodings.utf_8_sig",
    "gunicorn.app.wsgiapp",
    "gunicorn.glogging",
    "kombu.transport.redis",
    "multiprocessing.popen_fork",
    "outbox.management.commands.deliver",
)
#: What the cache in Redis imports at its first answer.
_CACHE = (
    "common.cache",
    "django_redis.client",
    "django_redis.compressors.identity",
    "django_redis.serializers.pickle",
)
#: Seconds between two rounds of the loop: while Celery works, and where there is none.
_BESIDE_CELERY, _ALONE = 20, 5


def load() -> None:
    """Load all that the programs need. Opens nothing that stays open."""
    import_module("conference.wsgi")
    for name in (*_PROGRAMS, *(_CACHE if settings.REDIS_URL else ())):
        import_module(name)
    from conference import rehearsal
    from conference.celery import app

    app.finalize()
    app.loader.import_default_modules()
    rehearsal.load_work()


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
    web = Program("web", work=_gunicorn(gunicorn))
    if not settings.REDIS_URL:
        return [web, Program("loop", work=partial(_deliver, _ALONE))]
    worker = Program("worker", work=partial(_celery, concurrency))
    return [web, worker, Program("loop", work=_beat_and_deliver)]


def _gunicorn(arguments: Sequence[str]) -> Callable[[], None]:
    """What runs gunicorn, which has read its settings: in the fork that would copy 2 MiB.

    Raises:
        SystemExit: it understands one of ``arguments`` not.
    """
    from gunicorn.app.wsgiapp import WSGIApplication

    ours = sys.argv
    sys.argv = ["gunicorn", *arguments]
    try:
        run: Callable[[], None] = WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]").run
        return run
    finally:
        sys.argv = ours


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
    from outbox.management.commands.deliver import Command

    # A statement for all people of a conference may take its time.
    limit_waiting(None)
    try:
        # Not by call_command, which builds a parser of arguments: 1 MiB for nothing.
        Command().handle(loop=True, interval=interval, verbosity=0)
    except CommandError as error:
        sys.exit(str(error))
