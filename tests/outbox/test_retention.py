"""How long messages stay: not longer than anything needs them, and never shorter."""

from datetime import timedelta

import pytest
from django.utils import timezone

from outbox import queue, retention
from outbox.models import Message
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

MONTH, YEARS = timedelta(days=30, seconds=1), timedelta(days=730, seconds=1)


def message(age: timedelta, **fields: str) -> Message:
    return Message.objects.create(
        **{"key": f"{age} {fields}", "channel": "email", "address": "a@vidu.example", "state": "sent", **fields},
        due_at=NOW - age,
        created_at=NOW - age,
    )


def left() -> set[Message]:
    retention.forget_old(NOW)
    return set(Message.objects.all())


@pytest.mark.parametrize("state", ["sent", "delivered", "failed", "uncertain", "expired", "cancelled"])
def test_what_is_about_no_conference_goes_after_a_month(state):
    message(MONTH, state=state)
    young = message(MONTH - timedelta(seconds=2), state=state)
    assert left() == {young}


@pytest.mark.parametrize("state", ["queued", "claimed", "sending"])
def test_what_still_waits_stays_however_old(state):
    waiting = message(YEARS, state=state)
    assert left() == {waiting}


def test_what_is_about_a_conference_stays_while_anything_counts_it_or_shows_it():
    shown = message(YEARS * 2, topic="point/3")
    counted = message(YEARS - timedelta(seconds=2), topic="point/3", address="")
    assert left() == {shown, counted}


def test_the_counts_of_a_conference_whose_people_are_erased_go_after_two_years():
    message(YEARS, topic="point/3", address="")
    assert left() == set()


def test_a_message_of_a_running_conference_is_not_sent_again_after_it(settings):
    """Its key is what keeps a second one away."""
    settings.OUTBOX_KEPT_DAYS = settings.OUTBOX_COUNTS_KEPT_DAYS = 1
    sent = message(MONTH, topic="point/3", key="confirmed/1/email")
    retention.forget_old(NOW)
    queue.post([Message(key=sent.key, channel="email", address="b", due_at=NOW, created_at=timezone.now())])
    assert Message.objects.get() == sent


def test_more_rows_than_one_statement_takes_are_all_deleted(monkeypatch):
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    for number in range(5):
        message(MONTH, key=str(number))
    assert retention.forget_old(NOW) == 5


def test_with_zero_days_nothing_is_ever_deleted(settings):
    settings.OUTBOX_KEPT_DAYS = settings.OUTBOX_COUNTS_KEPT_DAYS = 0
    kept = {message(YEARS), message(YEARS, topic="point/3", address="")}
    assert left() == kept
