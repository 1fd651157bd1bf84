"""How our long-lived processes behave on their machine."""

import gc
import os
from contextlib import suppress
from pathlib import Path

# Of nice(1): one step is about a quarter less of a processor that others want as well.
_NICENESS = 10


def settle() -> None:
    """Less work for the garbage collector. Call it once everything is loaded: what is there now stays.

    Before a process forks others it saves memory as well: the collector of each would write to all that they share.
    """
    gc.collect()
    gc.freeze()
    # Requests and batches make more objects than the default of 700 between two looks.
    gc.set_threshold(20_000, 20, 50)


def step_back() -> None:
    """Let the web servers of this machine go first: whoever waits for a page notices, whoever waits for a mail not."""
    os.nice(max(_NICENESS - os.nice(0), 0))
    # Linux weighs sessions against each other first (sched(7), autogroup): a service has one of its own.
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_NICENESS))
