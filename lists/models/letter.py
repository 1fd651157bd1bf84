"""The Word file that an office brings for the letters of a conference."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from conference.models import Conference


class LetterTemplate(models.Model):
    """A Word file with placeholders in place of the site's own; it was checked before it was kept."""

    conference = models.OneToOneField(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="letter_template"
    )
    content = models.BinaryField(_("file"))
    name = models.CharField(_("file name"), max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("uploaded by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded at"))

    class Meta:
        verbose_name = _("letter in Word")
        verbose_name_plural = _("letters in Word")

    def __str__(self) -> str:
        return self.name
