"""What every test may use."""

import gc
import os
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import hypothesis
import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.cache import cache, caches
from django.db import transaction

from common import kept_parts
from common.page_cache import shelf
from tests.support import databases, failed_names, second_engine, time_limit

#: A moment well before the test conferences start.
NOW = datetime(2027, 7, 1, 3, 0, tzinfo=UTC)


def pytest_configure(config: pytest.Config) -> None:
    # How long an example takes says how busy the machine is.
    hypothesis.settings.register_profile("suite", deadline=None)
    hypothesis.settings.load_profile("suite")
    databases.open_templates(config)
    # Collecting makes hardly any garbage, and much to look through.
    gc.set_threshold(20_000, 20, 100)
    failed_names.register(config)
    time_limit.register(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    databases.close_templates(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is slow begins first, so that no worker is alone with it at the end."""
    second_engine.leave_out(config, items)
    items.sort(key=lambda item: not _begins_first(item))


def pytest_collection_finish() -> None:
    """What stays until the end, modules and thousands of tests, is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()


def _begins_first(item: pytest.Item) -> bool:
    database = item.get_closest_marker("django_db")
    # A test that commits empties all tables, and so leaves others without what migrations have put there.
    commits = database is not None and database.kwargs.get("transaction", False)
    return item.get_closest_marker("slow") is not None and not commits


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request, tmp_path_factory, django_db_modify_db_settings_parallel_suffix) -> None:
    """``TEST_DATABASE_SUFFIX`` lets two runs share one PostgreSQL server. The browser's SQLite lies in a file."""
    database = django_settings.DATABASES["default"]
    test = database.setdefault("TEST", {})
    if "postgresql" in database["ENGINE"]:
        if suffix := os.environ.get("TEST_DATABASE_SUFFIX"):
            test["NAME"] = f"{test.get('NAME') or 'test_' + database['NAME']}_{suffix}"
    elif any(item.get_closest_marker("browser") for item in request.session.items):
        # In memory the server and the test would share one connection: "database table is locked" now and then.
        test["NAME"] = str(tmp_path_factory.mktemp("database") / "browser.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_modify_db_settings, django_db_blocker):
    """The test database: pytest-django's own, or in a run with several workers one made from their template."""
    if folder := os.environ.get(databases.FOLDER):
        with django_db_blocker.unblock(), databases.database_from_template(Path(folder)), django_db_blocker.block():
            yield
    else:
        request.getfixturevalue("django_db_setup")
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_emptying() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        databases.empty_only_what_tests_fill(patch)
        yield


@pytest.fixture(scope="module")
def module_database(django_db_setup, django_db_blocker) -> Iterator[None]:
    """What fixtures of a module write once, each of its tests finds as it was written. Not for ``transaction=True``."""
    with django_db_blocker.unblock(), transaction.atomic():
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def _world_of_the_module(module_database, django_db_blocker):
    # Their modules need Django's models, which are not there yet when this file is read.
    from outbox import heartbeat
    from tests.support.world import make_world

    with django_db_blocker.unblock(), time_machine.travel(NOW):
        heartbeat.record("beat", NOW)
        return make_world()


@pytest.fixture
def world(_world_of_the_module, db):
    """The small world of tests/world.py, at ``NOW``; made once a module, as new for each test."""
    with time_machine.travel(NOW):
        yield deepcopy(_world_of_the_module)


@pytest.fixture(autouse=True)
def _empty_cache(settings) -> None:
    """Counts of tries at signing in must not reach the next test, nor another run on the same Redis."""
    if not settings.REDIS_URL:
        cache.clear()
        return
    run = f"{os.environ.get('TEST_DATABASE_SUFFIX', '')}-{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    own = {**settings.CACHES["default"], "KEY_PREFIX": f"diemcau-test-{run}"}
    settings.CACHES = {**settings.CACHES, "default": own}
    cache.delete_pattern("*")


@pytest.fixture(autouse=True)
def _no_kept_parts() -> None:
    """The conference of another test may have had the same numbers."""
    kept_parts.clear()


@pytest.fixture(scope="session", autouse=True)
def _usual_addresses() -> None:
    """Read while DEMO is off, or they would have the demo's mailbox for the rest of the run."""
    import_module("conference.urls")


@pytest.fixture(autouse=True)
def _quiet_broker(monkeypatch) -> None:
    """Nudges go nowhere; tests of the broker say so themselves."""
    monkeypatch.setattr("outbox.nudge._nudge", lambda: None)


@pytest.fixture(autouse=True)
def _as_we_are(monkeypatch) -> None:
    """Commands that stay, called here, leave the priority and the collector of this process alone."""
    monkeypatch.setattr("common.process.step_back", lambda: None)
    monkeypatch.setattr("common.process.settle", lambda: None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests of row locks and of Redis run where there are any."""
    if item.get_closest_marker("postgresql") and "postgresql" not in django_settings.DATABASES["default"]["ENGINE"]:
        pytest.skip("needs PostgreSQL")
    if item.get_closest_marker("redis") and not django_settings.REDIS_URL:
        pytest.skip("needs Redis")


@pytest.fixture
def at_now():
    """The clock stands at ``NOW``, whatever the day on which the suite runs."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clock():
    """The clock stands at the start of the conferences of the factories; ``move_to`` sets it anew."""
    from tests.support.factories import START

    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def demo_site(settings) -> None:
    """The site as DEMO=1 makes it: its mailbox has addresses."""
    settings.DEMO = True
    settings.ROOT_URLCONF = "tests.support.demo_urls"


@pytest.fixture
def kept_pages(settings):
    """Pages are kept as on a real site; nothing is kept yet."""
    settings.PAGE_CACHE_SECONDS = 5
    settings.CACHES = {
        **settings.CACHES,
        "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-pages"},
    }
    caches["pages"].clear()
    shelf.clear()
    yield
    caches["pages"].clear()
    shelf.clear()
