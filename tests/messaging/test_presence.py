"""Nobody is called to where they are already."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendance import services as attendance
from messaging.models import Rule
from messaging.reminders.planning import plan_due
from outbox import queue
from outbox.models import Message
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, UserFactory, registered

pytestmark = pytest.mark.django_db

TEN_BEFORE = START - timedelta(minutes=10)


@pytest.fixture
def point():
    return BridgePointFactory()


@pytest.fixture
def people(point) -> list[Delegate]:
    """Three delegates; nothing about their registrations waits."""
    registered(point, now=NOW, people=3)
    Message.objects.all().delete()
    return list(Delegate.objects.select_related("registration__conference").order_by("id"))


def joins(delegate: Delegate, moment) -> None:
    attendance.record(delegate=delegate, now=moment)


def called() -> set[str]:
    return set(Message.objects.filter(kind="starting").values_list("person", flat=True))


def test_the_last_reminder_leaves_out_who_is_checked_in_or_inside(people):
    inside, checked_in, outside = people
    joins(inside, START - timedelta(minutes=20))
    attendance.check_in(delegate=checked_in, by=UserFactory(is_staff=True), now=START - timedelta(minutes=15))
    plan_due(now=TEN_BEFORE)
    assert called() == {outside.person}


def test_who_comes_in_after_it_was_planned_gets_it_no_more(people):
    plan_due(now=TEN_BEFORE)
    joins(people[0], TEN_BEFORE)
    with time_machine.travel(TEN_BEFORE, tick=False):
        queue.deliver(clock=timezone.now)
    assert {letter.to[0] for letter in mail.outbox} == {one.email for one in people[1:]}
    states = dict(Message.objects.filter(kind="starting", channel="email").values_list("person", "state"))
    assert states == {people[0].person: "cancelled", **{one.person: "sent" for one in people[1:]}}


def test_who_was_there_at_a_former_date_is_reminded_of_the_new_one(point, people):
    early, outside, _ = people
    attendance.check_in(delegate=early, by=UserFactory(is_staff=True), now=START - timedelta(minutes=15))
    conference, delay = point.conference, timedelta(days=3)
    conference.starts_at, conference.ends_at = conference.starts_at + delay, conference.ends_at + delay
    conference.save()
    present = Delegate.objects.select_related("registration__conference").get(pk=outside.pk)
    joins(present, START + delay - timedelta(minutes=20))
    plan_due(now=TEN_BEFORE + delay)
    assert early.person in called()
    assert present.person not in called()


def test_thanks_go_to_those_who_were_there(point, people):
    point.conference.reminder_rules.all().delete()
    Rule.objects.create(conference=point.conference, text="follow_up", timing="after", amount=1, unit="days")
    joins(people[0], TEN_BEFORE)
    plan_due(now=START + timedelta(days=1))
    assert Message.objects.filter(kind="follow_up", person=people[0].person).exists()


def test_it_takes_no_statement_more_to_leave_them_out(point, people):
    def statements() -> int:
        Message.objects.all().delete()
        point.conference.reminder_rules.get(text="starting").rounds.all().delete()
        with CaptureQueriesContext(connection) as seen:
            plan_due(now=TEN_BEFORE)
        return len(seen)

    # The first time notes what it needs once.
    statements()
    with_nobody = statements()
    for one in people[:2]:
        joins(one, TEN_BEFORE)
    assert statements() == with_nobody
