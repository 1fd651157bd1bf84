"""Whether somebody is at the pages of this machine just now.

The web processes write the moment of each request into a small file that all processes of the machine have in their
memory; that takes them half a microsecond. Whoever works in the background, and could wait, looks there
(docs/adr/0050-the-way-into-the-room.md).
"""

import mmap
import os
import struct
import time
from contextlib import suppress
from functools import lru_cache

from django.conf import settings

#: Seconds after a request for which somebody counts as being here.
RECENT = 0.1
_MOMENT = struct.Struct("=d")


@lru_cache(maxsize=1)
def _page() -> mmap.mmap | None:
    """The memory that this machine's processes share; None where the file cannot be made: then nobody is ever here."""
    with suppress(OSError, ValueError):
        number = os.open(settings.VAR_DIR / "visits", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(number, _MOMENT.size)
            return mmap.mmap(number, _MOMENT.size)
        finally:
            os.close(number)
    return None


def note() -> None:
    """Somebody asks for a page."""
    if (page := _page()) is not None:
        # The clock is one for all processes of a machine (CLOCK_MONOTONIC).
        _MOMENT.pack_into(page, 0, time.monotonic())


def is_anybody_here() -> bool:
    """Whether somebody has asked for a page within the last ``RECENT`` seconds."""
    page = _page()
    if page is None:
        return False
    moment: float = _MOMENT.unpack_from(page)[0]
    # Before the machine was started anew its clock may have been ahead.
    return 0 <= time.monotonic() - moment < RECENT
