"""Celery tasks: load, delegate."""

from celery import shared_task
from django.utils import timezone

from control import silence, turns
from control.slides import forgetting
from outbox.clock import database_clock


@shared_task
def enter_silent_rooms() -> None:
    """Enter an incident for each room that has fallen silent; beat asks every few seconds."""
    silence.enter_silent_rooms(timezone.now())


@shared_task
def forget_slides() -> None:
    """Delete slides whose time has passed."""
    forgetting.forget_due(now=timezone.now())


@shared_task
def tell_next_rooms() -> None:
    """Tell the rooms that speak next by SMS; beat asks every few seconds."""
    turns.tell_next_rooms(now=database_clock()())
