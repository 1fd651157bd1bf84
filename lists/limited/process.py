"""Starts the limited process, gives it a file, takes its answer."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, Any, Literal

from django.conf import settings

#: All that the process finds in its environment: where programs and libraries are, and no secrets.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_OUT_OF_TIME = {-signal.SIGXCPU}
# The allocator gives up, the system does, or a library did not expect that there is no memory.
_OUT_OF_MEMORY = {-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV}
# Of one process of ours. Whoever comes third waits until one of them is done, or until they are told to come again.
_at_most_two = threading.BoundedSemaphore(2)
#: Seconds for which a file that comes third waits where somebody sits before a page, and a thread of the web server
#: waits with them. Most files take less than one; two that reach their limits would keep the third waiting for 50.
PATIENCE = 5


@dataclass(frozen=True)
class Limits:
    """What opening one file may take: bytes of memory, seconds of a processor, seconds by the clock."""

    memory: int
    processor: int
    clock: int


class TooMuch(Exception):
    """The file needs more than its limits; ``what`` of them."""

    def __init__(self, what: Literal["time", "memory"]) -> None:
        super().__init__(what)
        self.what = what


class Broken(Exception):
    """The process died and did not say why; ``code``: how it ended, as ``Popen.returncode``."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exit code {code}")
        self.code = code


class Busy(Exception):
    """Two others are at it, and neither has ended in time."""


def run(task: str, content: bytes, *, limits: Limits, patience: float | None = None, **order: Any) -> dict[str, Any]:
    """Have the process do ``task`` with the file ``content``; ``order`` is what else the task wants to know.

    Waits for at most ``limits.clock`` seconds, and before that while two others of this process are at it: for
    ``patience`` seconds, None for as long as it takes. Returns the answer of the task.

    Raises:
        Busy: two others are still at it.
        TooMuch: it reached a limit.
        Broken: it came to nothing for another reason.
    """
    with _place(patience):
        return _run(task, content, (), limits, order)


def run_on(
    task: str, file: IO[bytes], *, limits: Limits, patience: float | None = None, **order: Any
) -> dict[str, Any]:
    """The same with a ``file`` that is open and too big to be sent there; the process can do no more than read it."""
    with _place(patience), open(os.open(f"/dev/fd/{file.fileno()}", os.O_RDONLY), "rb") as to_read:
        number = to_read.fileno()
        return _run(task, b"", (number,), limits, {**order, "descriptor": number})


@contextmanager
def _place(patience: float | None) -> Iterator[None]:
    """One of the two places.

    Raises:
        Busy: none has become free within ``patience`` seconds.
    """
    if not _at_most_two.acquire(timeout=patience):
        raise Busy
    try:
        yield
    finally:
        _at_most_two.release()


def _run(
    task: str, content: bytes, descriptors: tuple[int, ...], limits: Limits, order: dict[str, Any]
) -> dict[str, Any]:
    head = json.dumps({"task": task, **asdict(limits), **order}).encode() + b"\n"
    with _start(descriptors) as process:
        try:
            answer, _nothing = process.communicate(head + content, timeout=limits.clock)
        except subprocess.TimeoutExpired as error:
            raise TooMuch("time") from error
        finally:
            process.kill()
    return _answer(process.returncode, answer)


def _start(descriptors: tuple[int, ...]) -> subprocess.Popen[bytes]:
    """The process, waiting for its order. It inherits ``descriptors`` and no other open file: no database either."""
    return subprocess.Popen(
        # Nothing from PYTHON… and the user's own packages, no files written beside the sources.
        [sys.executable, "-E", "-s", "-B", "-X", "utf8", "-m", "lists.limited"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=settings.BASE_DIR,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        pass_fds=descriptors,
    )


def _answer(code: int, answer: bytes) -> dict[str, Any]:
    if code in _OUT_OF_TIME:
        raise TooMuch("time")
    if code in _OUT_OF_MEMORY:
        raise TooMuch("memory")
    if code:
        raise Broken(code)
    try:
        said: dict[str, Any] = json.loads(answer)
    except ValueError as error:
        raise Broken(code) from error
    if "too_much" in said:
        raise TooMuch(said["too_much"])
    return said
