"""Celery tasks: load, delegate."""

from celery import shared_task

from messaging import alarms, announcements
from messaging.reminders import planning
from outbox.clock import database_clock


@shared_task
def plan_due() -> None:
    """Put due reminders, announcements and alarms into the outbox; beat asks once a minute."""
    now = database_clock()()
    planning.plan_due(now=now)
    announcements.plan_due(now=now)
    alarms.report_stopped_channels(now=now)
