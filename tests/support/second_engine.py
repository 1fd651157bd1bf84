"""What ``make test`` proves on one engine only: SQLite runs the whole suite, PostgreSQL what an engine can change.

Left out are tests that use no database, and those marked ``one_engine``: what a page says, its HTML, who may open it.
That each page can be drawn, and what each room stores and asks, both engines prove.
"""

import os

import pytest

#: Variable: set in a run beside which SQLite runs all.
VARIABLE = "SECOND_ENGINE"
#: Fixtures through which a test gets the database; ``db`` is also what ``world`` and the like stand on.
_DATABASES = {"db", "transactional_db", "live_server"}
_SERVERS = ("postgresql", "redis")


def has_an_engine(item: pytest.Item) -> bool:
    """Whether the engine can change what ``item`` proves."""
    if any(item.get_closest_marker(name) for name in _SERVERS):
        return True
    if item.get_closest_marker("one_engine"):
        return False
    return item.get_closest_marker("django_db") is not None or not _DATABASES.isdisjoint(item.fixturenames)


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the second engine: take those out of ``items`` that have no engine."""
    if not os.environ.get(VARIABLE):
        return
    left_out = [item for item in items if not has_an_engine(item)]
    items[:] = [item for item in items if has_an_engine(item)]
    config.hook.pytest_deselected(items=left_out)
