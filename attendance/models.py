"""Who was there."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bridges.models import BridgePoint
from conference.models import Conference
from registrations.models import Delegate


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    """Questions asked of attendance."""

    def run_by(self, user: User) -> "AttendanceQuerySet":
        """Those at the bridge points that ``user`` runs."""
        if user.is_superuser:
            return self
        return self.filter(bridge_point__in=BridgePoint.objects.run_by(user).values("pk"))

    def since(self, moment: datetime) -> "AttendanceQuerySet":
        """Those last seen at ``moment`` or later: with the opening of the desk, those of the present date."""
        return self.filter(last_at__gte=moment)


class Attendance(models.Model):
    """One delegate was there: one row, however often the button is pressed."""

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _("in person")
        ONLINE = "online", _("online")

    delegate = models.OneToOneField(
        Delegate, verbose_name=_("delegate"), on_delete=models.CASCADE, related_name="attendance"
    )
    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="attendances"
    )
    bridge_point = models.ForeignKey(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.PROTECT, related_name="attendances"
    )
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices)
    first_at = models.DateTimeField(_("first seen"))
    last_at = models.DateTimeField(_("last seen"))
    presses = models.PositiveIntegerField(_("times joined"), default=1)
    checked_in_at = models.DateTimeField(_("checked in at"), null=True, blank=True)
    checked_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("checked in by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendance")
        ordering = ["-first_at", "-id"]
        indexes = [
            models.Index(fields=["conference", "bridge_point"], name="attendance_by_point"),
            models.Index(fields=["-first_at", "-id"], name="attendance_latest"),
        ]

    def __str__(self) -> str:
        return str(self.delegate)
