"""The outbox: one row a message, a channel and an address; and what is known about channels and addresses."""

from datetime import datetime
from hashlib import sha256
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outbox.channel_names import channel_name


class MessageQuerySet(models.QuerySet["Message"]):
    """Questions asked of the outbox."""

    def unsent(self) -> "MessageQuerySet":
        """Those that nobody has begun to send."""
        return self.filter(state__in=[Message.State.QUEUED, Message.State.CLAIMED])

    def due(self, now: datetime) -> "MessageQuerySet":
        """Those waiting to be sent at ``now``, most urgent first."""
        return self.filter(state=Message.State.QUEUED, due_at__lte=now).order_by("due_at", "id")

    def withdraw(self, *, reason: str | None = None, withdrawn_for: str = "") -> int:
        """Cancel those that nobody has begun to send; returns how many.

        ``reason`` stands with them from then on, in English; ``withdrawn_for`` names what they can come back for.
        """
        fields = {"state": Message.State.CANCELLED, "lease_until": None, "withdrawn_for": withdrawn_for}
        return self.unsent().update(**fields, **({} if reason is None else {"error": reason}))

    def bring_back(self) -> int:
        """Queue again those that were withdrawn; returns how many."""
        withdrawn = self.filter(state=Message.State.CANCELLED)
        return withdrawn.update(state=Message.State.QUEUED, error="", withdrawn_for="")


