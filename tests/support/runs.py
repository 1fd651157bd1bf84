"""Several pytests beside each other, each line of theirs with the name of its run before it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

#: Seconds in which a pytest that is told to stop must be gone, with its browser.
PATIENCE = 10
# Set and empty, not unset: a developer's .env must not choose the engine.
_PLAIN = {"DATABASE_URL": "", "REDIS_URL": "", "DEMO": "", "DEBUG": "", "PYTHONUNBUFFERED": "1"}


class Run:
    """One pytest.

    Args:
        name: what its lines begin with.
        arguments: for pytest.
        environment: what it has beside the environment of this process.
    """

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "pytest", *arguments]
        self._environment = {**os.environ, **_PLAIN, **environment}

    def passes_here(self) -> bool:
        """Run it alone, in this terminal; whether it passed."""
        print(f"\n=== {self.name}", flush=True)  # noqa: T201
        return subprocess.run(self._command, env=self._environment, check=False).returncode == 0

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
        for line in self._process.stdout:
            print(f"{before}{line}", end="", flush=True)  # noqa: T201

    def wait(self) -> bool:
        """Wait for its end; whether it passed."""
        passed = self._process.wait() == 0
        self._reader.join(PATIENCE)
        return passed

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


@contextmanager
def beside_each_other(runs: Sequence[Run]) -> Iterator[Sequence[Run]]:
    """Start all ``runs``; whatever happens inside, none of them goes on after it."""
    width = max(len(run.name) for run in runs)
    started: list[Run] = []
    try:
        for run in runs:
            run.start(width)
            started.append(run)
        yield started
    finally:
        for run in started:
            run.interrupt()
        for run in started:
            run.end()
