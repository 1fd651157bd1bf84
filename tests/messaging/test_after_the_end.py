"""Rules after the end, and "starting now" where a point has no link yet."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from messaging.models import Rule
from messaging.reminders import held_back, planning
from outbox.models import Message
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConnectionFactory, CoordinatorFactory, registered

pytestmark = pytest.mark.django_db

END = START + timedelta(hours=3)
TEN_BEFORE = START - timedelta(minutes=10)


def plan(now) -> set[str]:
    """Who has a message of a rule after what is due at ``now`` was planned."""
    with time_machine.travel(now, tick=False):
        planning.plan_due(now=now)
    rows = Message.objects.filter(kind__in=("reminder", "starting", "follow_up"), channel="email")
    return set(rows.values_list("person", flat=True))


def only_rule(conference, **fields) -> Rule:
    conference.reminder_rules.all().delete()
    return Rule.objects.create(conference=conference, **fields)


# --- after the end ----------------------------------------------------------------------------------------------------


@pytest.fixture
def point():
    return BridgePointFactory()


@pytest.fixture
def delegate(point):
    return registered(point, now=NOW).delegates.get()


def thanks(conference, amount: int, unit: str = "minutes") -> Rule:
    return only_rule(conference, text="follow_up", timing="end", amount=amount, unit=unit)


def test_thanks_leave_so_long_after_the_end(point, delegate):
    thanks(point.conference, 2, "hours")
    assert plan(END + timedelta(minutes=119)) == set()
    assert plan(END + timedelta(hours=2)) == {delegate.person}


def test_a_rule_with_no_distance_leaves_at_the_end_and_says_so(point, delegate):
    rule = thanks(point.conference, 0)
    rule.full_clean()
    assert plan(END - timedelta(minutes=1)) == set()
    assert plan(END) == {delegate.person}
    assert "0" not in rule.when_words()


def test_a_conference_that_ends_later_sends_its_thanks_later(point, delegate):
    thanks(point.conference, 0)
    conference = point.conference
    conference.ends_at = END + timedelta(hours=1)
    conference.save()
    assert plan(END) == set()
    assert plan(END + timedelta(hours=1)) == {delegate.person}


def test_a_day_after_the_end_is_a_day_of_the_calendar(point):
    rule = thanks(point.conference, 1, "days")
    assert rule.fires_at(point.conference) == END + timedelta(days=1)


def test_only_thanks_are_sent_after_the_end(point):
    with pytest.raises(ValidationError) as refused:
        Rule(conference=point.conference, text="reminder", timing="end", amount=1).full_clean()
    assert list(refused.value.error_dict) == ["text"]


# --- points without a link --------------------------------------------------------------------------------------------


@pytest.fixture
def online(point):
    return BridgePointFactory(conference=point.conference, kind="online", seats=None, name="Trực tuyến")


@pytest.fixture
def viewer(online):
    return registered(online, now=NOW, number=2).delegates.get()


def starting(conference) -> Rule:
    return only_rule(conference, text="starting", amount=10, unit="minutes")


@pytest.mark.usefixtures("delegate", "viewer")
def test_starting_now_is_held_back_for_a_point_without_a_link_and_for_no_other(point, online, delegate):
    starting(point.conference)
    assert plan(TEN_BEFORE) == {delegate.person}


def test_it_leaves_within_a_minute_of_the_link_being_entered(point, online, delegate, viewer):
    starting(point.conference)
    plan(TEN_BEFORE)
    with time_machine.travel(TEN_BEFORE + timedelta(minutes=3), tick=False):
        ConnectionFactory(bridge_point=online)
    assert plan(TEN_BEFORE + timedelta(minutes=4)) == {delegate.person, viewer.person}


@pytest.mark.parametrize("given", [{"meeting_id": "123 456"}, {"instructions": "Mở kênh của chợ"}, {"dial_in": "1800"}])
def test_whoever_can_get_in_by_another_way_is_told(point, online, viewer, given):
    ConnectionFactory(bridge_point=online, **{"web_url": "", **given})
    starting(point.conference)
    assert plan(TEN_BEFORE) == {viewer.person}


def test_empty_details_are_no_link(point, online, viewer):
    ConnectionFactory(bridge_point=online, web_url="", technician_name="Lê Văn Kỹ")
    starting(point.conference)
    assert plan(TEN_BEFORE) == set()


def test_whoever_looks_after_the_point_is_told_all_the_same(point, online, viewer):
    coordinator = CoordinatorFactory(bridge_point=online)
    rule = starting(point.conference)
    rule.to_coordinators = True
    rule.save()
    assert plan(TEN_BEFORE) == {f"coordinator/{coordinator.pk}"}


def test_an_earlier_reminder_is_not_held_back(point, online, viewer):
    only_rule(point.conference, text="reminder", amount=1, unit="days")
    assert plan(START - timedelta(days=1)) == {viewer.person}


@pytest.mark.usefixtures("delegate", "viewer")
def test_it_is_counted_for_whom_a_rule_is_held_back(point, online):
    BridgePointFactory(conference=point.conference, kind="online", name="Không ai")
    rule = starting(point.conference)
    waiting = held_back.list_waiting(point.conference)
    assert waiting == [(online, 1)]
    assert held_back.of_rules([rule], waiting) == [(online, 1)]
    rule.kinds = ["venue"]
    assert held_back.of_rules([rule], waiting) == []
