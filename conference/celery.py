"""The Celery app: ``celery -A conference worker`` and ``celery -A conference beat``."""

import logging
import os
import warnings
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import beat_init, celeryd_after_setup, celeryd_init, setup_logging, task_prerun, worker_init
from django.conf import settings
from django.db import close_old_connections

from common.process import settle, step_back
from conference.postgresql.waiting import limit_waiting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")
# Celery runs all system checks, which import every page, and then looks at none of what they have found.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("conference")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _log_as_the_site(loglevel: int, **kwargs: object) -> None:
    """Celery's own lines go where the site's go; ``--loglevel`` is for them."""
    dictConfig(settings.LOGGING)
    logging.getLogger("celery").setLevel(loglevel)


@celeryd_init.connect
def _log_warnings_too(**kwargs: object) -> None:
    # Celery warns before it sets up its logging.
    dictConfig(settings.LOGGING)
    logging.captureWarnings(True)


@celeryd_init.connect
@beat_init.connect
def _require_broker(**kwargs: object) -> None:
    if not settings.REDIS_URL:
        raise SystemExit("Celery needs REDIS_URL. Without it, `manage.py deliver --loop` does the same work.")


@celeryd_init.connect
def _keep_quiet(**kwargs: object) -> None:
    # Who tries the demo as root has nothing to fear from a broker that listens on a socket of their own.
    if settings.RELAXED:
        warnings.filterwarnings("ignore", category=SecurityWarning)


@celeryd_init.connect
@beat_init.connect
def _wait_for_the_database_for_a_while_only(**kwargs: object) -> None:
    # A statement for all people of a conference may take its time.
    limit_waiting(120)


@celeryd_init.connect
def _step_back(**kwargs: object) -> None:
    step_back()


@task_prerun.connect
def _look_at_connections(sender: Any, **kwargs: object) -> None:
    # As before each request: one that is too old or broken is closed. Celery itself would close each, every time.
    if not sender.request.is_eager:
        close_old_connections()


@worker_init.connect
def _load(**kwargs: object) -> None:
    # Before the worker forks its processes, which share what is there.
    from conference import rehearsal

    rehearsal.load_work()


@celeryd_after_setup.connect
def _settle(**kwargs: object) -> None:
    # The last that happens before it forks.
    settle()
