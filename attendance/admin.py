"""Who was there, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from attendance.models import Attendance
from conference.admin import ConferenceAdmin, list_link
from conference.scoped_admin import ReadOnlyAdmin

ConferenceAdmin.links = [
    *ConferenceAdmin.links,
    (_("attendance"), list_link("admin:attendance_attendance_changelist", "conference__id__exact")),
]


@admin.register(Attendance)
class AttendanceAdmin(ReadOnlyAdmin):
    list_display = ("delegate", "bridge_point", "mode", "first_at", "last_at", "presses", "checked_in_by")
    list_filter = (
        "mode",
        ("bridge_point", admin.RelatedOnlyFieldListFilter),
        ("conference", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("delegate", "bridge_point", "checked_in_by")
    date_hierarchy = "first_at"
