"""The reminders of a conference, on its page, and when each goes out."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from conference.models import Conference
from messaging import previews, routes
from messaging.models import Rule
from messaging.reminders import planning
from messaging.time_words import moment_words
from staff.messages.forms import AUDIENCE_FIELDS, RuleForm, RuleFormSet
from staff.scoped import ScopedInline


class RuleInline(ScopedInline, admin.StackedInline):
    """The reminders of a conference, each with the moment at which it goes out, by channel."""

    model = Rule
    form = RuleForm
    formset = RuleFormSet
    extra = 0
    readonly_fields = ("goes_out",)

    class Media:
        css = {"all": ["css/messages.css"]}
        js = ["js/messages.js"]

    def get_fieldsets(self, request: HttpRequest, obj: Conference | None = None) -> list:
        when = (("text", "amount", "unit", "timing", "at"), AUDIENCE_FIELDS)
        if obj is None or obj.pk is None:
            # There are no points to choose from yet.
            return [(None, {"fields": (*when, ("route", "is_active"))})]
        narrower = {"classes": ["collapse"], "fields": ("route", "kinds", "points")}
        return [
            (None, {"fields": (*when, ("goes_out", "is_active"))}),
            (_("By which way, and only some points"), narrower),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        return super().get_queryset(request).prefetch_related("points")

    @admin.display(description=_("goes out"))
    def goes_out(self, rule: Rule) -> str:
        if rule.pk is None:
            return "–"
        # As it is saved: what is being typed may have a fault.
        saved = next((one for one in _rules_of(rule.conference) if one.pk == rule.pk), None)
        lines = departures(saved) if saved else ["–"]
        return format_html(
            '<ul class="dc-out">{}</ul>', format_html_join("", "<li>{}</li>", ((line,) for line in lines))
        )


def departures(rule: Rule) -> list[str]:
    """When the message of ``rule`` goes out over each channel, in words."""
    conference = rule.conference
    if not rule.is_active:
        return [_g("Switched off.")]
    fires_at, until = planning.window(rule, conference, _rules_of(conference))
    if conference.cancelled_at and fires_at > timezone.now():
        return [_g("Not at all: the conference is cancelled.")]
    if fires_at >= until:
        return [_g("Not at all: by then it would help nobody.")]
    by_moment: dict[Any, list[str]] = {}
    for channel in dict.fromkeys(name for group in routes.groups(rule.route) for name in group):
        moment = planning.moment(rule, channel, fires_at, until)
        by_moment.setdefault(moment, []).append(previews.channel_words(channel))
    lines = []
    for moment, channels in sorted(by_moment.items()):
        line = f"{', '.join(channels)}: {moment_words(moment)}"
        if moment > fires_at:
            line = _g("%(line)s (after the quiet hours)") % {"line": line}
        elif moment < fires_at:
            line = _g("%(line)s (before the quiet hours)") % {"line": line}
        lines.append(line)
    has_gone_out = rule.planned_at and rule.planned_start == conference.starts_at
    if has_gone_out and rule.is_put_off(fires_at):
        lines.append(_g("It has gone out at its earlier time; at the new one it goes to everybody again."))
    elif has_gone_out:
        lines.append(_g("It has gone out; whoever registers later still gets it while it helps."))
    elif until <= timezone.now():
        lines.append(_g("This time has passed."))
    elif not conference.is_published:
        lines.append(_g("Nothing goes out before the conference is published."))
    return lines


def _rules_of(conference: Conference) -> list[Rule]:
    """The rules of ``conference``, read once for a page."""
    if "_rules_of_page" not in conference.__dict__:
        conference._rules_of_page = list(Rule.objects.filter(conference=conference).prefetch_related("points"))
        for rule in conference._rules_of_page:
            rule.conference = conference
    return conference._rules_of_page
