"""What was erased, when and by whom of the staff: numbers only, nothing about those who are erased."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conference.models import Conference


class ErasureQuerySet(models.QuerySet["Erasure"]):
    """Questions asked of the report of erasures."""

    def run_by(self, user: User) -> "ErasureQuerySet":
        """Those of the conferences that ``user`` runs."""
        if user.is_superuser:
            return self
        return self.filter(conference__in=Conference.objects.run_by(user).values("pk"))


class Erasure(models.Model):
    """Personal data were erased."""

    class Way(models.TextChoices):
        REGISTRANT = "registrant", _("by the registrant")
        STAFF = "staff", _("by staff")
        AUTOMATIC = "automatic", _("when the time had come")

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="erasures"
    )
    at = models.DateTimeField(_("when"))
    way = models.CharField(_("how"), max_length=10, choices=Way.choices)
    registrations = models.PositiveIntegerField(_("registrations"))
    delegates = models.PositiveIntegerField(_("delegates"))
    messages = models.PositiveIntegerField(_("messages"))
    # Staff only: whoever erases themselves is a person about whom nothing may stay.
    by = models.ForeignKey(
        User, verbose_name=_("erased by"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.conference}: {self.registrations}"
