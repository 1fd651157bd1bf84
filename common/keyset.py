"""Pages of a long list, each found from a row of the one before: the last page costs what the first one does.

A page by its number makes the database read every row before it. Here a page is what follows a row, or precedes it, in
a total order: one column, and the primary key where it is the same. An index on the two answers at once.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet


@dataclass(frozen=True)
class Keyset:
    """The order of a list: by ``column`` and the primary key, both ``descending`` or neither."""

    column: str
    descending: bool = False

    def page(self, rows: QuerySet[Any], *, after: int | None, before: int | None, size: int) -> "KeysetPage":
        """The primary keys of the ``size`` rows that follow the row ``after``, or precede ``before``; None: the first.

        ``rows`` need no order. Of a row that is gone the first page is shown. At most three queries.
        """
        start = self._value(rows, after or before)
        if start is None:
            return self._first(rows, size)
        if after is not None:
            found = self._read(rows, start, after, size, forwards=True)
            return KeysetPage(found[:size], has_before=True, has_after=len(found) > size)
        found = self._read(rows, start, before, size, forwards=False)
        if len(found) <= size:
            # The beginning: a whole page from there, with what has come in meanwhile.
            return self._first(rows, size)
        return KeysetPage(found[:size][::-1], has_before=True, has_after=True)

    def in_order(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """``rows`` in this order."""
        return rows.order_by(*self._columns(forwards=True))

    def _first(self, rows: QuerySet[Any], size: int) -> "KeysetPage":
        found = self._read(rows, None, None, size, forwards=True)
        return KeysetPage(found[:size], has_before=False, has_after=len(found) > size)

    def _value(self, rows: QuerySet[Any], number: int | None) -> Any:
        if number is None:
            return None
        return rows.model._base_manager.filter(pk=number).values_list(self.column, flat=True).first()

    def _columns(self, *, forwards: bool) -> tuple[str, str]:
        sign = "-" if self.descending is forwards else ""
        return f"{sign}{self.column}", f"{sign}pk"

    def _read(self, rows: QuerySet[Any], start: Any, number: int | None, size: int, *, forwards: bool) -> list[int]:
        """One more than ``size``, so that it is known whether others follow."""
        if start is not None:
            way = "lt" if self.descending is forwards else "gt"
            # The first condition alone says where in the index the page begins.
            beyond = Q(**{f"{self.column}__{way}": start}) | Q(**{f"pk__{way}": number})
            rows = rows.filter(Q(**{f"{self.column}__{way}e": start}), beyond)
        return list(rows.order_by(*self._columns(forwards=forwards)).values_list("pk", flat=True)[: size + 1])


@dataclass(frozen=True)
class KeysetPage:
    """The primary keys on a page, in order, and whether there are rows before and after it."""

    keys: list[int]
    has_before: bool
    has_after: bool

    @property
    def before(self) -> int | None:
        """The row that the page before this one precedes; None: there is none."""
        return self.keys[0] if self.has_before and self.keys else None

    @property
    def after(self) -> int | None:
        """The row that the page after this one follows; None: there is none."""
        return self.keys[-1] if self.has_after and self.keys else None


def count_up_to(rows: QuerySet[Any], most: int) -> int:
    """How many ``rows`` there are, counted no further than one more than ``most``."""
    return rows.order_by().values("pk")[: most + 1].count()
