"""Keeps several programs running: one that ends is started again, and all are stopped together.

Each program has a process group of its own, so that what it starts itself (gunicorn's workers, for one) ends with it,
and so that Ctrl-C in the terminal reaches the supervisor alone. See docs/adr/0026-embedded-valkey.md.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Self

from conference import process_guard
from conference.forks import Fork

#: Seconds from asking the programs to end until they are killed; those that serve others are asked afterwards.
PATIENCE = 6.0
PATIENCE_SERVING = 2.0
#: A program that ran for so many seconds counts as well again: the next pause is short.
RAN_WELL = 60.0
LONGEST_PAUSE = 60.0
_LOOK_EVERY = 0.2
_POSIX = os.name == "posix"


def pause_after(failures: int) -> float:
    """Seconds to wait before a program is started again that has ended ``failures`` times in a row: 1, 2, 4 … 60."""
    return min(2.0 ** (failures - 1), LONGEST_PAUSE)


def _ending(code: int | None) -> str:
    """How a process ended whose ``returncode`` is ``code``, in words."""
    return f"signal {-code}" if code and code < 0 else f"exit code {code or 0}"


def stop_signals() -> list[signal.Signals]:
    """The signals that mean "stop": Ctrl-C, TERM, and a closed terminal unless ``nohup`` has it ignored."""
    names = ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"]
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    return [s for s in known if s.name != "SIGHUP" or signal.getsignal(s) != signal.SIG_IGN]


@dataclass(frozen=True)
class Program:
    """What to run: a name for people, the command, what its environment has beside ours.

    ``serves_others``: it is stopped last, since the others need it to end well. ``work``: what a fork of this process
    does, in place of a command (conference/forks.py).
    """

    name: str
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    serves_others: bool = False
    work: Callable[[], None] | None = None


class _Guard:
    """A small process that ends the programs if this one is killed (conference/process_guard.py)."""

    def __init__(self, *, is_fork: bool) -> None:
        """``is_fork``: a fork of this process, which takes less memory than a Python of its own."""
        self._is_fork = is_fork
        self._start_again_at = 0.0
        self._start()

    def _start(self) -> None:
        """Start its process, which knows of no program yet.

        Raises:
            OSError: the system has no room for another process.
        """
        reading, writing = os.pipe()
        self._output = os.fdopen(writing, "w")
        try:
            self._process = self._fork(reading) if self._is_fork else self._script(reading)
        finally:
            os.close(reading)

    def _fork(self, reading: int) -> Fork:
        return Fork("guard", lambda: process_guard.main(os.fdopen(reading)), {}, forget=self.forget)

    def _script(self, reading: int) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 (our own file)
            [sys.executable, "-E", "-S", process_guard.__file__],
            stdin=reading,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start_again_if_ended(self, groups: Iterable[int]) -> str:
        """If it has ended, start it again, with ``groups`` on its list; at most once a minute.

        Returns a line that says so, "" otherwise.
        """
        if self._process.poll() is None or time.monotonic() < self._start_again_at:
            return ""
        self._start_again_at = time.monotonic() + LONGEST_PAUSE
        how = _ending(self._process.returncode)
        with suppress(OSError):
            self._output.close()
        try:
            self._start()
        except OSError as error:
            return f"guard ended ({how}) and cannot be started ({error}); it is tried again in {LONGEST_PAUSE:.0f} s."
        for group in groups:
            self.note("+", group)
        return f"guard ended ({how}) and was started again."

    def forget(self) -> None:
        """Close our end, which says that we are there, in a fork of this process."""
        self._output.close()

    def note(self, sign: str, group: int) -> None:
        """Say that the process group has been started (``+``) or has ended (``-``)."""
        with suppress(OSError):
            self._output.write(f"{sign}{group}\n")
            self._output.flush()

    def dismiss(self) -> None:
        """Let it go; everything on its list has ended."""
        with suppress(OSError):
            self._output.close()
        self._process.wait()


class Child:
    """One program: its present process, or the moment at which it is started again."""

    def __init__(self, program: Program, guard: _Guard | None) -> None:
        self.program = program
        self._guard = guard
        self._process: subprocess.Popen[bytes] | Fork | None = None
        self._started_at = 0.0
        self._start_at = 0.0
        self._failures = 0

    @property
    def group(self) -> int | None:
        """The process group of it and its children; None while it waits for its next start."""
        return self._process.pid if self._process else None

    @property
    def runs(self) -> bool:
        """Whether its process is there and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process.

        Raises:
            OSError: the command cannot be run.
        """
        self._started_at = time.monotonic()
        program = self.program
        if program.work:
            forget = self._guard.forget if self._guard else lambda: None
            self._process = Fork(program.name, program.work, program.environment, forget=forget)
        else:
            self._process = subprocess.Popen(  # noqa: S603 (programs that our own code names)
                list(program.command),
                env={**os.environ, **program.environment},
                stdin=subprocess.DEVNULL,
                start_new_session=_POSIX,
            )
        if self._guard:
            self._guard.note("+", self._process.pid)

    def start_if_due(self) -> None:
        """Start it if its pause is over; a command that cannot be run waits for its next turn."""
        if self._process is None and time.monotonic() >= self._start_at:
            try:
                self.start()
            except OSError:
                self._plan_start()

    def notice_end(self) -> str:
        """If it has ended since the last look, plan its next start; returns a line that says so, "" otherwise."""
        if self._process is None or self._process.poll() is None:
            return ""
        how = _ending(self._process.returncode)
        self.forget_process()
        return f"{self.program.name} ended ({how}); it starts again in {self._plan_start():.0f} s."

    def _plan_start(self) -> float:
        now = time.monotonic()
        self._failures = 1 if now - self._started_at >= RAN_WELL else self._failures + 1
        pause = pause_after(self._failures)
        self._start_at = now + pause
        return pause

    def ask_to_end(self) -> None:
        """Send TERM to the program itself; it ends its own children."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def forget_process(self) -> None:
        """Kill what is left of the program and its children, and wait for it."""
        if self._process is None:
            return
        if _POSIX:
            # Its children may outlive it: the group's number is theirs as long as one of them lives.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        # A fork that has had no processor yet has no group of its own either.
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._guard:
            self._guard.note("-", self._process.pid)
        self._process = None


