"""Rows written in few round trips: what one registration stores is some ten rows in six tables.

Django composes each statement anew and waits for the answer to each. Here the statement of a model is composed once,
rows get their numbers beforehand, so that each can name the others before any is stored, and what is not waited for
travels together (docs/adr/0035-few-round-trips.md).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache, partial
from itertools import count
from operator import attrgetter
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from phonenumber_field.modelfields import PhoneNumberField

from common.phones import e164_of

# What both drivers take as it is, in every column but those of JSON.
_PLAIN = frozenset({str, int, bool, type(None)})
# Fields of moments and of UUIDs, for which PostgreSQL has types of its own.
_NATIVE = frozenset({models.DateTimeField, models.UUIDField})
# Texts of statements that are kept: by table and number of rows, or by the fields that they change.
_TEXTS = 256


@dataclass(frozen=True)
class _Columns:
    """Some columns of a table: quoted names, of table and key as well, and how what they hold is read from a row."""

    table: str
    key: str
    names: tuple[str, ...]
    read: Callable[[Any], Any]
    prepare: tuple[Callable[[Any], Any], ...]

    def values(self, row: models.Model) -> list[Any]:
        """What ``row`` holds, as the driver takes it."""
        found = self.read(row) if len(self.names) > 1 else (self.read(row),)
        return [
            value if type(value) in _PLAIN and prepare is not _as_json else prepare(value)
            for value, prepare in zip(found, self.prepare, strict=True)
        ]


def _as_json(value: Any) -> Any:
    return connection.ops.adapt_json_value(value, None)


def _preparing(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
    """What makes a value of ``field`` one that the driver takes."""
    if isinstance(field, models.JSONField):
        return _as_json
    # The field itself asks a phone number three times whether it is one.
    if isinstance(field, PhoneNumberField):
        return e164_of
    usual = partial(field.get_db_prep_save, connection=connection)
    is_native = connection.features.has_native_uuid_field and type(field) in _NATIVE
    return partial(_as_it_is, usual) if is_native else usual


def _as_it_is(usual: Callable[[Any], Any], value: Any) -> Any:
    """``value`` itself where PostgreSQL's driver takes it so, as Django would find out; otherwise what Django makes."""
    kind = type(value)
    return value if kind is UUID or (kind is datetime and value.tzinfo is not None) else usual(value)


@cache
def _columns(model: type[models.Model], names: tuple[str, ...] = ()) -> _Columns:
    """Those that hold the fields ``names`` of ``model``; without names all but its number."""
    fields = [f for f in model._meta.concrete_fields if (f.name in names if names else not f.primary_key)]
    if any(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False) for field in fields):
        raise TypeError(f"{model._meta.label} writes times by itself: save it as Django does.")
    return _Columns(
        _quoted(model._meta.db_table),
        _quoted(model._meta.pk.column),
        tuple(_quoted(field.column) for field in fields),
        attrgetter(*(field.attname for field in fields)),
        tuple(map(_preparing, fields)),
    )


def _quoted(name: str | None) -> str:
    return connection.ops.quote_name(str(name))


@lru_cache(maxsize=_TEXTS)
def _insertion(model: type[models.Model], rows: int, *, has_numbers: bool, ignore_conflicts: bool) -> str:
    """The statement that stores so many ``rows`` of ``model``."""
    columns = _columns(model)
    names = (columns.key, *columns.names) if has_numbers else columns.names
    places = ", ".join([f"({', '.join(['%s'] * len(names))})"] * rows)
    end = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    return f"INSERT INTO {columns.table} ({', '.join(names)}) VALUES {places}{end}"  # noqa: S608


@lru_cache(maxsize=_TEXTS)
def _change(model: type[models.Model], names: tuple[str, ...]) -> str:
    """The statement that writes the fields ``names`` of a row of ``model``."""
    columns = _columns(model, names)
    changes = ", ".join(f"{name} = %s" for name in columns.names)
    return f"UPDATE {columns.table} SET {changes} WHERE {columns.key} = %s"  # noqa: S608


def take_numbers(*wanted: type[models.Model]) -> list[int]:
    """A number for a new row of each of ``wanted``, in their order; a model may be there several times. One query.

    Inside the transaction that stores them: SQLite has nothing but its one writer to keep others from the same numbers,
    so that it must be asked for all of them at once.
    """
    with connection.cursor() as cursor:
        if connection.features.has_select_for_update:
            cursor.execute("SELECT " + ", ".join(map(_next_number, wanted)))
            return list(cursor.fetchone())
        cursor.execute("SELECT name, seq FROM sqlite_sequence")
        last = dict(cursor.fetchall())
    numbers = []
    for model in wanted:
        table = model._meta.db_table
        last[table] = last.get(table, 0) + 1
        numbers.append(last[table])
    return numbers


