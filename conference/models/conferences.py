"""The conference: what, when and with whom."""

from datetime import datetime, timedelta
from typing import Any, Self
from zlib import crc32

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from accounts.models import User
from common.search import Searchable
from conference.reserved import validate_free_address


class Phase(models.TextChoices):
    """Where a conference stands for its visitors."""

    UNPUBLISHED = "unpublished", _("not published")
    SOON = "soon", _("registration has not opened yet")
    OPEN = "open", _("registration is open")
    CLOSED = "closed", _("registration is closed")
    RUNNING = "running", _("taking place now")
    OVER = "over", _("over")
    CANCELLED = "cancelled", _("cancelled")


class ConferenceQuerySet(models.QuerySet["Conference"]):
    """Questions asked of conferences."""

    def published(self) -> "ConferenceQuerySet":
        """Those that the public may see."""
        return self.filter(is_published=True)

    def upcoming(self, now: datetime) -> "ConferenceQuerySet":
        """Those that have not ended at ``now``, the next one first."""
        return self.filter(ends_at__gt=now).order_by("starts_at", "id")

    def archive(self, now: datetime) -> "ConferenceQuerySet":
        """Those that have ended at ``now``, the latest first."""
        return self.filter(ends_at__lte=now).order_by("-starts_at", "-id")

    def filed_away(self, now: datetime) -> "ConferenceQuerySet":
        """Those that have ended at ``now`` or were cancelled, the latest first; not drafts whose date has passed."""
        is_over = Q(ends_at__lte=now, is_published=True)
        return self.filter(is_over | ~Q(cancelled_at=None)).order_by("-starts_at", "-id")

    def past_drafts(self, now: datetime) -> "ConferenceQuerySet":
        """Those that were never shown, or are hidden, and whose date has passed at ``now``; the latest first."""
        return self.filter(ends_at__lte=now, is_published=False, cancelled_at=None).order_by("-starts_at", "-id")

    def run_by(self, user: User) -> "ConferenceQuerySet":
        """Those that ``user`` runs as organiser: all of them for a superuser."""
        if user.is_superuser:
            return self
        if not user.is_organiser:
            return self.none()
        return self.filter(pk__in=Conference.organisers.through.objects.filter(user=user).values("conference"))


def _is_not_before(first: datetime | None, second: datetime | None) -> bool:
    """Whether both are given and ``first`` is no earlier than ``second``."""
    return first is not None and second is not None and first >= second


