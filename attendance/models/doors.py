"""Where people are received, and the phones that stand there."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bridges.models import BridgePoint
from conference.models import Conference
from registrations.tokens import LinkHolder, LinkHolderQuerySet, address

#: A phone that was without network sends what it has read until so long after the conference.
SENDS_FOR = timedelta(days=7)
#: The list of the people is given out, and kept on the phone, until so long after it.
LIST_FOR = timedelta(hours=24)
#: A link that pairs a phone is good for so long after it was drawn.
PAIRS_FOR = timedelta(minutes=30)


class DoorQuerySet(models.QuerySet["Door"]):
    """Questions asked of doors."""

    def run_by(self, user: User) -> "DoorQuerySet":
        """Those at the bridge points that ``user`` runs."""
        if user.is_superuser:
            return self
        return self.filter(bridge_point__in=BridgePoint.objects.run_by(user).values("pk"))


class Door(models.Model):
    """A place at a bridge point where people are received. One that has none gets one with its first phone."""

    bridge_point = models.ForeignKey(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, related_name="doors"
    )
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = DoorQuerySet.as_manager()

    class Meta:
        verbose_name = _("door")
        verbose_name_plural = _("doors")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["bridge_point", "name"],
                name="door_once",
                violation_error_message=_("There is a door of this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class DeviceQuerySet(LinkHolderQuerySet["Device"]):
    """Questions asked of devices."""

    def run_by(self, user: User) -> "DeviceQuerySet":
        """Those at the bridge points that ``user`` runs."""
        if user.is_superuser:
            return self
        return self.filter(bridge_point__in=BridgePoint.objects.run_by(user).values("pk"))

    def in_use(self) -> "DeviceQuerySet":
        """Those that are paired and not withdrawn."""
        return self.filter(withdrawn_at=None).exclude(paired_at=None)


class Device(LinkHolder):
    """A phone at a door. Its personal link pairs it once; from then on it shows a secret that it alone has.

    The database keeps the hash of the secret. It ends with the conference, or when it is withdrawn.
    """

    LINK_PURPOSE = "device"

    class Role(models.TextChoices):
        SCAN = "scan", _("reads codes")
        DESK = "desk", _("also searches by name and admits")

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="devices"
    )
    bridge_point = models.ForeignKey(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, related_name="devices"
    )
    door = models.ForeignKey(Door, verbose_name=_("door"), on_delete=models.CASCADE, related_name="devices")
    name = models.CharField(_("name"), max_length=60)
    role = models.CharField(_("role"), max_length=4, choices=Role.choices, default=Role.SCAN)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("made by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField(_("made at"))
    secret_hash = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001
    paired_at = models.DateTimeField(_("paired at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    # As the phone itself says.
    queue_length = models.PositiveIntegerField(_("waiting to be sent"), default=0)
    list_made_at = models.DateTimeField(_("list of"), null=True, blank=True)
    # What came from it and could be nothing that it has read.
    refused_count = models.PositiveIntegerField(_("refused"), default=0)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["token_hash"], name="device_link"),
            models.UniqueConstraint(fields=["secret_hash"], name="device_secret"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def pairing_url(self) -> str:
        """The link that pairs it, as it stands in the QR code."""
        return f"{settings.SITE_URL}{address('attendance:pair', self.token)}"

    @property
    def sends_until(self) -> datetime:
        """Until when it may send what it has read (UTC); ``conference`` must be loaded."""
        return self.conference.ends_at + SENDS_FOR

    @property
    def list_until(self) -> datetime:
        """Until when it gets and keeps the list of the people (UTC); ``conference`` must be loaded."""
        return self.conference.ends_at + LIST_FOR

    def may_pair(self, now: datetime) -> bool:
        """Whether its link still pairs a phone at ``now``."""
        return self.paired_at is None and self.withdrawn_at is None and now < self.made_at + PAIRS_FOR
