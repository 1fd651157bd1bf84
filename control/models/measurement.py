"""What a device in a room measured of its line to this server: written once, never changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint


class LineMeasurement(models.Model):
    """One measurement, from the page of a room. It says nothing of the way to the system of the meeting."""

    #: The permission under which it was made: each counts for one.
    uid = models.UUIDField(unique=True, editable=False)
    bridge_point = models.ForeignKey(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, related_name="line_measurements"
    )
    measured_at = models.DateTimeField(_("measured at"))
    download_kbps = models.PositiveIntegerField(_("download (kbit/s)"))
    upload_kbps = models.PositiveIntegerField(_("upload (kbit/s)"))
    delay_ms = models.PositiveIntegerField(_("delay (ms)"))
    jitter_ms = models.PositiveIntegerField(_("jitter (ms)"))
    loss_percent = models.PositiveSmallIntegerField(_("requests without an answer (%)"))

    class Meta:
        verbose_name = _("line measurement")
        verbose_name_plural = _("line measurements")
        ordering = ["-measured_at", "-id"]
        indexes = [models.Index(fields=["bridge_point", "id"], name="line_measurement_latest")]

    def __str__(self) -> str:
        return f"↓ {self.download_kbps} ↑ {self.upload_kbps} kbit/s, {self.delay_ms} ms"
