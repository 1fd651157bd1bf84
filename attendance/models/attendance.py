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
    # Presses of the join button, and one for having been checked in; 0: the meeting alone has shown them.
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
    # The scan that counts, of all those at the doors: the earliest. None: staff pressed the button, or nobody did.
    arrival = models.ForeignKey(
        "attendance.Scan", verbose_name=_("scan"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # As the lists and calls of the meeting say it, all of their times as one. None: they say nothing about them.
    met_from = models.DateTimeField(_("in the meeting from"), null=True, blank=True)
    met_until = models.DateTimeField(_("in the meeting until"), null=True, blank=True)
    met_seconds = models.PositiveIntegerField(_("seconds in the meeting"), default=0, db_default=0)
    #: Read at another door as well.
    is_twice = models.BooleanField(_("twice"), default=False, db_default=False)

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

    @property
    def has_pressed(self) -> bool:
        """Whether they have pressed the join button themselves."""
        return self.presses > (self.checked_in_at is not None)

    @property
    def met_minutes(self) -> int:
        """How many minutes they were in the meeting; 0: none, or nobody knows how long."""
        return round(self.met_seconds / 60)
