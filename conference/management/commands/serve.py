"""``manage.py serve``: everything that a running site needs, in one terminal."""

import os
import signal
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from conference import embedded_valkey
from conference.supervisor import PATIENCE, Program, Supervisor, stop_signals

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


# Elsewhere a fork without exec is not safe (macOS), or there is none (Windows).
_FORKS = sys.platform == "linux"


class Command(BaseCommand):
    help = "Migrates, collects static files, loads the demo if this is one, then runs web server, worker and Valkey."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="port to listen on (PORT, else 8000)")
        parser.add_argument("--web-workers", type=int, default=2, help="web server processes (2)")
        parser.add_argument("--dev", action="store_true", help="reload on change; delivery without Celery")

    def handle(self, *args: Any, host: str, port: int, web_workers: int, dev: bool, **options: Any) -> None:
        for number in stop_signals():
            signal.signal(number, _interrupt)
        _take_port(port)
        try:
            with _only_one(Path(settings.VAR_DIR)):
                _require_free(host, port)
                self._prepare(dev)
                self._run(host, port, web_workers, dev)
        except KeyboardInterrupt:
            pass
        self._say("Stopped.")

    def _prepare(self, dev: bool) -> None:
        for fault in run_checks(tags=[Tags.database], databases=["default"]):
            if fault.is_serious():
                raise CommandError(f"{fault.msg}\n{fault.hint or ''}".strip())
        # The first time it takes a minute or more, in which nobody shall wonder.
        self._say("Preparing the database ...")
        call_command("migrate", interactive=False, verbosity=0)
        if not dev:
            self._say("Preparing the static files ...")
            _collect_static()
        if settings.DEMO:
            self._say("Preparing the demo ...")
            call_command("demo", stdout=self.stdout)

    def _run(self, host: str, port: int, web_workers: int, dev: bool) -> None:
        with Supervisor(self._say) as supervisor:
            redis_url = settings.REDIS_URL or embedded_valkey.start(supervisor, Path(settings.VAR_DIR) / "valkey")
            self._introduce(redis_url)
            for program in programs(host, port, web_workers, dev=dev, redis_url=redis_url):
                # Asked to stop meanwhile: nothing more is started.
                if not supervisor.is_stopping:
                    supervisor.start(program)
            supervisor.run()

    def _introduce(self, redis_url: str | None) -> None:
        broker = "Redis" if settings.REDIS_URL else "Valkey"
        lines = [
            f"Site            {settings.SITE_URL}/",
            f"Mailbox         {settings.SITE_URL}/mailbox/" if settings.DEMO else "",
            f"Administration  {settings.SITE_URL}/admin/",
            f"Database        {settings.DATABASES['default']['ENGINE'].rpartition('.')[2]}"
            + (f", broker and cache {broker}" if redis_url else ""),
            "" if redis_url else "No Valkey runs on this machine: `deliver --loop` sends the messages, without Celery.",
            "Ctrl-C stops everything.",
        ]
        self._say("\n" + "".join(f"  {line}\n" for line in lines if line))

    def _say(self, line: str) -> None:
        # A terminal that has been closed takes no more lines, and everything must be stopped all the same.
        with suppress(OSError):
            self.stdout.write(line)
            self.stdout.flush()


def _take_port(port: int) -> None:
    """Have ``port`` be what the settings call ``PORT``, here and in all programs.

    Where nobody has set ``SITE_URL``, it is made of the port, and every link in a message begins with it.
    """
    if port == settings.PORT:
        return
    if not os.environ.get("SITE_URL"):
        settings.SITE_URL = f"http://127.0.0.1:{port}"
    os.environ["PORT"] = str(port)
    settings.PORT = port


def programs(host: str, port: int, web_workers: int, *, dev: bool, redis_url: str | None) -> list[Program]:
    """What a site runs beside its Valkey; ``redis_url`` None: without Celery."""
    environment = {"REDIS_URL": redis_url or ""}

    def python(name: str, *arguments: str) -> Program:
        return Program(name, [sys.executable, *arguments], environment)

    if dev:
        web = python("web", "manage.py", "runserver", f"{host}:{port}")
        return [web, python("loop", "manage.py", "deliver", "--loop")]
    if _FORKS:
        # Ends before the supervisor here kills it.
        services = ("manage.py", "services", "--bind", f"{host}:{port}", "--workers", str(web_workers))
        return [python("services", *services, "--patience", str(PATIENCE - 1))]
    # Browsers open connections ahead of need and send nothing: each holds a thread, and one a worker held up everybody.
    # A request has five seconds to end when the server is stopped.
    options = (
        "--workers", str(web_workers), "--threads", "4", "--graceful-timeout", "5", "--no-control-socket",
    )  # fmt: skip
    log = ("--config", "python:conference.gunicorn_settings")
    gunicorn = ("-m", "gunicorn", *log, "conference.wsgi", "--bind", f"{host}:{port}", *options)
    web = python("web", *gunicorn, "--log-level", "warning")
    loop = ("manage.py", "deliver", "--loop", "--verbosity", "0")
    if not redis_url:
        return [web, python("loop", *loop)]
    celery = ("-m", "celery", "--quiet", "-A", "conference")
    alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    # What piled up in a Redis while nobody worked; a Valkey of our own is empty at first.
    purge = ("--purge",) if settings.REDIS_URL else ()
    schedule = ("--schedule", settings.CELERY_BEAT_SCHEDULE_FILENAME, "--pidfile", "")
    return [
        web,
        python("worker", *celery, "worker", "--pool", "solo", "--loglevel", "WARNING", *purge, *alone),
        python("beat", *celery, "beat", "--loglevel", "WARNING", *schedule),
        # What Celery cannot do while its broker is away; whoever is second finds nothing left to send.
        python("loop", *loop, "--interval", "20"),
    ]


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for this process; the lock goes with the process, however that ends.

    Raises:
        CommandError: another process holds it.
    """
    with (folder / "serve.lock").open("a+") as lock:
        if fcntl:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                lock.seek(0)
                reason = (
                    f"Another site (process {lock.read().strip()}) runs with its files in {folder}. "
                    "Stop it, or choose another folder: VAR_DIR=var2 make run PORT=8001"
                )
                raise CommandError(reason) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = f"Port {port} cannot be used ({error.strerror}). Choose another: make run PORT=8001"
            raise CommandError(reason) from error


def _collect_static() -> None:
    """Collect and compress the static files, if any has changed since the last time."""
    stamp = Path(settings.VAR_DIR) / "static.stamp"
    listed = sorted(
        f"{path} {storage.size(path)} {storage.get_modified_time(path)}"
        for finder in get_finders()
        for path, storage in finder.list([])
    )
    fingerprint = sha256("\n".join(listed).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == fingerprint and any(Path(settings.STATIC_ROOT).iterdir()):
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(fingerprint)
