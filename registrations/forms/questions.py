"""The organiser's own questions as form fields."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from common.fields import LineField
from registrations.models import Question

_NUMBER = re.compile(r"[+-]?\d[\d., ]*")
PLEASE_ANSWER = _("Please answer this question.")


class NumberLineField(LineField):
    """A number, kept as it was typed: 1.000 and 1,5 mean different things to different people."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if text and not _NUMBER.fullmatch(text):
            raise forms.ValidationError(_("Please give a number."))
        return text


def name_of(question: Question) -> str:
    """The name of the field of ``question``."""
    return f"question-{question.pk}"


def field_for(question: Question, *, required: bool) -> forms.Field:
    """The field of ``question``; ``required`` is what the browser insists on as well."""
    common: dict[str, Any] = {
        "label": question.text,
        "help_text": question.help_text,
        "required": required,
        "error_messages": {"required": PLEASE_ANSWER},
    }
    kind = Question.Kind(question.kind)
    if kind in (Question.Kind.CHOICE, Question.Kind.YES_NO):
        options: list[tuple[str, Any]] = [("yes", capfirst(_("yes"))), ("no", capfirst(_("no")))]
        if kind == Question.Kind.CHOICE:
            options = [(option, option) for option in question.options]
        field: Any = forms.ChoiceField(
            choices=[("", _("Please choose")), *options],
            **{**common, "error_messages": {"required": PLEASE_ANSWER, "invalid_choice": _("Please choose again.")}},
        )
    elif kind == Question.Kind.NUMBER:
        widget = forms.TextInput(attrs={"inputmode": "decimal"})
        field = NumberLineField(max_length=40, widget=widget, **common)
    else:
        field = LineField(max_length=1000, **common)
    field.is_optional = not question.is_required
    made: forms.Field = field
    return made


def answers_in(cleaned: dict[str, Any], questions: Iterable[Question]) -> dict[int, str]:
    """What ``cleaned`` answers to ``questions``, by their numbers; "" is no answer."""
    return {question.pk: cleaned.get(name_of(question)) or "" for question in questions}
