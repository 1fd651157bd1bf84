"""Who was there, to look at, to search and to take along."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from attendance.desk import who_checked_in
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
    """When they were seen at the desk, and by whom or at which door."""
    if attendance.checked_in_at is None:
        return "–"
    moment = date_format(localtime(attendance.checked_in_at), "H:i j/n/Y")
    return format_html('{}<div class="quiet">{}</div>', moment, who_checked_in(attendance))


@admin.display(description=_("in the meeting"), ordering="met_from")
def met_words(attendance: Attendance) -> str:
    """From when to when its list or calls say that they were in the meeting, and how many minutes."""
    if attendance.met_from is None or attendance.met_until is None:
        return "–"
    begin, until = localtime(attendance.met_from), localtime(attendance.met_until)
    hours = f"{date_format(begin, 'H:i')} – {date_format(until, 'H:i')}"
    minutes = ngettext("%(count)d minute", "%(count)d minutes", attendance.met_minutes)
    return format_html('{}<div class="quiet">{}</div>', hours, minutes % {"count": attendance.met_minutes})


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
    list_display = (delegate_words, point_words, "mode", "first_at", checked_in_words, met_words)
    list_filter = (
        ("conference", RelatedFilter),
        ("bridge_point", PointFilter),
        "mode",
        # Where the page of the doors leads.
        "is_twice",
    )
    list_select_related = ("delegate__registration__organisation", "bridge_point", "checked_in_by", "arrival__door")
    list_per_page = 50
    paginator = LongPaginator
    show_full_result_count = False
    search_help_text = _("Number, organisation, name, phone or e-mail; accents do not matter.")
    date_hierarchy = "first_at"
    actions = [export_as_xlsx, export_as_csv]
    # The stubs know no functions among fields.
    fields: ClassVar[Any] = (
        delegate_words, registration_words, "conference", point_words, "mode", "first_at", "last_at", "presses",
        checked_in_words, met_words,
    )  # fmt: skip

    class Media:
        css = {"all": ["css/staff.css"]}

    def search_condition(self, search_term: str) -> Q:
        return Q(delegate__in=searching.delegates(search_term))
