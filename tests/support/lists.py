"""Makes lists to upload, and uploads them as an organiser does."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from conference.models import Conference
from lists import jobs, starting
from lists.models import ImportJob
from tests.conftest import NOW

HEADINGS = {
    "name": "Họ và tên",
    "position": "Chức vụ",
    "unit": "Đơn vị",
    "kind": "Loại hình",
    "tax": "Mã số thuế",
    "province": "Tỉnh",
    "phone": "Điện thoại",
    "email": "E-mail",
    "point": "Điểm cầu",
}


def xlsx(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook with one sheet."""
    book = Workbook()
    for row in (headings, *rows):
        book.active.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def people(*rows: Mapping[str, Any]) -> bytes:
    """A list of people; each has a name of their own and one organisation unless the row says otherwise."""
    full = [{"name": f"Lê Văn {number}", "unit": "HTX Na", **row} for number, row in enumerate(rows, start=1)]
    return xlsx(list(HEADINGS.values()), [[row.get(field) for field in HEADINGS] for row in full])


def uploaded(
    conference: Conference, content: bytes, *, kind: str = "people", name: str = "ds.xlsx", by=None, now=NOW, **options
) -> ImportJob:
    """The list as it was uploaded; the test's own broker reads it at once, or not at all."""
    return starting.upload(
        conference=conference, kind=kind, content=content, name=name, options=options, by=by, now=now
    )


def checked(conference: Conference, content: bytes, *, now=NOW, **said) -> ImportJob:
    """The list after its dry run."""
    job = uploaded(conference, content, now=now, **said)
    jobs.read(job=job.pk, run=job.run)
    job.refresh_from_db()
    return job


def started(job: ImportJob, *, notify: bool = True, now=NOW) -> ImportJob:
    """``job`` handed over; the test's own broker applies it at once, or not at all."""
    starting.start(job=job, notify=notify, now=now)
    job.refresh_from_db()
    return job


def verdicts(job: ImportJob) -> list[str]:
    return [row["verdict"] for row in job.plan]


def notes(job: ImportJob) -> str:
    return " ".join(note for row in job.plan for note in row["notes"])
