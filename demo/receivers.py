"""What the demo does when a room below it says that something has happened."""

from typing import Any

from demo.models import MailboxItem
from registrations.signals import ErasedPeople


def empty_mailbox(*, people: ErasedPeople, **kwargs: Any) -> None:
    """Delete what the mailbox holds for people whose data are being erased."""
    MailboxItem.objects.filter(address__in=people.sent_to).delete()
