"""Where the files of slides lie: in ``SLIDES_DIR``, which no web server serves, each under a random number."""

import logging
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings

log = logging.getLogger(__name__)

_BLOCK = 1024 * 1024
#: A file that no row knows is left of a process that was killed, or of a row that was deleted; after so many seconds
#: no transaction can be about to name it.
_LEFT_OVER = 24 * 60 * 60


def path_of(uid: UUID) -> Path:
    """Where the file ``uid`` lies."""
    return Path(settings.SLIDES_DIR) / uid.hex


def keep(file: IO[bytes], uid: UUID) -> str:
    """Copy ``file`` so that it is there whole or not at all; returns its SHA-256."""
    place = path_of(uid)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = sha256()
    coming = place.with_suffix(".part")
    file.seek(0)
    try:
        with coming.open("wb") as kept:
            while block := file.read(_BLOCK):
                digest.update(block)
                kept.write(block)
            kept.flush()
            os.fsync(kept.fileno())
        coming.rename(place)
        _sync(place.parent)
    except OSError:
        # The disk is full: what was written so far would keep it so.
        coming.unlink(missing_ok=True)
        raise
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    """Have what stands in ``folder`` be there after a loss of power too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def drop(uids: Iterable[UUID]) -> None:
    """Delete these files; one that is gone already is no fault, and one that cannot be deleted is swept later."""
    for uid in uids:
        try:
            path_of(uid).unlink(missing_ok=True)
        except OSError:
            log.exception("a file of slides cannot be deleted")


def sweep(known: set[UUID]) -> int:
    """Delete files that are none of ``known`` and older than a day; returns how many."""
    folder = Path(settings.SLIDES_DIR)
    if not folder.is_dir():
        return 0
    names, count = {uid.hex for uid in known}, 0
    for place in folder.iterdir():
        # A disk of its own has a folder lost+found.
        with suppress(OSError):
            is_ours = place.name not in names and place.is_file()
            if is_ours and time.time() - place.stat().st_mtime > _LEFT_OVER:
                place.unlink()
                count += 1
    return count
