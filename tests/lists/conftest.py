"""A broker that works at once, in the test's own transaction."""

import pytest
import time_machine
from django.utils import translation

from lists import starting
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory


@pytest.fixture(autouse=True)
def _in_english_at_our_time(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    with translation.override("en"), time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def at_once(monkeypatch):
    """A worker that takes each list as soon as it is uploaded or confirmed."""
    monkeypatch.setattr(starting.transaction, "on_commit", lambda call, **_kwargs: call())
    monkeypatch.setattr(starting, "_hand_over", lambda job, run, task, work: work(job=job, run=run))


@pytest.fixture
def nobody_works(monkeypatch):
    """A broker that takes everything and gives it to nobody."""
    monkeypatch.setattr(starting, "_hand_over", lambda job, run, task, work: None)


@pytest.fixture
def point(db):
    return BridgePointFactory(name="VNPT Bắc Ninh", short_name="Bắc Ninh", seats=50)
