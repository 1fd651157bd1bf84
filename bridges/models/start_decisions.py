"""What the chief decided before the start, or once it was due: go, wait, or do not start."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conference.models import Conference


class StartDecision(models.Model):
    """One decision; none is changed afterwards, the latest counts."""

    class Mark(models.IntegerChoices):
        """So many minutes before the start."""

        HOUR = 60, _("60 minutes before the start")
        HALF_HOUR = 30, _("30 minutes before the start")
        DUE = 0, _("after the planned start")

    class Verdict(models.TextChoices):
        GO = "go", pgettext_lazy("decision before the start", "go")
        WAIT = "wait", pgettext_lazy("decision before the start", "wait")
        NO_GO = "no_go", pgettext_lazy("decision before the start", "do not start")

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="start_decisions"
    )
    mark = models.PositiveSmallIntegerField(_("when"), choices=Mark.choices)
    verdict = models.CharField(_("decision"), max_length=5, choices=Verdict.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    not_green = models.PositiveSmallIntegerField(_("points that were not ready"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("decision before the start")
        verbose_name_plural = _("decisions before the start")
        ordering = ["-decided_at", "-id"]
        indexes = [models.Index(fields=["conference", "-decided_at"], name="start_decision_listed")]

    def __str__(self) -> str:
        return f"{self.get_mark_display()}: {self.get_verdict_display()}"
