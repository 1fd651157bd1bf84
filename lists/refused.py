"""The refused rows of a list, for whoever puts them right in Excel: as they stood there, each with the reason."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext

from lists import headings, workbook
from lists.models import ImportJob
from lists.people.entries import REFUSED
from lists.reading import unknown_field

#: Known to the reading of lists as a column that means nothing: the file is mended and uploaded as it is.
_REASON = "Lý do bị từ chối"
_WIDTH, _REASON_WIDTH = 22, 60


def rows_kept(job: ImportJob) -> tuple[list[Any], list[Any]]:
    """Of rows and plan of ``job`` what is kept once it is applied: those that were refused."""
    plan = [shown for shown in job.plan if shown["verdict"] == REFUSED]
    lines = {shown["signature"][0] for shown in plan}
    return [[line, cells] for line, cells in job.rows if line in lines], plan


def xlsx(job: ImportJob) -> Iterator[bytes]:
    """The refused rows of ``job`` as .xlsx, under our headings or their own, the reason last."""
    rows, plan = rows_kept(job)
    notes = {shown["signature"][0]: " ".join(shown["notes"]) for shown in plan}
    read = [(line, {**cells, **headings.read_by(cells, job.options)}) for line, cells in rows]
    shown = _columns(job, {name for _line, cells in read for name in cells})
    lines = ([*(str(cells.get(name, "")) for name in shown), notes[line]] for line, cells in read)
    widths = [*(_WIDTH for _name in shown), _REASON_WIDTH]
    return workbook.stream(gettext("Refused rows"), [*shown.values(), _REASON], lines, widths=widths)


def _columns(job: ImportJob, filled: set[str]) -> dict[str, str]:
    """The columns that hold something, and their headings: ours, then those that mean none of ours."""
    ours = {column.field: column.heading for column in headings.columns_of(job.conference, job.kind)}
    meant = job.options.get("meant") or {}
    others = {
        unknown_field(int(index)): heading
        for index, heading in (job.options.get("unknown") or {}).items()
        if not meant.get(index)
    }
    return {name: heading for name, heading in {**ours, **others}.items() if name in filled}
