"""Which lines and branches of the rooms the suite runs. What counts stands in ``[tool.coverage.…]`` of pyproject.toml.

Each run notes what it passes (tests/support/recorder.py); here the notes of all runs are joined and judged.
"""

import subprocess
import sys
from pathlib import Path


def environment(folder: Path, engine: str) -> dict[str, str]:
    """The variables of the run on ``engine`` ("sqlite", "postgresql"), which puts its data into ``folder``."""
    folder.mkdir(exist_ok=True)
    return {"COVERAGE_FILE": str(folder / f".coverage.{engine}"), "PYTEST_PLUGINS": "tests.support.recorder"}


def report(folder: Path) -> bool:
    """Join the runs' data of ``folder`` in ``var/coverage``, print what was not run; whether that is enough."""
    print("\n=== Coverage", flush=True)  # noqa: T201
    tool = [sys.executable, "-m", "coverage"]
    files = sorted(str(path) for path in folder.iterdir())
    subprocess.run([*tool, "combine", "--quiet", *files], check=True)
    return subprocess.run([*tool, "report"], check=False).returncode == 0
