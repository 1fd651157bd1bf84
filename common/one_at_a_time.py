"""One thread makes what several ask for at the same moment, and the others find it made.

When a door opens, every thread of a process is asked for the same page within a millisecond. Without this each of them
draws it, one after the other, since Python runs one thread of a process at a time.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from threading import Event

#: Seconds for which somebody waits for another: one that takes longer may never end, and holds up nobody else.
_AT_MOST = 0.25
_made_now: dict[Hashable, Event] = {}


@contextmanager
def one_at_a_time(what: Hashable) -> Iterator[None]:
    """Wait, for a quarter of a second at most, until nobody else of this process is at ``what``.

    Whoever comes in looks first whether it has been made. It orders work and protects nothing: those who have waited go
    in together.
    """
    mine = Event()
    other = _made_now.setdefault(what, mine)
    if other is not mine:
        other.wait(_AT_MOST)
        yield
        return
    try:
        yield
    finally:
        del _made_now[what]
        mine.set()
