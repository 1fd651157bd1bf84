"""Redis is down or mute: people register all the same, and their messages wait in the outbox."""

import queue
import socket
import threading
import time

import pytest
import time_machine
from celery import Celery
from django.core.cache import cache

from outbox import nudge, tasks
from outbox.models import Message
from outbox.nudge import _nudge as real_nudge
from registrations.models import Registration
from tests.conftest import NOW
from tests.registrations.test_register_page import answers
from tests.support.factories import BridgePointFactory, ConferenceFactory
from tests.support.site_settings import settings_with

pytestmark = pytest.mark.django_db

#: What the issue allows.
SECONDS = 3


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def mute_port():
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(params=["closed", "mute"])
def broker(request, monkeypatch, settings):
    """The site set up for a Redis that does not answer."""
    port = request.getfixturevalue(f"{request.param}_port")
    site = settings_with(REDIS_URL=f"redis://127.0.0.1:{port}/0")
    settings.CACHES = site["CACHES"]
    app = Celery("broken", set_as_current=False)
    app.conf.update(
        broker_url=site["CELERY_BROKER_URL"],
        broker_transport_options=site["CELERY_BROKER_TRANSPORT_OPTIONS"],
        task_ignore_result=True,
    )
    monkeypatch.setattr(tasks, "deliver_due", app.task(tasks.deliver_due.run, name="outbox.tasks.deliver_due"))
    monkeypatch.setattr(nudge, "_nudger", nudge._Nudger())
    monkeypatch.setattr(nudge, "_nudge", real_nudge)
    # Asking the cache takes so long that the thread would go on in a later test.
    monkeypatch.setattr(nudge, "_take_turn", lambda: True)
    return app


@pytest.mark.parametrize("broker", ["closed"], indirect=True)
def test_asking_a_broker_that_is_down_fails_quietly(broker, monkeypatch):
    broker.conf.broker_connection_timeout = 0.1
    for library in ("kombu.utils.functional", "redis.retry"):
        monkeypatch.setattr(f"{library}.sleep", lambda seconds: None)
    assert nudge.send_nudge() is False


@pytest.mark.usefixtures("broker")
def test_nobody_waits_for_a_nudge():
    start = time.monotonic()
    nudge._nudge()
    assert time.monotonic() - start < SECONDS


@pytest.mark.usefixtures("broker")
def test_registering_takes_less_than_three_seconds_and_loses_no_message(client, django_capture_on_commit_callbacks):
    point = BridgePointFactory(conference=ConferenceFactory(slug="na"))
    with time_machine.travel(NOW, tick=True), django_capture_on_commit_callbacks(execute=True) as callbacks:
        start = time.monotonic()
        response = client.post("/na/register/", answers(point))
    assert time.monotonic() - start < SECONDS
    assert len(callbacks) == 1
    assert response.status_code == 302
    assert Registration.objects.get().state == "confirmed"
    assert set(Message.objects.values_list("channel", "state")) == {("email", "queued"), ("sms", "queued")}


class Rest:
    """Stands in for the module ``time``: rests end when the test says so."""

    def __init__(self) -> None:
        self.lengths: queue.Queue[float] = queue.Queue()
        self._over = threading.Semaphore(0)

    def sleep(self, seconds: float) -> None:
        self.lengths.put(seconds)
        self._over.acquire(timeout=20)

    def end(self) -> None:
        self._over.release()


@pytest.mark.parametrize(("taken", "rest"), [(True, 1.0), (False, 30.0)])
def test_nudges_that_come_during_a_rest_become_one(monkeypatch, taken, rest):
    resting, sent = Rest(), []
    monkeypatch.setattr(nudge, "time", resting)
    monkeypatch.setattr(nudge, "send_nudge", lambda: sent.append(1) or taken)
    monkeypatch.setattr(nudge, "_take_turn", lambda: True)
    nudger = nudge._Nudger()
    nudger.wake()
    assert resting.lengths.get(timeout=20) == rest
    for _ in range(50):
        nudger.wake()
    assert len(sent) == 1
    resting.end()
    assert resting.lengths.get(timeout=20) == rest
    assert len(sent) == 2
    resting.end()


def test_of_several_processes_one_nudges_and_the_others_do_so_when_their_turn_comes(monkeypatch):
    resting, sent = Rest(), []
    monkeypatch.setattr(nudge, "time", resting)
    monkeypatch.setattr(nudge, "send_nudge", lambda: sent.append(1) or True)
    cache.delete(nudge._TURN)
    one, other = nudge._Nudger(), nudge._Nudger()
    one.wake()
    assert (resting.lengths.get(timeout=20), len(sent)) == (1, 1), "at once"
    other.wake()
    assert (resting.lengths.get(timeout=20), len(sent)) == (0.2, 1), "not its turn"
    # A second later: what ends a turn is the time that the cache keeps it.
    cache.delete(nudge._TURN)
    resting.end()
    resting.end()
    assert (resting.lengths.get(timeout=20), len(sent)) == (1, 2), "what it was woken for is not forgotten"
    resting.end()


@pytest.mark.django_db
def test_a_nudge_waits_for_the_commit(monkeypatch, django_capture_on_commit_callbacks):
    asked = []
    monkeypatch.setattr(nudge, "_nudge", lambda: asked.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        nudge.nudge_on_commit()
        assert asked == []
    assert asked == [1]
