"""One migrated database for all workers of a run, from which each makes its own.

``TEST_TEMPLATES`` names a folder that belongs to one run and is gone after it, so nothing of an earlier run can be
taken for fresh. The first worker migrates; the others wait for it and copy: a file on SQLite, ``CREATE DATABASE …
TEMPLATE`` on PostgreSQL.
"""

import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

FOLDER = "TEST_TEMPLATES"
#: No test that commits changes them.
_FILLED_BY_MIGRATIONS = {"auth_permission", "bridges_province", "django_content_type"}
_MADE_HERE = pytest.StashKey[Path]()


def open_templates(config: pytest.Config) -> None:
    """In a run with several workers: make the folder, before they start and inherit its name."""
    alone = not getattr(config.option, "numprocesses", None)
    if alone or hasattr(config, "workerinput") or FOLDER in os.environ:
        return
    config.stash[_MADE_HERE] = Path(tempfile.mkdtemp(prefix="diemcau-templates-"))
    os.environ[FOLDER] = str(config.stash[_MADE_HERE])


def close_templates(config: pytest.Config) -> None:
    """At the end of such a run, when all workers are gone: remove the folder, and the template of PostgreSQL."""
    folder = config.stash.get(_MADE_HERE, None)
    if folder is None:
        return
    del os.environ[FOLDER]
    if (folder / "postgresql").exists():
        _drop(_template_name(folder))
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database_from_template(folder: Path) -> Iterator[None]:
    """The test database as Django's ``setup_databases`` makes it, but migrated by one worker for all."""
    own_name = connection.settings_dict["NAME"]
    make = _from_template_database if connection.vendor == "postgresql" else _from_template_file
    with _only_one(folder):
        make(folder)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(own_name, verbosity=0)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """While it lasts, other workers of the run wait."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _from_template_file(folder: Path) -> None:
    template = folder / "sqlite"
    if not template.exists():
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        connection.ensure_connection()
        with closing(sqlite3.connect(template)) as copy:
            connection.connection.backup(copy)
        return
    _create_empty()
    connection.ensure_connection()
    with closing(sqlite3.connect(template)) as migrated:
        migrated.backup(connection.connection)


def _from_template_database(folder: Path) -> None:
    test = connection.settings_dict["TEST"]
    name, template = test["NAME"], _template_name(folder)
    if not (folder / "postgresql").exists():
        maintenance = connection.settings_dict["NAME"]
        test["NAME"] = template
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        _use(maintenance)
        test["NAME"] = name
        (folder / "postgresql").touch()
    test["TEMPLATE"] = template
    _create_empty()


def _create_empty() -> None:
    """What ``create_test_db`` does before it migrates."""
    connection.creation._create_test_db(verbosity=0, autoclobber=True)
    _use(connection.creation._get_test_db_name())


def _use(name: str) -> None:
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name


def empty_only_what_tests_fill(patch: pytest.MonkeyPatch) -> None:
    """Have a test that commits leave what migrations have put there: a worker may begin others after it.

    On PostgreSQL, DELETE where there are rows, in the place of TRUNCATE: that makes a file for each table and each
    index anew, some 400, for the few rows of a test.
    """
    empty = _deletions if connection.vendor == "postgresql" else connection.ops.sql_flush

    def flush(style: object, tables: Iterable[str], **options: bool) -> list[str]:
        return empty(style, [name for name in tables if name not in _FILLED_BY_MIGRATIONS], **options)

    patch.setattr(connection.ops, "sql_flush", flush)


def _deletions(_style: object, tables: Iterable[str], **_options: bool) -> list[str]:
    """In any order, for they run in one transaction, and PostgreSQL checks Django's foreign keys at its end."""
    quoted = [connection.ops.quote_name(table) for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in quoted))
        return [f"DELETE FROM {name}" for (name,) in cursor]


def _template_name(folder: Path) -> str:
    return folder.name.lower().replace("-", "_")


def _drop(name: str) -> None:
    server = psycopg2.connect(**connection.get_connection_params())
    try:
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
    finally:
        server.close()
