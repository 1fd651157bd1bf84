"""Polls: a question with a few options, votes from own devices, and hands that rooms count."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bridges.models import BridgePoint
from conference.models import Conference
from registrations.models import Delegate

FEWEST_OPTIONS, MOST_OPTIONS = 2, 6


class Poll(models.Model):
    """One question to everybody. Its options are fixed once it is open: votes name them by their place."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("poll", "draft")
        OPEN = "open", pgettext_lazy("poll", "open")
        CLOSED = "closed", pgettext_lazy("poll", "closed")
        PUBLISHED = "published", pgettext_lazy("poll", "result published")

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="polls"
    )
    question = models.CharField(_("question"), max_length=250)
    options = models.JSONField(_("options"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    #: How often it was changed: a press names the number that it was made for.
    version = models.PositiveIntegerField(default=0, editable=False)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    #: For each option [hands, devices], as it was published: 2,500 phones read it within seconds.
    result = models.JSONField(_("result"), default=list)

    class Meta:
        verbose_name = _("poll")
        verbose_name_plural = _("polls")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["conference"], condition=Q(state="open"), name="one_poll_is_open"),
        ]

    def __str__(self) -> str:
        return self.question


class Vote(models.Model):
    """What somebody chose by their personal link: one each, the last counts while the poll is open."""

    poll = models.ForeignKey(Poll, verbose_name=_("poll"), on_delete=models.CASCADE, related_name="votes")
    #: None: their data are erased; what they chose stays counted.
    delegate = models.ForeignKey(
        Delegate, verbose_name=_("delegate"), on_delete=models.SET_NULL, null=True, blank=True, related_name="votes"
    )
    #: Where they were registered when they voted.
    point = models.ForeignKey(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: The place of the option, from 0.
    option = models.PositiveSmallIntegerField(_("option"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [models.UniqueConstraint(fields=["poll", "delegate"], name="vote_once")]

    def __str__(self) -> str:
        return f"{self.poll_id}: {self.option}"


class Hands(models.Model):
    """How many hands a room counted for an option; the number that was counted last holds."""

    poll = models.ForeignKey(Poll, verbose_name=_("poll"), on_delete=models.CASCADE, related_name="hands")
    point = models.ForeignKey(BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, related_name="+")
    option = models.PositiveSmallIntegerField(_("option"))
    count = models.PositiveIntegerField(_("hands"))
    counted_at = models.DateTimeField(_("counted at"))

    class Meta:
        verbose_name = _("raised hands")
        verbose_name_plural = _("raised hands")
        constraints = [models.UniqueConstraint(fields=["poll", "point", "option"], name="hands_once")]

    def __str__(self) -> str:
        return f"{self.poll_id}: {self.option}: {self.count}"