@cache
def _next_number(model: type[models.Model]) -> str:
    meta = model._meta
    return f"nextval(pg_get_serial_sequence('{_quoted(meta.db_table)}', '{meta.pk.column}'))"


# What each connection to PostgreSQL has planned: the statement's name there, by its text.
_planned: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()
# A name is never used again, so that one whose statement failed is in nobody's way.
_planned_numbers = count(1)


def _keeps_plans(connection: BaseDatabaseWrapper) -> bool:
    """Whether a plan is still there when its connection asks again: behind PgBouncer by transaction it may not be.

    docs/operate.md has that said in ``DATABASE_URL``, because cursors of the server do not last there either.
    """
    return connection.features.has_select_for_update and not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")


def _with_numbers(sql: str) -> str:
    """``sql`` with $1, $2 … for each ``%s``, written for a driver that takes ``%`` for the beginning of one."""
    places = sql.replace("%%", "").count("%s")
    return (sql % tuple(f"${number}" for number in range(1, places + 1))).replace("%", "%%")


# Rows of one insert up to which it is planned: each number of them is a statement of its own.
_FEW_ROWS = 4


class RoundTrip:
    """Statements that the database gets together, in their order, in the transaction of the caller.

    PostgreSQL takes them as one text and answers once; to SQLite, which is no server, they go one by one. Nothing is
    asked before ``send`` or ``fetch``: what is added may be added before another query that does not depend on it.
    """

    def __init__(self) -> None:
        self._statements: list[tuple[str, list[Any], bool]] = []

    def add(self, sql: str, values: Sequence[Any] = (), *, is_planned: bool = False) -> None:
        """One statement with its values for ``%s``.

        ``is_planned``: it has at least one value, and is asked again and again with this text: each connection to
        PostgreSQL plans it once.
        """
        self._statements.append((sql, list(values), is_planned))

    def insert(self, rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
        """Store ``rows`` of one model, those with numbers under these; their ``save`` and its signals are left out.

        With ``ignore_conflicts`` a row that a constraint forbids is left out, too.
        """
        if not rows:
            return
        model, has_numbers = type(rows[0]), rows[0].pk is not None
        columns = _columns(model)
        values: list[Any] = []
        for row in rows:
            if has_numbers:
                values.append(row.pk)
            values += columns.values(row)
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        text = _insertion(model, len(rows), has_numbers=has_numbers, ignore_conflicts=ignore_conflicts)
        self.add(text, values, is_planned=len(rows) <= _FEW_ROWS)

    def update(self, row: models.Model, *names: str) -> None:
        """Write the fields ``names`` of ``row``, as ``QuerySet.update`` does: the history is the caller's."""
        self.add(_change(type(row), names), [*_columns(type(row), names).values(row), row.pk], is_planned=True)

    def fetch(self, sql: str, values: Sequence[Any] = (), *, is_planned: bool = False) -> list[tuple[Any, ...]]:
        """The rows of this query, asked after everything that was added; ``is_planned`` as for ``add``."""
        self.add(sql, values, is_planned=is_planned)
        own = connections[DEFAULT_DB_ALIAS]
        with own.cursor() as cursor:
            self._run(own, cursor)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def fetch_planned(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """As ``fetch``, for a text that is asked again and again, with at least one value.

        Planning a query over six tables takes ten times as long as answering it.
        """
        return self.fetch(sql, values, is_planned=True)

    def send(self) -> None:
        """Have done what was added; does nothing if nothing was."""
        if self._statements:
            own = connections[DEFAULT_DB_ALIAS]
            with own.cursor() as cursor:
                self._run(own, cursor)

    def _run(self, connection: BaseDatabaseWrapper, cursor: Any) -> None:
        statements, self._statements = self._statements, []
        if not connection.features.has_select_for_update:
            for sql, values, _is_planned in statements:
                cursor.execute(sql, values)
            return
        known = _planned.setdefault(connection.connection, {}) if _keeps_plans(connection) else None
        texts, fresh = _as_texts(statements, known)
        cursor.execute(";\n".join(texts), [value for _sql, values, _is_planned in statements for value in values])
        if known is not None:
            # Only now: what failed may not be there.
            known |= fresh


def _as_texts(
    statements: list[tuple[str, list[Any], bool]], known: dict[str, str] | None
) -> tuple[list[str], dict[str, str]]:
    """What PostgreSQL is told, and the names that it hears for the first time, by statement.

    ``known``: names that this connection has planned statements under; None: it keeps none.
    """
    texts: list[str] = []
    fresh: dict[str, str] = {}
    for sql, values, is_planned in statements:
        if known is None or not is_planned:
            texts.append(sql)
            continue
        if (name := known.get(sql) or fresh.get(sql)) is None:
            name = fresh[sql] = f"planned_{next(_planned_numbers)}"
            texts.append(f"PREPARE {name} AS {_with_numbers(sql)}")
        texts.append(f"EXECUTE {name} ({', '.join(['%s'] * len(values))})")
    return texts, fresh
