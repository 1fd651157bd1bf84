"""Something went wrong at a bridge point, from when to when."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Questions asked of incidents."""

    def open(self) -> "IncidentQuerySet":
        """Those that have not ended."""
        return self.filter(ended_at=None)

    def touching(self, start: datetime, end: datetime) -> "IncidentQuerySet":
        """Those of which some part lies between the two moments."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=start), began_at__lt=end)


class Incident(models.Model):
    """A lost line and a silent room enter themselves, and end when the room is back; others are entered by hand."""

    class Kind(models.TextChoices):
        LOST = "lost", _("signal lost")
        SILENT = "silent", _("silent")
        OTHER = "other", _("other incident")

    class Cause(models.TextChoices):
        LINE = "line", _("line or network")
        POWER = "power", _("power")
        PICTURE = "picture", _("picture")
        SOUND = "sound", _("sound")
        SOFTWARE = "software", _("meeting software")
        PEOPLE = "people", _("operating mistake")
        OTHER = "other", _("another cause")

    bridge_point = models.ForeignKey(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, related_name="incidents"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    began_at = models.DateTimeField(_("began at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-began_at", "-id"]
        constraints = [
            # Two processes that notice the same thing enter it once.
            models.UniqueConstraint(fields=["bridge_point", "kind", "began_at"], name="incident_once"),
            models.UniqueConstraint(
                fields=["bridge_point", "kind"],
                condition=Q(ended_at=None, kind__in=["lost", "silent"]),
                name="incident_open_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=models.F("began_at")), name="incident_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.bridge_point}"

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.ended_at is None
