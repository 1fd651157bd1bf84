"""How our long-lived processes behave on their machine."""

import ctypes
import gc
import os
from contextlib import suppress
from pathlib import Path

# Of nice(1): one step is about a quarter less of a processor that others want as well. By weight this is a third
# of what a web process gets; on a machine busy with something else mails go on (ADR 37).
_NICENESS = 5
# Of mallopt(3), and bytes: what glibc itself begins with.
_M_TRIM_THRESHOLD, _FREE_AT_MOST = -1, 128 * 1024


def settle() -> None:
    """Less work for the garbage collector. Call it once everything is loaded: what is there now stays.

    Before a process forks others it saves memory as well: the collector of each would write to all that they share.
    """
    gc.collect()
    gc.freeze()
    # Requests and batches make more objects than the default of 700 between two looks.
    gc.set_threshold(20_000, 20, 50)
    _give_memory_back()


def _give_memory_back() -> None:
    """Have the C library return what is free to the system: now, and whenever it is more than ``_FREE_AT_MOST``.

    Loading uses 8 MiB more than what stays. And without a number of ours glibc, once a page has needed a large piece
    of memory, keeps ever more for the next one: 10 MiB in each process. Other C libraries go without.
    """
    with suppress(AttributeError, TypeError, OSError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_TRIM_THRESHOLD, _FREE_AT_MOST)
        library.malloc_trim(0)


def step_back() -> None:
    """Let the web servers of this machine go first: whoever waits for a page notices, whoever waits for a mail not."""
    os.nice(max(_NICENESS - os.nice(0), 0))
    # Linux weighs sessions against each other first (sched(7), autogroup): a service has one of its own.
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_NICENESS))


def finish_what_is_begun() -> None:
    """Have the system leave this thread, and those it starts, at what they do, where another one wakes up.

    ``SCHED_BATCH`` of sched(7): the share of the processors is the same, in longer pieces, and each change costs what
    the processor had at hand. Other systems go without.
    """
    with suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
