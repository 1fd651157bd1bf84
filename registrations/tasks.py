"""Celery tasks: load, delegate."""

from celery import shared_task
from django.utils import timezone

from registrations import reminders


@shared_task
def plan_reminders() -> None:
    """Put due reminders into the outbox; beat asks once a minute."""
    reminders.plan_due(now=timezone.now())
