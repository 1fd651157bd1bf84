"""Questions from the floor: what people ask, who supports it, and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bridges.models import BridgePoint
from conference.models import Conference
from control.models.run_of_show import Cue
from registrations.models import Delegate
from registrations.tokens import LinkHolder, LinkHolderQuerySet, address

#: Characters of a question, and of what is written in answer.
MOST_LETTERS = 500
MOST_OF_AN_ANSWER = 3000


class Floor(LinkHolder):
    """What is set for the questions and polls of a conference, and the link to the screen in the hall.

    ``version`` changes with whatever people, rooms and the screen are shown: they ask for it every few seconds.
    """

    LINK_PURPOSE = "screen"

    class Names(models.TextChoices):
        POINT = "point", _("only the bridge point")
        PERSON = "person", _("name, organisation and bridge point")

    conference = models.OneToOneField(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="+"
    )
    version = models.PositiveBigIntegerField(default=0, editable=False)
    names = models.CharField(
        _("shown of whoever asks"), max_length=10, choices=Names.choices, default=Names.POINT.value
    )

    objects = LinkHolderQuerySet["Floor"].as_manager()

    class Meta:
        verbose_name = _("questions and polls")
        verbose_name_plural = _("questions and polls")
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="screen_link")]

    def __str__(self) -> str:
        return f"{self.conference_id}: {self.version}"

    @property
    def url(self) -> str:
        """The address of the screen in the hall."""
        return f"{settings.SITE_URL}{address('control:screen', self.token)}"


class FloorQuestionQuerySet(models.QuerySet["FloorQuestion"]):
    """Questions asked of questions."""

    def leading(self) -> "FloorQuestionQuerySet":
        """Those that stand for themselves: not merged into another."""
        return self.filter(merged_into=None)

    def shown(self) -> "FloorQuestionQuerySet":
        """Those that everybody may read, in the order in which they are called."""
        return self.leading().filter(state__in=FloorQuestion.SHOWN)

    def with_who(self) -> "FloorQuestionQuerySet":
        """With what is said of whoever asked."""
        return self.select_related("point", "called_point", "delegate__registration__organisation", "cue")


class FloorQuestion(models.Model):
    """What one person asked. One that is merged into another keeps its words and its asker."""

    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("question", "new")
        CHOSEN = "chosen", pgettext_lazy("question", "chosen")
        CALLED = "called", pgettext_lazy("question", "called")
        ANSWERED = "answered", pgettext_lazy("question", "answered")
        WRITTEN = "written", pgettext_lazy("question", "answered in writing")
        ASIDE = "aside", pgettext_lazy("question", "set aside")
        #: By whoever asked it.
        TAKEN_BACK = "withdrawn", pgettext_lazy("question", "taken back")

    #: What everybody may read. What is new or set aside, only whoever asked it, and staff.
    SHOWN = (State.CHOSEN, State.CALLED, State.ANSWERED)
    #: What waits for the hall: a person may have a few of these.
    WAITING = (State.NEW, State.CHOSEN)

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="floor_questions"
    )
    #: Made by the page that asks, so that what is sent twice is one.
    uid = models.UUIDField(editable=False)
    #: Who asked by their personal link; None: a room asked for somebody, or their data are erased.
    delegate = models.ForeignKey(
        Delegate,
        verbose_name=_("delegate"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="floor_questions",
    )
    point = models.ForeignKey(
        BridgePoint,
        verbose_name=_("bridge point"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="floor_questions",
    )
    #: As a room typed them.
    name = models.CharField(_("full name"), max_length=150, blank=True)
    unit = models.CharField(_("organisation"), max_length=250, blank=True)
    text = models.TextField(_("question"), max_length=MOST_LETTERS)
    #: As the organisers word it; empty: as it was asked.
    wording = models.TextField(_("wording"), max_length=MOST_LETTERS, blank=True)
    to = models.CharField(pgettext_lazy("question", "to whom"), max_length=150, blank=True)
    cue = models.ForeignKey(
        Cue,
        verbose_name=pgettext_lazy("question", "about"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.NEW)
    position = models.PositiveIntegerField(_("order"), default=0)
    #: How often it was changed: a press names the number that it was made for.
    version = models.PositiveIntegerField(default=0, editable=False)
    merged_into = models.ForeignKey(
        "self", verbose_name=_("merged into"), on_delete=models.SET_NULL, null=True, blank=True, related_name="merged"
    )
    asked_at = models.DateTimeField(_("asked at"))
    called_at = models.DateTimeField(_("called at"), null=True, blank=True)
    #: Which room it is called from.
    called_point = models.ForeignKey(
        BridgePoint,
        verbose_name=_("called from"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answer = models.TextField(_("answer in writing"), max_length=MOST_OF_AN_ANSWER, blank=True)

    objects = FloorQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question from the floor")
        verbose_name_plural = _("questions from the floor")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["conference", "state", "position", "id"], name="floor_question_in_order")]
        constraints = [
            models.UniqueConstraint(fields=["conference", "uid"], name="floor_question_once"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="floor_question_not_into_itself"
            ),
        ]

    def __str__(self) -> str:
        # Stands in logs, which are not erased: no words of a person.
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_waiting(self) -> bool:
        """Whether it still waits for the hall, by itself or in the one that it was merged into."""
        return (self.merged_into or self).state in self.WAITING

    @property
    def may_be_separated(self) -> bool:
        """Whether it is merged into one that was not answered in writing: the answer goes to everybody who asked."""
        return self.merged_into is not None and not self.merged_into.answer

    @property
    def words(self) -> str:
        """What is read out."""
        return self.wording or self.text

    @property
    def person(self) -> str:
        """Who asked; "" if nobody knows any more. For staff, and for everybody where the organisers show names."""
        return self.delegate.full_name if self.delegate else self.name

    @property
    def organisation(self) -> str:
        """Of whom they are; "" if nobody said."""
        return self.delegate.registration.organisation.name if self.delegate else self.unit

    @property
    def who(self) -> str:
        """Who asked, of whom and from where, for staff: name, organisation and point as far as they are known."""
        place = self.point.label if self.point else ""
        return ", ".join(part for part in (self.person, self.organisation, place) if part)


class Support(models.Model):
    """Somebody wants a question to be called: by their personal link, once."""

    question = models.ForeignKey(
        FloorQuestion, verbose_name=_("question"), on_delete=models.CASCADE, related_name="supports"
    )
    delegate = models.ForeignKey(
        Delegate, verbose_name=_("delegate"), on_delete=models.CASCADE, related_name="floor_supports"
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("support of a question")
        verbose_name_plural = _("supports of questions")
        constraints = [models.UniqueConstraint(fields=["question", "delegate"], name="support_once")]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.delegate_id}"
