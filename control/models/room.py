"""The room of a bridge point on the day: how it stands, and the link to its page."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint
from registrations.tokens import LinkHolder, LinkHolderQuerySet, address


class RoomState(models.TextChoices):
    """What was last reported of a room. That it is silent nobody reports: see control/silence.py."""

    CLOSED = "closed", _("not opened")
    READY = "ready", _("ready")
    CONNECTED = "connected", _("connected")
    LOST = "lost", _("signal lost")


#: States in which a room's page is expected to show signs of life.
LIVELY_STATES = (RoomState.READY, RoomState.CONNECTED)


class RoomLink(LinkHolder):
    """The link to the page of a point's room. Whoever has it reports for the room; renewing it withdraws it."""

    LINK_PURPOSE = "room"

    bridge_point = models.OneToOneField(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, related_name="room_link"
    )
    renewed_at = models.DateTimeField(_("renewed at"))

    objects = LinkHolderQuerySet["RoomLink"].as_manager()

    class Meta:
        verbose_name = _("link of a room")
        verbose_name_plural = _("links of rooms")
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="room_link")]

    @property
    def url(self) -> str:
        """The address of the page, as it is sent and printed."""
        return f"{settings.SITE_URL}{address('control:room', self.token)}"


class Room(models.Model):
    """How the room of a point stands now, as the newest reports say. A point without this row has not been opened.

    ``…_at`` is when the report that counts was made: one that comes later but is older changes nothing here.
    """

    bridge_point = models.OneToOneField(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, primary_key=True, related_name="room"
    )
    state = models.CharField(_("state"), max_length=10, choices=RoomState.choices, default=RoomState.CLOSED)
    #: Since when it is in this state; ``state_at`` when that was last said.
    since = models.DateTimeField(_("since"), null=True, blank=True)
    state_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: None: nobody has the page open, or somebody has telephoned since; then nobody waits for a sign of life.
    last_seen_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    head_count = models.PositiveIntegerField(_("head count"), null=True, blank=True)
    head_count_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    needs_help_since = models.DateTimeField(_("needs help since"), null=True, blank=True)
    help_at = models.DateTimeField(null=True, blank=True, editable=False)
    wants_floor_since = models.DateTimeField(_("asks for the floor since"), null=True, blank=True)
    floor_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        indexes = [models.Index(fields=["last_seen_at"], name="room_last_seen")]

    def __str__(self) -> str:
        return str(self.bridge_point)
