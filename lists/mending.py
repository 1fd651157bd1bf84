"""What somebody settles in the preview of a list: what its headings mean, where its rows go, what a row says.

Each writes the list and plans it anew under the lock of its row: two who mend it at once do not undo each other.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from lists import headings, jobs
from lists.models import ImportJob
from lists.people.columns import plain
from lists.people.plan import LEFT_OUT

State = ImportJob.State
#: The states in which a list waits for somebody.
WAITING = (State.CHECKED, State.FAILED)


class NotMended(Exception):
    """The list does not wait for anybody any more, or there is no such row; the text says it."""


class MendedMeanwhile(Exception):
    """Somebody else has changed fields of the row meanwhile: ``now`` is what stands in each."""

    def __init__(self, now: Mapping[str, str]) -> None:
        super().__init__()
        self.now = now


@dataclass(frozen=True)
class Settled:
    """What somebody has said about a whole list. ``meant``: the field of each unknown column, "" for none.

    ``places``: by a text where a bridge point should stand, the number of the one that it means, None for none.
    """

    meant: Mapping[str, str]
    places: Mapping[str, int | None]
    default_point: int | None


@contextmanager
def _opened(pk: int) -> Iterator[ImportJob]:
    """The list, locked, to be changed; planned anew and stored afterwards.

    Raises:
        NotMended: it does not wait any more.
    """
    with transaction.atomic():
        job = ImportJob.objects.select_for_update().defer("content").filter(pk=pk, state__in=WAITING).first()
        if job is None:
            raise NotMended(gettext("This list is being applied already, or was."))
        yield job
        jobs.plan_anew(job)
        job.error = ""
        job.save(update_fields=["rows", "options", "plan", "counts", "error"])


def settle(*, job: ImportJob, said: Settled, by: User, now: datetime) -> None:
    """Read the list as ``said``, and remember what its headings mean.

    Raises:
        NotMended: the list does not wait any more.
    """
    with _opened(job.pk) as current:
        before = current.options.get("meant") or {}
        news = {index: field for index, field in said.meant.items() if before.get(index) != field}
        headings.remember(job=current, meant=news, by=by, now=now)
        places = {**(current.options.get("places") or {}), **{plain(text): pk for text, pk in said.places.items()}}
        current.options = {
            **current.options,
            "meant": {**before, **said.meant},
            "places": {text: pk for text, pk in places.items() if pk},
            "default_point": said.default_point,
        }


def cells_of(job: ImportJob, line: int) -> dict[str, str] | None:
    """What stands in the row ``line``, by field; None if there is no such row."""
    cells = next((cells for number, cells in job.rows if number == line), None)
    return None if cells is None else headings.read_by(cells, job.options)


def mend(*, job: ImportJob, line: int, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Write the fields of ``after`` into the row ``line``; ``before`` is what their reader saw there.

    Raises:
        NotMended: the list does not wait any more, or the row is gone.
        MendedMeanwhile: something else than ``before`` stands there; nothing is stored.
    """
    with _opened(job.pk) as current:
        stored = cells_of(current, line)
        if stored is None:
            raise NotMended(gettext("This row is not in the list any more."))
        if any(stored.get(name, "") not in (before.get(name, ""), text) for name, text in after.items()):
            raise MendedMeanwhile({name: stored.get(name, "") for name in after})
        cells = next(cells for number, cells in current.rows if number == line)
        for name, text in after.items():
            _write(cells, name, text, current.options)


def _write(cells: dict[str, Any], field: str, text: str, options: Mapping[str, Any]) -> None:
    """Write ``text`` as ``field``; of an unknown column that means it, into that."""
    if text:
        cells[field] = text
        return
    cells.pop(field, None)
    for index, meaning in (options.get("meant") or {}).items():
        if meaning == field:
            cells.pop(f"?{index}", None)


def is_left_out(job: ImportJob, line: int) -> bool:
    """Whether somebody has left the row out."""
    return bool((cells_of(job, line) or {}).get(LEFT_OUT))
