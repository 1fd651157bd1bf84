"""Celery tasks: load, delegate."""

from celery import shared_task
from django.utils import timezone

from registrations.exchange import jobs


@shared_task(name="registrations.run_import")
def run_import(job: int, run: str) -> None:
    """Apply an uploaded list."""
    jobs.apply(job=job, run=run)


@shared_task
def forget_old_imports() -> None:
    """Delete the lists that nobody applied within a day."""
    jobs.forget_old(now=timezone.now())
