"""What is missing in the database becomes a system check: ``manage.py check --database default``."""

from collections.abc import Sequence

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import Error as DatabaseError
from django.db import connections

from registrations import search_index

#: The migration that builds the indexes; ``migrate`` asks for checks before it has run.
_SINCE = ("registrations", "0006_search_index")
HINT = (
    "As a superuser of PostgreSQL, in the site's database: CREATE EXTENSION pg_trgm;"
    " then, as the site: manage.py search_index. See docs/operate.md."
)


@register(Tags.database)
def has_search_index(
    app_configs: object, databases: Sequence[str] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """The indexes for searching are there."""
    return [
        Warning(
            f"Searching reads every row of {', '.join(tables)}: the index is missing.", hint=HINT, id="diemcau.W008"
        )
        for alias in databases or ()
        if (tables := _missing(alias))
    ]


def _missing(alias: str) -> list[str]:
    """The tables without their index; none of a database that does not answer, which says so elsewhere."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
            if not cursor.fetchone()[0]:
                return []
            cursor.execute("SELECT 1 FROM django_migrations WHERE (app, name) = (%s, %s)", _SINCE)
            return search_index.missing(connection) if cursor.fetchone() else []
    except DatabaseError:
        return []
