"""The outbox: one row a message, a channel and an address."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class MessageQuerySet(models.QuerySet["Message"]):
    """Questions asked of the outbox."""

    def unsent(self) -> "MessageQuerySet":
        """Those that nobody has begun to send."""
        return self.filter(state__in=[Message.State.QUEUED, Message.State.CLAIMED])

    def due(self, now: datetime) -> "MessageQuerySet":
        """Those waiting to be sent at ``now``, most urgent first."""
        return self.filter(state=Message.State.QUEUED, due_at__lte=now).order_by("due_at", "id")


class Message(models.Model):
    """What is to be said to one address over one channel, and what became of it.

    The text is composed when the message is sent (docs/adr/0006-outbox.md): ``composer`` names who does that, and
    ``kind``, ``topic`` and ``person`` tell him about what and to whom; to this room they are opaque. A message without
    composer carries its text from the start.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        CLAIMED = "claimed", _("claimed by a worker")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")
        UNCERTAIN = "uncertain", _("uncertain")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")

    key = models.CharField(
        _("key"), max_length=200, unique=True, help_text=_("The occasion and the person: one message each.")
    )
    channel = models.CharField(_("channel"), max_length=20)
    address = models.CharField(_("address"), max_length=254)
    language = models.CharField(_("language"), max_length=8, default="vi")
    composer = models.CharField(_("composer"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    topic = models.CharField(_("topic"), max_length=100, blank=True, db_index=True)
    person = models.CharField(_("person"), max_length=100, blank=True, db_index=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    due_at = models.DateTimeField(_("due at"))
    expires_at = models.DateTimeField(_("worthless after"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    provider_reference = models.CharField(_("provider's reference"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("outbox")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["channel", "due_at", "id"], name="message_due", condition=Q(state="queued")),
            models.Index(
                fields=["lease_until"], name="message_leased", condition=Q(state="claimed") | Q(state="sending")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.subject or self.kind}"


class Heartbeat(models.Model):
    """When a recurring job last ran, so that somebody outside can see that it has stopped."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name


class MailboxItem(models.Model):
    """A mail or an SMS as it would have arrived: the demo's mailbox keeps it in place of a real delivery."""

    channel = models.CharField(_("channel"), max_length=20)
    address = models.CharField(_("address"), max_length=254)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    raw = models.TextField(_("content"), help_text=_("A mail as RFC 5322 text, an SMS as it is."))
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("mailbox item")
        verbose_name_plural = _("mailbox items")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject or self.raw[:40]
