"""What a worker does with an uploaded list: reads the file and plans, later applies the plan in one transaction.

Exactly what was confirmed happens, or nothing: the worker makes the plan anew, and stops if it is not the same. What is
stored last is whether this attempt is still the one that counts, so that a worker given up for dead changes nothing.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.authors import changes_by
from lists import headings, kinds, progress, reading, refused
from lists.meeting.sections import Sections
from lists.models import ImportJob
from lists.reading import Row
from registrations.services import RegistrationRefused

log = logging.getLogger(__name__)

State = ImportJob.State
KEPT = timedelta(days=1)
#: A worker notes every second how far it is. One that says nothing for so long is dead, or there is none.
SILENT = timedelta(seconds=60)
#: What a worker is at.
_AT_WORK = (State.READING, State.RUNNING)
_NOTED_EVERY = timedelta(seconds=0.5)


class _Outdated(Exception):
    """What was confirmed is no longer what would happen; holds the new plan."""

    def __init__(self, entries: Sequence[Any]) -> None:
        super().__init__()
        self.entries = entries


class _Superseded(Exception):
    """Another attempt has taken over, or it was dismissed."""


def is_silent(job: ImportJob, now: datetime) -> bool:
    """Whether the worker of a ``job`` that is being read or applied is dead, or none has taken it."""
    if job.state not in _AT_WORK:
        return False
    _done, noted = progress.read(job.pk, job.run)
    last = max(filter(None, (noted, job.started_at)), default=None)
    return last is None or now - last > SILENT


def _attempt(job: int, run: str, state: str) -> ImportJob | None:
    """The job, if ``run`` is still the attempt that counts."""
    return ImportJob.objects.filter(pk=job, run=run, state=state).select_related("conference").first()


def _language(job: ImportJob) -> str:
    return str(job.options.get("language") or settings.LANGUAGE_CODE)


def read(*, job: int, run: str) -> None:
    """Read the file of the job and plan what becomes of each row, if ``run`` is still the attempt that counts.

    It is CHECKED then, or REFUSED with the reason; the file itself is gone in either case. Never raises.
    """
    current = _attempt(job, run, State.READING)
    if current is None:
        return
    with translation.override(_language(current)):
        try:
            _fill_in(current)
            current.state = State.CHECKED
        except reading.Unreadable as unreadable:
            current.state, current.error = State.REFUSED, str(unreadable)[:500]
        except Exception:
            log.exception("a list could not be read")
            current.state = State.REFUSED
            current.error = gettext("A fault of this site, not of your file. Please upload it once more.")
    ImportJob.objects.filter(pk=job, run=run, state=State.READING).update(
        content=None,
        **{name: getattr(current, name) for name in ("state", "error", "rows", "options", "plan", "counts")},
    )
    progress.forget(job, run)


def _fill_in(job: ImportJob) -> None:
    """Set rows, plan and counts of ``job``, unsaved.

    Raises:
        Unreadable: its file is no list that we know.
    """
    sections = Sections() if job.kind == ImportJob.Kind.MEETING else None
    table = reading.read(
        bytes(job.content or b""),
        job.file_name,
        columns=headings.columns_of(job.conference, job.kind),
        needed=headings.needed_in(job.kind),
        cut=sections.cut if sections else None,
    )
    if sections is not None:
        job.options = {**job.options, "source": sections.source.value}
    job.rows = [[row.line, row.cells] for row in table.rows]
    meant = headings.recall(conference=job.conference, kind=job.kind, by=job.by, unknown=table.unknown)
    job.options = {
        **job.options,
        "found": table.found,
        "fields": table.fields,
        "ignored": table.ignored,
        "unknown": {str(index): heading for index, heading in table.unknown.items()},
        # Two columns may have been said to be the same: the first is.
        "meant": _each_once(meant, table.fields),
    }
    plan_anew(job)


def _each_once(meant: dict[str, str], found: Sequence[str]) -> dict[str, str]:
    """``meant`` without the fields that another column has already."""
    taken, kept = set(found), {}
    for index, field in sorted(meant.items(), key=lambda item: int(item[0])):
        if field not in taken:
            kept[index] = field
            taken |= {field} - {""}
    return kept


def plan_anew(job: ImportJob) -> None:
    """Set plan and counts of ``job`` to what would become of its rows now, unsaved."""
    _keep_plan(job, _plan(job))


def apply(*, job: int, run: str) -> None:
    """Apply all of the job in one transaction if ``run`` is still the attempt that counts; never raises."""
    current = _attempt(job, run, State.RUNNING)
    if current is None:
        return
    mine = ImportJob.objects.filter(pk=job, run=run, state=State.RUNNING)
    with translation.override(_language(current)):
        try:
            with transaction.atomic(), changes_by(current.by):
                _apply(current)
        except _Outdated as outdated:
            _keep_plan(current, outdated.entries)
            mine.update(
                state=State.CHECKED,
                plan=current.plan,
                counts=current.counts,
                options=current.options,
                error=gettext(
                    "Meanwhile something has changed, and nothing was applied. Please look at the list once more."
                ),
            )
        except _Superseded:
            log.warning("an import was given up before it was done; nothing was changed")
        except RegistrationRefused as reason:
            mine.update(state=State.FAILED, error=str(reason)[:500])
        except Exception:
            log.exception("an import has failed; nothing was changed")
            mine.update(state=State.FAILED, error="")
    progress.forget(job, run)


def _apply(job: ImportJob) -> None:
    entries = _plan(job)
    if [entry.signature for entry in entries] != [shown["signature"] for shown in job.plan]:
        raise _Outdated(entries)
    noted = timezone.now()

    def tick(done: int) -> None:
        nonlocal noted
        moment = timezone.now()
        if moment - noted >= _NOTED_EVERY:
            progress.write(job.pk, job.run, done=done, now=moment)
            noted = moment

    now = timezone.now()
    kinds.KINDS[job.kind].apply(job.conference, entries, job.options, now, tick)
    mine = ImportJob.objects.filter(pk=job.pk, run=job.run, state=State.RUNNING)
    rows, shown = refused.rows_kept(job)
    if not mine.update(state=State.DONE, rows=rows, plan=shown, finished_at=timezone.now()):
        raise _Superseded
    if job.by_id:
        LogEntry.objects.log_actions(
            user_id=job.by_id,
            queryset=[job.conference],
            action_flag=CHANGE,
            change_message=kinds.done_words(job),
            single_object=True,
        )


def _plan(job: ImportJob) -> list[Any]:
    rows = [Row(line, headings.read_by(cells, job.options)) for line, cells in job.rows]
    return kinds.KINDS[job.kind].plan(job.conference, rows, job.options)


def _keep_plan(job: ImportJob, entries: Sequence[Any]) -> None:
    kind = kinds.KINDS[job.kind]
    job.plan = [entry.preview() for entry in entries]
    job.counts = {**kind.counts(entries), "rows": len(entries)}
    version = job.options.get("version", 0) + 1
    job.options = {**job.options, "version": version, **kind.summary(entries)}


def dismiss(*, job: ImportJob, now: datetime) -> bool:
    """Throw ``job`` and its rows away; False while a worker applies it."""
    if job.state in _AT_WORK and not is_silent(job, now):
        return False
    # A worker that wakes up after all finds its job gone and stores nothing.
    ImportJob.objects.filter(pk=job.pk, run=job.run).exclude(state=State.DONE).delete()
    progress.forget(job.pk, job.run)
    return True


def forget_old(*, now: datetime) -> int:
    """Delete the lists that nobody applied within a day; returns how many.

    What was applied keeps its refused rows for a day, and then its counts only.
    """
    ImportJob.objects.filter(state=State.DONE, finished_at__lte=now - KEPT).exclude(plan=[]).update(rows=[], plan=[])
    old = ImportJob.objects.filter(~Q(state=State.DONE), created_at__lte=now - KEPT)
    found = list(old.values_list("pk", "run"))
    old.delete()
    for pk, run in found:
        progress.forget(pk, run)
    return len(found)
