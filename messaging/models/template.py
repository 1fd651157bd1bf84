"""The own texts of a conference."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from conference.models import Conference
from messaging import message_kinds
from messaging.of_conference import OfConferenceQuerySet
from messaging.texts.placeholders import fault_in
from outbox.channel_names import CHANNEL_NAMES


class Template(models.Model):
    """A conference's own text for a kind of message, a channel and a language; without it our default is used."""

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="message_templates"
    )
    kind = models.CharField(_("kind of message"), max_length=24, choices=message_kinds.TEMPLATED)
    channel = models.CharField(_("channel"), max_length=20, choices=[*CHANNEL_NAMES.items()])
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=150, blank=True)
    body = models.TextField(_("text"), max_length=8000)
    keep_accents = models.BooleanField(_("keep the accents"), default=False)

    objects = OfConferenceQuerySet["Template"].as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        constraints = [
            models.UniqueConstraint(
                fields=["conference", "kind", "channel", "language"],
                name="template_once",
                violation_error_message=_("This conference has a text of its own there already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.get_channel_display()}, {self.get_language_display()}"

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        if self.channel == "email" and not self.subject.strip():
            errors["subject"] = _("A mail needs a subject.")
        if self.channel == "zalo" and not self.subject.strip():
            errors["subject"] = _("Please give the number of the approved template.")
        for field in ("subject", "body"):
            if field not in errors and (fault := fault_in(getattr(self, field), self.kind)):
                errors[field] = fault
        if errors:
            raise ValidationError(errors)
