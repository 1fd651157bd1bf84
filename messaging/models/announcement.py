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

from bridges.models import Province
from conference.models import Conference
from messaging import message_kinds, presence
from messaging.audience import Audience
from messaging.of_conference import OfConferenceQuerySet
from messaging.texts import placeholders
from outbox.refs import Ref
from registrations.models import Delegate, Guest, Interest, Organisation


class Announcement(Audience):
    """A message that organisers write themselves, to people whom they choose, now or later."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        CONFIRMED = "confirmed", _("waits for its time")
        PLANNED = "planned", _("on its way")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Presence(models.TextChoices):
        PRESENT = "present", _("those who are there")
        ABSENT = "absent", _("those who are not there")

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
    to_guests = models.BooleanField(_("invited people who have not answered"), default=False)
    # What follows narrows the people who have registered, and nobody else.
    organisation_kinds = models.JSONField(_("kinds of organisation"), default=list, blank=True)
    provinces = models.ManyToManyField(Province, verbose_name=_("provinces"), blank=True, related_name="+")
    trade = models.CharField(_("sells or looks for"), max_length=5, choices=Interest.Side.choices, blank=True)
    not_opened = models.BooleanField(_("only those who have not opened our link"), default=False)
    presence = models.CharField(_("on the day"), max_length=7, choices=Presence.choices, blank=True)
    # Written by a coordinator: to the people of these points, also when a point is gone.
    only_points = models.BooleanField(default=False, editable=False)
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
        return self.title

    @property
    def title(self) -> str:
        """The subject as lists and headings show it, in which nobody's values are filled in."""
        return placeholders.named(self.subject)

    def clean(self) -> None:
        super().clean()
        errors = self._missing_texts()
        for field in ("subject", "text", "sms_text"):
            fault = placeholders.fault_in(getattr(self, field), message_kinds.ANNOUNCEMENT)
            if fault and field not in errors:
                errors[field] = fault
        if self.send_at and self.conference_id and self.state == self.State.DRAFT and self.send_at <= timezone.now():
            errors["send_at"] = _("This time has passed. Leave it empty to send at once.")
        if self.presence and self.conference_id and not self._is_on_the_day():
            errors["presence"] = _("Who is there is known from the day of the conference on. Please send it then.")
        if not set(self.organisation_kinds) <= set(Organisation.Kind.values):
            errors["organisation_kinds"] = _("There is no such kind of organisation.")
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

    def _is_on_the_day(self) -> bool:
        """Whether it leaves on the day of the conference or later."""
        leaves = timezone.localtime(self.send_at or timezone.now()).date()
        return leaves >= timezone.localtime(self.conference.starts_at).date()

    def means_somebody(self) -> bool:
        return self.to_guests or super().means_somebody()

    @property
    def is_limited(self) -> bool:
        return self.only_points

    def _narrowed(self) -> models.QuerySet[Delegate]:
        """The delegates that are meant, also those who asked to get no announcements."""
        found = super().delegates()
        if self.organisation_kinds:
            found = found.filter(registration__organisation__kind__in=self.organisation_kinds)
        if provinces := [province.pk for province in self.provinces.all()] if self.pk else []:
            found = found.filter(registration__organisation__province__in=provinces)
        if self.trade:
            traders = Interest.objects.filter(side=self.trade, registration__conference=self.conference_id)
            found = found.filter(registration__in=traders.order_by().values("registration"))
        if self.not_opened:
            found = found.filter(Delegate.unopened())
        if self.presence == self.Presence.PRESENT:
            return presence.only_present(found, self.conference)
        if self.presence == self.Presence.ABSENT:
            return presence.without_present(found, self.conference)
        return found

    def delegates(self) -> models.QuerySet[Delegate]:
        """The delegates that are meant, without those who asked to get no announcements."""
        return self._narrowed().filter(unsubscription=None)

    def unsubscribed_delegates(self) -> models.QuerySet[Delegate]:
        """Those that would be meant but for that."""
        return self._narrowed().exclude(unsubscription=None)

    def guests(self) -> models.QuerySet[Guest]:
        """The guests that were invited and have not answered."""
        if not self.to_guests:
            return Guest.objects.none()
        found = Guest.objects.filter(
            invitation__conference=self.conference_id, invitation__is_active=True, registration=None
        ).exclude(invited_at=None)
        return found.filter(invitation__bridge_point__in=self.bridge_points()) if self.is_narrowed else found

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
