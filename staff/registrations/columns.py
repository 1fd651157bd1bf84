"""The list of registrations in the administration: its columns, filters and buttons."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber

from bridges.models import BridgePoint
from conference.models import Conference
from registrations.models import Registration
from staff.invitations.admin import InvitationFilter

_BY_CONFERENCE = ("-conference__starts_at", "position", "id")


class PointFilter(admin.RelatedOnlyFieldListFilter):
    """The points of the conference that is chosen; of several conferences, each with its name."""

    def field_choices(self, field, request: HttpRequest, model_admin) -> list[tuple[int, str]]:
        points = BridgePoint.objects.run_by(request.user).select_related("conference")
        if (chosen := request.GET.get("conference__id__exact", "")).isdecimal():
            return [(point.pk, point.label) for point in points.filter(conference=chosen)]
        return [(point.pk, f"{point.label} – {point.conference}") for point in points.order_by(*_BY_CONFERENCE)]


class PointKindFilter(admin.ChoicesFieldListFilter):
    """Kinds of point; Django would call it as the kinds of organisation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("kind of bridge point")


class OrganisationKindFilter(admin.ChoicesFieldListFilter):
    """Kinds of organisation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("kind of organisation")


class ListMixin:
    """Columns that fit on a screen, filters with names of their own, the way to lists and papers."""

    change_list_template = "admin/registrations/registration/change_list.html"
    list_display = (
        "number",
        "organisation_words",
        "state",
        "seats",
        "point_words",
        "contact_words",
        "invitation",
        "created_at",
    )
    list_filter = (
        ("conference", admin.RelatedOnlyFieldListFilter),
        ("bridge_point", PointFilter),
        ("bridge_point__kind", PointKindFilter),
        ("organisation__kind", OrganisationKindFilter),
        "state",
        ("invitation", InvitationFilter),
    )
    list_select_related = ("organisation", "bridge_point", "conference", "invitation")
    list_per_page = 50
    show_full_result_count = False

    @admin.display(description=_("bridge point"), ordering="bridge_point__position")
    def point_words(self, registration: Registration) -> str:
        return registration.bridge_point.label

    @admin.display(description=_("contact person"), ordering="contact_name")
    def contact_words(self, registration: Registration) -> str:
        phone = registration.contact_phone
        number = phone.as_national if isinstance(phone, PhoneNumber) else ""
        return format_html("{}<div>{}</div>", registration.contact_name, number or registration.contact_email)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        points = BridgePoint.objects.run_by(request.user).values("conference")
        found = Conference.objects.filter(pk__in=points).order_by("-starts_at")
        if (chosen := request.GET.get("conference__id__exact", "")).isdecimal():
            found = found.filter(pk=chosen)
        mine = found.values_list("pk", "short_name")[:2]
        return super().changelist_view(request, {**(extra_context or {}), "conferences_with_lists": list(mine)})
