"""An uploaded list from the dry run to the end: checked, confirmed, applied by a worker in one transaction.

Exactly what was confirmed happens, or nothing: the worker makes the plan anew, and stops if it is not the same. What is
stored last is whether this attempt is still the one that counts, so that a worker given up for dead changes nothing.
"""

import logging
import secrets
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.authors import changes_by
from accounts.models import User
from conference.models import Conference
from lists import points, progress, reading
from lists.models import ImportJob
from lists.people import apply as people
from lists.people import columns, plan
from lists.reading import Row
from registrations.services import RegistrationRefused

log = logging.getLogger(__name__)

State = ImportJob.State
KEPT = timedelta(days=1)
#: A worker notes every second how far it is. One that says nothing for so long is dead, or there is none.
SILENT = timedelta(seconds=60)
_NOTED_EVERY = timedelta(seconds=0.5)
_COLUMNS: dict[str, tuple[Sequence[columns.Column], Sequence[str]]] = {
    ImportJob.Kind.PEOPLE: (columns.PEOPLE, ("full_name", "first_name")),
    ImportJob.Kind.POINTS: (columns.POINTS, ("name",)),
}


class NotStarted(Exception):
    """It cannot be applied now; the text says why."""


class _Outdated(Exception):
    """What was confirmed is no longer what would happen; holds the new plan."""

    def __init__(self, entries: Sequence[Any]) -> None:
        super().__init__()
        self.entries = entries


class _Superseded(Exception):
    """Another attempt has taken over, or it was dismissed."""


def check(
    *, conference: Conference, kind: str, content: bytes, name: str, options: dict[str, Any], by: User, now: datetime
) -> ImportJob:
    """Read a file and keep what would become of its rows; nothing is changed yet.

    Raises:
        Unreadable: it is no list that we know.
    """
    forget_old(now=now)
    listed, needed = _COLUMNS[kind]
    table = reading.read(content, name, columns=listed, needed=needed)
    job = ImportJob(
        conference=conference,
        kind=kind,
        file_name=reading.as_text(name)[-200:] or "–",
        rows=[[row.line, row.cells] for row in table.rows],
        options={
            **options,
            "found": table.found,
            "ignored": table.ignored,
            "language": translation.get_language() or settings.LANGUAGE_CODE,
        },
        by=by,
        created_at=now,
    )
    _keep_plan(job, _plan(job))
    job.save()
    return job


def start(*, job: ImportJob, notify: bool, now: datetime) -> None:
    """Hand ``job`` over to a worker; one that failed, or whose worker died, starts again from nothing.

    Raises:
        NotStarted: it is being applied or was, or another one of the conference is.
    """
    run = secrets.token_hex(16)
    for other in ImportJob.objects.filter(conference=job.conference_id, state=State.RUNNING).defer("rows", "plan"):
        if is_silent(other, now):
            ImportJob.objects.filter(pk=other.pk, run=other.run, state=State.RUNNING).update(state=State.FAILED)
    waiting = ImportJob.objects.filter(pk=job.pk, state__in=[State.CHECKED, State.FAILED])
    try:
        with transaction.atomic():
            started = waiting.update(
                state=State.RUNNING, run=run, started_at=now, error="", options={**job.options, "notify": notify}
            )
    except IntegrityError as error:
        raise NotStarted(
            gettext("Another list of this conference is being applied. Please wait until it is done.")
        ) from error
    if not started:
        raise NotStarted(gettext("This list is being applied already, or was."))
    progress.write(job.pk, run, done=0, now=now)
    transaction.on_commit(lambda: _hand_over(job.pk, run))


def _hand_over(job: int, run: str) -> None:
    """To Celery; without a worker or a broker that answers, to a thread of this process."""
    from lists.tasks import run_import

    if settings.TASKS_ARE_TAKEN:
        try:
            run_import.apply_async(args=[job, run], retry=False)
        except Exception as error:  # whatever the broker's library raises
            log.warning("the broker does not answer (%s); an import runs in the web server", type(error).__name__)
        else:
            return
    threading.Thread(target=_in_thread, args=(job, run), name=f"import-{job}", daemon=True).start()


def _in_thread(job: int, run: str) -> None:
    try:
        apply(job=job, run=run)
    finally:
        connection.close()


def is_silent(job: ImportJob, now: datetime) -> bool:
    """Whether the worker of a running ``job`` is dead, or none has taken it."""
    _done, noted = progress.read(job.pk, job.run)
    last = max(filter(None, (noted, job.started_at)), default=None)
    return job.state == State.RUNNING and (last is None or now - last > SILENT)


def apply(*, job: int, run: str) -> None:
    """Apply all of the job in one transaction if ``run`` is still the attempt that counts; never raises."""
    current = ImportJob.objects.filter(pk=job, run=run, state=State.RUNNING).select_related("conference", "by").first()
    if current is None:
        return
    mine = ImportJob.objects.filter(pk=job, run=run, state=State.RUNNING)
    with translation.override(current.options.get("language") or settings.LANGUAGE_CODE):
        try:
            with transaction.atomic(), changes_by(current.by):
                _apply(current)
        except _Outdated as outdated:
            _keep_plan(current, outdated.entries)
            mine.update(
                state=State.CHECKED,
                plan=current.plan,
                counts=current.counts,
                error=gettext(
                    "Meanwhile something has changed, and nothing was applied. Please look at the list once more."
                ),
            )
        except _Superseded:
            log.warning("an import was given up before it was done; nothing was changed")
        except RegistrationRefused as refused:
            mine.update(state=State.FAILED, error=str(refused)[:500])
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
    work = people if job.kind == ImportJob.Kind.PEOPLE else points
    work.apply(job.conference, entries, notify=bool(job.options.get("notify")), now=now, tick=tick)
    mine = ImportJob.objects.filter(pk=job.pk, run=job.run, state=State.RUNNING)
    if not mine.update(state=State.DONE, rows=[], plan=[], finished_at=timezone.now()):
        raise _Superseded
    if job.by_id:
        LogEntry.objects.log_actions(
            user_id=job.by_id,
            queryset=[job.conference],
            action_flag=CHANGE,
            change_message=gettext("List applied: %(new)d new, %(changed)d changed.") % job.counts,
            single_object=True,
        )


def _plan(job: ImportJob) -> list[Any]:
    rows = [Row(line, cells) for line, cells in job.rows]
    if job.kind == ImportJob.Kind.PEOPLE:
        return plan.plan(job.conference, rows, default_point=job.options.get("default_point"))
    return points.plan(job.conference, rows)


def _keep_plan(job: ImportJob, entries: Sequence[Any]) -> None:
    job.plan = [entry.preview() for entry in entries]
    counts = plan.counts if job.kind == ImportJob.Kind.PEOPLE else points.counts
    job.counts = {**counts(entries), "rows": len(entries)}


def dismiss(*, job: ImportJob, now: datetime) -> bool:
    """Throw ``job`` and its rows away; False while a worker applies it."""
    if job.state == State.RUNNING and not is_silent(job, now):
        return False
    # A worker that wakes up after all finds its job gone and stores nothing.
    ImportJob.objects.filter(pk=job.pk, run=job.run).exclude(state=State.DONE).delete()
    progress.forget(job.pk, job.run)
    return True


def forget_old(*, now: datetime) -> int:
    """Delete the lists that nobody applied within a day; returns how many. What was applied keeps its counts only."""
    old = ImportJob.objects.filter(~Q(state=State.DONE), created_at__lte=now - KEPT)
    found = list(old.values_list("pk", "run"))
    old.delete()
    for pk, run in found:
        progress.forget(pk, run)
    return len(found)
