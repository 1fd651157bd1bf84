"""Celery tasks: load, delegate."""

from celery import shared_task
from django.utils import timezone

from notifications import heartbeat, outbox


@shared_task
def deliver_due(from_beat: bool = False) -> None:
    """Send what is due now; ``from_beat`` also records that beat is alive."""
    if from_beat:
        heartbeat.record("beat", timezone.now())
    outbox.deliver(clock=timezone.now)
