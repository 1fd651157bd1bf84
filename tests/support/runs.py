"""Several pytests beside each other, each line of theirs with the name of its run before it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

#: Seconds in which a pytest that is told to stop must be gone, with its browser.
PATIENCE = 10
_PLAIN = {
    # Set and empty, not unset: a developer's .env must not choose the engine.
    **dict.fromkeys(("DATABASE_URL", "REDIS_URL", "DEMO", "DEBUG"), ""),
    "PYTHONUNBUFFERED": "1",
    # Machines of CI forbid Python to keep what it has compiled: each worker, and each process that a test starts, would
    # compile the whole site anew, and pytest would rewrite the assertions of all tests.
    "PYTHONDONTWRITEBYTECODE": "",
}


class Run:
    """One pytest.

    Args:
        name: what its lines begin with.
        arguments: for pytest.
        environment: what it has beside the environment of this process.
        comes_later: whether it does not begin with those that it stands beside.
    """

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], *, comes_later: bool = False
    ) -> None:
        self.name = name
        self.comes_later = comes_later
        self._command = [sys.executable, "-m", "pytest", *arguments]
        self._environment = {**os.environ, **_PLAIN, **environment}
        #: What pytest said at its end; None before, less than 0 if it was killed.
        self.exit_code: int | None = None

    def passes_here(self) -> bool:
        """Run it alone, in this terminal; whether it passed."""
        print(f"\n=== {self.name}", flush=True)  # noqa: T201
        self.exit_code = subprocess.run(self._command, env=self._environment, check=False).returncode
        return self.exit_code == 0

    def start(self, width: int) -> None:
        """Start it beside others, whose names have at most ``width`` letters."""
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Ctrl-C reaches this process, which passes it on once; a second one would cut off the cleaning up.
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._relay, args=[f"{self.name:<{width}} | "], daemon=True)
        self._reader.start()

    def _relay(self, before: str) -> None:
        with self._process.stdout as lines:
            for line in lines:
                print(f"{before}{line}", end="", flush=True)  # noqa: T201

    def wait(self) -> bool:
        """Wait for its end; whether it passed."""
        self.exit_code = self._process.wait()
        self._reader.join(PATIENCE)
        return self.exit_code == 0

    def interrupt(self) -> None:
        """Have it stop as after Ctrl-C, if it has not ended."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def end(self) -> None:
        """Wait for the end of what was interrupted, and kill it if that takes long."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        self._process.kill()
        self._process.wait()
        self._reader.join(PATIENCE)


@contextmanager
def beside_each_other(runs: Sequence[Run]) -> Iterator[Callable[[Run], bool]]:
    """Start ``runs``; whatever happens inside, none of them goes on after it.

    Gives a function that waits for the end of a run and says whether it passed. What comes later begins when it is
    called with that run.
    """
    width = max(len(run.name) for run in runs)
    started: list[Run] = []

    def start(run: Run) -> None:
        run.start(width)
        started.append(run)

    def result(run: Run) -> bool:
        if run not in started:
            start(run)
        return run.wait()

    try:
        for run in runs:
            if not run.comes_later:
                start(run)
        yield result
    finally:
        for run in started:
            run.interrupt()
        for run in started:
            run.end()
