"""What the site does again and again: one list for Celery's beat and for ``manage.py deliver``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(frozen=True)
class Job:
    """A Celery task without arguments, named by its dotted path, and how often it is called.

    Each task asks what is due: called twice, late, or by two processes at once, it does no harm.
    """

    name: str
    task: str
    interval: timedelta


JOBS = (
    Job("plan-reminders", "messaging.tasks.plan_reminders", timedelta(minutes=1)),
    Job("plan-test-rounds", "messaging.tasks.plan_test_rounds", timedelta(minutes=1)),
    Job("plan-announcements", "messaging.tasks.plan_announcements", timedelta(minutes=1)),
    Job("report-stopped-channels", "messaging.tasks.report_stopped_channels", timedelta(minutes=1)),
    Job("enter-silent-rooms", "control.tasks.enter_silent_rooms", timedelta(seconds=15)),
    Job("tell-next-rooms", "control.tasks.tell_next_rooms", timedelta(seconds=15)),
    Job("erase", "registrations.tasks.erase_due", timedelta(hours=1)),
    Job("forget-imports", "lists.tasks.forget_old_imports", timedelta(hours=1)),
    Job("forget-slides", "control.tasks.forget_slides", timedelta(hours=1)),
    Job("tidy-accounts", "accounts.tasks.tidy", timedelta(hours=1)),
    Job("forget-messages", "outbox.tasks.forget_old_messages", timedelta(hours=1)),
)
DELIVERY = "outbox.tasks.deliver_due"
DELIVER_EVERY = timedelta(seconds=5)


def beat_schedule(channels: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Celery's schedule: the jobs, and one delivery for each of ``channels``, so that a hanging one delays no other.

    The entries carry no "expires": a worker whose clock is ahead would throw all of them away.
    """
    deliveries = {
        f"deliver-{channel}": {
            "task": DELIVERY,
            "schedule": DELIVER_EVERY,
            "kwargs": {"channel": channel, "from_beat": True},
        }
        for channel in channels
    }
    return {**{job.name: {"task": job.task, "schedule": job.interval} for job in JOBS}, **deliveries}
