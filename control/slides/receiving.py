"""Taking a file of slides: looked at in the limited process, kept, and counted as the newest of its cue."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from accounts.models import User
from control.models import Cue, SlideFile, SlideLink
from control.slides import store
from lists.limited import process

#: A deck of 50 MB takes half a second of a processor; this process steps back behind all others of the machine.
LIMITS = process.Limits(memory=512 * 1024 * 1024, processor=20, clock=50)
#: So many files of a cue are kept: the one that counts, and those that it has replaced.
KEPT = 3
_LONGEST_NAME = 200
#: Why a file is refused that could not be looked at or kept, and why one for which there was no turn.
LATER, BUSY = "later", "busy"
log = logging.getLogger(__name__)


class SlidesRefused(Exception):
    """The file is not taken; ``why`` in one word and what it is ``about``, for ``control/slides/words.py``.

    "later", "busy": it is not the file's fault, but the site's.
    """

    def __init__(self, why: str, about: str = "") -> None:
        super().__init__(why)
        self.why, self.about = why, about

    @property
    def status(self) -> int:
        """Of the answer that says so."""
        return 503 if self.why in (LATER, BUSY) else 422


@dataclass(frozen=True)
class Taken:
    """What became of a file."""

    file: SlideFile
    #: The same file had come before; nothing has changed.
    is_known: bool = False


def most_bytes() -> int:
    """How big a file may be."""
    return int(settings.SLIDES_MAX_MB) * 1024 * 1024


def current_file(cue: Cue) -> SlideFile | None:
    """The file of ``cue`` that counts: the newest that is not withdrawn. One query."""
    return SlideFile.objects.filter(cue=cue, withdrawn_at=None).first()


def take(*, cue: Cue, file: IO[bytes], name: str, size: int, now: datetime, by: User | None = None) -> Taken:
    """Take ``file``, called ``name`` by whoever sends it, as the slides of ``cue``; it must lie on the disk.

    ``by``: the staff user who uploads it for the speaker; None: it comes by the link. What it replaces is kept a while.

    Raises:
        SlidesRefused: it is no file of slides, too big, too long, or may do harm; or the site cannot look at it or keep
            it now, "later", or is at two others, "busy". What was handed in before stays.
    """
    uid = uuid4()
    try:
        found = _looked_at(file, size)
        sha256 = _kept(file, uid)
    except SlidesRefused as refused:
        note_refusal(cue=cue, refused=refused, now=now)
        raise
    row = SlideFile(
        cue=cue,
        uid=uid,
        name=_clean_name(name, found["kind"]),
        kind=found["kind"],
        size=size,
        sha256=sha256,
        pages=found["pages"],
        warnings=found["warnings"],
        uploaded_at=now,
        by=by,
    )
    try:
        taken = _enter(row)
    except BaseException:
        store.drop([uid])
        raise
    if taken.is_known:
        store.drop([uid])
    return taken


def note_refusal(*, cue: Cue, refused: SlidesRefused, now: datetime) -> None:
    """Keep why the last file for ``cue`` was refused: staff see that its speaker needs help."""
    about = {"why": refused.why, "about": refused.about}
    SlideLink.objects.filter(cue=cue).update(refused=about, refused_at=now)


def _looked_at(file: IO[bytes], size: int) -> dict[str, Any]:
    if size > most_bytes():
        raise SlidesRefused("big", str(size))
    try:
        most = settings.SLIDES_MAX_PAGES
        found = process.run_on("slides", file, limits=LIMITS, patience=process.PATIENCE, most_pages=most)
    except process.Busy as error:
        raise SlidesRefused(BUSY) from error
    except process.TooMuch as error:
        raise SlidesRefused("too much") from error
    except process.Broken as error:
        # A signal: a library fell over the file. An exit code: the process itself does not work.
        if error.code < 0:
            raise SlidesRefused("damaged") from error
        log.exception("slides cannot be looked at")
        raise SlidesRefused(LATER) from error
    except OSError as error:
        log.exception("slides cannot be looked at")
        raise SlidesRefused(LATER) from error
    if "refused" in found:
        raise SlidesRefused(found["refused"], found["about"])
    return found


def _kept(file: IO[bytes], uid: UUID) -> str:
    try:
        return store.keep(file, uid)
    except OSError as error:
        log.exception("slides cannot be kept")
        raise SlidesRefused(LATER) from error


def _clean_name(name: str, kind: str) -> str:
    """The last part of ``name`` without what no file name holds; it ends as its content is."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(letter for letter in last if letter.isprintable()).strip()
    stem = printable.rpartition(".")[0] or printable or "slides"
    return f"{stem[: _LONGEST_NAME - 5]}.{kind}"


@transaction.atomic
def _enter(row: SlideFile) -> Taken:
    # Of two that come at once, both are kept, and the one that is entered last counts.
    locked = _locked(row.cue_id)
    if locked is None:
        raise SlidesRefused("gone")
    SlideLink.objects.filter(cue=locked).update(refused=None, refused_at=None)
    current = current_file(locked)
    if current is not None and current.sha256 == row.sha256:
        return Taken(current, is_known=True)
    row.save()
    _delete(list(SlideFile.objects.filter(cue=locked).order_by("-uploaded_at", "-pk")[KEPT:]))
    return Taken(row)


def _locked(number: int) -> Cue | None:
    """The cue with this number, for which everybody waits who changes its files; None if it was deleted."""
    return Cue.objects.select_for_update().filter(pk=number).first()


def _delete(files: list[SlideFile]) -> None:
    """Delete ``files``; what lies on the disk once the transaction is through."""
    SlideFile.objects.filter(pk__in=[file.pk for file in files]).delete()
    uids = [file.uid for file in files]
    transaction.on_commit(lambda: store.drop(uids))


@transaction.atomic
def withdraw_file(*, cue: Cue, number: int, now: datetime) -> bool:
    """Have ``cue`` be without slides, as pressed by somebody who saw the file with this number; whether it was so.

    False: another file counts by now, and goes on counting. What is withdrawn is kept among the earlier files.
    """
    _locked(cue.pk)
    current = current_file(cue)
    if current is None or current.pk != number:
        return False
    # Those before it as well: none of them comes back by itself.
    SlideFile.objects.filter(cue=cue, withdrawn_at=None).update(withdrawn_at=now)
    return True


def opened(file: SlideFile) -> IO[bytes] | None:
    """The content of ``file``; None if it is no longer on the disk."""
    try:
        return store.path_of(file.uid).open("rb")
    except FileNotFoundError:
        return None
