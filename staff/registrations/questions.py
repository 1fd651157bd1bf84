"""The organiser's own questions, on the page of their conference."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from registrations.models import Question
from staff.edit_conflicts import StaffInlineFormSet, StaffModelForm
from staff.scoped import ScopedInline


class QuestionForm(StaffModelForm):
    """One question."""

    class Meta:
        model = Question
        exclude = ()
        widgets = {"choices": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}


class QuestionFormSet(StaffInlineFormSet):
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
