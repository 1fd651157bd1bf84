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


def deaf_children(pid: int) -> int:
    """How many children of the process ignore TERM."""
    term = 1 << (signal.SIGTERM - 1)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ignored = [Path(f"/proc/{child}/status").read_text().partition("SigIgn:")[2].split()[0] for child in children]
    return sum(bool(int(signals, 16) & term) for signals in ignored)


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


#: Supervises a program, or a fork of itself, that is ``parent_and_child``.
_SUPERVISE = """
import sys
from conference.supervisor import Program, Supervisor
how, arguments = sys.argv[1], sys.argv[2:]

def work():
    sys.argv = ["-c", arguments[-1]]
    exec(arguments[2], {})

program = Program("family", arguments) if how == "command" else Program("family", work=work)
def say(line):
    # A whole line by one write: others write there, too.
    sys.stdout.write(f"{line}\\n")
    sys.stdout.flush()

with Supervisor(say, forks=how == "fork") as supervisor:
    supervisor.start(program); supervisor.run()
"""
_BOTH = [
    "command",
    pytest.param("fork", marks=pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")),
]


@pytest.mark.parametrize("how", _BOTH)
@pytest.mark.parametrize("code", [_PARENT, _STUBBORN])
def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path, how, code):
    command = [sys.executable, "-c", _SUPERVISE, how, *parent_and_child(tmp_path, code).command]
    with subprocess.Popen(command, cwd=ROOT) as killed:
        wait_until(lambda: len(pids(tmp_path)) == 2, "both run")
        killed.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in pids(tmp_path)), "all have ended", 10)


@pytest.mark.parametrize("how", _BOTH)
def test_a_guard_that_dies_is_started_again_and_knows_what_runs(tmp_path, how):
    says_guard = "supervisor.start(program); say(supervisor._guard._process.pid); supervisor.run()"
    code = _SUPERVISE.replace("supervisor.start(program); supervisor.run()", says_guard)
    command = [sys.executable, "-c", code, how, *parent_and_child(tmp_path, _STUBBORN).command]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed:
        said = iter(line for line in killed.stdout if line != "deaf\n")
        os.kill(int(next(said)), signal.SIGKILL)
        assert next(said) == "guard ended (signal 9) and was started again.\n"
        wait_until(lambda: len(pids(tmp_path)) == 2, "both run")
        wait_until(lambda: deaf_children(killed.pid) == 2, "the guard does, and what it guards")
        killed.kill()
        # Deaf to the TERM that the system sends: only the guard ends them.
        wait_until(lambda: not any(is_alive(pid) for pid in pids(tmp_path)), "all have ended", 10)


def test_a_guard_that_dies_again_waits_for_a_minute(running, monkeypatch):
    monkeypatch.setattr(supervisor_module, "LONGEST_PAUSE", 0.5)
    supervisor, lines = running
    guard, seen = supervisor._guard, []

    def kill_twice() -> bool:
        if guard._process.pid not in seen and len(seen) < 2:
            seen.append(guard._process.pid)
            os.kill(guard._process.pid, signal.SIGKILL)
        return len(lines) == 2

    began = time.monotonic()
    run_until(supervisor, kill_twice)
    assert time.monotonic() - began > 0.5
    assert lines == ["guard ended (signal 9) and was started again."] * 2


def test_where_there_is_no_room_for_a_guard_that_is_said_and_the_programs_go_on(running, monkeypatch):
    supervisor, lines = running

    def no_room(_reading):
        raise OSError(11, "no process")

    monkeypatch.setattr(supervisor._guard, "_script", no_room)
    os.kill(supervisor._guard._process.pid, signal.SIGKILL)
    run_until(supervisor, lambda: lines)
    assert lines == ["guard ended (signal 9) and cannot be started ([Errno 11] no process); it is tried again in 60 s."]


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_a_fork_that_dies_is_started_again_without_its_orphans_and_ends_when_it_is_told_to(tmp_path):
    command = [sys.executable, "-c", _SUPERVISE, "fork", *parent_and_child(tmp_path).command]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as supervisor:
        wait_until(lambda: len(pids(tmp_path)) == 2, "both run")
        first = pids(tmp_path)
        fork = next(pid for pid in first if Path(f"/proc/{pid}/comm").read_text() == "diemcau-family\n")
        os.kill(fork, signal.SIGKILL)
        wait_until(lambda: len(pids(tmp_path)) == 4, "both run again")
        assert not any(is_alive(pid) for pid in first)
        supervisor.terminate()
        said, _ = supervisor.communicate(timeout=20)
    assert said == "family ended (signal 9); it starts again in 1 s.\n"
    assert supervisor.returncode == 0
    assert not any(is_alive(pid) for pid in pids(tmp_path))


_END = """
import os, signal, sys, time
from conference.forks import Fork
signal.signal(signal.SIGTERM, lambda *_: print("the parent's handler", flush=True))
signal.signal(signal.SIGHUP, signal.SIG_IGN)

def work():
    # At once: it may be told to end at any moment.
    os.write(1, b"%d\\n" % (signal.getsignal(signal.SIGHUP) == signal.SIG_IGN))
    if sys.argv[1] == "exit":
        sys.exit(3)
    time.sleep(60)

fork = Fork("end", work, {}, forget=lambda: None)
if sys.argv[1] == "terminate":
    fork.terminate()
print(fork.wait(), fork.returncode, fork.poll(), flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
@pytest.mark.parametrize(("how", "code"), [("exit", 3), ("terminate", -signal.SIGTERM)])
def test_a_fork_has_no_handler_of_its_parent_and_says_how_it_ended(how, code):
    done = subprocess.run(
        [sys.executable, "-c", _END, how], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True
    )
    # One that is told to end at once may not come to its work.
    assert done.stdout.replace("1\n", "", 1) == f"{code} {code} {code}\n"
