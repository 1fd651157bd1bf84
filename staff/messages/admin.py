"""Reminders on the page of their conference, its texts, and messages to people."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.request import QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from bridges.models import Kind
from conference.models import Conference
from messaging import message_kinds, routes
from messaging.audience import Audience
from messaging.models import Announcement, Rule
from messaging.reminders import planning
from messaging.texts import placeholders
from messaging.time_words import moment_words
from outbox.channel_names import channel_name
from outbox.models import Message
from staff.messages import announcements
from staff.messages.forms import AnnouncementForm, RuleForm, RuleFormSet
from staff.scoped import ScopedAdmin, ScopedInline

_TO = ("to_confirmed", "to_waitlisted", "to_coordinators", "to_technicians")


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
        when = (("text", "amount", "unit", "timing", "at"), _TO)
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
    if not rule.is_active:
        return [_g("Switched off.")]
    conference = rule.conference
    fires_at, until = planning.window(rule, conference, _rules_of(conference))
    if conference.cancelled_at and fires_at > timezone.now():
        return [_g("Not at all: the conference is cancelled.")]
    if fires_at >= until:
        return [_g("Not at all: by then it would help nobody.")]
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
        return _g("%(line)s (after the quiet hours)") % {"line": line}
    if moment < fires_at:
        return _g("%(line)s (before the quiet hours)") % {"line": line}
    return line


def _round_words(rule: Rule, fires_at: datetime, until: datetime) -> list[str]:
    """What more is to be known: that the rule has gone out, or why it does not."""
    current, conference = rule.current_round, rule.conference
    if current and current.starts_at == conference.starts_at:
        if current.is_put_off_to(fires_at):
            return [_g("It has gone out at its earlier time; at the new one it goes to everybody again.")]
        return [_g("It has gone out; whoever registers later still gets it while it helps.")]
    if until <= timezone.now():
        return [_g("This time has passed.")]
    if not conference.is_published:
        return [_g("Nothing goes out before the conference is published.")]
    return []


def _rules_of(conference: Conference) -> list[Rule]:
    """The rules of ``conference``, read once for a page."""
    if "_rules_of_page" not in conference.__dict__:
        rules = Rule.objects.filter(conference=conference).prefetch_related("points", "rounds")
        conference._rules_of_page = list(rules)
        for rule in conference._rules_of_page:
            rule.conference = conference
    return conference._rules_of_page


class AnnouncementList(ChangeList):
    """The list with the number of messages in each state, asked for once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        counts = announcements.count_by_state(self.result_list)
        for announcement in self.result_list:
            announcement.counts = counts.get(announcement.pk, Counter())


_COLUMNS = {
    "queued": (Message.State.QUEUED, Message.State.CLAIMED, Message.State.SENDING),
    "sent": (Message.State.SENT, Message.State.DELIVERED),
    "failed": (Message.State.FAILED, Message.State.UNCERTAIN, Message.State.EXPIRED),
}


def _column(announcement: Announcement, name: str) -> Any:
    if not announcement.planned_at:
        return "–"
    if not hasattr(announcement, "counts"):
        announcement.counts = announcements.count_by_state([announcement]).get(announcement.pk, Counter())
    return sum(announcement.counts[state] for state in _COLUMNS[name])


