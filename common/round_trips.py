"""Rows written in few round trips: what one registration stores is some ten rows in six tables.

Django composes each statement anew and waits for the answer to each. Here the statement of a model is composed once,
rows get their numbers beforehand, so that each can name the others before any is stored, and what is not waited for
travels together (docs/adr/0035-few-round-trips.md).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache, partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from phonenumber_field.modelfields import PhoneNumberField

from common.phones import e164_of
from common.planned_statements import Plans, plans_of

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


# Rows of one insert up to which it is planned: each number of them is a statement of its own.
_FEW_ROWS = 4


class Beside:
    """A question that was asked beside a query; ``numbers`` is its answer once that has been answered."""

    def __init__(self, sql: str, values: Sequence[Any]) -> None:
        self.sql, self.values = sql, list(values)
        self.numbers: list[int] = []


class RoundTrip:
    """Statements that the database gets together, in their order, in the transaction of the caller.

    PostgreSQL takes them as one text and answers once; to SQLite, which is no server, they go one by one. Nothing is
    asked before ``send`` or ``fetch``: what is added may be added before another query that does not depend on it.
    """

    def __init__(self) -> None:
        self._statements: list[tuple[str, list[Any], bool]] = []
        self._beside: Beside | None = None

    def add(self, sql: str, values: Sequence[Any] = (), *, is_planned: bool = False) -> None:
        """One statement with its values for ``%s``.

        ``is_planned``: it has at least one value, and is asked again and again with this text: each connection to
        PostgreSQL plans it once (common/planned_statements.py).
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

    def ask_beside(self, sql: str, values: Sequence[Any]) -> Beside:
        """Ask ``sql``, which yields numbers, together with the next query, which must find one row at most.

        Both see what has been stored when everything that was added before them is done.
        """
        self._beside = Beside(sql, values)
        return self._beside

    def fetch(self, sql: str, values: Sequence[Any] = (), *, is_planned: bool = False) -> list[tuple[Any, ...]]:
        """The rows of this query, asked after everything that was added; ``is_planned`` as for ``add``."""
        own = connections[DEFAULT_DB_ALIAS]
        beside, self._beside = self._beside, None
        if beside is not None and own.features.has_select_for_update:
            sql = f"SELECT found.*, ARRAY({beside.sql}) FROM ({sql}) AS found"  # noqa: S608
            found = self._fetch(own, sql, [*beside.values, *values], is_planned=is_planned)
            beside.numbers = found[0][-1] if found else []
            return [row[:-1] for row in found]
        if beside is not None:
            beside.numbers = [number for (number,) in self._fetch(own, beside.sql, beside.values)]
        return self._fetch(own, sql, values, is_planned=is_planned)

    def fetch_planned(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """As ``fetch``, for a text that is asked again and again, with at least one value."""
        return self.fetch(sql, values, is_planned=True)

    def send(self) -> None:
        """Have done what was added; does nothing if nothing was."""
        if self._statements:
            self._run(connections[DEFAULT_DB_ALIAS])

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added since it was sent."""
        return not self._statements

    def send_and_end(self, end: str) -> None:
        """Have done what was added, and then the statement ``end``, by which a transaction ends."""
        self.add(end)
        self.send()

    def _fetch(
        self, own: BaseDatabaseWrapper, sql: str, values: Sequence[Any], *, is_planned: bool = False
    ) -> list[tuple[Any, ...]]:
        self.add(sql, values, is_planned=is_planned)
        found: list[tuple[Any, ...]] = self._run(own, fetches=True)
        return found

    def _run(self, own: BaseDatabaseWrapper, *, fetches: bool = False) -> Any:
        """Have the statements done; returns the rows of the last if ``fetches``."""
        statements, self._statements = self._statements, []
        # Plans belong to a connection: one that has broken while it was kept is replaced before they are looked up.
        own.close_if_health_check_failed()
        own.ensure_connection()
        if not own.features.has_select_for_update:
            with own.cursor() as cursor:
                for sql, values, _is_planned in statements:
                    cursor.execute(sql, values)
                return cursor.fetchall() if fetches else None
        plans = plans_of(own)
        texts = _as_texts(statements, plans)
        if begin := _begin_of(own):
            texts.insert(0, begin)
        with own.cursor() as cursor:
            cursor.execute(";\n".join(texts), [value for _sql, values, _is_planned in statements for value in values])
            if plans is not None:
                plans.keep()
            return cursor.fetchall() if fetches else None


def _as_texts(statements: list[tuple[str, list[Any], bool]], plans: Plans | None) -> list[str]:
    """What PostgreSQL is told."""
    if plans is None:
        return [sql for sql, _values, _is_planned in statements]
    texts = plans.begin()
    for sql, values, is_planned in statements:
        texts += plans.texts(sql, len(values)) if is_planned else [sql]
    return texts


def _begin_of(own: BaseDatabaseWrapper) -> str:
    """The statement by which the transaction of ``one_transaction`` begins, if nothing of it was sent yet; or ""."""
    travelling = getattr(own, "travelling", None)
    return travelling.take_begin() if travelling is not None else ""


@contextmanager
def one_transaction() -> Iterator[RoundTrip]:
    """A transaction, and a trip for it: what was added and not sent when it ends is sent then.

    As ``transaction.atomic``; but PostgreSQL gets BEGIN with the first trip and COMMIT with the last. In a transaction
    that has begun already it is a part of that.
    """
    own, trip = connections[DEFAULT_DB_ALIAS], RoundTrip()
    together = getattr(own, "travel_together", nullcontext)
    with together() as travelling, transaction.atomic():
        yield trip
        if travelling is None:
            trip.send()
        elif not trip.is_empty:
            travelling.end_with(trip.send_and_end)
