"""What the phones at the doors have read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from attendance.models.doors import Device, Door
from bridges.models import BridgePoint
from conference.models import Conference
from registrations.models import Delegate


class ScanQuerySet(models.QuerySet["Scan"]):
    """Questions asked of scans."""

    def run_by(self, user: User) -> "ScanQuerySet":
        """Those at the bridge points that ``user`` runs."""
        if user.is_superuser:
            return self
        return self.filter(bridge_point__in=BridgePoint.objects.run_by(user).values("pk"))


class Scan(models.Model):
    """Something happened at a door. Rows are added and never changed; attendance is derived from them.

    Only what was typed about somebody is taken out: when it has been registered, and when people are erased.
    """

    class Kind(models.TextChoices):
        ARRIVE = "arrive", _("came")
        UNDO = "undo", _("taken back")
        WALK_IN = "walk_in", _("came without registration")
        SUBSTITUTE = "substitute", _("came instead of somebody")

    class Verdict(models.TextChoices):
        """What the phone said at once, by its own list."""

        WELCOME = "welcome", _("welcome")
        ELSEWHERE = "elsewhere", _("guest of another bridge point")
        TWICE = "twice", _("here already")
        NO_SEAT = "no_seat", _("without a seat")
        UNKNOWN = "unknown", _("not on the list")
        CHOSEN = "chosen", _("chosen by hand")

    #: Made by the phone: the same scan sent twice is one.
    uid = models.UUIDField(editable=False)
    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="scans", db_index=False
    )
    bridge_point = models.ForeignKey(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, related_name="scans", db_index=False
    )
    device = models.ForeignKey(Device, verbose_name=_("device"), on_delete=models.CASCADE, related_name="scans")
    door = models.ForeignKey(Door, verbose_name=_("door"), on_delete=models.CASCADE, related_name="scans")
    delegate = models.ForeignKey(
        Delegate, verbose_name=_("delegate"), on_delete=models.SET_NULL, null=True, related_name="scans"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    #: The beginning of the hash of the code that was read; "" of somebody without one.
    code = models.CharField(_("code"), max_length=16, blank=True)
    #: The scan that this one takes back.
    undoes = models.UUIDField(null=True, editable=False)
    verdict = models.CharField(_("said at the door"), max_length=10, choices=Verdict.choices)
    #: By the server's clock: what the phone said, moved by the difference between their clocks.
    happened_at = models.DateTimeField(_("happened at"))
    device_at = models.DateTimeField(_("time of the device"))
    is_corrected = models.BooleanField(_("time corrected"), default=False)
    received_at = models.DateTimeField(_("received at"))
    #: What was typed about somebody: name, organisation, phone.
    details = models.JSONField(default=dict, blank=True)

    objects = ScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        ordering = ["-happened_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["uid"], name="scan_once")]
        indexes = [
            models.Index(fields=["conference", "received_at"], name="scan_received"),
            models.Index(fields=["bridge_point", "door"], name="scan_by_door"),
        ]

    def __str__(self) -> str:
        return str(self.uid)
