"""A broken value is no fault of the site: in every part of every address, every parameter of every page, every filter.

The addresses are those of the access matrix, which has all of them; the parameters are those that a page asks for while
it is drawn; the filters are those of the lists of the administration. What is new is tried without a line here.
"""

import logging
import re
from collections.abc import Iterator
from itertools import product
from urllib.parse import quote, unquote, urlencode

import pytest
from django.contrib import admin
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from tests.support.world import World
from tests.test_access_matrix import GET, MORE, rows

pytestmark = pytest.mark.django_db

#: More than a column of numbers holds, and more than any column holds.
_BIG, _HUGE, _LONG = "2147483648", "9" * 19, "9" * 40
#: What people, robots and scanners write where a number, a name or a date stands.
BROKEN = ("x", "-1", _HUGE, _LONG, "²", "\x00", "%", "é" * 300)
BROKEN_NUMBERS = ("x", _LONG, "²")
#: The last year that there is, none, and less than none.
EDGES = ("9999", "0", "-1")
ROLES = ("anonymous", "coordinator here", "superuser")
_NAME = re.compile(r"{\w+}")


class Visitor:
    """Somebody in a role who asks for addresses and notes where the site answers with a fault of its own."""

    def __init__(self, world: World, role: str) -> None:
        self.client = world.client(role)
        self.client.raise_request_exception = False
        self.faults: dict[str, int] = {}

    def ask(self, address: str) -> None:
        with transaction.atomic():
            response = self.client.get(address)
            transaction.set_rollback(True)
        if response.status_code >= 500:
            self.faults[address[:120]] = response.status_code


@pytest.fixture(autouse=True)
def _quiet_log():
    """Thousands of refusals are logged here, each with its traceback: they would take most of the time."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def _route(address: str) -> str | None:
    """The route that takes ``address``; None if there is none."""
    try:
        return resolve(unquote(address.partition("?")[0])).route
    except Resolver404:
        return None


def _addresses(world: World) -> Iterator[str]:
    """Each address with each broken value in the place of one of its parts, the others as they are.

    What the address's own route does not take falls through to another route, or to none. That one answers the same
    whichever address it was, so it is asked once for each value.
    """
    fallen: set[tuple[str | None, str]] = set()
    for row in (*rows(GET), *rows(MORE)):
        own = _route(world.address(row))
        for part, value in product(_NAME.findall(row), BROKEN):
            address = world.address(row.replace(part, quote(value), 1))
            route = _route(address)
            if route == own or (route, value) not in fallen:
                yield address
            if route != own:
                fallen.add((route, value))


@pytest.mark.parametrize("role", ROLES)
def test_a_broken_part_of_an_address_is_no_fault_of_the_site(world, role):
    visitor = Visitor(world, role)
    for address in dict.fromkeys(_addresses(world)):
        visitor.ask(address)
    assert visitor.faults == {}


def _parameters(client: Client, address: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the parameters that the page at ``address`` asks for; without Django's own."""
    names: set[str] = set()

    def noting(method):
        def noted(self, name, *args, **kwargs):
            names.add(name)
            return method(self, name, *args, **kwargs)

        return noted

    with monkeypatch.context() as patch, transaction.atomic():
        for method in ("get", "__getitem__", "getlist", "__contains__"):
            patch.setattr(QueryDict, method, noting(getattr(QueryDict, method)))
        client.get(address)
        transaction.set_rollback(True)
    return {name for name in names if isinstance(name, str) and not name.startswith("_") and name != "all"}


def test_a_broken_parameter_of_a_page_is_no_fault_of_the_site(world, monkeypatch):
    visitor = Visitor(world, "superuser")
    asked = 0
    for row in rows(GET):
        address = world.address(row).partition("?")[0]
        for name in sorted(_parameters(visitor.client, address, monkeypatch)):
            for value in BROKEN_NUMBERS:
                visitor.ask(f"{address}?{name}={quote(value)}")
                asked += 1
    assert visitor.faults == {}
    assert asked > 100


def _list_filters() -> Iterator[tuple[str, str]]:
    """The address of each list of the administration, and each parameter that narrows or orders it."""
    for model, model_admin in admin.site._registry.items():
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        names = {"q", "o", "p", "no_such_field"}
        for listed in model_admin.list_filter:
            field = listed[0] if isinstance(listed, tuple) else listed
            names |= {f"{field}{ending}" for ending in ("__exact", "__id__exact", "__in", "__isnull")}
        if model_admin.date_hierarchy:
            names |= {f"{model_admin.date_hierarchy}__{part}" for part in ("year", "month", "day", "gte")}
        for name in sorted(names):
            yield address, name


@pytest.mark.parametrize("role", ["coordinator here", "superuser"])
def test_a_broken_filter_of_a_list_is_no_fault_of_the_site(world, role):
    visitor = Visitor(world, role)
    for address, name in _list_filters():
        for value in ("x", _BIG, *EDGES) if role == "superuser" else (_LONG,):
            visitor.ask(f"{address}?{name}={quote(value)}")
    assert visitor.faults == {}


def test_a_broken_suggestion_for_a_new_row_is_no_fault_of_the_site(world):
    """Django takes the first values of a new row from the address."""
    visitor = Visitor(world, "superuser")
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
        fields = [*model._meta.fields, *model._meta.many_to_many]
        for value in BROKEN_NUMBERS:
            visitor.ask(f"{address}?{urlencode({field.name: value for field in fields})}")
    assert visitor.faults == {}
