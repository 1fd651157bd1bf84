"""One list of recurring jobs, followed by Celery's beat and by ``manage.py deliver``."""

from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from celery import current_app
from django.conf import settings as site_settings
from django.core.management import call_command
from django.utils.module_loading import import_string

from conference import celery as celery_module
from conference.jobs import DELIVERY, JOBS, beat_schedule
from outbox import tasks
from outbox.management.commands import deliver as deliver_command


@pytest.mark.parametrize("name", [*(job.task for job in JOBS), DELIVERY])
def test_beat_asks_by_the_name_under_which_the_task_is_found(name):
    assert import_string(name).name == name
    assert name in current_app.tasks


def test_beat_asks_for_each_job_and_for_one_delivery_a_channel():
    schedule = beat_schedule(["email", "sms"])
    assert schedule.keys() == {*(job.name for job in JOBS), "deliver-email", "deliver-sms"}
    assert all(schedule[job.name] == {"task": job.task, "schedule": job.interval} for job in JOBS)
    assert schedule["deliver-sms"]["kwargs"] == {"channel": "sms", "from_beat": True}
    assert not any("expires" in entry.get("options", {}) for entry in schedule.values())
    assert site_settings.CELERY_BEAT_SCHEDULE.keys() >= {job.name for job in JOBS}


class Clock:
    """Stands in for the module ``time``."""

    now = 5.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def calls(monkeypatch) -> list[str]:
    """The tasks that the command runs, in order."""
    found: list[str] = []

    class Task:
        def __init__(self, name: str) -> None:
            self._name = name

        def run(self) -> None:
            found.append(self._name)

    monkeypatch.setattr(deliver_command, "import_string", Task)
    return found


@pytest.mark.django_db
def test_deliver_does_every_job_once(calls):
    call_command("deliver", stdout=StringIO())
    assert calls == [job.task for job in JOBS]


def test_a_loop_does_each_job_at_its_own_interval(calls, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(deliver_command, "time", clock)
    intervals = {"often": timedelta(seconds=10), "rarely": timedelta(seconds=60)}
    jobs = [deliver_command._Job(task=name, schedule=interval) for name, interval in intervals.items()]
    for now in range(0, 121, 5):
        clock.now = now
        for job in jobs:
            job.run_if_due()
    assert (calls.count("often"), calls.count("rarely")) == (13, 3)
    assert calls[:2] == ["often", "rarely"]


def test_celery_does_not_start_without_a_broker(settings):
    settings.REDIS_URL = ""
    with pytest.raises(SystemExit, match="deliver --loop"):
        celery_module._require_broker()
    settings.REDIS_URL = "redis://localhost:6379/0"
    celery_module._require_broker()


@pytest.mark.django_db
def test_a_worker_that_is_stopping_leaves_the_rest_to_the_next_one(monkeypatch):
    asked = []
    monkeypatch.setattr(tasks, "_stopping", type(tasks._stopping)())
    monkeypatch.setattr(tasks.queue, "deliver", lambda **options: asked.append(options["stopping"]()) or Counter())
    tasks.deliver_due()
    tasks._stop()
    tasks.deliver_due()
    assert asked == [False, True]
