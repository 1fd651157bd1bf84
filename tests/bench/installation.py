"""A whole installation of one tree of sources: its servers, far sides, and the services of its docs/operate.md."""

import json
import re
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from tests.bench import visitors
from tests.bench.crowd import Answer, Visit, one
from tests.bench.processors import processor_seconds
from tests.chaos.rig import OPEN_STATES, FarSide
from tests.chaos.servers import ROOT, Hung, PostgreSQL, Process, Redis, Stage, basic_environment, free_port, wait_until

_PREFIX = "ExecStart=/srv/diemcau/.venv/bin/"
_WEB_WORKERS = re.compile(r"--workers \d+")
_STATEMENT = re.compile(rb"^(\w*)\|LOG:  (?:statement|execute [^:]*): ", re.MULTILINE)
#: The service that is a parent of everything (``manage.py services``).
ONE_PARENT = "services"
#: What ``inside.py`` fills and each site is a copy of.
_SEATS = 50


@dataclass(frozen=True)
class Tree:
    """Sources to measure: ``here``, or ``beside`` to compare with."""

    name: str
    folder: Path = ROOT

    def services(self, port: int, web_workers: int) -> dict[str, list[str]]:
        """The commands of the services that its docs/operate.md sets up, by what they run."""
        document = (self.folder / "docs" / "operate.md").read_text()
        section = document.partition("\n## Services\n")[2].partition("\n## ")[0].partition("**Without Celery**")[0]
        found = {}
        for line in re.findall(rf"^{re.escape(_PREFIX)}(.*)$", section, re.MULTILINE):
            program, *words = _WEB_WORKERS.sub(f"--workers {web_workers}", line.replace(":8000", f":{port}")).split()
            known = ("services", "gunicorn", "worker", "beat", "deliver")
            name = next(word for word in known if word in words or word == program)
            path = sys.executable if program == "python" else str(Path(sys.executable).parent / program)
            found["web" if name == "gunicorn" else name] = [path, *words]
        return found


class Installation:
    """The servers of a tree; sites are copies of one filled database.

    Args:
        small: how many conferences with few seats it has.
    """

    def __init__(self, stage: Stage, tree: Tree, *, web_workers: int, small: int) -> None:
        self.stage, self.tree, self.web_workers = stage, tree, web_workers
        settings = {"log_line_prefix": "%a|", "track_commit_timestamp": "on"}
        self.postgres = PostgreSQL(stage, settings, f"postgres-{tree.name}")
        self.redis = Redis(stage)
        self.far = FarSide(stage)
        self.var = stage.folder / f"var-{tree.name}"
        self.var.mkdir()
        self._number = 0
        self.postgres.execute("CREATE DATABASE filled")
        self.manage("filled", "migrate", "--verbosity", "0")
        self.manage("filled", "collectstatic", "--noinput", "--verbosity", "0")
        made = self.inside("filled", "conferences", small=small, seats=_SEATS)
        self.points: dict[str, int] = made["points"]
        self.small: list[str] = made["small"]

    def environment(self, database: str, name: str) -> dict[str, str]:
        """Everything that the site reads: as on a real installation behind a proxy; SMS are not limited by number."""
        return {
            **basic_environment(self.tree.folder),
            "DEMO": "0",
            "DEBUG": "0",
            "SECRET_KEY": "only-for-measuring-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGH",
            "SECRET_KEY_FALLBACKS": "",
            "ALLOWED_HOSTS": f"{visitors.HOST},127.0.0.1",
            "SITE_URL": f"https://{visitors.HOST}",
            "CSRF_TRUSTED_ORIGINS": "",
            "DATABASE_URL": self.postgres.url(database),
            "PGAPPNAME": name,
            "REDIS_URL": self.redis.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.far.mail_port}",
            "EMAIL_BACKEND": "",
            "ANYMAIL": "{}",
            "DEFAULT_FROM_EMAIL": f"Điểm Cầu <no-reply@{visitors.HOST}>",
            "SMS_CHANNEL": "tests.chaos.gateway.Gateway",
            "SMS_URL": "",
            "SMS_PER_CONFERENCE_PER_HOUR": "1000000",
            "ZALO_CHANNEL": "",
            "ZALO_URL": "",
            "CHAOS_SMS_PORT": str(self.far.sms_port),
            "QUIET_HOURS": "",
            "MFA_REQUIRED_FOR_STAFF": "0",
            "TRUSTED_PROXIES": "1",
            "VAR_DIR": str(self.var),
            "LOG_LEVEL": "WARNING",
        }

    def run(self, database: str, name: str, *command: str) -> str:
        """Run ``command`` of our Python in the tree, and return what it wrote.

        Raises:
            Hung: it failed or took too long; the text has its last words.
        """
        process = self.stage.process(
            name,
            [sys.executable, *command],
            environment=self.environment(database, name),
            folder=self.tree.folder,
        )
        if process.wait(600):
            raise Hung(f"{name} failed in {self.tree.folder}:\n{process.words(3000)}")
        return process.log.read_text()

    def manage(self, database: str, *arguments: str) -> str:
        """Run ``manage.py`` of the tree."""
        return self.run(database, arguments[0], "manage.py", *arguments)

    def inside(self, database: str, work: str, **values: Any) -> Any:
        """Have ``inside.py`` do ``work`` with the tree's code; what it found."""
        script = str(Path(__file__).with_name("inside.py"))
        return json.loads(self.run(database, work, script, work, json.dumps(values)).splitlines()[-1])

    def has_database(self, name: str) -> bool:
        """Whether the server holds a database of that name."""
        connection = psycopg2.connect(self.postgres.url())
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
                return bool(cursor.fetchall())
        finally:
            connection.close()

    def site(self, template: str = "filled") -> "Site":
        """A new site on a copy of the database ``template``. Redis is empty, the far sides know nothing."""
        self._number += 1
        database = f"site_{self._number}"
        self.postgres.execute(f"CREATE DATABASE {database} TEMPLATE {template}", "CHECKPOINT")
        self.redis.client.flushall()
        self.far.forget()
        return Site(self, database)


