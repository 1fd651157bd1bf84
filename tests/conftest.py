"""What every test may use. The environment is set before Django reads its settings."""

import os
from datetime import UTC, datetime

os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("SITE_URL", "http://diemcau.test")
os.environ.setdefault("HTTPS", "0")
os.environ.setdefault("MFA_REQUIRED_FOR_STAFF", "0")
os.environ["DEMO"] = "0"
os.environ["DEBUG"] = "0"

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache

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
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": f"diemcau-test-{run}"}}
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
    monkeypatch.setattr("notifications.nudge._nudge", lambda: None)
