"""A process that is forked from this one and does one piece of its work, in a session of its own.

What has been loaded is there at once, and its memory is shared until somebody writes to it
(docs/adr/0049-one-parent.md). Only from a process without threads: others would hold locks that nobody gives back.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1


class Fork:
    """The process, with as much of ``subprocess.Popen`` as the supervisor uses."""

    def __init__(
        self, name: str, work: Callable[[], None], environment: Mapping[str, str], *, forget: Callable[[], None]
    ) -> None:
        """Start it: it calls ``forget`` (to close what only the parent may hold), then ``work``, which may raise
        SystemExit. ``environment`` is what it has beside ours.

        Raises:
            OSError: the system has no room for another process.
        """
        self._process = multiprocessing.get_context("fork").Process(
            target=_become, args=(name, work, environment, forget, os.getpid()), name=name
        )
        # One that is told to stop before it has handlers of its own hears it as soon as it has.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _handled())
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.pid: int = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """How it ended, as of ``Popen``: its exit code, or minus the signal; None: it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Look whether it has ended; returns how."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait for its end; returns how."""
        self._process.join()
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()


def _handled() -> list[signal.Signals]:
    """The signals for which this process has a handler; what it ignores, as under nohup, its forks ignore too."""
    stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    return [number for number in stops if signal.getsignal(number) != signal.SIG_IGN]


def _become(
    name: str, work: Callable[[], None], environment: Mapping[str, str], forget: Callable[[], None], parent: int
) -> None:
    """In the child: leave what is the parent's, and work."""
    os.setsid()
    for number in _handled():
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _handled())
    _end_with(parent)
    forget()
    os.environ.update(environment)
    # What ps and top show: the command line of all is the parent's.
    with suppress(OSError):
        Path("/proc/self/comm").write_text(f"diemcau-{name}")
    work()


def _end_with(parent: int) -> None:
    """Have the system send TERM when ``parent`` dies. What does not end then, its guard ends (``process_guard.py``)."""
    with suppress(AttributeError, TypeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)
