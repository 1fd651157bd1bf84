"""Rounds in which the lines of all bridge points are tested, and what each test has shown."""

from django.conf import settings
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from bridges.models.points import BridgePoint
from conference.models import Conference


class TestRound(models.Model):
    """A named day on which every point tests its line: *vòng thử đường truyền*, *tổng duyệt*."""

    # Its name makes it no test of ours.
    __test__ = False

    class Kind(models.TextChoices):
        LINES = "lines", _("line test round")
        REHEARSAL = "rehearsal", _("full rehearsal")

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="test_rounds"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.LINES)
    name = models.CharField(
        _("name"), max_length=100, blank=True, help_text=_("Such as Round 1. Empty: as the kind says.")
    )
    starts_at = models.DateTimeField(pgettext_lazy("of a test round", "starts at"))
    note = models.TextField(
        _("what to know"), blank=True, max_length=1000, help_text=_("Stands in the reminder to technicians.")
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("test round")
        verbose_name_plural = _("test rounds")
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["conference", "starts_at"], name="test_round_listed")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Its name, else its kind."""
        return self.name or capfirst(self.get_kind_display())


class Check(models.TextChoices):
    """What one of the checks of a line test has shown."""

    NOT_YET = "not_yet", _("not yet")
    OK = "ok", _("good")
    BAD = "bad", _("bad")


class LineTest(models.Model):
    """What the line of one point has shown in one round."""

    #: Without each of these nobody can take part; the spare line is open work, and no reason to fail.
    CHECKS = ("picture", "sound", "return_sound")
    ALL_CHECKS = (*CHECKS, "spare_line")

    test_round = models.ForeignKey(
        TestRound, verbose_name=_("test round"), on_delete=models.CASCADE, related_name="tests"
    )
    bridge_point = models.ForeignKey(
        BridgePoint, verbose_name=_("bridge point"), on_delete=models.CASCADE, related_name="line_tests"
    )
    picture = models.CharField(_("picture"), max_length=7, choices=Check.choices, default=Check.NOT_YET)
    sound = models.CharField(_("sound"), max_length=7, choices=Check.choices, default=Check.NOT_YET)
    return_sound = models.CharField(
        _("return sound"),
        max_length=7,
        choices=Check.choices,
        default=Check.NOT_YET,
        help_text=_("Whether the point hears the main hall."),
    )
    spare_line = models.CharField(_("spare line"), max_length=7, choices=Check.choices, default=Check.NOT_YET)
    result = models.CharField(
        _("result"), max_length=10, choices=BridgePoint.LineState.choices, default=BridgePoint.LineState.UNTESTED
    )
    tested_with = models.CharField(
        _("tested with"), max_length=150, blank=True, help_text=_("Who was at the other end, with their phone.")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    tested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("entered by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    tested_at = models.DateTimeField(_("tested at"), null=True, blank=True, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("line test")
        verbose_name_plural = _("line tests")
        constraints = [models.UniqueConstraint(fields=["test_round", "bridge_point"], name="line_test_once")]

    def __str__(self) -> str:
        return f"{self.test_round}: {self.bridge_point}"
