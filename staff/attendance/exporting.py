"""Who was there, for Excel: .xlsx and CSV, one row a delegate. Who has been erased does not appear."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.http import StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from accounts.models import User, display_name
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
    (gettext_lazy("Join button"), 10),
    (gettext_lazy("In the meeting from"), 17),
    (gettext_lazy("In the meeting until"), 17),
    (gettext_lazy("Minutes in the meeting"), 10),
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


def _lines(rows: QuerySet[Attendance]) -> Iterator[list[str | int]]:
    # In the language of the request: the rows are drawn up after it is forgotten.
    modes = {value: str(label) for value, label in Attendance.Mode.choices}
    return _rows(rows, modes, exporting.minutes())


def _rows(
    rows: QuerySet[Attendance], modes: dict[str, str], write: Callable[[datetime | None], str]
) -> Iterator[list[str | int]]:
    found = (
        rows.filter(delegate__registration__erased_at=None)
        .order_by("delegate__sort_name", "pk")
        .values_list(
            "delegate__full_name", "delegate__position", "delegate__registration__organisation__name",
            Cast("delegate__phone", CharField()), "delegate__registration__number", "bridge_point__name", "mode",
            "first_at", "checked_in_at", "checked_in_by", "arrival__door__name", "presses", "met_from", "met_until",
            "met_seconds",
        )
    )  # fmt: skip
    # Few people check in very many.
    staff = {
        user.pk: display_name(user) for user in User.objects.filter(pk__in=rows.order_by().values("checked_in_by"))
    }
    for number, row in enumerate(exporting.begun(found.iterator(chunk_size=_AT_ONCE)), start=1):
        full_name, position, organisation, phone, registered_as, point, mode, first_at, checked_in_at, *more = row
        by, door, presses, met_from, met_until, met_seconds = more
        yield [
            number,
            full_name,
            position,
            organisation,
            exporting.national(phone),
            registered_as,
            point,
            modes[mode],
            write(first_at),
            write(checked_in_at),
            door or staff.get(by, ""),
            "x" if presses > (checked_in_at is not None) else "",
            write(met_from),
            write(met_until),
            round(met_seconds / 60) if met_from else "",
        ]
