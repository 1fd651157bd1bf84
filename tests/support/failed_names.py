"""The names of the tests that failed, in a file: what a run printed on the way may have been cut off from its log."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

#: Variable: the file in which a run puts them.
FILE = "FAILED_NAMES"
#: As many are repeated after the results; where more fail, their output is read from the beginning anyway.
MOST = 30
#: What stands behind the name where it was not the test itself.
_PART = re.compile(r" \((setup|teardown|collection)\)$")


class FailedNames:
    """Plugin of pytest: writes each name down at once, so that a run that is killed has named what failed before."""

    def __init__(self) -> None:
        self._file = Path(os.environ[FILE])
        self._written: set[str] = set()

    def _write(self, name: str) -> None:
        if name not in self._written:
            self._written.add(name)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            # Of a worker that died pytest-xdist says no part.
            self._write(report.nodeid + (f" ({report.when})" if report.when in ("setup", "teardown") else ""))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(f"{report.nodeid} (collection)")


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def register(config: pytest.Config) -> None:
    """Have the run of ``config`` write them, if it was told a file; workers of pytest-xdist leave it to their head."""
    if os.environ.get(FILE) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FailedNames())


def tests(file: Path) -> list[str]:
    """The tests of which a run has written a failure into ``file``, as pytest takes them, each once."""
    return list(dict.fromkeys(_PART.sub("", name) for name in _lines(file)))


def write(file: Path, names: Iterable[str]) -> None:
    """Have ``names`` in ``file``, in the place of what it held."""
    file.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def read(file: Path) -> list[str]:
    """What a run has written into ``file``, at most ``MOST`` and how many more."""
    names = _lines(file)
    return names[:MOST] + ([f"and {len(names) - MOST} more"] if len(names) > MOST else [])
