"""The site's own programs, run by a test as on a real installation: other processes, real mail, the real clock."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg2
from django.conf import settings
from django.db import connection

from tests.support.fakes import SMTPSink
from tests.support.operators import program

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, sink: SMTPSink, database_url: str, **more: str) -> dict[str, str]:
    """The settings of an installation with its files in ``folder``, whose mails go to ``sink``."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "SECRET_KEY": settings.SECRET_KEY,
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "SITE_URL": "https://diemcau.test",
        "HTTPS": "0",
        "VAR_DIR": str(folder),
        "DATABASE_URL": database_url,
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "REDIS_URL": "",
        "QUIET_HOURS": "",
        "PYTHONWARNINGS": "ignore",
        **more,
    }


def manage(*arguments: str, environment: Mapping[str, str], fails: bool = False) -> str:
    """What ``manage.py`` with ``arguments`` writes; it must succeed, or fail where ``fails``."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


Processes = dict[str, subprocess.Popen]


@contextmanager
def running(commands: dict[str, list[str]], environment: dict[str, str], folder: Path) -> Iterator[Processes]:
    """The ``commands``, each in a process group of its own, which is ended with the block."""
    started: Processes = {}
    try:
        for name, command in commands.items():
            with (folder / f"{name}.log").open("wb") as log:
                started[name] = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        yield started
    finally:
        for process in started.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Database:
    """A copy of the test's database in a place of its own, which can be dumped and restored."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    url = ""

    def execute(self, *statements: str) -> None:
        """Run SQL that both engines understand."""
        raise NotImplementedError

    def dump(self) -> None:
        """Take a dump, as docs/operate.md says."""
        raise NotImplementedError

    def restore(self) -> None:
        """Put the dump in place of what there is, as docs/operate.md says."""
        raise NotImplementedError

    def drop(self) -> None:
        """Leave nothing behind."""


class SQLiteDatabase(Database):
    """A file; the test's own database may be in memory."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.file, self._dump = folder / "diemcau.sqlite3", folder / "copy.sqlite3"
        self.url = f"sqlite:///{self.file}"
        connection.ensure_connection()
        with closing(sqlite3.connect(self.file)) as copy:
            connection.connection.backup(copy)

    def execute(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.file)) as database, database:
            for statement in statements:
                database.execute(statement)

    def dump(self) -> None:
        with closing(sqlite3.connect(self.file)) as database, closing(sqlite3.connect(self._dump)) as copy:
            database.backup(copy)

    def restore(self) -> None:
        for leftover in self.folder.glob("diemcau.sqlite3-*"):
            leftover.unlink()
        # Beside the old file at first, so that it cannot get the old one's number.
        fresh = self.folder / "restored.sqlite3"
        fresh.write_bytes(self._dump.read_bytes())
        fresh.replace(self.file)


def postgresql_url(name: str) -> str:
    """The address of the database ``name`` beside the test's."""
    found = connection.settings_dict
    sign_in = quote(found["USER"] or "", safe="")
    if found["PASSWORD"]:
        sign_in += ":" + quote(found["PASSWORD"], safe="")
    return f"postgres://{sign_in}@{quote(found['HOST'] or 'localhost', safe='')}:{found['PORT'] or 5432}/{name}"


class PostgreSQLDatabase(Database):
    """A database beside the test's, made from a dump of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._parameters = connection.get_connection_params()
        self._own = f"{connection.settings_dict['NAME']}_restored"
        self._dump = folder / "diemcau.dump"
        self.url = postgresql_url(self._own)
        self._on_server(f'DROP DATABASE IF EXISTS "{self._own}"', f'CREATE DATABASE "{self._own}" TEMPLATE template0')
        self._run(
            "pg_dump", "--format=custom", f"--file={self._dump}", postgresql_url(connection.settings_dict["NAME"])
        )
        self._run("pg_restore", "--no-owner", f"--dbname={self.url}", str(self._dump))

    def _run(self, *command: str) -> None:
        subprocess.run(
            [program(command[0], "postgresql-client"), *command[1:]], check=True, capture_output=True, timeout=120
        )

    def _on_server(self, *statements: str) -> None:
        parameters = {**self._parameters, "dbname": "postgres"}
        with closing(psycopg2.connect(**parameters)) as server:
            server.autocommit = True
            for statement in statements:
                server.cursor().execute(statement)

    def execute(self, *statements: str) -> None:
        with closing(psycopg2.connect(**{**self._parameters, "dbname": self._own})) as database, database:
            for statement in statements:
                database.cursor().execute(statement)

    def dump(self) -> None:
        self._run("pg_dump", "--format=custom", f"--file={self._dump}", self.url)

    def restore(self) -> None:
        self._run("pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={self.url}", str(self._dump))

    def drop(self) -> None:
        self._on_server(f'DROP DATABASE IF EXISTS "{self._own}" WITH (FORCE)')


def copy_of_database(folder: Path) -> Database:
    """What the test has put into its database, in a place where other processes find it."""
    return (PostgreSQLDatabase if connection.vendor == "postgresql" else SQLiteDatabase)(folder)
