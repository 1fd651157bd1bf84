"""What beat asks for, and how often."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any


def beat_schedule(channels: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Celery's schedule; one tick for each of ``channels``, so that a hanging one does not hold up the others.

    Ticks carry no "expires": a worker whose clock is ahead would throw all of them away. Each asks only what is due.
    """
    return {
        "plan": {"task": "messaging.tasks.plan_due", "schedule": timedelta(seconds=60)},
        "erase": {"task": "registrations.tasks.erase_due", "schedule": timedelta(hours=1)},
        "forget-imports": {"task": "lists.tasks.forget_old_imports", "schedule": timedelta(hours=1)},
        **{
            f"deliver-{channel}": {
                "task": "outbox.tasks.deliver_due",
                "schedule": timedelta(seconds=5),
                "kwargs": {"channel": channel, "from_beat": True},
            }
            for channel in channels
        },
    }
