"""The run of show (kịch bản điều hành): who speaks when, from where, for how long, and what became of it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bridges.models import BridgePoint
from conference.models import Conference, ProgrammeItem
from messaging.of_conference import OfConferenceQuerySet

#: Twelve hours: what is longer is a slip of the finger.
MOST_MINUTES = 720


class Show(models.Model):
    """How often the run of show of a conference has changed: each press names the number that it was made for."""

    conference = models.OneToOneField(Conference, on_delete=models.CASCADE, primary_key=True, related_name="+")
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.conference_id}: {self.version}"


class Cue(models.Model):
    """One part of the run of show. Which one runs now follows from the moments: begun, and not ended."""

    class Way(models.TextChoices):
        IN_PERSON = "in_person", _("in person")
        VIDEO = "video", pgettext_lazy("cue", "by video")

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="cues"
    )
    item = models.ForeignKey(
        ProgrammeItem,
        verbose_name=_("programme item"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="cues",
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    title = models.CharField(pgettext_lazy("cue", "what"), max_length=250)
    who = models.CharField(_("who"), max_length=250, blank=True)
    point = models.ForeignKey(
        BridgePoint,
        verbose_name=pgettext_lazy("cue", "from"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="cues",
    )
    way = models.CharField(pgettext_lazy("cue", "how"), max_length=10, choices=Way.choices, default=Way.IN_PERSON)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=5, validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)]
    )
    # A hard start: not before this moment. None: as soon as the one before has ended.
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    notes = models.TextField(_("notes for the chair"), blank=True, max_length=2000)
    is_skipped = models.BooleanField(_("left out"), default=False)
    # Given (or taken) while it runs; the plan stays as it was.
    extra_minutes = models.SmallIntegerField(default=0, editable=False)
    started_at = models.DateTimeField(_("begun at"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    objects = OfConferenceQuerySet["Cue"].as_manager()

    class Meta:
        verbose_name = pgettext_lazy("run of show", "cue")
        verbose_name_plural = pgettext_lazy("run of show", "cues")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["conference", "position", "id"], name="cue_in_order")]
        constraints = [
            models.UniqueConstraint(
                fields=["conference"], condition=Q(started_at__isnull=False, ended_at=None), name="one_cue_runs"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(started_at__isnull=False), name="what_ended_had_begun"
            ),
            models.CheckConstraint(
                condition=Q(is_skipped=False) | Q(started_at=None), name="what_is_left_out_has_not_begun"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_running(self) -> bool:
        """Whether it has begun and not ended."""
        return self.started_at is not None and self.ended_at is None

    @property
    def is_upcoming(self) -> bool:
        """Whether it is still to come."""
        return self.started_at is None and not self.is_skipped


class ShowPress(models.Model):
    """A press at the controls that was carried out: written once, never changed. Rehearsals leave none."""

    class What(models.TextChoices):
        START = "start", pgettext_lazy("press", "started")
        NEXT = "next", pgettext_lazy("press", "next")
        END = "end", pgettext_lazy("press", "ended")
        BACK = "back", pgettext_lazy("press", "taken back")
        LONGER = "longer", pgettext_lazy("press", "a minute more")
        SHORTER = "shorter", pgettext_lazy("press", "a minute less")
        SKIP = "skip", pgettext_lazy("press", "left out")
        TAKE_IN = "take_in", pgettext_lazy("press", "taken in again")

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="show_presses")
    pressed_at = models.DateTimeField(_("pressed at"))
    #: None: whoever it was has no account any more.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("press", "by"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
    )
    what = models.CharField(pgettext_lazy("press", "what"), max_length=10, choices=What.choices)
    #: What it was done to, as it was called then: the part itself may be renamed or deleted.
    part = models.CharField(pgettext_lazy("run of show", "cue"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("press at the controls")
        verbose_name_plural = _("presses at the controls")
        ordering = ["-pressed_at", "-id"]
        indexes = [models.Index(fields=["conference", "-pressed_at", "-id"], name="show_press_in_order")]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.part}"


class Rehearsal(models.Model):
    """A run of show that is tried out: its own number for presses, and when its clock was set going."""

    conference = models.OneToOneField(Conference, on_delete=models.CASCADE, primary_key=True, related_name="+")
    version = models.PositiveBigIntegerField(default=0)
    #: At this moment the rehearsal's clock stood at the planned start. None: nothing has been pressed yet.
    began_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.conference_id}: {self.version}"


class RehearsedCue(models.Model):
    """What became of a cue in the rehearsal, by the rehearsal's clock; the cue itself knows nothing of it."""

    cue = models.OneToOneField(Cue, on_delete=models.CASCADE, primary_key=True, related_name="rehearsed")
    is_skipped = models.BooleanField(default=False)
    extra_minutes = models.SmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.cue)
