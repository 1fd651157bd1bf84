"""Signs of life of recurring jobs."""

from datetime import datetime

from outbox.models import Heartbeat


def record(name: str, now: datetime) -> None:
    """Note that the job ``name`` ran at ``now`` (UTC)."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=now)], update_conflicts=True, unique_fields=["name"], update_fields=["at"]
    )


def last(name: str) -> datetime | None:
    """When the job ``name`` last ran (UTC), None if never."""
    return Heartbeat.objects.filter(pk=name).values_list("at", flat=True).first()
