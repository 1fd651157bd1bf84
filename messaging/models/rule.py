"""Reminder rules, and each time that one goes out."""

from datetime import datetime, timedelta
from typing import cast

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from conference.models import Conference
from messaging import message_kinds
from messaging.audience import Audience
from messaging.of_conference import OfConferenceQuerySet
from messaging.time_words import duration_words
from outbox.refs import Ref

#: A rule after the start, or at a fixed time, makes sense this long.
_LATE = timedelta(days=3)
# Nobody means a rule farther from the start; a year of minutes typed as days would leave the calendar.
_FARTHEST = timedelta(days=366)
#: "Starting now" helps whoever gets it a little late as well.
_STARTED = timedelta(minutes=30)


class Rule(Audience):
    """A reminder: this text, to these people, this long before or after the start or at a fixed time."""

    class Timing(models.TextChoices):
        BEFORE = "before", _("before the start")
        AFTER = "after", _("after the start")
        AFTER_END = "end", _("after the end")
        AT = "at", _("at a fixed time")

    class Unit(models.TextChoices):
        MINUTES = "minutes", _("minutes")
        HOURS = "hours", _("hours")
        DAYS = "days", _("days")

    class Text(models.TextChoices):
        REMINDER = message_kinds.REMINDER, _("reminder")
        STARTING = message_kinds.STARTING, _("starting now")
        FOLLOW_UP = message_kinds.FOLLOW_UP, _("thanks afterwards")

    #: What is sent when the conference has begun, or is over.
    AFTERWARDS = (Timing.AFTER, Timing.AFTER_END)

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="reminder_rules"
    )
    text = models.CharField(
        _("text"),
        max_length=12,
        choices=Text.choices,
        default=Text.REMINDER,
        help_text=_("“Starting now” goes out at any hour; everything else waits until the quiet hours are over."),
    )
    timing = models.CharField(_("when"), max_length=6, choices=Timing.choices, default=Timing.BEFORE)
    amount = models.PositiveIntegerField(
        _("how many"), null=True, blank=True, validators=[MaxValueValidator(60 * 24 * 365)]
    )
    unit = models.CharField(_("unit"), max_length=7, choices=Unit.choices, default=Unit.MINUTES)
    at = models.DateTimeField(_("fixed time"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = OfConferenceQuerySet["Rule"].as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["conference", "id"]

    def __str__(self) -> str:
        return self.when_words()

    def clean(self) -> None:
        super().clean()
        if self.timing == self.Timing.AT:
            self._check_fixed_time()
        else:
            self._check_distance()
        if self.text == self.Text.FOLLOW_UP:
            if self.timing not in self.AFTERWARDS:
                raise ValidationError({"text": _("Thanks are sent after the start or after the end.")})
        elif self.timing in self.AFTERWARDS:
            self._check_that_it_fires_before_the_end()

    def _check_fixed_time(self) -> None:
        if not self.at:
            raise ValidationError({"at": _("Please give the time.")})
        if (conference := self._known_conference()) and self.at >= conference.ends_at:
            words = _("This is after the conference; choose “after the end” for what is sent then.")
            raise ValidationError({"at": words})
        if self.at <= timezone.now() and self._is_new_time():
            words = _("This time has passed; to write now use “write to people” at the conference.")
            raise ValidationError({"at": words})

    def _check_distance(self) -> None:
        if self.amount is None or (self.timing == self.Timing.BEFORE and self.amount < 1):
            raise ValidationError({"amount": _("Please say how long.")})
        if self.distance > _FARTHEST:
            raise ValidationError({"amount": _("At most %(days)d days.") % {"days": _FARTHEST.days}})

    def _check_that_it_fires_before_the_end(self) -> None:
        """A reminder of a conference that is over is never sent."""
        conference = self._known_conference()
        if conference and self.fires_at(conference) >= conference.ends_at:
            words = _(
                "By then the conference is over; a reminder is sent before its end only. Choose “thanks afterwards” for"
                " what is sent then."
            )
            raise ValidationError({"text": words})

    def _is_new_time(self) -> bool:
        """Whether the fixed time is another than that which is saved."""
        saved = Rule.objects.filter(pk=self.pk).values_list("timing", "at").first() if self.pk else None
        return saved != (self.Timing.AT, self.at)

    def _known_conference(self) -> Conference | None:
        """The conference, also one that is being made on the same page; None while its times are not known."""
        conference = self._state.fields_cache.get("conference")
        if conference is None and self.conference_id:
            conference = self.conference
        return conference if conference and conference.starts_at and conference.ends_at else None

    @property
    def occasion(self) -> str:
        """What the outbox calls the messages of this rule."""
        return str(Ref("rule", self.pk))

    @property
    def distance(self) -> timedelta:
        """How long before or after the start, or after the end; zero for a fixed time."""
        return timedelta(**{self.unit: self.amount or 0})

    @property
    def current_round(self) -> "RuleRound | None":
        """The round in which the rule goes out now, or went out last; no query if the rounds are prefetched."""
        return max(self.rounds.all(), key=lambda one: one.pk, default=None)

    def fires_at(self, conference: Conference) -> datetime:
        """When the rule fires (UTC) for ``conference``, with the times that it has there.

        Days are days of the calendar here: one day before 08:00 is 08:00 of the day before.
        """
        if self.timing == self.Timing.AT:
            # The database has no rule at a fixed time without one.
            return cast(datetime, self.at)
        base = conference.ends_at if self.timing == self.Timing.AFTER_END else conference.starts_at
        sign = -1 if self.timing == self.Timing.BEFORE else 1
        if self.unit == self.Unit.DAYS:
            local = timezone.localtime(base).replace(tzinfo=None)
            return timezone.make_aware(local + sign * self.distance)
        return base + sign * self.distance

    def makes_sense_until(self, conference: Conference) -> datetime:
        """From when on (UTC) the message helps nobody, other rules left aside."""
        if self.timing in self.AFTERWARDS:
            late = self.fires_at(conference) + _LATE
            # Only thanks are said of what is over.
            return late if self.text == self.Text.FOLLOW_UP else min(late, conference.ends_at)
        if self.text == self.Text.STARTING:
            return min(conference.starts_at + _STARTED, conference.ends_at)
        if self.timing == self.Timing.AT and self.fires_at(conference) >= conference.starts_at:
            return conference.ends_at
        return conference.starts_at

    def when_words(self) -> str:
        """When the rule fires, in words: "1 day before the start"."""
        if self.timing == self.Timing.AT:
            return date_format(timezone.localtime(self.at), "DATETIME_FORMAT") if self.at else "–"
        duration = duration_words(int(self.distance.total_seconds()) // 60)
        if self.timing == self.Timing.AFTER_END:
            return str(_("%(duration)s after the end") % {"duration": duration} if self.amount else _("at the end"))
        if self.timing == self.Timing.AFTER:
            return str(_("%(duration)s after the start") % {"duration": duration})
        return str(_("%(duration)s before the start") % {"duration": duration})


class RuleRound(models.Model):
    """One time that a rule goes out: everybody whom it means gets its message once.

    A rule has no round before its time has come. It gets a new one when its conference starts at another time, and when
    it is put off to a later time after it has gone out; the newest is the current one.
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="rounds")
    # The start of the conference, and when the rule fires for it, as it was planned last.
    starts_at = models.DateTimeField()
    fires_at = models.DateTimeField()
    # The later time to which the rule was put off, if this round says the same a second time for the same start.
    put_off_to = models.DateTimeField(null=True)
    # The route of the rule when this round began.
    route = models.CharField(max_length=40)
    # When the planner last looked for new people, and when at everybody; empty: it looks at everybody the next time.
    planned_at = models.DateTimeField()
    everybody_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Two planners begin one round, not two. A database takes two empty times for different ones.
            models.UniqueConstraint(fields=["rule", "starts_at", "put_off_to"], name="rule_round_put_off_once"),
            models.UniqueConstraint(fields=["rule", "starts_at"], condition=Q(put_off_to=None), name="rule_round_once"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """How the unique keys of its messages begin. The start is part of it: for another start people get it anew."""
        key = f"{self.rule.occasion}/{int(self.starts_at.timestamp())}"
        return f"{key}/{int(self.put_off_to.timestamp())}" if self.put_off_to else key

    def is_put_off_to(self, moment: datetime) -> bool:
        """Whether ``moment`` is a later time than that at which the rule has gone out in this round."""
        return moment != self.fires_at and moment > self.planned_at
