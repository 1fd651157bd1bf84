"""Celery tasks: load, delegate."""

from celery import shared_task

from accounts import second_factor
from accounts.sessions import SessionStore


@shared_task
def tidy() -> None:
    """Forget the sessions that have expired, and seal with the present key what an earlier one sealed."""
    SessionStore.clear_expired()
    second_factor.seal_anew()
