"""Celery tasks: load, delegate."""

from celery import shared_task

from notifications.clock import database_clock
from registrations import services
from registrations.exchange.tasks import forget_old_imports, run_import  # noqa: F401  (found by Celery here)


@shared_task
def erase_due() -> None:
    """Erase the personal data of conferences whose time has come; beat asks once an hour."""
    services.erase_due(now=database_clock()())
