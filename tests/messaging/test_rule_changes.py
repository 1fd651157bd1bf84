"""A rule that is changed, a conference that moves: who gets what again, and what waits no longer."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import translation

from messaging.delivery import counts, upcoming
from messaging.delivery.scope import Scope
from messaging.models import Rule
from messaging.reminders import rule_changes
from outbox.fallback import after_failure
from outbox.models import Message
from staff.messages.rules import departures
from tests.conftest import NOW
from tests.messaging.test_reminders import only_rule, plan
from tests.support.factories import START, BridgePointFactory, ConnectionFactory, CoordinatorFactory, registered

pytestmark = pytest.mark.django_db

DAY_BEFORE = START - timedelta(days=1)


@pytest.fixture
def point():
    return BridgePointFactory()


def changed(rule: Rule, now: datetime, points=None, **fields) -> Rule:
    """``rule`` with these ``fields``, saved at ``now``."""
    with time_machine.travel(now, tick=False):
        rule = Rule.objects.get(pk=rule.pk)
        for name, value in fields.items():
            setattr(rule, name, value)
        rule.save()
        if points is not None:
            rule.points.set(points)
        rule_changes.apply_change(rule=rule, now=now)
    return rule


def sent(**where) -> None:
    """Let everything that waits leave."""
    Message.objects.filter(kind="reminder", state="queued", **where).update(state="sent")


def waiting() -> set[tuple[str, str]]:
    """Person and channel of each reminder that waits."""
    return set(Message.objects.filter(kind="reminder", state="queued").values_list("person", "channel"))


# --- what waits already -----------------------------------------------------------------------------------------------


@pytest.fixture
def at_night(settings, point):
    """A rule that fired at 23:00 for two points: its SMS wait for the morning."""
    settings.QUIET_HOURS = "22:00-07:00"
    at = datetime(2027, 7, 17, 16, 0, tzinfo=UTC)
    other = BridgePointFactory(conference=point.conference)
    here, there = (registered(p, now=NOW, number=n).delegates.get() for n, p in enumerate((point, other), 1))
    rule = only_rule(point.conference, timing="at", at=at, amount=None)
    plan(at)
    sent(channel="email")
    assert waiting() == {(here.person, "sms"), (there.person, "sms")}
    return rule, at + timedelta(minutes=30), here.person, there.person


def test_a_rule_that_is_restricted_to_a_point_takes_back_what_waits_for_others(at_night, point):
    rule, now, here, _there = at_night
    changed(rule, now, points=[point])
    assert waiting() == {(here, "sms")}
    plan(now)
    assert waiting() == {(here, "sms")}


def test_a_rule_that_no_longer_goes_by_sms_takes_back_the_sms_that_wait(at_night):
    rule, now, *_people = at_night
    changed(rule, now, route="email")
    plan(now)
    assert waiting() == set()
    assert Message.objects.filter(kind="reminder", state="sent").count() == 2, "and no mail goes out again"


def test_a_change_that_concerns_nobody_who_waits_takes_nothing_back(at_night):
    rule, now, here, there = at_night
    before = set(Message.objects.values_list("pk", "state"))
    changed(rule, now, to_waitlisted=True)
    plan(now)
    assert set(Message.objects.values_list("pk", "state")) == before
    assert waiting() == {(here, "sms"), (there, "sms")}


def test_points_that_are_taken_out_and_put_in_again_get_it_once(at_night, point):
    rule, now, here, there = at_night
    changed(rule, now, points=[point])
    changed(rule, now, points=[])
    plan(now)
    assert waiting() == {(here, "sms"), (there, "sms")}


def test_a_rule_that_is_deleted_takes_back_what_waits(at_night):
    rule_changes.delete_rule(rule=at_night[0])
    assert waiting() == set()


def test_an_sms_that_only_stands_in_for_mail_no_longer_is_taken_back_from_who_has_mail(at_night):
    rule, now, *_people = at_night
    changed(rule, now, route="email,sms")
    assert waiting() == set()


def test_an_sms_in_place_of_a_mail_that_failed_stays_when_the_rule_is_saved(point):
    person = registered(point, now=NOW).delegates.get().person
    rule = only_rule(point.conference, route="email,sms")
    plan(DAY_BEFORE)
    mail = Message.objects.get(kind="reminder")
    Message.objects.filter(pk=mail.pk).update(state="failed")
    after_failure(mail, now=DAY_BEFORE, reason="full", bad_address=False)
    changed(rule, DAY_BEFORE)
    assert waiting() == {(person, "sms")}


def test_a_mail_that_waits_has_no_second_way_when_the_rule_has_none(point):
    registered(point, now=NOW)
    rule = only_rule(point.conference, route="email,sms")
    plan(DAY_BEFORE)
    changed(rule, DAY_BEFORE, route="email")
    assert Message.objects.get(kind="reminder", state="queued").fallback == ""


# --- a rule that has gone out -----------------------------------------------------------------------------------------


def test_a_rule_put_off_to_a_later_time_goes_out_again_then_and_once(point):
    registered(point, now=NOW)
    rule = only_rule(point.conference)
    plan(DAY_BEFORE)
    sent()
    now = START - timedelta(hours=20)
    rule = changed(rule, now, amount=2, unit="hours")
    scope = Scope(point.conference, {point.pk: point}, True)
    with translation.override("en"), time_machine.travel(now, tick=False):
        assert departures(rule)[-1] == "It has gone out at its earlier time; at the new one it goes to everybody again."
        promised = upcoming.list_upcoming(scope, counts.Names(scope), now)
    assert [one.at for one in promised] == [START - timedelta(hours=2)]
    assert plan(now) == 0
    assert plan(START - timedelta(hours=2)) == 2
    sent()
    for minutes in (119, 105, 60, 1):
        assert plan(START - timedelta(minutes=minutes)) == 0


def test_what_waits_for_the_old_time_goes_out_at_the_new_one_only(at_night):
    rule, now, *_people = at_night
    later = datetime(2027, 7, 18, 2, 0, tzinfo=UTC)
    changed(rule, now, at=later)
    assert waiting() == set()
    assert plan(later) == 4


@pytest.mark.parametrize("fields", [{"amount": 2}, {"amount": 23, "unit": "hours"}, {"amount": 24, "unit": "hours"}])
def test_a_rule_changed_to_a_time_that_has_passed_is_not_sent_again(point, fields):
    registered(point, now=NOW)
    rule = only_rule(point.conference)
    plan(DAY_BEFORE)
    sent()
    now = START - timedelta(hours=20)
    changed(rule, now, **fields)
    assert plan(now) == 0
    late = registered(point, now=now, number=2).delegates.get()
    assert plan(now) == 2
    assert {person for person, _channel in waiting()} == {late.person}


def test_a_rule_put_off_and_put_back_before_it_left_is_not_sent_again(point):
    registered(point, now=NOW)
    rule = only_rule(point.conference)
    plan(DAY_BEFORE)
    sent()
    now = START - timedelta(hours=20)
    changed(rule, now, amount=2, unit="hours")
    changed(rule, now, amount=1, unit="days")
    assert plan(now) == 0
    assert plan(START - timedelta(hours=2)) == 0


def test_another_route_reaches_only_those_who_have_not_had_it(point):
    has_both = registered(point, now=NOW).delegates.get()
    phone_only = registered(point, now=NOW, number=2).delegates.get()
    phone_only.email = ""
    phone_only.save()
    rule = only_rule(point.conference, route="email")
    plan(DAY_BEFORE)
    sent()
    now = DAY_BEFORE + timedelta(hours=1)
    changed(rule, now, route="email+sms")
    plan(now)
    assert waiting() == {(phone_only.person, "sms")}
    assert has_both.person not in {person for person, _channel in waiting()}


def test_a_wider_audience_reaches_only_those_who_are_new_in_it(point):
    other = registered(BridgePointFactory(conference=point.conference), now=NOW, number=2).delegates.get()
    registered(point, now=NOW)
    rule = only_rule(point.conference, points=[point])
    plan(DAY_BEFORE)
    sent()
    changed(rule, DAY_BEFORE + timedelta(hours=1), points=[])
    plan(DAY_BEFORE + timedelta(hours=1))
    assert waiting() == {(other.person, "email"), (other.person, "sms")}


# --- a conference that moves ------------------------------------------------------------------------------------------


def move(conference, by: timedelta, now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        conference.refresh_from_db()
        conference.starts_at += by
        conference.ends_at += by
        conference.save()


@pytest.mark.parametrize("fields", [{}, {"timing": "at", "at": DAY_BEFORE, "amount": None}])
def test_staff_who_have_had_reminder_and_notice_are_not_reminded_again(point, fields):
    CoordinatorFactory(bridge_point=point)
    ConnectionFactory(bridge_point=point, technician_name="KT", technician_email="kt@vidu.example")
    only_rule(point.conference, to_coordinators=True, to_technicians=True, to_confirmed=False, **fields)
    plan(DAY_BEFORE)
    reminded = waiting()
    assert {person.partition("/")[0] for person, _channel in reminded} == {"coordinator", "technician"}
    sent()
    now = START - timedelta(hours=3)
    move(point.conference, timedelta(minutes=30), now)
    plan(now + timedelta(seconds=5))
    plan(now + timedelta(minutes=2))
    assert waiting() == set()
    late = CoordinatorFactory(bridge_point=point)
    plan(now + timedelta(minutes=20))
    assert {person for person, _channel in waiting()} == {f"coordinator/{late.pk}"}, "who has had no notice is reminded"
