"""The system's Chromium against a live server that runs as the demo.

Without Chromium these tests are skipped; with ``REQUIRE_ALL=1`` they fail.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, Playwright, sync_playwright

from bridges import provinces
from bridges.models import Province
from common.alphabet import text_key
from demo import load
from tests.support.visitor import Visitor

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# No sandbox: it does not work for root, as in CI. The others keep Chromium from asking its maker's hosts.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def _playwright() -> Iterator[Playwright]:
    if CHROMIUM is None:
        reason = "There is no Chromium: install the package chromium to run the browser tests."
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    # Playwright's event loop runs in this thread; it is not Django's code that would wait in it.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield playwright


@pytest.fixture(scope="session")
def chromium(_playwright) -> Iterator[Browser]:
    """The browser, started once."""
    browser = _playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


def _load_demo() -> None:
    # A test with a live server empties the database when it ends, the rows of migrations too.
    if not Province.objects.exists():
        Province.objects.bulk_create(Province(**row, sort_name=text_key(row["name"])) for row in provinces.rows())
    load.load(now=timezone.now())


@pytest.fixture(scope="session")
def _demo_once() -> Iterator[sqlite3.Connection]:
    """Where the demo is kept as it was loaded first."""
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as kept:
        yield kept


@pytest.fixture
def site(live_server, settings, _demo_once) -> str:
    """The address of a live server with the demo's data and the demo's mailbox."""
    settings.DEMO = True
    settings.ROOT_URLCONF = "tests.support.demo_urls"
    settings.SITE_URL = live_server.url
    settings.EMAIL_BACKEND = "demo.mail_backend.EmailBackend"
    settings.OUTBOX_CHANNELS = {
        "email": "outbox.channels.email.EmailChannel",
        "sms": "demo.sms_channel.Gateway",
    }
    if connection.vendor != "sqlite":
        _load_demo()
        return live_server.url
    connection.ensure_connection()
    if _demo_once.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
        _load_demo()
        connection.connection.backup(_demo_once)
    else:
        _demo_once.backup(connection.connection)
    return live_server.url


@pytest.fixture
def visit(chromium, site) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors: ``visit(width=360, javascript=True)``. Each must leave without a complaint of the browser."""
    visitors: list[Visitor] = []

    def make(**options) -> Visitor:
        visitor = Visitor(chromium, site, **options)
        visitors.append(visitor)
        return visitor

    yield make
    for visitor in visitors:
        visitor.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
    assert [address for visitor in visitors for address in visitor.foreign_requests] == []
