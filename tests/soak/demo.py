"""The demo as ``make run`` starts it, with a folder and a port of its own, and its processes seen from outside."""

import signal
import sys
from http.client import HTTPException
from pathlib import Path

from tests.chaos import visitors
from tests.chaos.servers import Hung, Process, Stage, basic_environment, free_port, wait_until

#: What a process is called, by words of its command.
_NAMES = {
    "process_guard": "guard",
    "valkey-server": "valkey",
    "gunicorn": "web",
    "runserver": "web",
    "worker --pool": "worker",
    "conference beat": "beat",
    "deliver --loop": "loop",
    "manage.py serve ": "serve",
    "manage.py services": "services",
}
#: What the forks of one parent are called begins so.
_FORK = "diemcau-"
_RESTART = "it starts again in"


class Demo:
    """``manage.py serve`` on a stage; what it is not told stands empty, so that a developer's .env does not choose."""

    def __init__(self, stage: Stage, **environment: str) -> None:
        self.port = free_port()
        self.var = stage.folder / "var"
        self._stage = stage
        empty = dict.fromkeys(
            ("DEBUG", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "SMS_URL", "ZALO_URL"), ""
        )
        self._environment = {
            **basic_environment(),
            **empty,
            "DEMO": "1",
            "PORT": str(self.port),
            "VAR_DIR": str(self.var),
            # All its visitors come from one address.
            "REGISTRATIONS_PER_HOUR": "0",
            **environment,
        }

    def start(self, *options: str, in_background: bool = False) -> Process:
        """Start it and wait until it is well; ``options`` of ``serve``.

        ``in_background``: with SIGINT ignored, as a shell starts what a script puts into its background.
        """
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port), *options]
        if in_background:
            command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
        self.serve = self._stage.process("serve", command, environment=self._environment)
        self.serve.farewell = signal.SIGTERM
        wait_until(self._is_well, f"the demo is well ({self.serve.log})", 180, 0.1)
        return self.serve

    def _is_well(self) -> bool:
        if self.serve.exit_code is not None:
            raise Hung(f"the demo does not start: {self.serve.words(3000)}")
        return self.ask("/healthz")[0] == 200

    def ask(self, address: str) -> tuple[int, str]:
        """The page at ``address``: its status and text; 0 and "" without an answer."""
        try:
            status, page, _ = visitors.ask(self.port, "GET", address)
        except (OSError, HTTPException):
            return 0, ""
        return status, page.decode(errors="replace")

    def processes(self) -> dict[int, str]:
        """Number and name of each process that works in the demo's folder, found on Linux only."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                own_name = (folder / "comm").read_text().strip()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                belongs = str(self.var) in command + (folder / "environ").read_text(errors="replace")
            except OSError:
                continue
            if belongs and own_name.startswith(_FORK):
                found[int(folder.name)] = own_name.removeprefix(_FORK)
            elif belongs and command:
                found[int(folder.name)] = next((name for words, name in _NAMES.items() if words in command), command)
        return found

    def pid(self, name: str) -> int:
        """The number of the first process called ``name``.

        Raises:
            ValueError: there is none.
        """
        return min(pid for pid, known in self.processes().items() if known == name)

    def memory(self) -> dict[str, float]:
        """Megabytes in use, by name and number of the process; those of one name are numbered in order."""
        found: dict[str, float] = {}
        for pid, name in sorted(self.processes().items()):
            numbered = name if name not in found else f"{name}-{sum(known.startswith(name) for known in found)}"
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            kilobytes = next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), "0")
            found[numbered] = int(kilobytes) / 1024
        return found

    @property
    def restarts(self) -> list[str]:
        """What has ended and was started again, as ``serve`` said it."""
        return [line for line in self.serve.log.read_text(errors="replace").splitlines() if _RESTART in line]

    @property
    def tracebacks(self) -> int:
        """How many tracebacks its programs have written."""
        return self.serve.log.read_text(errors="replace").count("Traceback (most recent call last)")
