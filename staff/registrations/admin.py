"""Registrations in the administration, and what is noted when personal data are erased."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.signed_in import user_of
from bridges.models import BridgePoint
from bridges.seat_words import seat_counts_words
from common.long_lists import LongPaginator
from conference.models import Conference
from registrations import searching
from registrations.models import Delegate, Erasure, Registration
from registrations.services.common import lock_with_point
from staff.broken_values import read_number
from staff.edit_conflicts import StaffModelForm
from staff.filters import RelatedFilter
from staff.lists.people_export import export_as_csv, export_as_xlsx
from staff.registrations import (
    cancelling,
    columns,
    deciding,
    erasing,
    moving,
    people,
    people_history,
    resending,
    telephone,
)
from staff.registrations.chosen import is_organiser
from staff.registrations.message_list import message_list
from staff.registrations.page_fields import (
    attendance_words,
    consent_words,
    decision_words,
    inviter,
    letter_link,
    place_in_line,
)
from staff.registrations.what_was_said import answer_list, interest_list
from staff.scoped import AccentlessSearch, ReadOnlyAdmin, ScopedAdmin, ScopedInline


class DelegateInline(ScopedInline, admin.TabularInline):
    model = Delegate
    form = people.DelegateForm
    # The stubs know no functions among fields.
    fields: ClassVar[Any] = (
        "full_name", "position", "phone", "email", "same", attendance_words, letter_link,
    )  # fmt: skip
    readonly_fields: ClassVar[Any] = (attendance_words, letter_link)
    extra = 0
    can_delete = False
    organiser_may = frozenset({"view", "change"})
    coordinator_may = frozenset({"view", "change"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delegate]:
        return super().get_queryset(request).select_related("attendance")


class RegistrationForm(StaffModelForm):
    """What staff may correct."""

    class Meta:
        model = Registration
        fields = ("contact_name", "contact_position", "contact_email", "contact_phone", "language")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        people.refuse_address_of_staff(self, self.instance.pk, email="contact_email", phone="contact_phone")
        return cleaned


# Address, name and view of each page about chosen registrations.
_PAGES = (
    ("move/", "move", moving.move),
    ("<str:ids>/accept/", "accept", deciding.accept),
    ("<str:ids>/decline/", "decline", deciding.decline),
    ("<str:ids>/promote/", "promote", deciding.promote),
    ("<str:ids>/cancel/", "cancel", cancelling.cancel),
    ("<str:ids>/resend/", "resend", resending.resend),
    ("<str:ids>/renew/", "renew", resending.renew_links),
    ("<str:ids>/erase/", "erase", erasing.erase),
)


@admin.register(Registration)
class RegistrationAdmin(AccentlessSearch, ScopedAdmin):
    """Search without accents, filter by point, kind and state; what may be done to registrations as actions."""

    form = RegistrationForm
    inlines = [DelegateInline]
    organiser_may = frozenset({"view", "add", "change"})
    coordinator_may = frozenset({"view", "add", "change"})
    object_history_template = "staff/registrations/history.html"
    # An earlier version would carry old seats and states with it.
    can_revert = False

    change_list_template = "admin/registrations/registration/change_list.html"
    list_display = columns.COLUMNS
    list_filter = columns.FILTERS
    list_select_related = ("organisation", "bridge_point", "conference", "invitation")
    list_per_page = 50
    paginator = LongPaginator
    show_full_result_count = False
    search_help_text = _("Number, organisation, name, phone or e-mail; accents do not matter.")
    actions = [
        deciding.accept_selected,
        deciding.decline_selected,
        deciding.promote_selected,
        moving.move_selected,
        cancelling.cancel_selected,
        resending.resend_selected,
        resending.renew_links_selected,
        export_as_xlsx,
        export_as_csv,
        erasing.erase_selected,
    ]

    # The stubs know no functions among fields.
    readonly_fields: ClassVar[Any] = (
        "number", "organisation", "conference", "bridge_point", "state", "seats", place_in_line, "source",
        "created_at", "confirmed_at", "cancelled_at", "invitation", "reason", decision_words, interest_list,
        answer_list, consent_words, "erased_at", inviter, message_list,
    )  # fmt: skip
    fieldsets: ClassVar[Any] = (
        (
            None,
            {
                "fields": (
                    "number", "state", place_in_line, "conference", "bridge_point", "organisation", "seats",
                )
            },
        ),
        (_("Decision"), {"fields": ("reason", decision_words)}),
        (
            _("Contact person"),
            {"fields": ("contact_name", "contact_position", "contact_email", "contact_phone", "language")},
        ),
        (_("What was said"), {"fields": (interest_list, answer_list)}),
        (
            _("How it came about"),
            {"fields": ("source", "invitation", "created_at", "confirmed_at", "cancelled_at", consent_words)},
        ),
        (_("Messages"), {"fields": (message_list,)}),
    )  # fmt: skip
    #: What stays of a registration when its personal data are erased.
    erased_fieldsets = (
        (None, {"fields": ("number", "erased_at", "state", "conference", "bridge_point", "seats")}),
        (_("How it came about"), {"fields": ("source", "created_at", "confirmed_at", "cancelled_at")}),
    )

    class Media:
        css = {"all": ["css/staff.css"]}

    # --- what may be done -------------------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Registration | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj is not None and obj.erased_at)

    def has_organise_permission(self, request: HttpRequest) -> bool:
        """Django asks this for the actions that only organisers have."""
        return is_organiser(request)

    # --- the list and the pages about what is chosen there ----------------------------------------------------------

    def search_condition(self, search_term: str) -> Q:
        return Q(pk__in=searching.registrations(search_term))

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        points = BridgePoint.objects.run_by(user_of(request)).values("conference")
        found = Conference.objects.filter(pk__in=points).order_by("-starts_at")
        if chosen := read_number(request.GET.get("conference__id__exact", "")):
            found = found.filter(pk=chosen)
        # The way to lists and papers, where one or two conferences are meant.
        shown = list(found.values_list("pk", "short_name")[:2])
        return super().changelist_view(request, {**(extra_context or {}), "conferences_with_lists": shown})

    def get_urls(self) -> list:
        pages = [
            path(address, self.admin_site.admin_view(partial(view, self)), name=f"registrations_registration_{name}")
            for address, name, view in _PAGES
        ]
        return [*pages, *super().get_urls()]

    # --- the page of one registration -------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """“Add registration” is the form for somebody who calls."""
        return telephone.register(self, request)

    def get_fieldsets(self, request: HttpRequest, obj: Registration | None = None) -> Any:
        """Without what does not apply to this registration."""
        if obj is None:
            return self.fieldsets
        if obj.erased_at:
            return self.erased_fieldsets
        empty = _list_empty_fields(obj)
        # Where coordinators may not go there is no link.
        shown = {} if _organises(request, obj.conference_id) else {"invitation": inviter}
        kept = [
            (title, [shown.get(name, name) for name in options["fields"] if name not in empty])
            for title, options in self.fieldsets
        ]
        return [(title, {"fields": names}) for title, names in kept if names]

    def get_inlines(self, request: HttpRequest, obj: Registration | None) -> Any:
        return [] if obj is not None and obj.erased_at else super().get_inlines(request, obj)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        versions = people_history.people_versions(unquote(object_id)) if request.method == "GET" else []
        return super().history_view(request, object_id, {**(extra_context or {}), "people_versions": versions})

    def set_history_delta_changes(self, request: HttpRequest, historical_records: Any, *args: Any, **kw: Any) -> None:
        super().set_history_delta_changes(request, historical_records, *args, **kw)
        people_history.registrant_words(historical_records)

    def view_on_site(self, obj: Registration) -> str | None:
        # Its page on the site is the registrant's, and its address their personal link.
        return None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> Any:
        if obj is not None:
            context |= {
                "may_decide": self.has_change_permission(request, obj),
                "may_organise": _organises(request, obj.conference_id),
                "room": seat_counts_words(obj.bridge_point),
                # Adding is another page with other fields.
                "show_save_and_add_another": False,
            }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST" and transaction.get_connection().in_atomic_block:
            # The point first, as everywhere: the rows of its people are locked while they are changed.
            lock_with_point(found.pk)
        return found

    def save_model(self, request: HttpRequest, obj: Registration, form: RegistrationForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        people.renew_link_of_another_contact(request, obj, form.stored)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is Delegate:
            people.store(request, form.instance, formset)
        else:
            super().save_formset(request, form, formset, change)


def _organises(request: HttpRequest, conference: int) -> bool:
    """Whether the user is an organiser of this conference, not only somebody who runs a point of it."""
    return is_organiser(request) and Conference.objects.run_by(user_of(request)).filter(pk=conference).exists()


def _list_empty_fields(registration: Registration) -> set:
    """The fields of the page that say nothing about ``registration``."""
    empty: set = {
        name for name in ("confirmed_at", "cancelled_at", "invitation", "reason") if not getattr(registration, name)
    }
    if registration.state != Registration.State.WAITLISTED:
        empty.add(place_in_line)
    if not registration.decided_at:
        empty.add(decision_words)
    return empty


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """When, how, by whom of the staff and how much was erased."""

    coordinator_may = frozenset()
    list_display = ("at", "conference", "way", "by", "registrations", "delegates", "messages")
    list_filter = (("conference", RelatedFilter), "way")
    list_select_related = ("conference", "by")
    fields = list_display
