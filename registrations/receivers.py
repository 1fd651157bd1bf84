"""What this room does when rooms below it save something."""

from typing import Any

from django.utils import timezone

from bridges.models import BridgePoint
from registrations import services


def fill_added_seats(instance: BridgePoint, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """More seats go to those who wait."""
    # How many wait stands in the row that is locked for it, not in the one that somebody had loaded.
    if not created and not raw:
        services.fill_free_seats(point_id=instance.pk, now=timezone.now())
