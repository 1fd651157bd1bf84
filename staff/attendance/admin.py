"""Who was there, to look at."""

from django.contrib import admin

from attendance.models import Attendance
from staff.filters import RelatedFilter
from staff.scoped import ReadOnlyAdmin


@admin.register(Attendance)
class AttendanceAdmin(ReadOnlyAdmin):
    list_display = ("delegate", "bridge_point", "mode", "first_at", "last_at", "presses", "checked_in_by")
    list_filter = (
        "mode",
        ("bridge_point", RelatedFilter),
        ("conference", RelatedFilter),
    )
    list_select_related = ("delegate", "bridge_point", "checked_in_by")
    date_hierarchy = "first_at"
