"""The reminders of a conference, on its page, and when each goes out."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conference.models import Conference
from messaging import routes
from messaging.models import Rule
from messaging.reminders import planning
from messaging.time_words import moment_words
from outbox.channel_names import channel_name
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
        saved = next((one for one in rules_of(rule.conference) if one.pk == rule.pk), None)
        lines = departures(saved) if saved else ["–"]
        return format_html(
            '<ul class="dc-out">{}</ul>', format_html_join("", "<li>{}</li>", ((line,) for line in lines))
        )


def departures(rule: Rule) -> list[str]:
    """When the message of ``rule`` goes out over each channel, in words."""
    if not rule.is_active:
        return [gettext("Switched off.")]
    conference = rule.conference
    fires_at, until = planning.window(rule, conference, rules_of(conference))
    if conference.cancelled_at and fires_at > timezone.now():
        return [gettext("Not at all: the conference is cancelled.")]
    if fires_at >= until:
        return [gettext("Not at all: by then it would help nobody.")]
    lines = [
        _departure_words(moment, channels, fires_at)
        for moment, channels in sorted(_channels_by_moment(rule, fires_at, until).items())
    ]
    return [*lines, *_round_words(rule, fires_at, until)]


def _channels_by_moment(rule: Rule, fires_at: datetime, until: datetime) -> dict[datetime, list[str]]:
    """The names of the channels that go out at the same moment."""
    by_moment: dict[datetime, list[str]] = {}
    for channel in dict.fromkeys(name for group in routes.groups(rule.route) for name in group):
        moment = planning.moment(rule, channel, fires_at, until)
        by_moment.setdefault(moment, []).append(channel_name(channel))
    return by_moment


def _departure_words(moment: datetime, channels: list[str], fires_at: datetime) -> str:
    line = f"{', '.join(channels)}: {moment_words(moment)}"
    if moment > fires_at:
        return gettext("%(line)s (after the quiet hours)") % {"line": line}
    if moment < fires_at:
        return gettext("%(line)s (before the quiet hours)") % {"line": line}
    return line


def _round_words(rule: Rule, fires_at: datetime, until: datetime) -> list[str]:
    """What more is to be known: that the rule has gone out, or why it does not."""
    current, conference = rule.current_round, rule.conference
    if current and current.starts_at == conference.starts_at:
        if current.is_put_off_to(fires_at):
            return [gettext("It has gone out at its earlier time; at the new one it goes to everybody again.")]
        return [gettext("It has gone out; whoever registers later still gets it while it helps.")]
    if until <= timezone.now():
        return [gettext("This time has passed.")]
    if not conference.is_published:
        return [gettext("Nothing goes out before the conference is published.")]
    return []


def rules_of(conference: Conference) -> list[Rule]:
    """The rules of ``conference``, read once for a page."""
    kept: dict[str, Any] = conference.__dict__
    if "_rules_of_page" not in kept:
        rules = Rule.objects.filter(conference=conference).prefetch_related("points", "rounds")
        kept["_rules_of_page"] = list(rules)
        for rule in kept["_rules_of_page"]:
            rule.conference = conference
    return cast(list[Rule], kept["_rules_of_page"])
