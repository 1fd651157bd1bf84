"""Who was there, for Excel: .xlsx and CSV, one row a delegate. Who has been erased does not appear."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_lazy

from accounts.models import display_name
from attendance.models import Attendance
from lists import exporting, workbook

_AT_ONCE = 2000
#: Heading and width in characters.
_COLUMNS: tuple[tuple[str | Promise, int], ...] = (
    (gettext_lazy("No."), 6),
    (gettext_lazy("Full name"), 26),
    (gettext_lazy("Position"), 20),
    (gettext_lazy("Organisation"), 34),
    (gettext_lazy("Phone"), 15),
    (gettext_lazy("Registration number"), 13),
    (gettext_lazy("Bridge point"), 26),
    (gettext_lazy("Attendance"), 16),
    (gettext_lazy("First seen"), 17),
    (gettext_lazy("Checked in"), 17),
    (gettext_lazy("Checked in by"), 26),
)


def xlsx_response(rows: QuerySet[Attendance]) -> StreamingHttpResponse:
    """The delegates of ``rows`` to download as .xlsx."""
    headings, widths = [str(heading) for heading, _width in _COLUMNS], [width for _heading, width in _COLUMNS]
    pieces = workbook.stream(gettext("Attendance"), headings, _lines(rows), widths=widths)
    return exporting.download(pieces, exporting.file_name("diem-danh", "xlsx"), exporting.XLSX)


def csv_response(rows: QuerySet[Attendance]) -> StreamingHttpResponse:
    """The delegates of ``rows`` to download as CSV."""
    pieces = exporting.csv_lines([[str(heading) for heading, _width in _COLUMNS]], _lines(rows))
    return exporting.download(pieces, exporting.file_name("diem-danh", "csv"), "text/csv; charset=utf-8")


def moment(at: datetime | None) -> str:
    """``at`` as the lists write it: "19/07/2027 07:42"; "" for None."""
    return localtime(at).strftime("%d/%m/%Y %H:%M") if at else ""


def _lines(rows: QuerySet[Attendance]) -> Iterator[list[str | int]]:
    # In the language of the request: the rows are drawn up after it is forgotten.
    modes = {value: str(label) for value, label in Attendance.Mode.choices}
    return _rows(rows, modes)


def _rows(rows: QuerySet[Attendance], modes: dict[str, str]) -> Iterator[list[str | int]]:
    found = (
        rows.filter(delegate__registration__erased_at=None)
        .select_related("delegate__registration__organisation", "bridge_point", "checked_in_by")
        .order_by("delegate__sort_name", "pk")
    )
    for number, row in enumerate(found.iterator(chunk_size=_AT_ONCE), start=1):
        delegate, registration = row.delegate, row.delegate.registration
        yield [
            number,
            delegate.full_name,
            delegate.position,
            registration.organisation.name,
            exporting.national(str(delegate.phone)),
            registration.number,
            row.bridge_point.name,
            modes[row.mode],
            moment(row.first_at),
            moment(row.checked_in_at),
            display_name(row.checked_in_by) if row.checked_in_by else "",
        ]
