"""SMS into the demo's mailbox."""

from django.utils import timezone

from demo.models import MailboxItem
from outbox.channels.base import Channel, Envelope


class Gateway(Channel):
    """Keeps each SMS for ``/mailbox/``."""

    def send(self, envelope: Envelope) -> str:
        item = MailboxItem.objects.create(
            channel="sms", address=envelope.address, raw=envelope.text, received_at=timezone.now()
        )
        return f"mailbox-{item.pk}"
