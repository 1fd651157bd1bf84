"""Several workers at one outbox: each message is taken by one of them."""

import threading

import pytest
from django.db import transaction

from outbox import queue
from outbox.models import Message
from tests.conftest import NOW
from tests.support import fakes
from tests.support.races import TIMEOUT, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def line(settings, monkeypatch) -> fakes.Line:
    monkeypatch.setattr(fakes, "line", fakes.Line())
    settings.OUTBOX_CHANNELS = {"email": "tests.support.fakes.FakeEmail"}
    return fakes.line


def fill(count: int) -> None:
    queue.post(
        Message(key=str(n), channel="email", address=f"{n}@vidu.example", text=str(n), due_at=NOW, created_at=NOW)
        for n in range(count)
    )


def test_two_workers_never_take_the_same_row():
    fill(15)
    claimed, first_holds = [], threading.Event()

    def first() -> None:
        with transaction.atomic():
            claimed.append([m.key for m in queue._claim("email", NOW, 10)])
            first_holds.set()
            second_done.wait(TIMEOUT)

    second_done = threading.Event()

    def second() -> None:
        first_holds.wait(TIMEOUT)
        claimed.append([m.key for m in queue._claim("email", NOW, 10)])
        second_done.set()

    assert at_once(first, second) == [None, None]
    assert [len(keys) for keys in claimed] == [10, 5]
    assert not set(claimed[0]) & set(claimed[1])
    assert second_done.is_set(), "the second worker did not wait for the first"


def test_four_workers_at_once_send_everything_once(line, monkeypatch):
    monkeypatch.setattr(queue, "BATCH", 7)
    fill(60)
    deliver = lambda: queue.deliver(clock=lambda: NOW)  # noqa: E731
    tallies = at_once(deliver, deliver, deliver, deliver)
    assert sum(tally["sent"] for tally in tallies) == 60
    assert sorted(int(text) for text in line.texts) == list(range(60))
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_posting_the_same_message_from_two_places_at_once_keeps_one():
    at_once(lambda: fill(20), lambda: fill(20))
    assert Message.objects.count() == 20
