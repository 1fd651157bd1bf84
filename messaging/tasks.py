"""Celery tasks: load, delegate. One for each subject, so that a fault in one holds up no other."""

from celery import shared_task
from celery.signals import worker_init

from messaging import alarms, announcements, rehearsal
from messaging.reminders import planning
from outbox.clock import database_clock


@worker_init.connect
def _rehearse(**kwargs: object) -> None:
    # Before the worker forks its processes, which share what is there.
    rehearsal.rehearse()


@shared_task
def plan_reminders() -> None:
    """Put due reminders into the outbox; beat asks once a minute."""
    planning.plan_due(now=database_clock()())


@shared_task
def plan_announcements() -> None:
    """Put due announcements into the outbox; beat asks once a minute."""
    announcements.plan_due(now=database_clock()())


@shared_task
def report_stopped_channels() -> None:
    """Tell the organisers of channels that have stopped; beat asks once a minute."""
    alarms.report_stopped_channels(now=database_clock()())
