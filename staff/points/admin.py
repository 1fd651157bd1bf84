"""Bridge points in the admin, and on the page of their conference."""

from itertools import pairwise
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.signed_in import user_of
from bridges import services, withdrawing
from bridges.models import BridgePoint, Connection, Coordinator, Province
from conference.models import Phase
from messaging import changed_details
from registrations.models import Registration
from staff.broken_values import BrokenValuesMixin
from staff.edit_conflicts import MergingAdmin
from staff.filters import RelatedFilter
from staff.histories import ChangesInWords
from staff.links import list_link
from staff.messages.changes import ask_about_details, details_warning
from staff.points.forms import BridgePointForm, ConnectionForm, CoordinatorForm
from staff.points.matters import provinces_of
from staff.points.seats import warn_of_seats
from staff.registrations.telephone import add_address
from staff.scoped import AccentlessSearch, ScopedAdmin, ScopedInline

#: So many versions of connection details stand on one page.
_VERSIONS = 100


class BridgePointInline(ScopedInline, admin.TabularInline):
    """The points on the page of their conference: the essentials, the rest behind “Change”."""

    model = BridgePoint
    form = BridgePointForm
    fields = ("position", "kind", "name", "province", "seats", "is_hub", "is_open")
    extra = 1
    show_change_link = True
    # Django would link to its shortcut, which is closed.
    view_on_site = False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        cast("ModelChoiceField[Any]", formset.form.base_fields["province"]).queryset = provinces_of(obj)
        return formset

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Points are deleted on their own page, which shows what goes with them.
        return False


class ConnectionInline(ScopedInline, admin.StackedInline):
    model = Connection
    form = ConnectionForm
    extra = 1
    max_num = 1
    can_delete = False
    coordinator_may = frozenset({"view", "add", "change"})
    fieldsets = (
        (None, {"fields": ("web_url", ("meeting_id", "password"), ("server", "account"), ("sip_address", "dial_in"))}),
        (None, {"fields": ("instructions", ("technician_name", "technician_phone", "technician_email"))}),
    )


class CoordinatorInline(ScopedInline, admin.TabularInline):
    model = Coordinator
    form = CoordinatorForm
    fields = ("email", "name")
    extra = 1
    organiser_may = frozenset({"view", "add", "change", "delete"})

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("user")


_REQUESTS = (
    Registration.objects.filter(bridge_point=OuterRef("pk"), state=Registration.State.REQUESTED)
    .order_by()
    .values("bridge_point")
    .annotate(count=Count("pk"))
    .values("count")
)


@admin.display(description=_("requests"), ordering="request_count")
def requests_waiting(point: Any) -> str:
    """How many requests wait at ``point`` for a decision, and the way to them."""
    if not point.request_count:
        return "0"
    address = reverse("admin:registrations_registration_changelist")
    query = f"bridge_point__id__exact={point.pk}&state__exact={Registration.State.REQUESTED}"
    return format_html('<a href="{}?{}">{}</a>', address, query, point.request_count)


def _delivery_address(point: BridgePoint) -> str:
    return f"{reverse('messaging:delivery', args=[point.conference_id])}?point={point.pk}"


def _delegate_list_address(point: BridgePoint) -> str:
    return reverse("lists:point_docx", args=[point.pk])


# Label and address of what belongs to a point.
_LINKS = (
    (_("registrations"), list_link("admin:registrations_registration_changelist", "bridge_point__id__exact")),
    (_("register by telephone"), add_address),
    (_("list to print and sign"), _delegate_list_address),
    (_("delivery"), _delivery_address),
)


def connection_versions(point: str) -> list[Any]:
    """The latest versions of the connection details of ``point``, each with what it changed, in words."""
    if not point.isdecimal() or len(point) > 18:
        return []
    versions = Connection.history.filter(bridge_point_id=int(point)).select_related("history_user")
    found: list[Any] = list(versions.order_by("-history_id")[:_VERSIONS])
    for version, before in pairwise(found):
        if version.id == before.id:
            words = ChangesInWords(Connection, version)
            version.history_delta_changes = words.context_for_delta_changes(version.diff_against(before))
    return found


