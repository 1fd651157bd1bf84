"""What this room does when rooms below it save something."""

from typing import Any

from django.utils import timezone

from bridges.models import BridgePoint
from conference.models import Conference
from registrations import reminders, services


def give_default_rules(instance: Conference, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """A new conference gets the usual reminders, however it was made."""
    if created and not raw:
        reminders.create_default_rules(instance)


def fill_added_seats(instance: BridgePoint, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """More seats go to those who wait."""
    if not created and not raw and instance.waiting_count:
        services.fill_free_seats(point_id=instance.pk, now=timezone.now())
