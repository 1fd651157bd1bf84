"""Ends the programs of a supervisor that was killed and could not end them itself.

``conference/supervisor.py`` runs this file as a script, or ``main`` in a fork, and writes to its input: ``+123`` when
the process group 123 has been started, ``-123`` when it has ended. The end of the input means that the supervisor is
gone. This is portable, and it reaches the children of the programs as well. Nothing but the standard library, so that
it stays small.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

#: Seconds that the programs have to end by themselves.
PATIENCE = 5.0


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS says so of a group whose processes have ended and were not waited for.
        return False
    return True


def _send(groups: Iterable[int], number: signal.Signals) -> None:
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _end(groups: set[int]) -> None:
    """Ask all ``groups`` to end, and kill those that have not after ``PATIENCE``."""
    _send(groups, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while any(_alive(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    _send(groups, signal.SIGKILL)


def main(notes: Iterable[str]) -> None:
    """Follow the supervisor's list of process groups until its end; then end what is on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in notes:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    _end(groups)


if __name__ == "__main__":
    main(sys.stdin)
