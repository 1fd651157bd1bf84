"""What was reported of a room: written once, never changed."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint


class RoomReport(models.Model):
    """One press on the page of a room, or on the board in its name.

    The device gives it its ``uid``: the same report sent twice is one. ``happened_at`` is when it was pressed, which
    may be long before it came (``received_at``), since a room without network keeps its reports.
    """

    class Kind(models.TextChoices):
        STATE = "state", _("state")
        HEAD_COUNT = "head_count", _("head count")
        HELP = "help", _("help")
        FLOOR = "floor", _("floor")
        HANDS = "hands", _("raised hands")

    uid = models.UUIDField(editable=False)
    bridge_point = models.ForeignKey(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, related_name="room_reports"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    #: A state of a room; a number of people; "yes" or "no"; of hands the poll, the option and how many: "7:0:25".
    value = models.CharField(_("value"), max_length=40)
    happened_at = models.DateTimeField(_("happened at"))
    received_at = models.DateTimeField(_("received at"))
    #: The staff user who set it from the board; None: the room's own page.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("reported by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("report of a room")
        verbose_name_plural = _("reports of rooms")
        ordering = ["-happened_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["bridge_point", "uid"], name="room_report_once")]
        indexes = [models.Index(fields=["bridge_point", "kind", "happened_at"], name="room_report_in_order")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.value}"
