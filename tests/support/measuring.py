"""Which lines and branches of the rooms the suite runs. What counts stands in ``[tool.coverage.…]`` of pyproject.toml.

Tracing takes about as long as the tests themselves. So where the suite runs on two engines, each module of tests is
measured on one of them: half of the modules here, the others there, and what needs PostgreSQL or Redis where it runs.
Tests marked ``slow`` walk again where others have been, and are not traced at all: the true figure is a little higher.
"""

import os
import subprocess
import sys
import zlib
from pathlib import Path

import coverage
import pytest

#: For pytest: measure, and leave the verdict to ``report``, which knows what all runs have seen.
ARGUMENTS = ["--cov", "--cov-report=", "--cov-fail-under=0"]
_SHARE = "MEASURED_SHARE"
#: In a hundred modules of tests, how many are measured on SQLite; PostgreSQL itself takes some of the other run's time.
_ON_SQLITE = 55


def environment(folder: Path, engine: str, *, shared: bool) -> dict[str, str]:
    """The variables of a run that puts its data into ``folder``.

    Args:
        folder: of the data of all runs.
        engine: "sqlite" or "postgresql".
        shared: whether the other engine's run measures the other half.
    """
    folder.mkdir(exist_ok=True)
    return {"COVERAGE_FILE": str(folder / f".coverage.{engine}"), _SHARE: engine if shared else ""}


def report(folder: Path) -> bool:
    """Join the runs' data of ``folder`` in ``var/coverage``, print what was not run; whether that is enough."""
    print("\n=== Coverage", flush=True)  # noqa: T201
    tool = [sys.executable, "-m", "coverage"]
    files = sorted(str(path) for path in folder.iterdir())
    subprocess.run([*tool, "combine", "--quiet", *files], check=True)
    return subprocess.run([*tool, "report"], check=False).returncode == 0


class Measuring:
    """Plugin of pytest: pauses the measuring while tests run that are measured on the other engine."""

    def __init__(self) -> None:
        self._share = os.environ.get(_SHARE)
        self._tracer: coverage.Coverage | None = None
        self._runs = True

    def _is_measured(self, item: pytest.Item) -> bool:
        if item.get_closest_marker("slow"):
            return False
        if item.get_closest_marker("postgresql") or item.get_closest_marker("redis"):
            return self._share == "postgresql"
        module = item.nodeid.partition("::")[0]
        on_sqlite = zlib.crc32(module.encode()) % 100 < _ON_SQLITE
        return on_sqlite == (self._share == "sqlite")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        self._tracer = self._tracer or coverage.Coverage.current()
        if self._tracer is None or not self._share or self._is_measured(item) == self._runs:
            return
        self._runs = not self._runs
        if self._runs:
            self._tracer.start()
        else:
            self._tracer.stop()