@admin.register(BridgePoint)
class BridgePointAdmin(AccentlessSearch, ScopedAdmin):
    """Seats taken, waitlist and state at a glance; a coordinator sees and edits their own."""

    form = BridgePointForm
    object_history_template = "staff/points/history.html"
    inlines = [ConnectionInline, CoordinatorInline]
    coordinator_may = frozenset({"view", "change"})
    list_display = ("name_words", "seat_bar", "waiting_count", requests_waiting, "readiness", "lists")
    list_display_links = ("name_words",)
    list_filter = (("conference", RelatedFilter), "kind", "line_test", "is_open")
    list_select_related = ("conference", "connection", "spare_line")
    ordering = ("-conference__starts_at", "position", "id")
    readonly_fields = ("seat_bar", "waiting_count", "lists")
    fieldsets = (
        (None, {"fields": ("conference", "kind", "name", "short_name", "host_name", "is_hub", "position", "lists")}),
        (_("Place"), {"fields": ("province", "address", ("latitude", "longitude"), "notes")}),
        (_("Seats"), {"fields": ("seats", "seat_bar", "waiting_count", "is_open", "approval")}),
        (_("Readiness"), {"fields": ("line_test",)}),
    )
    _organisers_only = ("conference", "kind", "name", "is_hub", "position")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(request_count=Coalesce(Subquery(_REQUESTS), 0))

    def get_readonly_fields(self, request: HttpRequest, obj: BridgePoint | None = None) -> tuple[str, ...]:
        fixed = tuple(self.readonly_fields)
        if obj is not None:
            # Registrations name the conference too; a point does not change sides.
            fixed += ("conference",)
            if not obj.conference_id or not self._is_organiser_of(request, obj):
                fixed += self._organisers_only[1:]
        return fixed

    def _is_organiser_of(self, request: HttpRequest, obj: BridgePoint) -> bool:
        user = user_of(request)
        return user.is_superuser or (user.is_organiser and obj.conference.organisers.filter(pk=user.pk).exists())

    def get_form(
        self, request: HttpRequest, obj: BridgePoint | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "province" in form.base_fields:
            form.base_fields["province"].queryset = provinces_of(obj.conference if obj else None)
        return form

    def get_inline_instances(self, request: HttpRequest, obj: BridgePoint | None = None) -> list:
        inlines = super().get_inline_instances(request, obj)
        if obj is not None and not self._is_organiser_of(request, obj):
            inlines = [i for i in inlines if not isinstance(i, CoordinatorInline)]
        return inlines

    @admin.display(description=_("name"), ordering="name")
    def name_words(self, point: BridgePoint) -> str:
        return format_html('{}<div class="quiet">{}</div>', point.name, point.conference.short_name)

    @admin.display(description=_("seats taken"), ordering="seats_taken")
    def seat_bar(self, point: BridgePoint) -> str:
        kept = ""
        if point.seats_reserved:
            kept = gettext("%(count)d kept for invitations") % {"count": point.seats_reserved}
        if point.seats is None:
            return format_html("{} / ∞<div>{}</div>", point.seats_taken, kept)
        return format_html(
            '{taken} / {seats} <progress class="dc-seats" max="{seats}" value="{taken}" aria-hidden="true"></progress>'
            "<div>{kept}</div>",
            taken=point.seats_taken,
            seats=point.seats,
            kept=kept,
        )

    @admin.display(description=_("state"))
    def readiness(self, point: BridgePoint) -> str:
        connection = getattr(point, "connection", None)
        has_details = bool(connection and (connection.web_url or connection.meeting_id or connection.sip_address))
        phase = point.conference.phase
        is_open = gettext("registration open") if point.is_open else gettext("registration closed")
        words = [
            # A point takes nobody while its conference does not.
            is_open if phase == Phase.OPEN else str(phase.label),
            gettext("line: %(state)s") % {"state": point.get_line_test_display()},
            gettext("join details: yes") if has_details else gettext("join details: no"),
        ]
        return format_html_join("", "<div>{}</div>", ((word,) for word in words))

    @admin.display(description=_("lists"))
    def lists(self, point: BridgePoint) -> str:
        if point.pk is None:
            return "–"
        return format_html_join(" · ", '<a href="{}">{}</a>', ((url(point), name) for name, url in _LINKS))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        rows = (row for formset in formsets if formset.model is Connection for row in formset.forms)
        changed = {name for one in (form, *rows) for name in one.changed_data}
        cast(Any, request).details_changed = changed_details.concerns(changed)

    def response_change(self, request: HttpRequest, obj: BridgePoint) -> HttpResponse:
        is_told = getattr(request, "details_changed", False) or changed_details.concerns(
            getattr(request, "brought_back", ())
        )
        asked = ask_about_details(request, obj) if is_told else None
        if asked:
            # Django would say that one can go on editing below, and on the page that follows one cannot.
            cast(Any, request).POST = QueryDict(mutable=True)
        usual = super().response_change(request, obj)
        return asked or usual

    def render_change_form(
        self, request: HttpRequest, context: dict, *args: Any, obj: Any = None, **kwargs: Any
    ) -> Any:
        if obj is not None and request.method == "GET" and (words := details_warning(request, obj)):
            self.message_user(request, words, messages.WARNING)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        versions = connection_versions(unquote(object_id)) if request.method == "GET" else []
        return super().history_view(request, object_id, {**(extra_context or {}), "connection_versions": versions})

    def view_on_site(self, obj: BridgePoint) -> str | None:
        return super().view_on_site(obj) if obj.conference.is_published else None

    def save_model(self, request: HttpRequest, obj: BridgePoint, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "seats" not in {*form.changed_data, *getattr(request, "brought_back", ())}:
            return
        warn_of_seats(request, obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is not Coordinator:
            super().save_formset(request, form, formset, change)
            return
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        for row in formset.deleted_forms:
            if row.instance.pk:
                withdrawing.withdraw_coordinator(coordinator=row.instance)
                formset.deleted_objects.append(row.instance)
        for row in formset.extra_forms:
            if row.has_changed() and row not in formset.deleted_forms:
                data = row.cleaned_data
                who = {"email": data["email"], "name": data["name"], "by": user_of(request)}
                formset.new_objects.append(services.appoint(point=form.instance, **who, now=timezone.now()))


@admin.register(Province)
class ProvinceAdmin(BrokenValuesMixin, MergingAdmin):
    """For superusers: corrections to the table of provinces."""

    list_display = ("name", "kind", "valid_from", "valid_to")
    search_fields = ("name", "code")
