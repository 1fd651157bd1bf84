"""The Celery app: ``celery -A conference worker`` and ``celery -A conference beat``."""

import os

from celery import Celery
from celery.signals import celeryd_init, worker_process_init

from common.process import settle, step_back

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")

app = Celery("conference")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def _step_back(**kwargs) -> None:
    step_back()


@worker_process_init.connect
def _settle(**kwargs) -> None:
    settle()
