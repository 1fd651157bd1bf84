"""A limit for each test that drives the browser: what hangs there would hold up the whole suite, without a name.

The process of a test that is not over by then ends at once, for whatever hangs may be in any thread or library, also
while it is torn down. In a run with workers (``-n 1``) pytest-xdist reports that test as failed, and a new worker goes
on with the next; a run without workers ends there.
"""

import faulthandler
import os
import threading
from collections.abc import Iterator

import pytest

#: Seconds from the beginning of what a test needs until all of that is gone again. The longest takes half a minute, and
#: four times as long on a slow machine that is busy.
LIMIT = 300
#: The database of the whole run, which its first test makes: minutes on a busy machine.
_OF_THE_RUN = "django_db_setup"


class TimeLimit:
    """Plugin of pytest: ends the process when a test with the mark ``browser`` takes more than ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # While a test runs, pytest keeps what is written to number 2.
        self._output = os.dup(2)
        self._timer: threading.Timer | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        if item.get_closest_marker("browser") is None:
            return (yield)
        self._begin(item.nodeid)
        try:
            return (yield)
        finally:
            self._end()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> Iterator[None]:
        if fixturedef.argname != _OF_THE_RUN or self._timer is None:
            return (yield)
        self._end()
        try:
            return (yield)
        finally:
            self._begin(request._pyfuncitem.nodeid)

    def _begin(self, name: str) -> None:
        self._timer = threading.Timer(self._seconds, self._give_up, [name])
        self._timer.daemon = True
        self._timer.start()

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _give_up(self, name: str) -> None:
        words = f"\n{name} is not over after {self._seconds:.0f} seconds. What each thread was at:\n"
        os.write(self._output, words.encode())
        faulthandler.dump_traceback(self._output, all_threads=True)
        # Not 1: a run without workers has not come to its end.
        os._exit(pytest.ExitCode.INTERNAL_ERROR)


def register(config: pytest.Config, seconds: float = LIMIT) -> None:
    """Have the run of ``config`` keep the limit."""
    config.pluginmanager.register(TimeLimit(seconds))
