"""Django mail backend of the demo: every mail of the site, allauth's too, lands in ``/mailbox/``."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from demo.models import MailboxItem


class EmailBackend(BaseEmailBackend):
    """Keeps mails in the database, as the bytes that would have gone over the wire."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for mail in email_messages:
            raw = mail.message().as_bytes().decode("utf-8", "replace")
            for address in mail.recipients():
                MailboxItem.objects.create(
                    channel="email", address=address, subject=mail.subject[:300], raw=raw, received_at=timezone.now()
                )
        return len(email_messages)