@admin.register(Announcement)
class AnnouncementAdmin(ScopedAdmin):
    """Messages that organisers write: a draft is changed and deleted, a confirmed one only looked at."""

    form = AnnouncementForm
    change_form_template = "admin/messaging/announcement/change_form.html"
    list_display = ("subject", "conference", "state", "when", "queued", "sent", "failed")
    list_filter = (("conference", admin.RelatedOnlyFieldListFilter), "state")
    list_select_related = ("conference",)
    list_per_page = 50
    show_full_result_count = False
    actions = None
    search_fields = ("subject",)
    readonly_fields = ("conference",)

    # --- what may be done -------------------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Announcement | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_editable)

    def has_delete_permission(self, request: HttpRequest, obj: Announcement | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_editable)

    def revert_disabled(self, request: HttpRequest, obj: Announcement | None = None) -> bool:
        return True

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        # An earlier version is a draft: saved again, it would make a draft of what is on its way.
        if request.method != "GET":
            self._require(request, object_id)
            raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)

    def save_model(self, request: HttpRequest, obj: Announcement, form, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        elif Announcement.objects.select_for_update().get(pk=obj.pk).state != Announcement.State.DRAFT:
            # Somebody has confirmed it while this form was open.
            raise PermissionDenied
        super().save_model(request, obj, form, change)

    # --- the list ---------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AnnouncementList

    @admin.display(description=_("when"))
    def when(self, announcement: Announcement) -> str:
        moment = announcement.planned_at or announcement.send_at
        return moment_words(moment) if moment else "–"

    @admin.display(description=_("queued"))
    def queued(self, announcement: Announcement) -> Any:
        return _column(announcement, "queued")

    @admin.display(description=_("sent"))
    def sent(self, announcement: Announcement) -> Any:
        return _column(announcement, "sent")

    @admin.display(description=_("failed"))
    def failed(self, announcement: Announcement) -> Any:
        return _column(announcement, "failed")

    # --- the form ---------------------------------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Announcement | None = None) -> list:
        if obj is not None and not obj.is_editable:
            state = ("state", "conference", "when", "queued", "sent", "failed", "confirmed_words")
            return [
                (None, {"fields": state}),
                (_("Text"), {"fields": ("subject", "text", "sms_text", "keep_accents")}),
                (_("To whom"), {"fields": ("to_whom", "only_points", "route")}),
            ]
        return [
            (None, {"fields": ("conference", "subject", "text", "sms_text", "keep_accents")}),
            (_("To whom"), {"fields": (_TO, "kinds", "points", "route")}),
            (_("When"), {"fields": ("send_at",)}),
        ]

    @admin.display(description=_("confirmed"))
    def confirmed_words(self, announcement: Announcement) -> str:
        if announcement.confirmed_at is None:
            return "–"
        return f"{moment_words(announcement.confirmed_at)}, {announcement.confirmed_by or '–'}"

    @admin.display(description=_("to whom"))
    def to_whom(self, announcement: Announcement) -> str:
        labels = (Audience._meta.get_field(name).verbose_name for name in _TO if getattr(announcement, name))
        return ", ".join(str(label) for label in labels)

    @admin.display(description=_("only at"))
    def only_points(self, announcement: Announcement) -> str:
        labels = dict(Kind.choices)
        chosen = [str(labels.get(kind, kind)) for kind in announcement.kinds]
        chosen += [point.label for point in announcement.points.all()]
        return ", ".join(chosen) or _g("all")

    def get_form(self, request: HttpRequest, obj: Announcement | None = None, change: bool = False, **kwargs: Any):
        form = super().get_form(request, obj, change=change, **kwargs)
        conference = obj.conference if obj else self._wanted_conference(request)
        return type("AnnouncementForm", (form,), {"conference": conference})

    def _wanted_conference(self, request: HttpRequest) -> Conference | None:
        """The conference in the address, or that by which the list was filtered; None: none is named."""
        filters = QueryDict(request.GET.get("_changelist_filters", ""))
        number = request.GET.get("conference") or filters.get("conference__id__exact", "")
        if not number.isdecimal() or len(number) > 18:
            return None
        found = Conference.objects.run_by(request.user).filter(pk=number).first()
        if found is None:
            raise Http404
        return found

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if self._wanted_conference(request) is None:
            return self._choose_conference(request)
        return super().add_view(request, form_url, extra_context)

    def _choose_conference(self, request: HttpRequest) -> HttpResponse:
        conferences = Conference.objects.run_by(request.user).upcoming(timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": _g("Write to the people of which conference?"),
            "opts": self.opts,
            "upcoming": conferences[:50],
            "past": Conference.objects.run_by(request.user).archive(timezone.now())[:20],
        }
        return TemplateResponse(request, "admin/messaging/announcement/choose.html", context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        # What the address names, the form takes from there itself.
        return {}

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> HttpResponse:
        form = context["adminform"].form
        conference = form.instance.conference
        if kwargs.get("add") or self.has_change_permission(request, kwargs.get("obj")):
            values = form.data if form.is_bound else {n: form[n].value() for n in form.fields if n != "send_at"}
            announcement = announcements.draft_from(conference, values)
            context |= announcements.live_context(request, conference, announcement)
            context |= {
                "is_draft": True,
                "placeholders": placeholders.of_kind(message_kinds.ANNOUNCEMENT),
                "live_url": reverse("messaging:announcement_live", args=[conference.pk]),
                "frame_url": reverse("messaging:announcement_html", args=[conference.pk]),
            }
        elif form.instance.state == Announcement.State.CONFIRMED:
            context["can_withdraw"] = True
        elif form.instance.state == Announcement.State.PLANNED:
            context["can_withdraw"] = bool(_column(form.instance, "queued"))
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(self, request: HttpRequest, obj: Announcement, post_url_continue=None) -> HttpResponse:
        return self._to_preview(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Announcement) -> HttpResponse:
        return self._to_preview(request, obj) or super().response_change(request, obj)

    def _to_preview(self, request: HttpRequest, obj: Announcement) -> HttpResponseRedirect | None:
        if "_check" not in request.POST:
            return None
        return redirect("admin:messaging_announcement_preview", obj.pk)

    # --- who gets it, and the last word -----------------------------------------------------------------------------

    def get_urls(self) -> list:
        name = "messaging_announcement"
        return [
            path("<int:pk>/preview/", self.admin_site.admin_view(self.preview_view), name=f"{name}_preview"),
            path("<int:pk>/withdraw/", self.admin_site.admin_view(self.withdraw_view), name=f"{name}_withdraw"),
            *super().get_urls(),
        ]

    def _get(self, request: HttpRequest, pk: int) -> Announcement:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).select_related("conference").prefetch_related("points").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Exactly who gets it; the button there confirms it."""
        announcement = self._get(request, pk)
        if announcement.state not in (Announcement.State.DRAFT, Announcement.State.CONFIRMED):
            messages.info(request, _g("This message has left; here is what became of it."))
            return redirect("admin:messaging_announcement_change", pk)
        if request.method == "POST" and "_test" in request.POST:
            person = request.POST.get("person", "")
            announcements.trial(request, announcement, request.POST["_test"], person)
            return redirect(request.get_full_path())
        if request.method == "POST":
            return announcements.confirm(request, announcement)
        return announcements.preview(request, announcement)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Takes back what has not left."""
        announcement = self._get(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return announcements.withdraw(request, announcement)
