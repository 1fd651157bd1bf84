"""Registrations in the admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.fields import CleanTextFormMixin
from bridges.admin import BridgePointAdmin
from bridges.models import BridgePoint
from conference.admin import ConferenceAdmin, list_link
from conference.scoped_admin import AccentlessSearch, ScopedAdmin, ScopedInline
from conference.search import matching
from notifications.models import Message
from registrations import services
from registrations.models import Delegate, Registration

ConferenceAdmin.links = [
    *ConferenceAdmin.links,
    (_("registrations"), list_link("admin:registrations_registration_changelist", "conference__id__exact")),
]
BridgePointAdmin.links = [
    *BridgePointAdmin.links,
    (_("registrations"), list_link("admin:registrations_registration_changelist", "bridge_point__id__exact")),
]


_BY_CONFERENCE = ("-conference__starts_at", "position", "id")


class DelegateForm(CleanTextFormMixin, forms.ModelForm):
    """A delegate's data, corrected by staff."""

    class Meta:
        model = Delegate
        fields = ("full_name", "position", "phone", "email")


class DelegateInline(ScopedInline, admin.TabularInline):
    model = Delegate
    form = DelegateForm
    fields = ("full_name", "position", "phone", "email", "personal_page")
    readonly_fields = ("personal_page",)
    extra = 0
    can_delete = False
    organiser_may = frozenset({"view", "change"})
    coordinator_may = frozenset({"view", "change"})

    @admin.display(description=_("personal link"))
    def personal_page(self, delegate: Delegate) -> str:
        return format_html('<a href="{}">{}</a>', reverse("attendance:join", args=[delegate.token]), _("open"))


class PointFilter(admin.RelatedOnlyFieldListFilter):
    """The points of the conference that is chosen; of several conferences, each with its name."""

    def field_choices(self, field, request: HttpRequest, model_admin) -> list[tuple[int, str]]:
        points = BridgePoint.objects.run_by(request.user).select_related("conference")
        if (chosen := request.GET.get("conference__id__exact", "")).isdecimal():
            return [(point.pk, point.label) for point in points.filter(conference=chosen)]
        return [(point.pk, f"{point.label} – {point.conference}") for point in points.order_by(*_BY_CONFERENCE)]


class RegistrationForm(CleanTextFormMixin, forms.ModelForm):
    """What staff may correct."""

    class Meta:
        model = Registration
        fields = ("contact_name", "contact_email", "contact_phone", "language")


@admin.register(Registration)
class RegistrationAdmin(AccentlessSearch, ScopedAdmin):
    """Search without accents, filter by point, kind and state; cancel and resend as actions."""

    form = RegistrationForm
    inlines = [DelegateInline]
    organiser_may = frozenset({"view", "change"})
    coordinator_may = frozenset({"view", "change"})
    list_display = (
        "number",
        "organisation",
        "organisation_kind",
        "contact_name",
        "contact_phone",
        "bridge_point",
        "state",
        "seats",
        "created_at",
    )
    list_filter = (
        ("conference", admin.RelatedOnlyFieldListFilter),
        ("bridge_point", PointFilter),
        "bridge_point__kind",
        "organisation__kind",
        "state",
    )
    list_select_related = ("organisation", "bridge_point", "conference")
    list_per_page = 50
    show_full_result_count = False
    actions = ["cancel_selected", "resend_selected", "renew_links_selected"]
    search_help_text = _("Number, organisation, name, phone or e-mail; accents do not matter.")
    readonly_fields = (
        "number",
        "organisation",
        "conference",
        "bridge_point",
        "state",
        "seats",
        "place",
        "source",
        "created_at",
        "confirmed_at",
        "cancelled_at",
        "consent_version",
        "consented_at",
        "own_page",
        "messages_sent",
    )
    fieldsets = (
        (
            None,
            {"fields": ("number", "state", "place", "conference", "bridge_point", "organisation", "seats", "own_page")},
        ),
        (_("Contact person"), {"fields": ("contact_name", "contact_email", "contact_phone", "language")}),
        (
            _("How it came about"),
            {"fields": ("source", "created_at", "confirmed_at", "cancelled_at", "consent_version", "consented_at")},
        ),
        (_("Messages"), {"fields": ("messages_sent",)}),
    )

    def search_condition(self, search_term: str) -> Q:
        delegates = Delegate.objects.filter(matching(search_term), registration=OuterRef("pk"))
        return matching(search_term) | Exists(delegates)

    @admin.display(description=_("kind"), ordering="organisation__kind")
    def organisation_kind(self, registration: Registration) -> str:
        return registration.organisation.get_kind_display()

    @admin.display(description=_("place in line"))
    def place(self, registration: Registration) -> Any:
        return registration.place_in_line or "–"

    @admin.display(description=_("registrant’s page"))
    def own_page(self, registration: Registration) -> str:
        return format_html('<a href="{}">{}</a>', registration.get_absolute_url(), _("open"))

    @admin.display(description=_("messages"))
    def messages_sent(self, registration: Registration) -> str:
        people = [delegate.person for delegate in registration.delegates.all()]
        rows = (
            (
                date_format(timezone.localtime(m.sent_at or m.due_at), "DATETIME_FORMAT"),
                m.channel,
                m.address,
                m.subject or m.kind,
                m.get_state_display(),
                m.error,
            )
            for m in Message.objects.filter(person__in=people).order_by("id")
        )
        items = format_html_join("", "<li>{} · {} → {}: {} – <strong>{}</strong> {}</li>", rows)
        return format_html("<ul>{}</ul>", items) if items else "–"

    def save_formset(self, request: HttpRequest, form, formset, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is Delegate:
            for delegate, _changed in formset.changed_objects:
                services.readdress(delegate=delegate)

    @admin.action(description=_("Cancel the chosen registrations"), permissions=["change"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        cancelled = 0
        for registration in queryset.exclude(state=Registration.State.CANCELLED):
            try:
                services.cancel(registration=registration, now=timezone.now())
                cancelled += 1
            except services.RegistrationRefused as refused:
                self.message_user(request, f"{registration.number}: {refused}", messages.ERROR)
        words = ngettext("%(count)d registration cancelled.", "%(count)d registrations cancelled.", cancelled)
        self.message_user(request, words % {"count": cancelled}, messages.SUCCESS)

    @admin.action(description=_("Send the messages again"), permissions=["change"])
    def resend_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        now, sent = timezone.now(), 0
        for registration in queryset.select_related("conference"):
            sent += services.resend(registration=registration, now=now)
        words = ngettext(
            "The messages of %(count)d registration are on their way again.",
            "The messages of %(count)d registrations are on their way again.",
            sent,
        )
        self.message_user(request, words % {"count": sent}, messages.SUCCESS)

    @admin.action(description=_("Replace the personal links and send the new ones"), permissions=["change"])
    def renew_links_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        for registration in queryset:
            services.renew_links(registration=registration, now=timezone.now())
        self.message_user(request, _("The old links are dead; the new ones are on their way."), messages.SUCCESS)
