"""Celery tasks: load, delegate."""

from celery import shared_task

from outbox.clock import database_clock
from registrations import services


@shared_task
def erase_due() -> None:
    """Erase the personal data of conferences whose time has come; beat asks once an hour."""
    services.erase_due(now=database_clock()())
