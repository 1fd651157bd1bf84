"""Who was there, to look at, to search and to take along."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import display_name
from attendance.models import Attendance
from common.long_lists import LongPaginator
from registrations import searching
from staff.attendance import exporting
from staff.filters import RelatedFilter
from staff.registrations.columns import PointFilter
from staff.scoped import AccentlessSearch, ReadOnlyAdmin


@admin.display(description=_("delegate"), ordering="delegate__sort_name")
def delegate_words(attendance: Attendance) -> str:
    """Name and organisation; of somebody whose data are erased the number of the registration is left."""
    registration = attendance.delegate.registration
    if registration.erased_at:
        return format_html('{} <span class="badge">{}</span>', registration.number, gettext("erased"))
    return format_html('{}<div class="quiet">{}</div>', attendance.delegate.full_name, registration.organisation.name)


@admin.display(description=_("registration"))
def registration_words(attendance: Attendance) -> str:
    """The number of the registration."""
    return attendance.delegate.registration.number


@admin.display(description=_("bridge point"), ordering="bridge_point__position")
def point_words(attendance: Attendance) -> str:
    """The short name of the bridge point."""
    return attendance.bridge_point.label


@admin.display(description=_("checked in"), ordering="checked_in_at")
def checked_in_words(attendance: Attendance) -> str:
    """When staff have seen them at the desk, and who did."""
    if attendance.checked_in_at is None:
        return "–"
    by = attendance.checked_in_by
    moment = date_format(localtime(attendance.checked_in_at), "H:i j/n/Y")
    return format_html('{}<div class="quiet">{}</div>', moment, display_name(by) if by else gettext("unknown"))


@admin.action(description=_("Export the chosen to Excel"), permissions=["view"])
def export_as_xlsx(model_admin: Any, request: HttpRequest, queryset: QuerySet[Attendance]) -> StreamingHttpResponse:
    """An action of the list."""
    return exporting.xlsx_response(queryset)


@admin.action(description=_("Export the chosen as CSV"), permissions=["view"])
def export_as_csv(model_admin: Any, request: HttpRequest, queryset: QuerySet[Attendance]) -> StreamingHttpResponse:
    """An action of the list."""
    return exporting.csv_response(queryset)


@admin.register(Attendance)
class AttendanceAdmin(AccentlessSearch, ReadOnlyAdmin):
    list_display = (delegate_words, point_words, "mode", "first_at", checked_in_words)
    list_filter = (
        ("conference", RelatedFilter),
        ("bridge_point", PointFilter),
        "mode",
    )
    list_select_related = ("delegate__registration__organisation", "bridge_point", "checked_in_by")
    list_per_page = 50
    paginator = LongPaginator
    show_full_result_count = False
    search_help_text = _("Number, organisation, name, phone or e-mail; accents do not matter.")
    date_hierarchy = "first_at"
    actions = [export_as_xlsx, export_as_csv]
    # The stubs know no functions among fields.
    fields: ClassVar[Any] = (
        delegate_words, registration_words, "conference", point_words, "mode", "first_at", "last_at", "presses",
        checked_in_words,
    )  # fmt: skip

    class Media:
        css = {"all": ["css/staff.css"]}

    def search_condition(self, search_term: str) -> Q:
        return Q(delegate__in=searching.delegates(search_term))
