"""Reminders of test rounds: to whom, when, once, and of another time."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from bridges.models import TestRound
from messaging.reminders.test_rounds import is_known, plan_due
from outbox import queue
from outbox.models import Message
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConnectionFactory,
    CoordinatorFactory,
    registered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

#: 08:00 in Vietnam, three days before the conference.
AT = START - timedelta(days=3)
DAY_BEFORE, HOUR_BEFORE = AT - timedelta(days=1), AT - timedelta(hours=1)


@pytest.fixture
def test_round() -> TestRound:
    point = BridgePointFactory(kind="video_room", name="Phòng họp VNPT Ví Dụ")
    ConnectionFactory(bridge_point=point, technician_email="ky.thuat@vidu.example", technician_name="Kỹ thuật (ví dụ)")
    CoordinatorFactory(bridge_point=point)
    online = ConnectionFactory(
        bridge_point__conference=point.conference, technician_email="khac@vidu.example"
    ).bridge_point
    CoordinatorFactory(bridge_point=online)
    registered(point, now=NOW)
    Message.objects.all().delete()
    return TestRound.objects.create(conference=point.conference, name="Vòng 1", starts_at=AT, note="Mang micro.")


def deliver(now) -> list:
    mail.outbox.clear()
    with time_machine.travel(now, tick=False):
        queue.deliver(clock=timezone.now)
    return list(mail.outbox)


def move(test_round, to) -> None:
    TestRound.objects.filter(pk=test_round.pk).update(starts_at=to)


def test_technicians_and_coordinators_of_points_with_a_line_are_reminded_a_day_before_and_once(test_round):
    assert plan_due(now=DAY_BEFORE - timedelta(minutes=1)) == 0
    assert plan_due(now=DAY_BEFORE) == 2
    assert plan_due(now=DAY_BEFORE + timedelta(minutes=1)) == 0
    letters = {letter.to[0]: letter for letter in deliver(DAY_BEFORE)}
    letter = letters["ky.thuat@vidu.example"]
    assert letter.subject.startswith("Vòng 1, 08:00, 16/7/2027")
    assert "Mang micro." in letter.body
    assert "đã thay đổi" not in letter.body
    assert len(letters) == 2


def test_and_an_hour_before(test_round):
    plan_due(now=DAY_BEFORE)
    deliver(DAY_BEFORE)
    assert plan_due(now=HOUR_BEFORE) == 2
    assert len(deliver(HOUR_BEFORE)) == 2
    assert plan_due(now=AT) == 0


def test_whoever_was_reminded_hears_of_another_time_at_once_and_is_reminded_of_it(test_round):
    plan_due(now=DAY_BEFORE)
    deliver(DAY_BEFORE)
    later = AT + timedelta(days=1)
    move(test_round, later)
    noon = DAY_BEFORE + timedelta(hours=3)
    assert plan_due(now=noon) == 2
    assert plan_due(now=noon + timedelta(minutes=1)) == 0
    letter = deliver(noon)[0]
    assert "Thời gian đã thay đổi." in letter.body
    assert "17/7/2027" in letter.subject
    assert plan_due(now=later - timedelta(hours=1)) == 2


def test_what_waits_for_an_earlier_time_is_withdrawn_and_goes_out_if_the_round_is_moved_back(test_round):
    plan_due(now=DAY_BEFORE)
    move(test_round, AT + timedelta(days=5))
    plan_due(now=DAY_BEFORE + timedelta(minutes=1))
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}
    move(test_round, AT)
    plan_due(now=DAY_BEFORE + timedelta(minutes=2))
    assert len(deliver(DAY_BEFORE + timedelta(minutes=2))) == 2


def test_a_round_that_was_deleted_is_not_announced(test_round):
    plan_due(now=DAY_BEFORE)
    test_round.delete()
    assert deliver(DAY_BEFORE) == []


def test_rounds_of_conferences_that_are_cancelled_or_hidden_remind_nobody(test_round):
    type(test_round.conference).objects.update(cancelled_at=NOW)
    assert plan_due(now=DAY_BEFORE) == 0
    type(test_round.conference).objects.update(cancelled_at=None, is_published=False)
    assert plan_due(now=DAY_BEFORE) == 0


def test_a_round_is_known_once_somebody_was_reminded(test_round):
    plan_due(now=DAY_BEFORE)
    assert not is_known(test_round)
    deliver(DAY_BEFORE)
    assert is_known(test_round)
