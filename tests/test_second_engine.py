"""Beside SQLite, PostgreSQL runs the tests whose outcome an engine can change, and no others."""

from types import SimpleNamespace

import pytest

from tests.support import second_engine


class Item:
    """A test with marks and fixtures of these names, as pytest hands it over."""

    def __init__(self, *marks: str, fixtures: tuple[str, ...] = ()) -> None:
        self.marks, self.fixturenames = marks, ["request", *fixtures]

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self.marks else None


@pytest.mark.parametrize(
    ("item", "runs"),
    [
        (Item(), False),
        (Item("slow"), False),
        (Item("django_db"), True),
        (Item(fixtures=("db", "world")), True),
        (Item(fixtures=("transactional_db",)), True),
        (Item("django_db", "one_engine"), False),
        (Item("redis"), True),
        (Item("django_db", "one_engine", "postgresql"), True),
    ],
)
def test_what_uses_a_database_or_a_server_runs_unless_it_is_marked(monkeypatch, item, runs):
    monkeypatch.setenv(second_engine.VARIABLE, "1")
    left_out: list[Item] = []
    config = SimpleNamespace(hook=SimpleNamespace(pytest_deselected=lambda items: left_out.extend(items)))
    items = [item]
    second_engine.leave_out(config, items)
    assert (items, left_out) == (([item], []) if runs else ([], [item]))


def test_the_first_engine_leaves_out_nothing(monkeypatch):
    monkeypatch.delenv(second_engine.VARIABLE, raising=False)
    items = [Item(), Item("one_engine")]
    second_engine.leave_out(None, items)
    assert len(items) == 2
