"""Lists that wait for confirmation hold personal data: they go when somebody whom they name is erased.

So do the refused rows of those that were applied; their counts stay.
"""

import re
from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction
from django.db.models import QuerySet

from common.search import fold
from conference.models import Conference
from lists import headings, progress
from lists.models import ImportJob
from lists.people import cleaning
from registrations.signals import ErasedPeople

State = ImportJob.State
_WAITING = (State.CHECKED, State.FAILED)

#: The kinds that name people.
_OF_PEOPLE = (ImportJob.Kind.PEOPLE, ImportJob.Kind.MEETING)
_BETWEEN = re.compile(r"[\s;,/<>()]+")


class _Search:
    """Looks for ``people`` in uploaded lists."""

    def __init__(self, people: ErasedPeople) -> None:
        self._people = people
        # However a number is written, it ends with what stands behind the 0 or the +84.
        self._numbers = [re.sub(r"\D", "", phone.removeprefix("+84")) for phone in people.phones]
        self._names = {fold(name) for name in people.names} - {""}

    def finds(self, job: ImportJob) -> bool:
        """Whether a row of ``job`` names one of them, or means one of them with other words."""
        # The dry run repeats what is known about whom a row means.
        return any(shown["signature"][2] in self._people.delegates for shown in job.plan) or any(
            self._is_about({**cells, **headings.read_by(cells, job.options)}) for _line, cells in job.rows
        )

    def _is_about(self, cells: dict[str, str]) -> bool:
        if fold(cleaning.full_name(cells)) in self._names:
            return True
        return any(
            ("@" in text and not self._people.emails.isdisjoint(_BETWEEN.split(text.lower())))
            or any(number in _digits_of(text) for number in self._numbers)
            for text in cells.values()
        )


def _digits_of(text: str) -> str:
    with suppress(cleaning.Refused):
        text = cleaning.digits(text)
    return re.sub(r"\D", "", text)


def _lists(conference: Conference, *states: str) -> QuerySet[ImportJob]:
    return ImportJob.objects.filter(conference=conference, kind__in=_OF_PEOPLE, state__in=states)


def drop_all(conference: Conference) -> None:
    """Delete the lists of people of ``conference`` that nobody has applied, inside the caller's transaction."""
    _drop(_lists(conference, State.READING, *_WAITING))
    _empty(_lists(conference, State.DONE))


def drop_with(conference: Conference, people: ErasedPeople) -> None:
    """Delete those of them that name somebody of ``people``, inside the caller's transaction.

    Those that are being read as well: nobody knows yet whom they name, and whoever has the file uploads it again.
    """
    _drop(_lists(conference, State.READING))
    # One at a time: each may have thousands of rows.
    some = _lists(conference, *_WAITING, State.DONE).exclude(plan=[]).only("rows", "plan", "options")
    search = _Search(people)
    if found := [job.pk for job in some.iterator(chunk_size=1) if search.finds(job)]:
        # One that is being applied by now stays: what it does was confirmed.
        _drop(_lists(conference, *_WAITING).filter(pk__in=found))
        _empty(_lists(conference, State.DONE).filter(pk__in=found))


def _empty(jobs: QuerySet[ImportJob]) -> None:
    jobs.update(rows=[], plan=[])


def _drop(jobs: QuerySet[ImportJob]) -> None:
    runs = list(jobs.exclude(run="").values_list("pk", "run"))
    jobs.delete()
    if runs:
        transaction.on_commit(lambda: _forget(runs), robust=True)


def _forget(runs: Iterable[tuple[int, str]]) -> None:
    for pk, run in runs:
        progress.forget(pk, run)
