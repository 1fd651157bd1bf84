"""Messages that organisers write to people: the list of them, and the form of a draft."""

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.signed_in import user_of
from conference.models import Conference
from messaging import message_kinds
from messaging.models import Announcement
from messaging.texts import placeholders
from messaging.time_words import moment_words
from staff.filters import RelatedFilter
from staff.links import filter_value
from staff.messages import announcements, audience_words
from staff.messages.forms import AUDIENCE_FIELDS, NARROWING_FIELDS, AnnouncementForm
from staff.scoped import ScopedAdmin


class AnnouncementList(ChangeList):
    """The list with the number of messages in each state, asked for once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        counts = announcements.count_by_state(self.result_list)
        for announcement in self.result_list:
            announcement.counts = counts.get(announcement.pk, Counter())


def _count(announcement: Any, column: str) -> int | str:
    """How many messages of ``announcement`` are counted in ``column``; a dash before there are any."""
    if not announcement.planned_at:
        return "–"
    if not hasattr(announcement, "counts"):
        announcement.counts = announcements.count_by_state([announcement]).get(announcement.pk, Counter())
    return sum(announcement.counts[state] for state in announcements.STATES[column])


_STATE_FIELDS = ("state", "conference", "when", "queued", "sent", "failed", "confirmed_words")
_TEXTS = ("subject_words", "text_words", "sms_words")
_SHOWN_WHEN_CONFIRMED = (
    *(name for name in _STATE_FIELDS if name != "conference"), *_TEXTS, "to_whom", "only_at", "only_those"
)  # fmt: skip


@admin.register(Announcement)
class AnnouncementAdmin(ScopedAdmin):
    """Messages that organisers write: a draft is changed and deleted, a confirmed one only looked at."""

    form = AnnouncementForm
    change_form_template = "admin/messaging/announcement/change_form.html"
    list_display = ("subject_words", "conference", "state", "when", "queued", "sent", "failed")
    list_filter = (("conference", RelatedFilter), "state")
    list_select_related = ("conference",)
    list_per_page = 50
    show_full_result_count = False
    actions = None
    search_fields = ("subject",)
    readonly_fields = ("conference",)
    # An earlier version is a draft: saved again, it would make a draft of what is on its way.
    can_revert = False

    # --- what may be done -------------------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_editable)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_editable)

    def save_model(self, request: HttpRequest, obj: Announcement, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = user_of(request)
        elif Announcement.objects.select_for_update().get(pk=obj.pk).state != Announcement.State.DRAFT:
            # Somebody has confirmed it while this form was open.
            raise PermissionDenied
        super().save_model(request, obj, form, change)

    # --- the list ---------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AnnouncementList

    @admin.display(description=_("subject"), ordering="subject")
    def subject_words(self, announcement: Announcement) -> str:
        return announcement.title

    @admin.display(description=_("text of the e-mail"))
    def text_words(self, announcement: Announcement) -> str:
        return placeholders.named(announcement.text) or "–"

    @admin.display(description=_("text of the SMS"))
    def sms_words(self, announcement: Announcement) -> str:
        return placeholders.named(announcement.sms_text) or "–"

    @admin.display(description=_("when"))
    def when(self, announcement: Announcement) -> str:
        moment = announcement.planned_at or announcement.send_at
        return moment_words(moment) if moment else "–"

    @admin.display(description=_("queued"))
    def queued(self, announcement: Announcement) -> Any:
        return _count(announcement, "queued")

    @admin.display(description=_("sent"))
    def sent(self, announcement: Announcement) -> Any:
        return _count(announcement, "sent")

    @admin.display(description=_("failed"))
    def failed(self, announcement: Announcement) -> Any:
        return _count(announcement, "failed")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What a form has never had; of one that was confirmed, which has earlier versions to look at, some more."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        return fixed if obj is None or obj.is_editable else (*fixed, *_SHOWN_WHEN_CONFIRMED)

    # --- the form ---------------------------------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Announcement | None = None) -> list:
        if obj is not None and not obj.is_editable:
            return [
                (None, {"fields": _STATE_FIELDS}),
                (_("Text"), {"fields": (*_TEXTS, "keep_accents")}),
                (_("To whom"), {"fields": ("to_whom", "only_at", "only_those", "route")}),
            ]
        return [
            (None, {"fields": ("conference", "subject", "text", "sms_text", "keep_accents")}),
            (_("To whom"), {"fields": ((*AUDIENCE_FIELDS, "to_guests"), "kinds", "points", "route")}),
            (_("Only some of those who have registered"), {"classes": ["collapse"], "fields": NARROWING_FIELDS}),
            (_("When"), {"fields": ("send_at",)}),
        ]

    @admin.display(description=_("confirmed"))
    def confirmed_words(self, announcement: Announcement) -> str:
        if announcement.confirmed_at is None:
            return "–"
        return f"{moment_words(announcement.confirmed_at)}, {announcement.confirmed_by or '–'}"

    @admin.display(description=_("to whom"))
    def to_whom(self, announcement: Announcement) -> str:
        return audience_words.people_words(announcement)

    @admin.display(description=_("only at"))
    def only_at(self, announcement: Announcement) -> str:
        return audience_words.points_words(announcement)

    @admin.display(description=_("only those"))
    def only_those(self, announcement: Announcement) -> str:
        return audience_words.narrowing_words(announcement) or "–"

    def get_form(
        self, request: HttpRequest, obj: Announcement | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        conference = obj.conference if obj else self._named_conference(request)
        return type("AnnouncementForm", (form,), {"conference": conference})

    def _named_conference(self, request: HttpRequest) -> Conference | None:
        """The conference in the address, or that by which the list was filtered; None: none is named."""
        number = request.GET.get("conference") or filter_value(request, "conference__id__exact")
        if not number.isdecimal() or len(number) > 18:
            return None
        found = Conference.objects.run_by(user_of(request)).filter(pk=number).first()
        if found is None:
            raise Http404
        return found

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if self._named_conference(request) is None:
            return self._choose_conference(request)
        return super().add_view(request, form_url, extra_context)

    def _choose_conference(self, request: HttpRequest) -> HttpResponse:
        conferences = Conference.objects.run_by(user_of(request)).upcoming(timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Write to the people of which conference?"),
            "opts": self.opts,
            "upcoming": conferences[:50],
            "past": Conference.objects.run_by(user_of(request)).archive(timezone.now())[:20],
        }
        return TemplateResponse(request, "staff/messages/choose.html", context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        # What the address names, the form takes from there itself.
        return {}

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> HttpResponse:
        form = context["adminform"].form
        if kwargs.get("add") or self.has_change_permission(request, kwargs.get("obj")):
            context |= self._draft_context(request, form)
        else:
            context["can_withdraw"] = _can_withdraw(form.instance)
        return super().render_change_form(request, context, *args, **kwargs)

    def _draft_context(self, request: HttpRequest, form: AnnouncementForm) -> dict[str, Any]:
        """What the page of a draft shows beside the form: the preview, and the placeholders."""
        conference = form.instance.conference
        values = form.data if form.is_bound else {name: form[name].value() for name in form.fields if name != "send_at"}
        return {
            **announcements.live_context(request, announcements.draft_from(conference, values)),
            "is_draft": True,
            "placeholders": placeholders.of_kind(message_kinds.ANNOUNCEMENT),
            "live_url": reverse("messaging:announcement_live", args=[conference.pk]),
            "frame_url": reverse("messaging:announcement_html", args=[conference.pk]),
        }

    def response_add(
        self, request: HttpRequest, obj: Announcement, post_url_continue: str | None = None
    ) -> HttpResponse:
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
            messages.info(request, gettext("This message has left; here is what became of it."))
            return redirect("admin:messaging_announcement_change", pk)
        place = announcements.place_in_admin(announcement)
        if request.method == "POST" and "_test" in request.POST:
            person = request.POST.get("person", "")
            announcements.trial(request, announcement, place, request.POST["_test"], person)
            return redirect(request.get_full_path())
        if request.method == "POST":
            return announcements.confirm(request, announcement, place)
        return announcements.preview(request, announcement, place)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Takes back what has not left."""
        announcement = self._get(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return announcements.withdraw(request, announcement, announcements.place_in_admin(announcement))


def _can_withdraw(announcement: Announcement) -> bool:
    """Whether something of it has not left."""
    if announcement.state == Announcement.State.PLANNED:
        return bool(_count(announcement, "queued"))
    return announcement.state == Announcement.State.CONFIRMED
