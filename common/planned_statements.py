"""Statements that a connection to PostgreSQL has planned, each under a name of its own.

Planning a query over six tables takes ten times as long as answering it, so that what is asked again and again is
planned once (``PREPARE``) and then asked by its name (``EXECUTE``). A plan is made for the tables as they are: for a
small one it walks through all of it, and would go on so when that has grown. Hence it is made anew, each time after
four times as many uses as before (docs/adr/0036-own-pages.md).
"""

from dataclasses import dataclass
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.base.base import BaseDatabaseWrapper

#: After so many uses a plan is made anew for the first time, and then each time after ``_TIMES`` as many.
FIRST_USES = 8
_TIMES = 4
# A name is never used again, so that one whose statement failed is in nobody's way.
_numbers = count(1)


@dataclass
class _Plan:
    name: str
    uses: int
    #: With so many uses it is too old.
    until: int


class Plans:
    """What one connection has planned. What it is told is ``begin`` and ``texts``; call ``keep`` if that succeeded."""

    def __init__(self) -> None:
        self._known: dict[str, _Plan] = {}
        self._fresh: dict[str, _Plan] = {}
        self._dropped: list[str] = []

    def begin(self) -> list[str]:
        """What to say before everything else: that old plans are dropped."""
        # Once: a text that fails may have dropped them already, and one that is left takes memory and no more.
        texts, self._dropped = [f"DEALLOCATE {name}" for name in self._dropped], []
        self._fresh = {}
        return texts

    def texts(self, sql: str, values: int) -> list[str]:
        """What to say for the statement ``sql`` with so many ``values``; first of all that it shall be planned."""
        texts = []
        if (plan := self._usable(sql)) is None:
            plan = self._fresh[sql] = self._next(sql)
            texts.append(f"PREPARE {plan.name} AS {_with_numbers(sql)}")
        plan.uses += 1
        texts.append(f"EXECUTE {plan.name} ({', '.join(['%s'] * values)})")
        return texts

    def keep(self) -> None:
        """What was planned since ``begin`` is there: what failed may not be."""
        self._dropped += [self._known[sql].name for sql in self._fresh if sql in self._known]
        self._known |= self._fresh
        self._fresh = {}

    def _usable(self, sql: str) -> _Plan | None:
        if plan := self._fresh.get(sql):
            return plan
        plan = self._known.get(sql)
        return plan if plan is not None and plan.uses < plan.until else None

    def _next(self, sql: str) -> _Plan:
        old = self._known.get(sql)
        return _Plan(f"planned_{next(_numbers)}", 0, old.until * _TIMES if old else FIRST_USES)


_of_connections: WeakKeyDictionary[Any, Plans] = WeakKeyDictionary()


def plans_of(connection: BaseDatabaseWrapper) -> Plans | None:
    """What ``connection`` has planned; None if it keeps no plans: SQLite, or PgBouncer by transaction.

    There the next statement may meet another connection of the server. docs/operate.md has that said in
    ``DATABASE_URL``, because cursors of the server do not last there either.
    """
    if not connection.features.has_select_for_update or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        return None
    return _of_connections.setdefault(connection.connection, Plans())


def _with_numbers(sql: str) -> str:
    """``sql`` with $1, $2 … for each ``%s``, written for a driver that takes ``%`` for the beginning of one."""
    places = sql.replace("%%", "").count("%s")
    return (sql % tuple(f"${number}" for number in range(1, places + 1))).replace("%", "%%")
