"""Celery tasks: load, delegate."""

from celery import shared_task
from django.utils import timezone

from lists import jobs


@shared_task
def read_import(job: int, run: str) -> None:
    """Read an uploaded list and plan what becomes of it."""
    jobs.read(job=job, run=run)


@shared_task
def run_import(job: int, run: str) -> None:
    """Apply an uploaded list."""
    jobs.apply(job=job, run=run)


@shared_task
def forget_old_imports() -> None:
    """Delete the lists that nobody applied within a day."""
    jobs.forget_old(now=timezone.now())
