"""Conferences in the admin."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.signed_in import user_of
from bridges import withdrawing
from bridges.models import BridgePoint
from conference.models import Conference, Partner, Product, ProgrammeItem
from messaging import changed_details
from reports.numbers import find
from staff.conferences.cancelling import ask_to_cancel, ask_to_restore
from staff.conferences.forms import ConferenceForm, DuplicateForm
from staff.conferences.moving import move_programme
from staff.conferences.programme import ProgrammeFormSet, ProgrammeItemForm, warn_of_hours
from staff.conferences.settings_page import make_copy
from staff.links import list_link
from staff.messages.changes import report_details, report_notice
from staff.messages.rules import RuleInline
from staff.points.admin import BridgePointInline
from staff.registrations.questions import QuestionInline
from staff.scoped import AccentlessSearch, ScopedAdmin, ScopedInline
from staff.workspace.access import Role, Workspace, workspace_url


class PartnerInline(ScopedInline, admin.StackedInline):
    model = Partner
    extra = 1
    fieldsets = (
        (None, {"fields": (("name", "role"), ("duty", "position"))}),
        (
            _("On letters and papers in its name"),
            {"classes": ("collapse",), "fields": ("superior", ("signer_title", "signer_name"))},
        ),
    )


class ProgrammeInline(ScopedInline, admin.TabularInline):
    model = ProgrammeItem
    form = ProgrammeItemForm
    formset = ProgrammeFormSet
    extra = 1


class ProductInline(ScopedInline, admin.TabularInline):
    model = Product
    extra = 1


def _list(name: str) -> Callable[[Conference], str]:
    return list_link(f"admin:{name}_changelist", "conference__id__exact")


def _page(name: str) -> Callable[[Conference], str]:
    return lambda conference: reverse(name, args=[conference.pk])


def _write_address(conference: Conference) -> str:
    return f"{reverse('admin:messaging_announcement_add')}?conference={conference.pk}"


def _overview_address(conference: Conference) -> str:
    return workspace_url("overview", conference)


# Label and address of what belongs to a conference.
_LINKS = (
    (_("overview"), _overview_address),
    (_("bridge points"), _list("bridges_bridgepoint")),
    (_("registrations"), _list("registrations_registration")),
    (_("invitations"), _list("registrations_invitation")),
    (_("lists and papers"), _page("lists:overview")),
    (_("texts"), _page("messaging:texts")),
    (_("messages to people"), _list("messaging_announcement")),
    (_("write to people"), _write_address),
    (_("delivery"), _page("messaging:delivery")),
    (_("attendance"), _list("attendance_attendance")),
    (_("erasures"), _list("registrations_erasure")),
)


def _changed_points(formsets: Any) -> list[BridgePoint]:
    """The points on the page of which something has changed that their people are told."""
    return [
        point
        for formset in formsets
        if formset.model is BridgePoint
        for point, names in formset.changed_objects
        if changed_details.concerns(names)
    ]


def _settle_programme(request: HttpRequest, form: Any, formsets: Any) -> None:
    """Move the programme with the start, but for what was set anew beside it, and say what lies outside the hours."""
    tables = [formset for formset in formsets if formset.model is ProgrammeItem]
    rows = [row for formset in tables for row in formset.forms]
    move_programme(request, form, [row.instance.pk for row in rows if row.instance.pk and row.is_set_anew])
    if form.times_changed or any(formset.has_changed() for formset in tables):
        warn_of_hours(request, form.instance)


@admin.register(Conference)
class ConferenceAdmin(AccentlessSearch, ScopedAdmin):
    """One page defines a conference: its texts, times, partners, programme, points, questions and reminders."""

    form = ConferenceForm
    # An earlier version would take a conference off the web, and its start away from its programme, with one click.
    can_revert = False
    inlines = [PartnerInline, ProgrammeInline, ProductInline, BridgePointInline, QuestionInline, RuleInline]
    list_display = ("short_name", "starts_at", "is_tentative", "phase_words", "is_published", "lists")
    list_filter = ("is_published",)
    date_hierarchy = "starts_at"
    filter_horizontal = ("organisers",)
    readonly_fields = ("lists",)
    actions = ["duplicate_selected"]
    fieldsets = (
        (None, {"fields": ("name", "short_name", "slug", "summary", "purpose", "is_published", "lists")}),
        (_("Time"), {"fields": ("starts_at", "ends_at", "moves_along", "is_tentative", "doors_open_minutes")}),
        (_("Run of show"), {"fields": ("tells_next_room",)}),
        (
            _("Registration"),
            {
                "fields": (
                    "registration_opens_at",
                    "registration_closes_at",
                    "needs_approval",
                    "holds_seats",
                    "erase_after_days",
                    "preparation",
                )
            },
        ),
        (_("Contact"), {"fields": ("contact_name", "contact_email", "contact_phone")}),
        (_("Organisers"), {"fields": ("organisers",)}),
    )

    @admin.display(description=_("phase"))
    def phase_words(self, conference: Conference) -> str:
        return str(conference.phase.label)

    @admin.display(description=_("lists"))
    def lists(self, conference: Conference) -> str:
        if conference.pk is None:
            return "–"
        return format_html_join(" · ", '<a href="{}">{}</a>', ((url(conference), name) for name, url in _LINKS))

    def view_on_site(self, obj: Conference) -> str | None:
        return super().view_on_site(obj) if obj.is_published else None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of the conference; who runs only a point of it is led to its overview, which they may read."""
        try:
            return super().change_view(request, object_id, form_url, extra_context)
        except (PermissionDenied, Http404):
            # Points, registrations and attendance link to their conference.
            conference = find(user_of(request), object_id) if request.method in ("GET", "HEAD") else None
            if conference is None:
                raise
            return redirect(_overview_address(conference))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = set(form.instance.organisers.all())
        super().save_related(request, form, formsets, change)
        # Nobody locks themselves out of what they just made.
        if not request.user.is_superuser:
            form.instance.organisers.add(user_of(request))
        for withdrawn in before - set(form.instance.organisers.all()):
            withdrawing.settle(user=withdrawn)
        cast(Any, request).page_changes = (set(form.changed_data), _changed_points(formsets))
        if change:
            _settle_programme(request, form, formsets)

    def get_fieldsets(self, request: HttpRequest, obj: Conference | None = None) -> Any:
        if obj is not None:
            return self.fieldsets
        # There is nothing yet that could move along.
        return [
            (title, {"fields": tuple(name for name in options["fields"] if name != "moves_along")})
            for title, options in self.fieldsets
        ]

    def response_change(self, request: HttpRequest, obj: Conference) -> HttpResponse:
        changed, points = getattr(request, "page_changes", (set(), []))
        if changed & {"starts_at", "is_tentative", "is_published"}:
            report_notice(request, obj)
        report_details(request, obj, None if "is_published" in changed else points)
        return super().response_change(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Conference | None = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None and obj.cancelled_at and request.method == "GET":
            moment = date_format(timezone.localtime(obj.cancelled_at), "DATETIME_FORMAT")
            words = gettext("This conference was cancelled at %(moment)s.") % {"moment": moment}
            self.message_user(request, words, messages.WARNING)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def get_urls(self) -> list:
        pages = (("duplicate", self.duplicate_view), ("cancel", self.cancel_view), ("restore", self.restore_view))
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"conference_conference_{name}")
            for name, view in pages
        ]
        return [*own, *super().get_urls()]

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page of the workspace that asks before the conference is cancelled."""
        return ask_to_cancel(request, self._workspace(request, pk))

    def restore_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The same for taking the cancellation back."""
        return ask_to_restore(request, self._workspace(request, pk))

    def _workspace(self, request: HttpRequest, pk: int) -> Workspace:
        """The workspace of the conference ``pk``.

        Raises:
            Http404: the user may not change it, or there is none.
        """
        conference = self.get_queryset(request).filter(pk=pk).first()
        if conference is None or not self.has_change_permission(request, conference):
            raise Http404
        return Workspace(conference, user_of(request), Role.ORGANISER)

    @admin.action(description=_("Duplicate to a new date"), permissions=["add"])
    def duplicate_selected(self, request: HttpRequest, queryset: QuerySet[Conference]) -> HttpResponse | None:
        if len(chosen := list(queryset[:2])) != 1:
            self.message_user(request, gettext("Please choose exactly one conference."), messages.WARNING)
            return None
        return redirect("admin:conference_conference_duplicate", pk=chosen[0].pk)

    def duplicate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks for the new date and makes the copy."""
        conference = self.get_queryset(request).filter(pk=pk).first()
        if conference is None or not self.has_add_permission(request):
            raise Http404
        form = DuplicateForm(request.POST or None, initial=DuplicateForm.suggestion(conference, timezone.now()))
        if request.method == "POST" and form.is_valid():
            made = make_copy(request, conference, form, user_of(request))
            if made is not None:
                return redirect("admin:conference_conference_change", made.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Duplicate to a new date"),
            "form": form,
            "original": conference,
            "opts": self.opts,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "staff/conferences/duplicate.html", context)
