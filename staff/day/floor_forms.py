"""What is typed at the chair's table: a wording, an answer in writing, a question for somebody, a poll."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.fields import CleanTextFormMixin, LineField
from control.models.floor import MOST_LETTERS, MOST_OF_AN_ANSWER
from control.polls import clean_options
from control.presses import PressRefused
from staff.workspace.access import Workspace


class WordingForm(CleanTextFormMixin, forms.Form):
    """How a question reads for everybody; empty: as it was asked."""

    wording = forms.CharField(
        label=_("Wording"), max_length=MOST_LETTERS, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class AnswerForm(CleanTextFormMixin, forms.Form):
    """An answer in writing."""

    answer = forms.CharField(
        label=_("Answer in writing"), max_length=MOST_OF_AN_ANSWER, widget=forms.Textarea(attrs={"rows": 6})
    )


class AskForForm(forms.Form):
    """A question of somebody who has no device at hand."""

    name = LineField(label=_("Full name"), max_length=150)
    unit = LineField(label=_("Organisation"), max_length=250, required=False)
    text = forms.CharField(label=_("Question"), max_length=MOST_LETTERS, widget=forms.Textarea(attrs={"rows": 3}))
    to = LineField(label=pgettext_lazy("question", "To whom"), max_length=150, required=False)

    def __init__(self, data: Any, workspace: Workspace) -> None:
        super().__init__(data, auto_id="ask-%s")
        points = [(pk, point.label) for pk, point in workspace.scope.points.items()]
        self.fields["point"] = forms.TypedChoiceField(label=_("Bridge point"), coerce=int, choices=points)


class PollForm(CleanTextFormMixin, forms.Form):
    """A poll: what is asked, and its options, one a line."""

    question = LineField(label=_("Question"), max_length=250)
    options = forms.CharField(
        label=_("Options"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("One a line, two to six.")
    )

    def clean_options(self) -> list[str]:
        """The options as a list."""
        try:
            return clean_options(self.cleaned_data["options"].splitlines())
        except PressRefused as why:
            raise ValidationError(str(why)) from None
