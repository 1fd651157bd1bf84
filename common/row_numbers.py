"""Numbers (primary keys) of rows that are not stored yet, so that each can name the others."""

from collections import deque
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from common.round_trips import RoundTrip

#: So many numbers of a table a connection to PostgreSQL fetches at once. What it has not used when it is closed is
#: nobody's: numbers have gaps, and do not say who came first.
AT_ONCE = 16
# By the driver's connection: numbers go with it, as whatever the server did for it.
_held: WeakKeyDictionary[Any, dict[type[models.Model], deque[int]]] = WeakKeyDictionary()


def take_numbers(*wanted: type[models.Model]) -> list[int]:
    """A number for a new row of each of ``wanted``, in their order; a model may be there several times, and goes up.

    On PostgreSQL one query now and then; a transaction that fails does not give them back. On SQLite one query, inside
    the transaction that stores them: it has nothing but its one writer to keep others from the same numbers, so that
    it must be asked for all of them at once.
    """
    if not connection.features.has_select_for_update:
        return _next_of_sqlite(wanted)
    own = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    held = _held.setdefault(own.connection, {})
    if short := [model for model in dict.fromkeys(wanted) if len(held.get(model, ())) < wanted.count(model)]:
        for model, numbers in zip(short, _fetch(short, max(AT_ONCE, len(wanted))), strict=True):
            held.setdefault(model, deque()).extend(numbers)
    return [held[model].popleft() for model in wanted]


def _fetch(models_: list[type[models.Model]], many: int) -> list[tuple[int, ...]]:
    rows = RoundTrip().fetch(f"SELECT {', '.join(map(_next_number, models_))} FROM generate_series(1, {many})")  # noqa: S608
    return list(zip(*rows, strict=True))


@cache
def _next_number(model: type[models.Model]) -> str:
    meta = model._meta
    table = connection.ops.quote_name(meta.db_table)
    return f"nextval(pg_get_serial_sequence('{table}', '{meta.pk.column}'))"


def _next_of_sqlite(wanted: tuple[type[models.Model], ...]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence")
        last = dict(cursor.fetchall())
    numbers = []
    for model in wanted:
        table = model._meta.db_table
        last[table] = last.get(table, 0) + 1
        numbers.append(last[table])
    return numbers
