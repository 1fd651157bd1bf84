"""``manage.py serve``: everything that a running site needs, in one terminal."""

import socket
import sys
from argparse import ArgumentParser
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from honcho.manager import Manager


class Command(BaseCommand):
    help = "Migrates, collects static files, loads the demo if this is one, then runs web server and Celery worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="port to listen on (PORT, else 8000)")
        parser.add_argument("--web-workers", type=int, default=2, help="web server processes (2)")
        parser.add_argument("--dev", action="store_true", help="reload on change; delivery without Celery")

    def handle(self, *args, **options) -> None:
        try:
            self._serve(**options)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _serve(self, *, host: str, port: int, web_workers: int, dev: bool, **_options) -> None:
        _require_free(host, port)
        call_command("migrate", interactive=False, verbosity=0)
        if not dev:
            _collect_static()
        if settings.DEMO:
            call_command("demo", stdout=self.stdout)
        self.stdout.write(
            f"\n  Site            {settings.SITE_URL}/\n"
            + (f"  Mailbox         {settings.SITE_URL}/mailbox/\n" if settings.DEMO else "")
            + f"  Administration  {settings.SITE_URL}/admin/\n"
            + f"  Database        {settings.DATABASES['default']['ENGINE'].rpartition('.')[2]}, broker "
            + f"{'redis' if settings.REDIS_URL else 'filesystem'}\n"
            + "  Ctrl-C stops everything.\n"
        )
        self.stdout.flush()
        manager = Manager()
        for name, command in _processes(host, port, web_workers, dev).items():
            manager.add_process(name, command)
        manager.loop()
        # Honcho reports how the first process ended; ending on our own Ctrl-C is no failure.
        if manager.returncode not in (None, 0, -2, -15, 130, 143):
            sys.exit(manager.returncode)


def _processes(host: str, port: int, web_workers: int, dev: bool) -> dict[str, str]:
    python = f'"{sys.executable}"'
    if dev:
        return {
            "web": f"{python} manage.py runserver {host}:{port}",
            "worker": f"{python} manage.py deliver --loop",
        }
    # What Celery cannot do while Redis is away; whoever is second finds nothing left to send.
    spare = {"loop": f"{python} manage.py deliver --loop --interval 20"} if settings.REDIS_URL else {}
    return {
        **spare,
        "web": f"{python} -m gunicorn conference.wsgi --bind {host}:{port} --workers {web_workers} --log-level warning",
        # One process that works by itself: it stops cleanly when the whole group is told to.
        "worker": f"{python} -m celery --quiet -A conference worker --pool solo --beat --purge --schedule "
        f'"{settings.CELERY_BEAT_SCHEDULE_FILENAME}" --loglevel WARNING '
        "--without-gossip --without-mingle --without-heartbeat",
    }


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
