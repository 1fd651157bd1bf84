"""Celery tasks: load, delegate. One for each subject, so that a fault in one holds up no other."""

from celery import shared_task
from django.dispatch import receiver

from conference.rehearsal import work_is_loaded
from messaging import alarms, announcements, rehearsal
from messaging.reminders import planning, test_rounds
from outbox.clock import database_clock


@receiver(work_is_loaded)
def _rehearse(**kwargs: object) -> None:
    # Before the worker forks its processes, which share what is there.
    rehearsal.rehearse()


@shared_task
def plan_reminders() -> None:
    """Put due reminders into the outbox; beat asks once a minute."""
    planning.plan_due(now=database_clock()())


@shared_task
def plan_test_rounds() -> None:
    """Put due reminders of test rounds into the outbox; beat asks once a minute."""
    test_rounds.plan_due(now=database_clock()())


@shared_task
def plan_announcements() -> None:
    """Put due announcements into the outbox; beat asks once a minute."""
    announcements.plan_due(now=database_clock()())


@shared_task
def report_stopped_channels() -> None:
    """Tell the organisers of channels that have stopped; beat asks once a minute."""
    alarms.report_stopped_channels(now=database_clock()())
