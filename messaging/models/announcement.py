"""Messages that organisers write themselves, and who wants none of them."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from conference.models import Conference
from messaging import message_kinds
from messaging.audience import Audience
from messaging.of_conference import OfConferenceQuerySet
from messaging.texts.placeholders import fault_in
from outbox.refs import Ref
from registrations.models import Delegate


class Announcement(Audience):
    """A message that organisers write themselves, to people whom they choose, now or later."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        CONFIRMED = "confirmed", _("waits for its time")
        PLANNED = "planned", _("on its way")
        WITHDRAWN = "withdrawn", _("withdrawn")

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="announcements"
    )
    subject = models.CharField(_("subject"), max_length=150)
    text = models.TextField(_("text of the e-mail"), max_length=8000, blank=True)
    sms_text = models.TextField(_("text of the SMS"), max_length=600, blank=True)
    keep_accents = models.BooleanField(
        _("keep the accents in the SMS"), default=False, help_text=_("Then one part holds 70 characters, not 160.")
    )
    send_at = models.DateTimeField(_("send at"), null=True, blank=True, help_text=_("Empty: as soon as confirmed."))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("written by"), on_delete=models.SET_NULL, null=True, editable=False,
        related_name="+",
    )  # fmt: skip
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("confirmed by"), on_delete=models.SET_NULL, null=True, editable=False,
        related_name="+",
    )  # fmt: skip
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)
    planned_at = models.DateTimeField(_("put on its way at"), null=True, editable=False)

    objects = OfConferenceQuerySet["Announcement"].as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("message to people")
        verbose_name_plural = _("messages to people")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["send_at"], name="announcement_due", condition=Q(state="confirmed")),
        ]

    def __str__(self) -> str:
        return self.subject

    def clean(self) -> None:
        super().clean()
        errors = self._missing_texts()
        for field in ("subject", "text", "sms_text"):
            if field not in errors and (fault := fault_in(getattr(self, field), message_kinds.ANNOUNCEMENT)):
                errors[field] = fault
        if self.send_at and self.conference_id and self.state == self.State.DRAFT and self.send_at <= timezone.now():
            errors["send_at"] = _("This time has passed. Leave it empty to send at once.")
        if errors:
            raise ValidationError(errors)

    def _missing_texts(self) -> dict[str, Any]:
        """What to say, by field, where a channel of the route has no text."""
        uses = set(self.route.replace("+", ",").split(","))
        errors = {}
        if "email" in uses and not self.text.strip():
            errors["text"] = _("Please write the text of the e-mail.")
        if uses & {"sms", "zalo"} and not self.sms_text.strip():
            errors["sms_text"] = _("Please write the text of the SMS.")
        return errors

    def delegates(self) -> models.QuerySet[Delegate]:
        """The delegates that are meant, without those who asked to get no announcements."""
        return super().delegates().filter(unsubscription=None)

    def unsubscribed_delegates(self) -> models.QuerySet[Delegate]:
        """Those that would be meant but for that."""
        return super().delegates().exclude(unsubscription=None)

    @property
    def occasion(self) -> str:
        """What the outbox calls this announcement."""
        return str(Ref("announcement", self.pk))

    @property
    def is_editable(self) -> bool:
        """Whether nobody has confirmed it yet."""
        return self.state == self.State.DRAFT

    def is_of_before(self, cancelled_at: datetime | None) -> bool:
        """Whether it was confirmed before its conference was cancelled, and is no longer to be said."""
        return bool(cancelled_at and self.confirmed_at and self.confirmed_at <= cancelled_at)


class Unsubscription(models.Model):
    """A delegate who asked to get no more announcements; reminders and news of changes still reach them."""

    delegate = models.OneToOneField(Delegate, on_delete=models.CASCADE, related_name="unsubscription", primary_key=True)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("unsubscription")
        verbose_name_plural = _("unsubscriptions")

    def __str__(self) -> str:
        return f"{self.delegate_id}"
