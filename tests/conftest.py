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

#: A moment well before the test conferences start.
NOW = datetime(2027, 7, 1, 3, 0, tzinfo=UTC)


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
