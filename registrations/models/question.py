"""Questions of the organiser's own, and what people answered."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conference.models import Conference
from registrations.models.delegate import Delegate
from registrations.models.registration import Registration


class Question(models.Model):
    """One question of a conference, asked in the form once for the organisation or for each delegate."""

    class Kind(models.TextChoices):
        TEXT = "text", pgettext_lazy("kind of answer", "text")
        NUMBER = "number", pgettext_lazy("kind of answer", "number")
        CHOICE = "choice", _("choice")
        YES_NO = "yes_no", _("yes or no")

    class Asked(models.TextChoices):
        ORGANISATION = "organisation", _("once, of the organisation")
        DELEGATE = "delegate", _("of each delegate")

    conference = models.ForeignKey(
        Conference, verbose_name=_("conference"), on_delete=models.CASCADE, related_name="questions"
    )
    text = models.CharField(_("question"), max_length=200)
    help_text = models.CharField(_("explanation"), max_length=300, blank=True)
    kind = models.CharField(_("kind of answer"), max_length=8, choices=Kind.choices, default=Kind.TEXT)
    choices = models.TextField(_("choices"), blank=True, max_length=2000, help_text=_("One a line."))
    asked = models.CharField(_("asked"), max_length=12, choices=Asked.choices, default=Asked.ORGANISATION)
    is_required = models.BooleanField(_("must be answered"), default=False)
    is_active = models.BooleanField(_("in the form"), default=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.text

    def clean(self) -> None:
        super().clean()
        if self.kind == self.Kind.CHOICE and len(self.options) < 2:
            raise ValidationError({"choices": _("Please write at least two choices, one a line.")})

    @property
    def options(self) -> list[str]:
        """The choices, empty lines and repetitions left out."""
        return list(dict.fromkeys(line.strip()[:200] for line in self.choices.splitlines() if line.strip()))


class Answer(models.Model):
    """What was answered; numbers as typed, yes and no as "yes" and "no"."""

    registration = models.ForeignKey(
        Registration, verbose_name=_("registration"), on_delete=models.CASCADE, related_name="answers"
    )
    delegate = models.ForeignKey(
        Delegate, verbose_name=_("delegate"), on_delete=models.CASCADE, null=True, blank=True, related_name="answers"
    )
    question = models.ForeignKey(Question, verbose_name=_("question"), on_delete=models.CASCADE, related_name="answers")
    value = models.TextField(_("answer"), max_length=1000)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["question__position", "question_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "question"], condition=Q(delegate=None), name="answer_once_by_organisation"
            ),
            models.UniqueConstraint(
                fields=["delegate", "question"], condition=~Q(delegate=None), name="answer_once_by_delegate"
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """The answer as people read it."""
        if self.question.kind == Question.Kind.YES_NO:
            return str(_("yes") if self.value == "yes" else _("no"))
        return self.value