class Message(models.Model):
    """What is to be said to one address over one channel, and what became of it.

    The text is composed when the message is sent (docs/adr/0006-outbox.md): ``composer`` names who does that, and
    ``kind``, ``topic``, ``occasion`` and ``person`` tell them about what and to whom; to this room they are opaque. A
    message without composer carries its text from the start.
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

    #: Of these somebody has had the message, or may have.
    LEFT = (State.SENDING, State.SENT, State.DELIVERED, State.UNCERTAIN)

    # Unique by a constraint below, whose index serves LIKE as well.
    key = models.CharField(_("key"), max_length=200, help_text=_("The occasion and the person: one message each."))
    channel = models.CharField(_("channel"), max_length=20)
    address = models.CharField(_("address"), max_length=254)
    language = models.CharField(_("language"), max_length=8, default="vi")
    composer = models.CharField(_("composer"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    occasion = models.CharField(
        _("occasion"), max_length=100, blank=True, help_text=_("What belongs together, such as one reminder to many.")
    )
    topic = models.CharField(_("topic"), max_length=100, blank=True)
    person = models.CharField(_("person"), max_length=100, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)
    any_hour = models.BooleanField(_("also at night"), default=False)
    fallback = models.CharField(
        _("if it fails"),
        max_length=300,
        blank=True,
        help_text=_("Further ways, in order, as channel:address with spaces between."),
    )

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    due_at = models.DateTimeField(_("due at"))
    expires_at = models.DateTimeField(_("worthless after"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Each try that fails moves ``due_at``; /healthz looks at this.
    first_tried_at = models.DateTimeField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    # What it was withdrawn for, where it comes back if that is taken back; opaque here, as ``occasion`` is.
    withdrawn_for = models.CharField(max_length=100, blank=True, editable=False)
    provider_reference = models.CharField(_("provider's reference"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("outbox")
        ordering = ["-id"]
        # Each state that a message goes through is paid for in each of them (docs/adr/0037-outbox-in-bulk.md).
        constraints = [models.UniqueConstraint(fields=["key"], name="message_key", opclasses=["varchar_pattern_ops"])]
        indexes = [
            models.Index(fields=["person"], name="message_person"),
            models.Index(fields=["channel", "due_at", "id"], name="message_due", condition=Q(state="queued")),
            models.Index(
                fields=["channel", "due_at", "id"], name="message_urgent", condition=Q(state="queued", any_hour=True)
            ),
            models.Index(
                fields=["lease_until"], name="message_leased", condition=Q(state="claimed") | Q(state="sending")
            ),
            models.Index(fields=["expires_at"], name="message_expiring", condition=Q(state="queued")),
            models.Index(
                fields=["channel", "first_tried_at"],
                name="message_tried",
                condition=Q(state="queued", first_tried_at__isnull=False),
            ),
            models.Index(fields=["channel", "sent_at"], name="message_awaited", condition=Q(state="sent")),
            models.Index(fields=["occasion"], name="message_occasion"),
            # The delivery page counts by these, from the index alone.
            models.Index(fields=["topic", "kind", "occasion", "channel", "state"], name="message_counted"),
            models.Index(
                fields=["channel", "provider_reference"], name="message_reported", condition=~Q(provider_reference="")
            ),
        ]

    def __str__(self) -> str:
        return f"{channel_name(self.channel)} → {self.address}"

    @property
    def reference(self) -> str:
        """How providers call this message: the same at every try, and of no other message of any installation."""
        return f"{self.pk}-{sha256(f'{self.key} {self.created_at.timestamp()}'.encode()).hexdigest()[:16]}"


class ChannelState(models.Model):
    """How a channel is doing: written only when that changes. A channel without a row has never had trouble.

    ``retry_at``: nothing is tried before; empty: all is well. ``stopped``: somebody must mend it.
    """

    name = models.CharField(_("channel"), max_length=20, primary_key=True)
    stopped = models.BooleanField(_("stopped"), default=False)
    alarmed = models.BooleanField(_("people were told"), default=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    since = models.DateTimeField(_("since"), null=True, blank=True)
    retry_at = models.DateTimeField(_("tried again at"), null=True, blank=True)
    held_until = models.DateTimeField(_("in use until"), null=True, blank=True)
    # Which process holds it; whether only to listen; and whether another has something to send (outbox/sessions.py).
    held_by = models.CharField(max_length=40, blank=True, editable=False)
    is_parked = models.BooleanField(default=False, editable=False)
    is_wanted = models.BooleanField(default=False, editable=False)
    collected_at = models.DateTimeField(_("reports asked for at"), null=True, blank=True)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return self.name


class BadAddress(models.Model):
    """An address that does not exist: messages take another way, or their sender is told that there is none."""

    channel = models.CharField(_("channel"), max_length=20)
    address = models.CharField(_("address"), max_length=254)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("bad address")
        verbose_name_plural = _("bad addresses")
        constraints = [models.UniqueConstraint(fields=["channel", "address"], name="bad_address_once")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.address}"


class EarlyReport(models.Model):
    """A delivery report that came before we knew its message: kept until the message is recorded."""

    channel = models.CharField(_("channel"), max_length=20)
    provider_reference = models.CharField(_("provider's reference"), max_length=200)
    outcome = models.CharField(_("outcome"), max_length=10)
    words = models.CharField(_("reason"), max_length=300, blank=True)
    bad_address = models.BooleanField(_("bad address"), default=False)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("early report")
        verbose_name_plural = _("early reports")
        constraints = [
            models.UniqueConstraint(fields=["channel", "provider_reference", "outcome"], name="early_report_once")
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.provider_reference}"


class Heartbeat(models.Model):
    """When a recurring job last ran, so that somebody outside can see that it has stopped."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name


class Installation(models.Model):
    """One row: which installation this database belongs to, and whether messages may leave it (outbox/hold.py).

    ``pulse`` counts signs of life, ``seen_at`` is the last. ``place`` says where the tables were then; a dump that is
    restored lies elsewhere. ``held_since``: nothing leaves; empty: all is well. What belonged out between ``gap_from``
    and ``gap_until`` may have left without this database knowing.
    """

    #: The key of the one row.
    ONLY = 1

    uid = models.UUIDField(default=uuid4, editable=False)
    pulse = models.PositiveBigIntegerField(default=0)
    seen_at = models.DateTimeField()
    place = models.CharField(max_length=100, blank=True)
    held_since = models.DateTimeField(null=True, blank=True)
    is_restored = models.BooleanField(default=False)
    gap_from = models.DateTimeField(null=True, blank=True)
    gap_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        # Nobody sees it in the administration; its page is staff/outbox/held.py.
        verbose_name = "installation"

    def __str__(self) -> str:
        return self.uid.hex