class Conference(Searchable):
    """One event: purpose, date, registration window, partners, programme."""

    name = models.CharField(_("name"), max_length=250)
    short_name = models.CharField(_("short name"), max_length=60, help_text=_("For SMS, headings and calendars."))
    slug = models.SlugField(
        _("address"),
        max_length=60,
        unique=True,
        validators=[validate_free_address],
        help_text=_("The last part of its web address, such as na-chi-lang-2027."),
    )
    summary = models.TextField(
        _("summary"), blank=True, max_length=600, help_text=_("Two sentences for the home page.")
    )
    purpose = models.TextField(_("purpose"), blank=True, max_length=8000)
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    is_tentative = models.BooleanField(
        _("date is tentative"), default=False, help_text=_("Shown as “dự kiến” wherever the date stands.")
    )
    registration_opens_at = models.DateTimeField(_("registration opens"), null=True, blank=True)
    registration_closes_at = models.DateTimeField(
        _("registration closes"), null=True, blank=True, help_text=_("Empty: when the conference starts.")
    )
    doors_open_minutes = models.PositiveSmallIntegerField(
        _("join pages open"),
        default=30,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_("Minutes before the start."),
    )
    tells_next_room = models.BooleanField(
        _("SMS to the room that speaks next"),
        default=True,
        db_default=True,
        help_text=_("Ten minutes before its turn in the run of show, to its technician and coordinators."),
    )
    preparation = models.TextField(
        _("what to prepare"), blank=True, max_length=2000, help_text=_("One item a line; shown on the join page.")
    )
    needs_approval = models.BooleanField(
        _("registrations need approval"),
        default=False,
        help_text=_("Organisers accept or decline each; a bridge point may differ."),
    )
    holds_seats = models.BooleanField(
        _("requests hold their seats"),
        default=True,
        help_text=_("Until they are decided. Otherwise seats are given when a request is accepted."),
    )
    erase_after_days = models.PositiveSmallIntegerField(
        _("personal data are erased after"),
        default=180,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("Days after the end; people are told so when they register."),
    )
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)
    contact_name = models.CharField(_("contact"), max_length=150, blank=True)
    contact_email = models.EmailField(_("contact e-mail"), blank=True, help_text=_("Answers to our mails go here."))
    contact_phone = PhoneNumberField(_("contact phone"), blank=True)
    is_published = models.BooleanField(
        _("published"),
        default=False,
        help_text=_("Until then only those with a role in it see it, in the administration."),
    )
    takes_questions = models.BooleanField(
        _("takes questions and votes"),
        default=False,
        editable=False,
        help_text=_("Personal pages and rooms lead to them on the day."),
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancel_reason = models.CharField(
        _("reason for cancelling"),
        max_length=200,
        blank=True,
        help_text=_("Stands in the message about it. One short sentence: an SMS has room for 160 characters in all."),
    )
    organisers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("organisers"),
        related_name="conferences",
        blank=True,
        limit_choices_to={"is_organiser": True},
    )
    leaders = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("leaders"),
        related_name="conferences_led",
        blank=True,
        help_text=_("Read numbers and papers, without phone numbers or addresses, and change nothing."),
    )
    # When the date was last set; reminders look at it to tell a late registrant from a moved conference.
    scheduled_at = models.DateTimeField(_("date set at"), default=timezone.now, editable=False)

    objects = ConferenceQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["search_text"])

    _start_as_loaded: datetime | None

    class Meta:
        verbose_name = _("conference")
        verbose_name_plural = _("conferences")
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="conference_ends_after_start"),
        ]
        indexes = [models.Index(fields=["is_published", "ends_at"], name="conference_public")]

    def __str__(self) -> str:
        return self.short_name

    def search_parts(self) -> list[str]:
        return [self.name, self.short_name, self.slug]

    def clean(self) -> None:
        super().clean()
        errors = {}
        starts, ends = self.starts_at, self.ends_at
        opens, closes = self.registration_opens_at, self.registration_closes_at
        if _is_not_before(starts, ends):
            errors["ends_at"] = _("The conference must end after it starts.")
        if _is_not_before(opens, ends):
            errors["registration_opens_at"] = _("Registration must open before the conference ends.")
        if _is_not_before(opens, closes):
            errors["registration_closes_at"] = _("Registration must close after it opens.")
        elif closes and ends and closes > ends:
            errors["registration_closes_at"] = _("Registration must close before the conference ends.")
        if errors:
            raise ValidationError(errors)

    # The stubs describe Django 6.1, which hands in one argument more.
    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any) -> Self:  # type: ignore[override]
        conference = super().from_db(db, field_names, values)
        conference.has_been_loaded()
        return conference

    def has_been_loaded(self) -> None:
        """Remember what the database has; ``from_db`` says so, and look-ups in its place (common/lookups.py)."""
        self._start_as_loaded = self.__dict__.get("starts_at")

    def save(self, *args: Any, **kwargs: Any) -> None:
        loaded = getattr(self, "_start_as_loaded", None)
        if loaded is not None and loaded != self.starts_at:
            self.scheduled_at = timezone.now()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "scheduled_at"}
        super().save(*args, **kwargs)
        self._start_as_loaded = self.starts_at

    def get_absolute_url(self) -> str:
        return reverse("bridges:conference", args=[self.slug])

    @property
    def closes_at(self) -> datetime:
        """When registration closes (UTC)."""
        return self.registration_closes_at or self.starts_at

    @property
    def erased_from(self) -> datetime:
        """When the personal data of its registrations are erased (UTC)."""
        return self.ends_at + timedelta(days=self.erase_after_days)

    @property
    def doors_open_at(self) -> datetime:
        """When the join pages open (UTC)."""
        return self.starts_at - timedelta(minutes=self.doors_open_minutes)

    def is_tentative_at(self, now: datetime) -> bool:
        """Whether the date may still change at ``now``: not once people are let in, nor of a cancelled conference."""
        return self.is_tentative and not self.cancelled_at and now < self.doors_open_at

    @property
    def is_still_tentative(self) -> bool:
        """Whether the date may still change."""
        return self.is_tentative_at(timezone.now())

    def is_ahead_at(self, now: datetime) -> bool:
        """Whether it is neither cancelled nor over at ``now``, published or not."""
        return self.cancelled_at is None and now < self.ends_at

    def phase_at(self, now: datetime) -> Phase:
        """Where the conference stands at ``now``."""
        if self.cancelled_at:
            return Phase.CANCELLED
        if now >= self.ends_at:
            return Phase.OVER
        if not self.is_published:
            return Phase.UNPUBLISHED
        if self.registration_opens_at and now < self.registration_opens_at:
            return Phase.SOON
        if now < self.closes_at:
            return Phase.OPEN
        return Phase.RUNNING if now >= self.starts_at else Phase.CLOSED

    @property
    def phase(self) -> Phase:
        """Where the conference stands now."""
        return self.phase_at(timezone.now())

    @property
    def is_past_draft(self) -> bool:
        """Whether nobody sees it although its date has passed: it is not over, it has never been finished."""
        return not self.is_published and self.phase == Phase.OVER

    @property
    def state_mark(self) -> str:
        """The same as long as what a page says about its time and phase holds: a page left open asks for it."""
        moments = (self.starts_at, self.ends_at, self.doors_open_at, self.closes_at)
        marks = [self.phase.value, str(self.is_still_tentative), *(f"{at.timestamp():.0f}" for at in moments)]
        return ".".join(marks + ([f"{crc32(self.cancel_reason.encode()):x}"] if self.cancel_reason else []))

    @property
    def cancelled_words(self) -> str:
        """That it is cancelled, in words for the visitor, and why if its organisers gave a reason."""
        words = gettext("This conference has been cancelled.")
        if not self.cancel_reason:
            return words
        return f"{words} {gettext('Reason: %(reason)s') % {'reason': self.cancel_reason}}"

    def refusal_at(self, now: datetime) -> str:
        """Why nobody can register at ``now``, in words for the visitor; "" if registration is open."""
        if (phase := self.phase_at(now)) == Phase.OPEN:
            return ""
        when = {
            "date": date_format(timezone.localtime(self.ends_at), "DATE_FORMAT"),
            "moment": date_format(timezone.localtime(self.registration_opens_at or now), "DATETIME_FORMAT"),
        }
        refusals = {
            Phase.CANCELLED: self.cancelled_words,
            Phase.OVER: _("This conference was on %(date)s; it is over and registration is no longer possible.") % when,
            Phase.UNPUBLISHED: _("This conference has not been published yet."),
            Phase.SOON: _("Registration opens at %(moment)s.") % when,
            Phase.CLOSED: _("Registration for this conference is closed."),
            Phase.RUNNING: _("The conference is taking place now; registration is closed."),
        }
        return str(refusals[phase])
