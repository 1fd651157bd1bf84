"""Forms of the administration about messages."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTextareaWidget, AdminTextInputWidget
from django.db.models import Q, QuerySet
from django.template import loader
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint, Kind, Province
from common.fields import MomentField
from conference.models import Conference
from messaging import message_kinds, previews, routes
from messaging.models import Announcement, Rule, Template
from messaging.reminders import rule_changes
from messaging.texts.defaults import Text
from messaging.texts.placeholders import fault_in
from registrations.models import Organisation, Registration
from staff.edit_conflicts import StaffInlineFormSet, StaffModelForm

#: The fields that say to whom a message goes.
AUDIENCE_FIELDS = ("to_confirmed", "to_waitlisted", "to_coordinators", "to_technicians")
#: Those that narrow the people who have registered; a message to people has them, a reminder has not.
NARROWING_FIELDS = ("organisation_kinds", "provinces", "trade", "presence", "not_opened")


class Checks(forms.CheckboxSelectMultiple):
    """Check boxes side by side, as one named group."""

    def __init__(self, label: Any) -> None:
        super().__init__()
        self.label = label

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict[str, Any]:
        # The help text follows the group; at each of its boxes it would be read out again and again.
        attrs = {key: text for key, text in (attrs or {}).items() if key != "aria-describedby"}
        return {**super().get_context(name, value, attrs), "label": self.label}

    def render(self, name: str, value: Any, attrs: dict | None = None, renderer: Any = None) -> SafeString:
        # The forms' own renderer does not look into the site's folder of templates.
        template = loader.get_template("staff/messages/checks.html")
        return mark_safe(template.render(self.get_context(name, value, attrs)))


class Moment(AdminSplitDateTime):
    """Django's date and time, each with a name for those who do not see the words beside it."""

    def __init__(self) -> None:
        super().__init__()
        for part, label in zip(self.widgets, (_("date"), _("time of day")), strict=True):
            part.attrs["aria-label"] = label


def _some_kinds(label: Any, choices: Any) -> forms.MultipleChoiceField:
    """A choice among kinds of something; none chosen means all of them."""
    return forms.MultipleChoiceField(
        label=capfirst(label),
        choices=choices,
        required=False,
        widget=Checks(label),
        help_text=_("None chosen: all kinds."),
    )


def _some_rows(label: Any, model: Any, help_text: Any) -> "forms.ModelMultipleChoiceField[Any]":
    """A choice among rows of ``model``; which can be chosen, the form says later."""
    return forms.ModelMultipleChoiceField(
        label=capfirst(label),
        queryset=model.objects.none(),
        required=False,
        widget=Checks(label),
        help_text=help_text,
    )


class AudienceForm(StaffModelForm):
    """Who gets it and by which route; ``conference`` of the form or of its formset gives the points."""

    kinds = _some_kinds(_("kinds of bridge point"), Kind.choices)
    points = _some_rows(_("bridge points"), BridgePoint, _("None chosen: all."))
    route = forms.ChoiceField(label=capfirst(_("by")), choices=routes.choices, initial=routes.BOTH)

    def offer(self, points: QuerySet[BridgePoint], shown: list[tuple[int, str]]) -> None:
        """Let ``points`` be chosen; ``shown`` are the same, read already."""
        field = self.fields.get("points")
        if field is not None:
            cast("forms.ModelMultipleChoiceField[Any]", field).queryset = points
            field.widget.choices = shown


class RuleForm(AudienceForm):
    """A reminder rule."""

    at = MomentField(label=capfirst(_("fixed time")), required=False, widget=Moment)
    amount = forms.IntegerField(
        label=capfirst(_("how many")),
        required=False,
        min_value=0,
        max_value=60 * 24 * 365,
        widget=forms.NumberInput(attrs={"class": "dc-short"}),
    )

    class Meta:
        model = Rule
        fields = (
            "text", "timing", "amount", "unit", "at", "to_confirmed", "to_waitlisted", "to_coordinators",
            "to_technicians", "kinds", "points", "route", "is_active",
        )  # fmt: skip
        # Said once in words by what each rule shows under “goes out”.
        help_texts = {"text": ""}


class RuleFormSet(StaffInlineFormSet):
    """The rules of a conference; its points are read once for all of them."""

    @cached_property
    def _points(self) -> tuple[QuerySet[BridgePoint], list[tuple[int, str]]]:
        points = BridgePoint.objects
        found = points.filter(conference=self.instance) if self.instance.pk else points.none()
        return found, [(point.pk, point.label) for point in found]

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        # The one that is read already, and that may be changed on the same page.
        form.instance.conference = self.instance
        cast(RuleForm, form).offer(*self._points)

    def save_existing(self, form: forms.ModelForm, obj: Rule, commit: bool = True) -> Rule:
        rule: Rule = super().save_existing(form, obj, commit)
        if commit:
            rule_changes.apply_change(rule=rule, now=timezone.now())
        return rule

    def delete_existing(self, obj: Rule, commit: bool = True) -> None:
        if commit:
            rule_changes.delete_rule(rule=obj)


