"""How fast a worker sends: as fast as it can, unless people at the pages lack the processors that it takes.

Nice says who goes first, and nothing of what a worker has others do: PostgreSQL and the mail server are as urgent for
it as for a visitor. So it rests where both hold: somebody is at the pages, and the worker itself had to wait for a
processor. A machine that is busy with something else, and one with processors to spare, have their mails sent at full
speed (docs/adr/0050-the-way-into-the-room.md).
"""

import time
from pathlib import Path

from common import visits

#: Seconds of rest for each message that was sent: no process sends more than fifty in a second then.
EACH = 0.02
#: What a worker waited for a processor, as a part of what it worked: from here on others lack one.
_LACKING = 0.5
#: Linux: nanoseconds of work, and of waiting for a processor, of this thread (proc(5)).
_COUNTERS = Path("/proc/thread-self/schedstat")


class Pace:
    """The pace of one batch."""

    def __init__(self) -> None:
        self._worked, self._waited = _counted()
        self._sent = 0

    def count(self) -> None:
        """A message has been tried."""
        self._sent += 1

    def rest(self) -> None:
        """Rest for what was tried since the last time, if visitors lack the processors. Hold nothing meanwhile."""
        sent, self._sent = self._sent, 0
        worked, waited = _counted()
        is_lacking = waited - self._waited >= _LACKING * (worked - self._worked)
        self._worked, self._waited = worked, waited
        if is_lacking and visits.is_anybody_here():
            time.sleep(EACH * sent)


def _counted() -> tuple[int, int]:
    """What this thread has worked, and waited for a processor; zeros where nobody counts, which is taken as lacking."""
    try:
        worked, waited, _slices = _COUNTERS.read_bytes().split()
    except (OSError, ValueError):
        return 0, 0
    return int(worked), int(waited)
