"""What every test may use."""

import os
from datetime import UTC, datetime
from importlib import import_module

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.cache import cache, caches

#: A moment well before the test conferences start.
NOW = datetime(2027, 7, 1, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> None:
    """``TEST_DATABASE_SUFFIX`` lets two runs share one PostgreSQL server."""
    database = django_settings.DATABASES["default"]
    if (suffix := os.environ.get("TEST_DATABASE_SUFFIX")) and "postgresql" in database["ENGINE"]:
        test = database.setdefault("TEST", {})
        test["NAME"] = f"{test.get('NAME') or 'test_' + database['NAME']}_{suffix}"


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
def _plain_static_files(settings) -> None:
    """No manifest: the suite does not collect static files."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


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
def demo_site(settings) -> None:
    """The site as DEMO=1 makes it: its mailbox has addresses."""
    # Read while the setting is off, or the usual addresses would have the mailbox for the rest of the run.
    import_module("conference.urls")
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
    yield
    caches["pages"].clear()
