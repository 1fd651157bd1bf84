"""Runs a program of ours with a clock that is wrong: ``python -m tests.chaos.crooked_clock SECONDS|TIME PROGRAM …``.

SECONDS is how much the clock is ahead (negative: behind), TIME what it says at the beginning (ISO 8601). PROGRAM is a
script or ``-m module``. The monotonic clock goes right, as it does on a machine whose date is wrong.
"""

import os
import runpy
import sys
from datetime import UTC, datetime, timedelta

import time_machine


def main() -> None:
    """Become the program, at the wrong time."""
    when, *program = sys.argv[1:]
    try:
        start = datetime.now(UTC) + timedelta(seconds=float(when))
    except ValueError:
        start = datetime.fromisoformat(when)
    sys.path.insert(0, os.getcwd())
    with time_machine.travel(start, tick=True):
        if program[0] == "-m":
            sys.argv = program[1:]
            runpy.run_module(program[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = program
            runpy.run_path(program[0], run_name="__main__")


if __name__ == "__main__":
    main()
