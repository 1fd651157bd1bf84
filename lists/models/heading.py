"""What the headings of an office's lists mean, once somebody has said it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from conference.models import Conference


class KnownHeading(models.Model):
    """A heading that is none of ours, and the field that it means in lists of one conference; "" is none."""

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="known_headings"
    )
    # One of ImportJob.Kind.
    kind = models.CharField(_("kind"), max_length=12)
    # As lists/people/columns.py compares headings: without accents and punctuation.
    words = models.CharField(_("heading"), max_length=100)
    field = models.CharField(_("column"), max_length=40, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("said by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(_("said at"))

    class Meta:
        verbose_name = _("known heading")
        verbose_name_plural = _("known headings")
        ordering = ["words"]
        constraints = [models.UniqueConstraint(fields=["conference", "kind", "words"], name="heading_known_once")]

    def __str__(self) -> str:
        return self.words