class Supervisor:
    """Runs programs until it is told to stop. A context manager: leaving it ends everything, however that came."""

    def __init__(self, say: Callable[[str], None], *, patience: float | None = None, forks: bool = False) -> None:
        """``say`` is given a line for people whenever a program ends by itself.

        ``patience``: seconds from asking the programs to end until they are killed, in place of ``PATIENCE``;
        ``forks``: they are forks of this process.
        """
        self._say = say
        self._patience = patience
        self._forks = forks
        self._children: list[Child] = []
        self._stopping = threading.Event()
        self._asked_at = 0.0
        self._hurry = False

    def __enter__(self) -> Self:
        # Set, not inherited: a shell starts what runs in its background with SIGINT ignored.
        self._earlier = {number: signal.signal(number, self._on_signal) for number in stop_signals()}
        self._guard = _Guard(is_fork=self._forks) if _POSIX else None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        patience = PATIENCE if self._patience is None else self._patience
        self._end([child for child in self._children if not child.program.serves_others], patience)
        self._end([child for child in self._children if child.program.serves_others], PATIENCE_SERVING)
        if self._guard:
            self._guard.dismiss()
        for number, handler in self._earlier.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self._stopping.is_set():
            self._asked_at = now
        # One request may arrive twice: make hands on what it is sent itself.
        self._hurry = now - self._asked_at > 1
        self._stopping.set()

    @property
    def is_stopping(self) -> bool:
        """Whether somebody has asked for the end."""
        return self._stopping.is_set()

    def start(self, program: Program) -> Child:
        """Start ``program`` and keep it running from now on.

        Raises:
            OSError: its command cannot be run.
        """
        child = Child(program, self._guard)
        child.start()
        self._children.append(child)
        return child

    def drop(self, child: Child) -> None:
        """End the program of ``child`` at once, and keep it running no more."""
        self._children.remove(child)
        child.forget_process()

    def run(self) -> None:
        """Start again whatever ends, with growing pauses, until a signal says stop."""
        while not self._stopping.wait(_LOOK_EVERY):
            self._look_at_guard()
            for child in self._children:
                if line := child.notice_end():
                    self._say(line)
                child.start_if_due()

    def _look_at_guard(self) -> None:
        groups = [child.group for child in self._children if child.group]
        if self._guard and (line := self._guard.start_again_if_ended(groups)):
            self._say(line)

    def _end(self, children: Iterable[Child], seconds: float) -> None:
        """Ask ``children`` to end and kill what is left after ``seconds``, or at once after a second signal."""
        children = list(children)
        for child in children:
            child.ask_to_end()
        deadline = time.monotonic() + seconds
        while any(child.runs for child in children) and time.monotonic() < deadline and not self._hurry:
            time.sleep(0.05)
        for child in children:
            child.forget_process()
