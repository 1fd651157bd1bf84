"""Lists that wait for confirmation hold personal data: they go when somebody whom they name is erased."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from django.db import transaction
from django.db.models import QuerySet

from conference.models import Conference
from conference.search import fold
from registrations.exchange import cleaning, progress
from registrations.models import ImportJob

_WAITING = (ImportJob.State.CHECKED, ImportJob.State.FAILED)
_BETWEEN = re.compile(r"[\s;,/<>()]+")


@dataclass
class Traces:
    """What tells people in a list: numbers of delegates, addresses in lower case, phones in E.164, full names."""

    delegates: set[int]
    emails: set[str]
    phones: set[str]
    names: set[str]

    @cached_property
    def _numbers(self) -> list[str]:
        # However a number is written, it ends with what stands behind the 0 or the +84.
        return [re.sub(r"\D", "", phone.removeprefix("+84")) for phone in self.phones]

    @cached_property
    def _folded_names(self) -> set[str]:
        return {fold(name) for name in self.names} - {""}

    def stand_in(self, job: ImportJob) -> bool:
        """Whether a row of ``job`` names one of them, or means one of them with other words."""
        # The dry run repeats what is known about whom a row means.
        return any(shown["signature"][2] in self.delegates for shown in job.plan) or any(
            self._in_row(cells) for _line, cells in job.rows
        )

    def _in_row(self, cells: dict[str, str]) -> bool:
        if fold(cleaning.full_name(cells)) in self._folded_names:
            return True
        return any(
            ("@" in text and not self.emails.isdisjoint(_BETWEEN.split(text.lower())))
            or any(number in _digits_of(text) for number in self._numbers)
            for text in cells.values()
        )


def _digits_of(text: str) -> str:
    with suppress(cleaning.Refused):
        text = cleaning.digits(text)
    return re.sub(r"\D", "", text)


def _lists(conference: Conference) -> QuerySet[ImportJob]:
    return ImportJob.objects.filter(conference=conference, kind=ImportJob.Kind.PEOPLE, state__in=_WAITING)


def drop_all(conference: Conference) -> None:
    """Delete the lists of people of ``conference`` that nobody has applied, inside the caller's transaction."""
    _drop(_lists(conference))


def drop_with(conference: Conference, traces: Traces) -> None:
    """Delete those of them that hold somebody of ``traces``, inside the caller's transaction."""
    # One at a time: each may have thousands of rows.
    some = _lists(conference).only("rows", "plan").iterator(chunk_size=1)
    if found := [job.pk for job in some if traces.stand_in(job)]:
        # One that is being applied by now stays: what it does was confirmed.
        _drop(_lists(conference).filter(pk__in=found))


def _drop(jobs: QuerySet[ImportJob]) -> None:
    runs = list(jobs.exclude(run="").values_list("pk", "run"))
    jobs.delete()
    if runs:
        transaction.on_commit(lambda: _forget(runs), robust=True)


def _forget(runs: Iterable[tuple[int, str]]) -> None:
    for pk, run in runs:
        progress.forget(pk, run)
