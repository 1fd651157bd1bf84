"""The demo's mailbox: what the site would have sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MailboxItem(models.Model):
    """A mail or an SMS as it would have arrived: the demo's mailbox keeps it in place of a real delivery."""

    channel = models.CharField(_("channel"), max_length=20)
    address = models.CharField(_("address"), max_length=254)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    raw = models.TextField(_("content"), help_text=_("A mail as RFC 5322 text, an SMS as it is."))
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("mailbox item")
        verbose_name_plural = _("mailbox items")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject or self.raw[:40]
