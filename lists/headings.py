"""Headings that are none of ours: which field each means, and remembering it for the next list."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import User
from conference.models import Conference
from lists.meeting.columns import COLUMNS as MEETING
from lists.models import ImportJob, KnownHeading
from lists.people import columns
from lists.people.columns import Column, plain
from lists.reading import unknown_field

_NEEDED = {
    ImportJob.Kind.PEOPLE: ("full_name", "first_name"),
    ImportJob.Kind.POINTS: ("name",),
    ImportJob.Kind.MEETING: ("full_name", "first_name"),
}


def columns_of(conference: Conference, kind: str) -> list[Column]:
    """The columns that a list of ``kind`` may have: of people also one for each question of ``conference``."""
    if kind == ImportJob.Kind.PEOPLE:
        return [*columns.PEOPLE, *columns.asked_of(conference)]
    return list(MEETING if kind == ImportJob.Kind.MEETING else columns.POINTS)


def needed_in(kind: str) -> Sequence[str]:
    """The fields of which one must be there."""
    return _NEEDED[ImportJob.Kind(kind)]


def recall(*, conference: Conference, kind: str, by: User | None, unknown: Mapping[int, str]) -> dict[str, str]:
    """Which field each of the ``unknown`` headings means, by its column, as far as it was said before.

    In this conference by anybody, in others by the same user: what was said last counts, and here before elsewhere.
    """
    words = {plain(heading): str(index) for index, heading in unknown.items()}
    said = KnownHeading.objects.filter(
        Q(conference=conference) | Q(by=by, by__isnull=False), kind=kind, words__in=words
    )
    fields = {column.field for column in columns_of(conference, kind)}
    found: dict[str, str] = {}
    for heading in sorted(said, key=lambda h: (h.conference_id == conference.pk, h.at)):
        if heading.field in fields or not heading.field:
            found[words[heading.words]] = heading.field
    return found


def remember(*, job: ImportJob, meant: Mapping[str, str], by: User, now: datetime) -> None:
    """Keep what the unknown headings of ``job`` mean, by column, for the next list."""
    for index, field in meant.items():
        words = plain(job.options["unknown"][index])[:100]
        KnownHeading.objects.update_or_create(
            conference_id=job.conference_id,
            kind=job.kind,
            words=words,
            defaults={"field": field, "by": by, "at": now},
        )


def read_by(cells: Mapping[str, str], options: Mapping[str, Any]) -> dict[str, str]:
    """``cells`` with the texts of unknown columns under the fields that they mean; what is typed there stays."""
    read = {name: text for name, text in cells.items() if not name.startswith("?")}
    for index, field in (options.get("meant") or {}).items():
        text = cells.get(unknown_field(int(index)), "")
        if field and text:
            read.setdefault(field, text)
    return read
