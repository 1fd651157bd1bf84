"""What belongs to a row in another table as one column of it, so that a list of any length is one statement."""

import json
from typing import Any

from django.db.models import Aggregate, QuerySet, Subquery, TextField


class _Lists(Aggregate):
    """An array of arrays in JSON, as text: what stands in the given columns of each row."""

    output_field = TextField()
    arity = None

    def as_sql(self, compiler: Any, connection: Any, *arguments: Any, **context: Any) -> Any:
        together, each = ("json_agg", "json_build_array") if connection.vendor == "postgresql" else _SQLITE
        # Text on both engines: each has a type of its own for JSON, which its driver reads in its own way.
        template = f"CAST({together}({each}(%(expressions)s)) AS text)"
        return super().as_sql(compiler, connection, *arguments, template=template, **context)


_SQLITE = ("json_group_array", "json_array")


def gathered(rows: QuerySet[Any], by: str, *columns: str) -> Subquery:
    """``columns`` of each of ``rows`` that have the same value in ``by``, to be read by ``read``.

    ``rows`` refer to the outer row by OuterRef. The first column must be their number: they come back in its order.
    """
    found = rows.order_by().values(by).annotate(_gathered=_Lists(*columns)).values("_gathered")
    return Subquery(found, output_field=TextField())


def read(text: str | None) -> list[list[Any]]:
    """The rows that ``gathered`` has put into ``text``, in their order, without their numbers."""
    if text is None:
        return []
    rows = json.loads(text)
    return [row[1:] for row in (sorted(rows, key=lambda row: row[0]) if len(rows) > 1 else rows)]
