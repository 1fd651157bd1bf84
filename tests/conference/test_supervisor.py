"""What ends is started again; what is stopped is stopped with all its children. With small programs of its own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conference import supervisor as supervisor_module
from conference.supervisor import Child, Program, Supervisor, pause_after
from tests.chaos.servers import ROOT, wait_until

#: Leaves its process number in a file, starts a child that does the same, and goes on for ever.
_PARENT = """
import os, pathlib, subprocess, sys, time
pathlib.Path(sys.argv[1], f"{os.getpid()}.pid").touch()
child = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1], f'{os.getpid()}.pid').touch(); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", child, sys.argv[1]])
time.sleep(600)
"""
_STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)\n" + _PARENT


def pids(folder: Path) -> set[int]:
    return {int(path.stem) for path in folder.glob("*.pid")}


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def parent_and_child(folder: Path, code: str = _PARENT) -> Program:
    return Program("family", [sys.executable, "-c", code, str(folder)])


@pytest.fixture
def running() -> Iterator[tuple[Supervisor, list[str]]]:
    """A supervisor, and the lines that it says."""
    lines: list[str] = []
    with Supervisor(lines.append) as supervisor:
        yield supervisor, lines


def run_until(supervisor: Supervisor, condition) -> None:
    """Let ``supervisor`` work until ``condition`` holds."""

    def stop() -> None:
        try:
            wait_until(condition, "the supervisor has done it", 20)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    watcher = threading.Thread(target=stop)
    watcher.start()
    supervisor.run()
    watcher.join()


def test_pauses_grow_to_a_minute():
    assert [pause_after(failures) for failures in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_what_dies_is_started_again_without_its_orphans(running, tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor_module, "pause_after", lambda failures: 0.1)
    supervisor, lines = running
    child = supervisor.start(parent_and_child(tmp_path))
    wait_until(lambda: len(pids(tmp_path)) == 2, "both run")
    first = pids(tmp_path)
    os.kill(child._process.pid, signal.SIGKILL)
    run_until(supervisor, lambda: len(pids(tmp_path)) == 4)
    assert not any(is_alive(pid) for pid in first)
    assert lines == ["family ended (signal 9); it starts again in 0 s."]


def test_a_program_that_ran_well_is_forgiven(tmp_path):
    child = Child(Program("short", [sys.executable, "-c", "raise SystemExit(3)"]), None)
    said = []
    for ran_for in (0, 0, supervisor_module.RAN_WELL):
        child.start()
        child._started_at -= ran_for
        wait_until(lambda: said.append(child.notice_end()) or said[-1], "its end is noticed")
    assert [line for line in said if line] == [
        f"short ended (exit code 3); it starts again in {pause} s." for pause in (1, 2, 1)
    ]


def test_a_program_that_cannot_be_started_again_waits_for_its_next_turn():
    child = Child(Program("gone", ["/nowhere/at/all"]), None)
    child.start_if_due()
    assert not child.runs
    assert child._start_at > time.monotonic()


def test_what_does_not_end_in_time_is_killed_with_its_children(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor_module, "PATIENCE", 0.3)
    with Supervisor(lambda line: None) as supervisor:
        supervisor.start(parent_and_child(tmp_path, _STUBBORN))
        wait_until(lambda: len(pids(tmp_path)) == 2, "both run")
    # The child is nobody's any more, and the system takes a moment to end it.
    wait_until(lambda: not any(is_alive(pid) for pid in pids(tmp_path)), "both are gone")


def test_what_serves_others_is_stopped_last(tmp_path):
    note = (
        "import pathlib, signal, sys, time\n"
        "def end(*_): open(sys.argv[1], 'a').write(sys.argv[2]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); pathlib.Path(sys.argv[1] + sys.argv[2]).touch(); time.sleep(600)\n"
    )
    log = tmp_path / "order"
    with Supervisor(lambda line: None) as supervisor:
        for name, serves in (("valkey", True), ("web", False)):
            supervisor.start(Program(name, [sys.executable, "-c", note, str(log), name], serves_others=serves))
        wait_until(lambda: len(list(tmp_path.iterdir())) == 2, "both run")
    assert log.read_text() == "webvalkey"


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path):
    code = (
        "import sys; from conference.supervisor import *\n"
        "with Supervisor(print) as supervisor:\n"
        "    supervisor.start(Program('family', sys.argv[1:])); supervisor.run()\n"
    )
    command = [sys.executable, "-c", code, *parent_and_child(tmp_path).command]
    with subprocess.Popen(command, cwd=ROOT) as killed:
        wait_until(lambda: len(pids(tmp_path)) == 2, "both run")
        killed.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in pids(tmp_path)), "all have ended", 10)
