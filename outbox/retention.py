"""How long messages stay after they have left: docs/adr/0030-secrets-at-rest.md.

A row is more than a memory: its key keeps the same message from being sent twice, and the delivery page counts it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from outbox.models import Message

# So many rows in one statement, since SQLite has one writer at a time.
_AT_ONCE = 1000
_OVER = (
    Message.State.SENT,
    Message.State.DELIVERED,
    Message.State.FAILED,
    Message.State.UNCERTAIN,
    Message.State.EXPIRED,
    Message.State.CANCELLED,
)


def forget_old(now: datetime) -> int:
    """Delete the messages that nothing needs any longer; returns how many.

    Those about no conference (codes, alarms, trials) go ``OUTBOX_KEPT_DAYS`` after they were made, those about one
    after ``OUTBOX_COUNTS_KEPT_DAYS`` if erasing has emptied them. What still waits stays.
    """
    return _delete(Q(topic=""), settings.OUTBOX_KEPT_DAYS, now) + _delete(
        ~Q(topic="") & Q(address=""), settings.OUTBOX_COUNTS_KEPT_DAYS, now
    )


def erase(person: Iterable[str]) -> int:
    """Take back what was not sent to these persons, and forget what was; returns how many messages that are.

    The rows stay, empty: by their keys nothing is sent again, and they are counted.
    """
    theirs = Message.objects.filter(person__in=list(person))
    theirs.withdraw()
    return theirs.update(address="", subject="", text="", error="", fallback="", provider_reference="")


def _delete(which: Q, days: int, now: datetime) -> int:
    """Delete those of ``which`` that are over and older than ``days``, 0 for none; returns how many."""
    if not days:
        return 0
    old = Message.objects.filter(which, state__in=_OVER, created_at__lt=now - timedelta(days=days)).order_by("id")
    count = 0
    while numbers := list(old.values_list("pk", flat=True)[:_AT_ONCE]):
        count += Message.objects.filter(pk__in=numbers).delete()[0]
    return count
