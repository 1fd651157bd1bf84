"""Handing an uploaded list over to a worker: to be read, later to be applied."""

import logging
import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from celery import Task
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from conference.models import Conference
from lists import jobs, progress, tasks
from lists.cells import as_text
from lists.models import ImportJob

log = logging.getLogger(__name__)

State = ImportJob.State
#: Of one conference at a time: the workers that read lists send messages as well.
_MOST_UNREAD = 3


class NotStarted(Exception):
    """It cannot be read or applied now; the text says why."""


def upload(
    *, conference: Conference, kind: str, content: bytes, name: str, options: dict[str, Any], by: User, now: datetime
) -> ImportJob:
    """Keep a file and have it read: what would become of its rows stands in the job then. Nothing is changed yet.

    Raises:
        NotStarted: others of the conference are being read.
    """
    jobs.forget_old(now=now)
    unread = ImportJob.objects.filter(conference=conference, state=State.READING, started_at__gt=now - jobs.SILENT)
    if unread.count() >= _MOST_UNREAD:
        raise NotStarted(gettext("Other lists of this conference are being read. Please try again in a minute."))
    job = ImportJob.objects.create(
        conference=conference,
        kind=kind,
        state=State.READING,
        file_name=as_text(name)[-200:] or "–",
        content=content,
        options={**options, "language": translation.get_language() or settings.LANGUAGE_CODE},
        run=_new_run(),
        by=by,
        created_at=now,
        started_at=now,
    )
    _begin(job.pk, job.run, tasks.read_import, jobs.read, now)
    return job


def read_again(*, job: ImportJob, now: datetime) -> None:
    """Have the file of ``job`` read by another worker, since none has or the one that had it is dead.

    Raises:
        NotStarted: a worker is at it, or has been.
    """
    run = _new_run()
    waiting = ImportJob.objects.filter(pk=job.pk, run=job.run, state=State.READING)
    if not jobs.is_silent(job, now) or not waiting.update(run=run, started_at=now):
        raise NotStarted(gettext("This list is being read already, or was."))
    progress.forget(job.pk, job.run)
    _begin(job.pk, run, tasks.read_import, jobs.read, now)


def start(*, job: ImportJob, notify: bool, now: datetime, seen: int | None = None) -> None:
    """Have ``job`` applied; one that failed, or whose worker died, starts again from nothing.

    ``seen``: the version of the plan that was confirmed; None: whichever it is.

    Raises:
        NotStarted: it is being applied or was, or another one of the conference is, or the plan is another one by now.
    """
    run = _new_run()
    for other in ImportJob.objects.filter(conference=job.conference_id, state=State.RUNNING).without_rows():
        if jobs.is_silent(other, now):
            ImportJob.objects.filter(pk=other.pk, run=other.run, state=State.RUNNING).update(state=State.FAILED)
    waiting = ImportJob.objects.filter(pk=job.pk, state__in=[State.CHECKED, State.FAILED])
    try:
        with transaction.atomic():
            # As it is now: somebody may have mended it since it was read.
            current = waiting.select_for_update().without_rows().first()
            options = {**current.options, "notify": notify} if current else {}
            if current and seen is not None and seen != options.get("version"):
                raise NotStarted(gettext("Meanwhile somebody has changed this list. Please look at it once more."))
            started = waiting.update(state=State.RUNNING, run=run, started_at=now, error="", options=options)
    except IntegrityError as error:
        raise NotStarted(
            gettext("Another list of this conference is being applied. Please wait until it is done.")
        ) from error
    if not started:
        raise NotStarted(gettext("This list is being applied already, or was."))
    _begin(job.pk, run, tasks.run_import, jobs.apply, now)


def _new_run() -> str:
    return secrets.token_hex(16)


def _begin(job: int, run: str, task: Task, work: Callable[..., None], now: datetime) -> None:
    progress.write(job, run, done=0, now=now)
    transaction.on_commit(lambda: _hand_over(job, run, task, work))


def _hand_over(job: int, run: str, task: Task, work: Callable[..., None]) -> None:
    """To Celery as ``task``; without a worker or a broker that answers, to a thread of this process as ``work``."""
    if settings.TASKS_ARE_TAKEN:
        try:
            task.apply_async(args=[job, run], retry=False)
        except Exception as error:  # whatever the broker's library raises
            log.warning("the broker does not answer (%s); an import runs in the web server", type(error).__name__)
        else:
            return
    threading.Thread(target=_in_thread, args=(job, run, work), name=f"import-{job}", daemon=True).start()


def _in_thread(job: int, run: str, work: Callable[..., None]) -> None:
    try:
        work(job=job, run=run)
    finally:
        connection.close()