class Site:
    """A database and the services that run on it; leaving it ends them."""

    def __init__(self, installation: Installation, database: str) -> None:
        self.installation, self.database = installation, database
        self.far = installation.far
        self.port = free_port()
        self.services = installation.tree.services(self.port, installation.web_workers)
        self.running: dict[str, Process] = {}
        self._line: Any = None

    def __enter__(self) -> "Site":
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self.running.values():
            process.kill()
        if self._line:
            self._line.close()

    def start(self, *names: str) -> None:
        """Start these services as documented; a tree that has none of a name goes without.

        Default: all that do one thing each. ``ONE_PARENT`` does in one service what they do.
        """
        for name in names or tuple(name for name in self.services if name != ONE_PARENT):
            if name in self.services:
                self.start_process(name, *self.services[name])
        if {"web", ONE_PARENT} & self.running.keys():
            wait_until(self._answers, "gunicorn answers")

    def start_process(self, name: str, *command: str) -> Process:
        """Start ``command`` under ``name``, which is also how the database knows it."""
        installation = self.installation
        environment = installation.environment(self.database, name)
        folder = installation.tree.folder
        process = installation.stage.process(name, list(command), environment=environment, folder=folder)
        self.running[name] = process
        return process

    def stop(self, *names: str) -> None:
        """End these services at once."""
        for name in names:
            self.running.pop(name).kill()

    def _answers(self) -> bool:
        """Whether a page comes: the port is open before the workers have loaded the site."""
        process = self.running.get("web") or self.running[ONE_PARENT]
        if process.exit_code is not None:
            raise Hung(f"gunicorn does not start: {process.words()}")
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return one(visitors.look(visitors.Visitor(self.port, 1), "/")).is_well

    def wait_until_connected(self, *names: str) -> None:
        """Wait until these services have asked the database for something, and rest."""
        sql = "SELECT count(DISTINCT application_name) FROM pg_stat_activity WHERE application_name IN %s"
        wait_until(lambda: self.number(sql, names) == len(names), "the services use the database", 120)
        # What they found when they came is nothing.
        time.sleep(2)

    def groups(self) -> dict[str, list[int]]:
        """The processes whose time is read, by name; each stands for all that it started."""
        servers = {"postgresql": self.installation.postgres.process, "redis": self.installation.redis.process}
        return {name: [process.pid] for name, process in {**self.running, **servers}.items()}

    def processor_seconds(self) -> dict[str, float]:
        """Seconds of processor of each group so far."""
        return processor_seconds(self.groups())

    # --- the database -------------------------------------------------------------------------------------------------

    def query(self, sql: str, *values: Any) -> list[tuple]:
        """Run ``sql`` and return its rows, if any. The connection is kept: to connect costs the server milliseconds."""
        if self._line is None:
            self._line = psycopg2.connect(self.installation.postgres.url(self.database), application_name="bench")
            self._line.autocommit = True
        with self._line.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def number(self, sql: str, *values: Any) -> Any:
        """The one value that ``sql`` asks for."""
        return self.query(sql, *values)[0][0]

    def unfinished(self) -> int:
        """How many due messages are not over yet."""
        sql = "SELECT count(*) FROM outbox_message WHERE state IN %s AND due_at <= now()"
        return self.number(sql, OPEN_STATES)

    def wait_until_sent(self, seconds: float = 300) -> None:
        """Wait until nothing that is due is open.

        Raises:
            Hung: it takes longer than ``seconds``.
        """
        wait_until(lambda: not self.unfinished(), "everything is sent", seconds, 0.25)

    @contextmanager
    def statements(self) -> Iterator[dict[str, int]]:
        """Count the SQL statements inside, by the name of the service that sends them; filled in at the end."""
        postgres, found = self.installation.postgres, dict[str, int]()
        self._log_statements("all")
        begun = postgres.process.log.stat().st_size
        yield found
        self._log_statements("none")
        with postgres.process.log.open("rb") as log:
            log.seek(begun)
            for name in _STATEMENT.findall(log.read()):
                found[name.decode()] = found.get(name.decode(), 0) + 1

    def _log_statements(self, which: str) -> None:
        self.installation.postgres.execute(f"ALTER SYSTEM SET log_statement = '{which}'", "SELECT pg_reload_conf()")
        wait_until(lambda: self.query("SHOW log_statement") == [(which,)], "PostgreSQL has read its settings")

    # --- visits -------------------------------------------------------------------------------------------------------

    def count_statements(self, visits: Iterable[Visit]) -> int:
        """Statements of the web processes for these visits, one after the other."""
        with self.statements() as found:
            for visit in visits:
                if not one(visit).is_well:
                    raise Hung("a visit whose statements were to be counted went wrong")
        return found.get("web", 0)

    def answer(self, path: str, extra: str = "", cookies: dict[str, str] | None = None) -> Answer:
        """What a new visitor gets who asks for ``path``; ``extra``: more headers."""
        answers = []

        def ask() -> Visit:
            answers.append((yield visitors.Visitor(self.port, 2, cookies).get(path, extra)))
            return True

        one(ask())
        return answers[0]
