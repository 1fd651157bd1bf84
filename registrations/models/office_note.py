"""What the office notes about a registration for itself."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from registrations.models.registration import Registration


class OfficeNote(models.Model):
    """A note of staff, for colleagues.

    No page of the registrant shows it. As everything that is stored about them it is part of the data that they
    download, without who wrote it (ADR 23), and it is erased with the registration's personal data.
    """

    registration = models.ForeignKey(
        Registration, verbose_name=_("registration"), on_delete=models.CASCADE, related_name="office_notes"
    )
    text = models.TextField(_("note"), max_length=2000)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        User,
        verbose_name=_("written by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    class Meta:
        verbose_name = _("note of the office")
        verbose_name_plural = _("notes of the office")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.text
