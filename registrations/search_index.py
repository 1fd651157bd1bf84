"""Trigram indexes for searching without accents, on PostgreSQL (docs/adr/0041-search-index.md).

Without them every search reads every row; it finds the same. SQLite has no such index.
"""

from typing import Any

from django.db import DatabaseError, transaction

#: The tables whose ``search_text`` is searched where there may be very many rows.
TABLES = ("registrations_registration", "registrations_delegate")


def index_name(table: str) -> str:
    """What the index of ``table`` is called."""
    return f"{table}_search"


def missing(connection: Any) -> list[str]:
    """The tables whose index is not there, or was not built to its end; empty on another engine than PostgreSQL."""
    if connection.vendor != "postgresql":
        return []
    return [table for table in TABLES if not _is_valid(connection, table)]


def _is_valid(connection: Any, table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [index_name(table)])
        row = cursor.fetchone()
    return bool(row and row[0])


def build(connection: Any) -> str:
    """Build what is ``missing`` while everybody goes on writing; returns why that is refused, "" where it is not.

    Inside a transaction, as in tests, it is built there, and whoever writes waits.
    """
    tables = missing(connection)
    if not tables:
        return ""
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            # Some hosts have it in a schema of its own, which is not searched: it is there, and nobody finds it.
            cursor.execute("SELECT NULL::gtrgm")
    except DatabaseError as refused:
        return str(refused).strip()
    how = "" if connection.in_atomic_block else "CONCURRENTLY"
    with connection.cursor() as cursor:
        for table in tables:
            # One that was not built to its end is of no use to anybody, and in the way.
            cursor.execute(f"DROP INDEX {how} IF EXISTS {index_name(table)}")
            cursor.execute(
                f"CREATE INDEX {how} {index_name(table)} ON {table} USING gin (search_text gin_trgm_ops)"
                " WITH (gin_pending_list_limit = 512)"
            )
    return ""


def drop(connection: Any) -> None:
    """Remove the indexes; the extension stays, somebody else may use it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DROP INDEX IF EXISTS {index_name(table)}")
