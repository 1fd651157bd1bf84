"""The organiser's own questions on the page of their conference; what people answered on that of a registration."""

from collections.abc import Iterable

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from common.fields import CleanTextFormMixin
from registrations.models import Interest, Question, Registration
from staff.scoped import ScopedInline


class QuestionForm(CleanTextFormMixin, forms.ModelForm):
    """One question."""

    class Meta:
        model = Question
        exclude = ()
        widgets = {"choices": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}


class QuestionFormSet(forms.BaseInlineFormSet):
    """Refuses to delete what people have answered."""

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            if form.instance.pk and form.instance.answers.exists():
                raise ValidationError(
                    _("“%(question)s” has been answered: take it out of the form instead of deleting it.")
                    % {"question": form.instance.text}
                )


class QuestionInline(ScopedInline, admin.StackedInline):
    model = Question
    form = QuestionForm
    formset = QuestionFormSet
    extra = 1

    class Media:
        css = {"all": ["css/staff.css"]}

    fieldsets = (
        (
            None,
            {"fields": ("text", "help_text", ("kind", "asked"), "choices", ("is_required", "is_active", "position"))},
        ),
    )


class AnsweredMixin:
    """What a registration answered, on its page."""

    @admin.display(description=_("sells or looks for"))
    def interests_said(self, registration: Registration) -> str:
        rows = registration.interests.select_related("product")
        return format_html('<ul class="dc-said">{}</ul>', _items(map(_interest_words, rows))) if rows else "–"

    @admin.display(description=_("answers"))
    def answers_said(self, registration: Registration) -> str:
        rows = [
            format_html("{}{}: <strong>{}</strong>", f"{a.delegate} – " if a.delegate else "", a.question, a.words)
            for a in registration.answers.select_related("question", "delegate").order_by(
                "delegate_id", "question__position", "question_id"
            )
        ]
        return format_html('<ul class="dc-said">{}</ul>', _items(rows)) if rows else "–"


def _items(rows: Iterable[str]) -> SafeString:
    return format_html_join("", "<li>{}</li>", ((row,) for row in rows))


def _interest_words(interest: Interest) -> str:
    certificates = dict(Interest.Certificate.choices)
    stars = _g("OCOP %(count)d stars") % {"count": interest.ocop_stars} if interest.ocop_stars else ""
    facts = (
        str(interest).strip(),
        interest.amount,
        interest.season,
        *(str(certificates.get(name, name)) for name in interest.certificates),
        stars,
    )
    return ", ".join(fact for fact in facts if fact)
