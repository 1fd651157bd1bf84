"""Who runs a bridge point."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Coordinator(models.Model):
    """A staff user who runs a bridge point: sees and edits their points and nothing else."""

    bridge_point = models.ForeignKey(
        "bridges.BridgePoint", verbose_name=_("bridge point"), on_delete=models.CASCADE, related_name="coordinators"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="coordinated"
    )
    # A deputy does what the coordinator may, but names nobody; it ends with the coordinator who named them.
    deputy_of = models.ForeignKey(
        "self",
        verbose_name=_("deputy of"),
        on_delete=models.CASCADE,
        related_name="deputies",
        null=True,
        blank=True,
        editable=False,
    )

    class Meta:
        verbose_name = _("coordinator")
        verbose_name_plural = _("coordinators")
        constraints = [
            models.UniqueConstraint(
                fields=["bridge_point", "user"],
                name="coordinator_once",
                violation_error_message=_("This person is a coordinator of this point already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.user)
