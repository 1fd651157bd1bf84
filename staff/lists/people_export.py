"""The delegates of registrations for Excel, with what the day has shown: whether they were there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from attendance.models import Attendance
from lists import exporting
from registrations.models import Delegate, Registration


def _with_attendance(only: QuerySet[Delegate] | None) -> exporting.Further:
    """How and since when each was there; in the language of the request, which is forgotten when the rows are drawn."""
    modes = {value: str(label) for value, label in Attendance.Mode.choices}

    write = exporting.minutes()

    def cells(
        mode: str | None,
        checked_in_at: datetime | None,
        first_at: datetime | None,
        met_from: datetime | None,
        met_seconds: int | None,
    ) -> Sequence[str]:
        if not mode:
            return ["", "", ""]
        minutes = str(round((met_seconds or 0) / 60)) if met_from else ""
        return [modes[mode], write(checked_in_at or first_at), minutes]

    names = "mode", "checked_in_at", "first_at", "met_from", "met_seconds"
    headings = ((_("Attendance"), 16), (_("There since"), 17), (_("Minutes in the meeting"), 10))
    return exporting.Further(headings, tuple(f"attendance__{name}" for name in names), cells, only)


def xlsx_response(
    registrations: QuerySet[Registration], what: str = "dai-bieu", *, only: QuerySet[Delegate] | None = None
) -> StreamingHttpResponse:
    """The delegates of ``registrations`` to download as .xlsx; ``only``: who of them, None: all."""
    pieces = exporting.export_xlsx(registrations, _with_attendance(only))
    return exporting.download(pieces, exporting.file_name(what, "xlsx"), exporting.XLSX)


def csv_response(
    registrations: QuerySet[Registration], what: str = "dai-bieu", *, only: QuerySet[Delegate] | None = None
) -> StreamingHttpResponse:
    """The delegates of ``registrations`` to download as CSV; ``only`` likewise."""
    pieces = exporting.export_csv(registrations, _with_attendance(only))
    return exporting.download(pieces, exporting.file_name(what, "csv"), "text/csv; charset=utf-8")


@admin.action(description=_("Export the delegates of the chosen registrations to Excel"), permissions=["view"])
def export_as_xlsx(model_admin: Any, request: HttpRequest, queryset: QuerySet[Registration]) -> StreamingHttpResponse:
    """An action of the list of registrations."""
    return xlsx_response(queryset)


@admin.action(description=_("Export the delegates of the chosen registrations as CSV"), permissions=["view"])
def export_as_csv(model_admin: Any, request: HttpRequest, queryset: QuerySet[Registration]) -> StreamingHttpResponse:
    """An action of the list of registrations."""
    return csv_response(queryset)