class AnnouncementForm(AudienceForm):
    """The draft of a message to people. The class is derived for one ``conference`` each time."""

    conference: Conference

    # Zalo takes approved templates only, no text of today.
    route = forms.ChoiceField(
        label=capfirst(_("by")),
        choices=[(code, label) for code, label in routes.ROUTES.items() if "zalo" not in code],
        initial=routes.BOTH,
    )
    organisation_kinds = _some_kinds(_("kinds of organisation"), Organisation.Kind.choices)
    provinces = _some_rows(
        _("provinces"), Province, _("None chosen: all. Those from which somebody has registered can be chosen.")
    )
    send_at = MomentField(
        label=capfirst(_("send at")),
        required=False,
        widget=Moment,
        help_text=_("Empty: as soon as confirmed."),
    )

    class Meta:
        model = Announcement
        fields = (
            "subject", "text", "sms_text", "keep_accents", "to_confirmed", "to_waitlisted", "to_coordinators",
            "to_technicians", "to_guests", "kinds", "points", *NARROWING_FIELDS, "route", "send_at",
        )  # fmt: skip
        help_texts = {
            "not_opened": _(
                "Of those who registered on the site themselves; of others it is not known whether they have opened it."
            ),
            "presence": _("Known from the day of the conference on."),
        }
        widgets = {
            "subject": AdminTextInputWidget(attrs={"data-placeholders": "1"}),
            "text": AdminTextareaWidget(attrs={"data-placeholders": "1", "rows": 12}),
            "sms_text": AdminTextareaWidget(attrs={"data-placeholders": "1", "rows": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Whether it is demanded depends on the way it goes: nobody is told that it may stay empty.
        # A confirmed message has none of its texts to be changed.
        for name in {"text", "sms_text"} & set(self.fields):
            cast(Any, self.fields[name]).depends = True
        self.instance.conference = self.conference
        points = BridgePoint.objects.filter(conference=self.conference)
        self.offer(points, [(point.pk, point.label) for point in points])
        # Of a message that was confirmed nothing can be chosen.
        if "provinces" in self.fields:
            self._offer_provinces()
        for name in {"trade", "presence"} & set(self.fields):
            cast(forms.ChoiceField, self.fields[name]).choices = _with_everybody(self.fields[name])

    def _offer_provinces(self) -> None:
        """Let those be chosen from which somebody has registered, and those that are chosen already."""
        here = Registration.objects.filter(conference=self.conference).order_by()
        offered = Q(pk__in=here.values("organisation__province"))
        if self.instance.pk:
            offered |= Q(pk__in=self.instance.provinces.order_by().values("pk"))
        field: Any = self.fields["provinces"]
        field.queryset = Province.objects.filter(offered)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        text = Text("", cleaned.get("sms_text") or "", bool(cleaned.get("keep_accents")))
        _refuse_long_sms(self, "sms_text", text, self.conference, message_kinds.ANNOUNCEMENT, settings.LANGUAGE_CODE)
        return cleaned

    def is_valid(self) -> bool:
        """Whether it can be saved: not if somebody only wants to see how it reads."""
        return super().is_valid() and "_preview" not in self.data


def _with_everybody(field: Any) -> list[tuple[str, Any]]:
    """The choices of ``field``, in which none chosen means everybody."""
    return [("", _("everybody")), *(choice for choice in field.choices if choice[0])]


class TemplateForm(StaffModelForm):
    """A conference's own text; its kind, channel and language stand in the instance."""

    # Two may write the conference's first text of a kind at the same time.
    carries_new = True

    class Meta:
        model = Template
        fields = ("subject", "body", "keep_accents")
        widgets = {
            "subject": AdminTextInputWidget(attrs={"data-placeholders": "1"}),
            "body": AdminTextareaWidget(attrs={"data-placeholders": "1"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channel = self.instance.channel
        if channel == "sms":
            del self.fields["subject"]
            self.fields["body"].widget.attrs["rows"] = 6
            self.fields["keep_accents"].help_text = _("Then one part holds 70 characters, not 160.")
            return
        del self.fields["keep_accents"]
        self.fields["body"].widget.attrs["rows"] = 22 if channel == "email" else 10
        if channel == "zalo":
            self.fields["subject"].label = capfirst(_("number of the approved template"))
            self.fields["body"].help_text = _("One line for each parameter of the template, such as: name: {name}")

    def merge(self) -> None:
        if not (self.is_new and self.changed_meanwhile()):
            super().merge()
            return
        self.count_as_drawn_now()
        words = _(
            "Meanwhile somebody has gone back to our default text. Press the button again to store yours in its place."
        )
        self.add_error(None, words)

    def was_changed_meanwhile(self) -> bool:
        """Whether somebody else has stored something since it was drawn; then that is said, once."""
        if not self.changed_meanwhile():
            return False
        self.full_clean()
        words = _("Meanwhile somebody has changed this text. Press the button again to go back to our default.")
        self.add_error(None, words)
        return True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.channel == "sms":
            text = Text("", cleaned.get("body") or "", bool(cleaned.get("keep_accents")))
            _refuse_long_sms(self, "body", text, self.instance.conference, self.instance.kind, self.instance.language)
        return cleaned


def _refuse_long_sms(
    form: forms.ModelForm, field: str, text: Text, conference: Conference, kind: str, language: str
) -> None:
    # Every other fault is said by the model itself.
    if field not in form.cleaned_data or fault_in(text.body, kind):
        return
    if problem := previews.problem_of_sms(text, conference, kind, language):
        form.add_error(field, problem)
