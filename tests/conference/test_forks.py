"""A fork of this process: what it leaves behind, what it hears, how it ends; tried from a process without threads."""

import os
import subprocess
import sys
import textwrap

import pytest

from tests.chaos.servers import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")

_BEGIN = """
import os, pathlib, signal, sys, time
from conference import forks
from conference.forks import Fork
from conference.supervisor import Child, Program

def fork(work, environment=None, forget=lambda: None):
    return Fork("test", work, environment or {}, forget=forget)

def wait_for(condition):
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)
"""


def run(code: str) -> str:
    """What ``code`` prints, in a Python of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _BEGIN + textwrap.dedent(code)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_how_it_ended_is_said_as_popen_says_it():
    assert (
        run("""
            ends = [fork(lambda: None), fork(lambda: sys.exit(3)), fork(lambda: time.sleep(60))]
            assert ends[2].poll() is None and ends[2].returncode is None
            ends[2].kill()
            print([one.wait() for one in ends], [one.returncode for one in ends], [one.poll() for one in ends])
        """)
        == "[0, 3, -9] [0, 3, -9] [0, 3, -9]"
    )


def test_what_breaks_in_it_is_an_exit_code_and_not_a_second_parent():
    assert (
        run("""
            broken = fork(lambda: 1 / 0)
            print(broken.wait())
        """)
        == "1"
    )


def test_it_has_a_session_a_name_and_an_environment_of_its_own_and_lets_go_what_is_the_parents():
    assert (
        run("""
            reading, writing = os.pipe()
            kept, dropped = os.pipe()

            def work():
                try:
                    os.fstat(dropped)
                    forgotten = False
                except OSError:
                    forgotten = True
                name = pathlib.Path("/proc/self/comm").read_text().strip()
                told = os.environ["ONLY_THERE"]
                own = os.getsid(0) == os.getpid() == os.getpgid(0)
                os.write(writing, f"{name} {told} {own} {forgotten}".encode())

            fork(work, {"ONLY_THERE": "yes"}, forget=lambda: os.close(dropped)).wait()
            print(os.read(reading, 100).decode(), "ONLY_THERE" in os.environ)
        """)
        == "diemcau-test yes True True False"
    )


def test_it_hears_what_it_is_sent_before_it_has_begun_and_no_handler_of_the_parent_does():
    assert (
        run("""
            signal.signal(signal.SIGTERM, lambda *_: print("the parent's handler", flush=True))
            child = fork(lambda: time.sleep(60))
            child.terminate()
            print(child.wait(), signal.pthread_sigmask(signal.SIG_BLOCK, []))
        """)
        == "-15 set()"
    )


def test_what_the_parent_ignores_as_under_nohup_it_ignores_too():
    assert (
        run("""
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            reading, writing = os.pipe()
            child = fork(lambda: (os.write(writing, b"x"), time.sleep(60)))
            os.read(reading, 1)
            os.kill(child.pid, signal.SIGHUP)
            time.sleep(0.1)
            print(child.poll())
            child.kill()
            child.wait()
        """)
        == "None"
    )


def test_it_ends_with_a_parent_that_is_killed(tmp_path):
    code = """
        reading, writing = os.pipe()
        parent = os.fork()
        if not parent:
            child = fork(lambda: (os.write(writing, str(os.getpid()).encode()), time.sleep(60)))
            time.sleep(60)
        grandchild = int(os.read(reading, 20))
        os.kill(parent, signal.SIGKILL)
        os.waitpid(parent, 0)

        def is_gone():
            try:
                return pathlib.Path(f"/proc/{grandchild}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
            except OSError:
                return True

        wait_for(is_gone)
        print("gone")
    """
    assert run(code) == "gone"


def test_one_whose_parent_has_died_before_it_asked_to_hear_of_it_ends_at_once():
    assert (
        run("""
            try:
                forks._end_with(parent=os.getppid() + 1)
            except SystemExit as end:
                print(end.code)
        """)
        == "1"
    )


def test_one_that_has_no_session_yet_is_ended_as_well():
    # Of a machine that is so busy that the fork has not had a processor: killing its group finds none.
    assert (
        run("""
            forks.os.setsid = lambda: time.sleep(600)
            child = Child(Program("test", work=lambda: None), None)
            child.start()
            begun = time.monotonic()
            child.forget_process()
            print(time.monotonic() - begun < 10, child.runs)
        """)
        == "True False"
    )


def test_a_system_without_room_for_another_process_is_tried_again_later():
    assert (
        run("""
            import multiprocessing.popen_fork
            child = Child(Program("test", work=lambda: time.sleep(60)), None)
            fork_of_system, os.fork = os.fork, lambda: (_ for _ in ()).throw(BlockingIOError(11, "no room"))
            child.start_if_due()
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
            os.fork = fork_of_system
            print(child.runs, mask)
            wait_for(lambda: (child.start_if_due(), child.runs)[1])
            child.forget_process()
            print(child.runs)
        """)
        == "False set()\nFalse"
    )
