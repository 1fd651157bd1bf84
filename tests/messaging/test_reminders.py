"""Reminders: each once, to those it is meant for, by the right channel, at its time and not after it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from messaging.models import Rule, RuleRound
from messaging.reminders import planning, rule_changes
from messaging.tasks import plan_reminders
from outbox import hold
from outbox.models import BadAddress, Message
from registrations import services
from registrations.models import Delegate, Registration
from staff.messages.rules import departures
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    UserFactory,
    person,
    registered,
)

pytestmark = pytest.mark.django_db

FIRST = START - timedelta(days=7)
BY_RULE = ("reminder", "starting", "follow_up")


def planned(**where) -> int:
    """How many e-mail reminders the outbox holds."""
    return Message.objects.filter(kind__in=BY_RULE, channel="email", **where).count()


def plan(now: datetime) -> int:
    with time_machine.travel(now, tick=False):
        return planning.plan_due(now=now)


def only_rule(conference, **fields) -> Rule:
    """``conference`` with this rule and no other."""
    conference.reminder_rules.all().delete()
    points = fields.pop("points", [])
    rule = Rule.objects.create(conference=conference, **{"amount": 1, "unit": "days", **fields})
    rule.points.set(points)
    return rule


@pytest.fixture
def point():
    return BridgePointFactory(seats=1)


@pytest.fixture
def seated(point):
    return registered(point, now=NOW)


# --- the usual rules --------------------------------------------------------------------------------------------------


def test_a_new_conference_gets_the_four_usual_rules():
    rules = ConferenceFactory().reminder_rules.all()
    assert [(r.amount, r.unit, r.text) for r in rules] == [
        (7, "days", "reminder"),
        (1, "days", "reminder"),
        (60, "minutes", "reminder"),
        (10, "minutes", "starting"),
    ]
    assert all(r.is_active and r.route == "email+sms" and r.timing == "before" for r in rules)


def test_saving_a_conference_again_adds_no_rules():
    conference = ConferenceFactory()
    conference.reminder_rules.filter(amount=10).delete()
    conference.save()
    assert conference.reminder_rules.count() == 3


@pytest.mark.usefixtures("seated")
@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "UTC", "America/New_York"])
def test_one_day_before_eight_in_vietnam_is_one_at_night_utc_the_day_before(zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    moment = datetime(2027, 7, 18, 1, 0, tzinfo=UTC)
    plan(moment - timedelta(seconds=1))
    assert planned() == 1, "only the one of seven days before"
    plan(moment)
    assert planned() == 2


@pytest.mark.usefixtures("seated")
def test_every_rule_fires_once_however_often_it_is_asked():
    moment, fired = FIRST - timedelta(hours=3), []
    while moment < START + timedelta(hours=1):
        if plan(moment):
            fired.append(START - moment)
        moment += timedelta(hours=3) if moment < START - timedelta(hours=3) else timedelta(minutes=5)
    assert fired == [timedelta(days=7), timedelta(days=1), timedelta(minutes=60), timedelta(minutes=10)]
    assert planned() == 4


@pytest.mark.usefixtures("seated")
def test_a_rule_that_fires_tells_how_many_were_due_and_then_none():
    assert plan(FIRST) == 2
    assert plan(FIRST) == 0
    assert plan(FIRST + timedelta(hours=1)) == 0


@pytest.mark.usefixtures("seated")
def test_a_reminder_is_worthless_when_the_next_one_is_due():
    plan(FIRST)
    assert {m.expires_at for m in Message.objects.filter(kind="reminder")} == {START - timedelta(days=1)}


@pytest.mark.usefixtures("seated")
def test_starting_now_helps_whoever_gets_it_late_but_nobody_after_the_end():
    plan(START - timedelta(minutes=10))
    assert {m.expires_at for m in Message.objects.filter(kind="starting")} == {START + timedelta(minutes=30)}


# --- who --------------------------------------------------------------------------------------------------------------


def test_nobody_on_the_waitlist_is_reminded_unless_the_rule_says_so(point, seated):
    waiting = registered(point, now=NOW, number=2)
    plan(FIRST)
    person = waiting.delegates.get().person
    assert not planned(person=person)
    only_rule(point.conference, to_confirmed=False, to_waitlisted=True)
    plan(START - timedelta(days=1))
    assert planned(person=person) == 1
    assert planned(person=seated.delegates.get().person) == 1, "the one of seven days before"


def test_nobody_who_cancelled_is_reminded(seated):
    services.cancel(registration=seated, now=NOW)
    plan(FIRST)
    assert planned() == 0


def test_cancelling_takes_back_a_reminder_that_has_not_left(seated):
    plan(FIRST)
    services.cancel(registration=seated, now=FIRST)
    assert set(Message.objects.filter(kind="reminder").values_list("state", flat=True)) == {"cancelled"}


def test_a_rule_for_a_kind_of_point_or_chosen_points_leaves_the_others_out(point, seated):
    channel = BridgePointFactory(conference=point.conference, kind="ecommerce", seats=None)
    room = BridgePointFactory(conference=point.conference, kind="video_room", seats=None)
    at_channel, at_room = registered(channel, now=NOW, number=2), registered(room, now=NOW, number=3)
    only_rule(point.conference, kinds=["ecommerce", "venue"], points=[channel, room])
    plan(START - timedelta(days=1))
    assert {m.person for m in Message.objects.filter(kind="reminder")} == {at_channel.delegates.get().person}
    assert not planned(person=at_room.delegates.get().person)
    assert not planned(person=seated.delegates.get().person)


def test_coordinators_and_technicians_are_reminded_of_their_point(point, seated):
    user = UserFactory(is_staff=True, phone="+84912000001")
    CoordinatorFactory(bridge_point=point, user=user)
    CoordinatorFactory(bridge_point__conference=ConferenceFactory())
    ConnectionFactory(bridge_point=point, technician_phone="02053870123", technician_email="kt@vidu.example")
    only_rule(point.conference, to_confirmed=False, to_coordinators=True, to_technicians=True)
    plan(START - timedelta(days=1))
    found = set(Message.objects.filter(kind="reminder").values_list("channel", "address"))
    assert found == {("email", user.email), ("sms", "+84912000001"), ("email", "kt@vidu.example")}, (
        "no SMS to landlines"
    )


@pytest.mark.parametrize("fields", [{"is_published": False}, {"cancelled_at": NOW}])
def test_a_conference_that_is_cancelled_or_not_public_reminds_nobody(point, seated, fields):
    type(point.conference).objects.update(**fields)
    assert plan(FIRST) == 0


@pytest.mark.usefixtures("seated")
def test_a_rule_that_is_switched_off_does_not_fire_and_its_waiting_messages_vanish(point):
    plan(FIRST)
    rule = point.conference.reminder_rules.get(amount=7)
    rule.is_active = False
    rule.save()
    rule_changes.apply_change(rule=rule, now=FIRST)
    assert set(Message.objects.filter(kind="reminder").values_list("state", flat=True)) == {"cancelled"}
    assert plan(FIRST + timedelta(minutes=1)) == 0
    rule.is_active = True
    rule.save()
    rule_changes.apply_change(rule=rule, now=FIRST + timedelta(minutes=1))
    assert plan(FIRST + timedelta(minutes=2)) == 2, "switched on again, it goes out after all"


# --- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("seated")
def test_after_the_start_nobody_is_reminded_but_by_a_rule_for_afterwards(point):
    assert plan(START + timedelta(minutes=31)) == 0
    only_rule(point.conference, timing="after", text="follow_up", amount=1, unit="days")
    assert plan(START + timedelta(hours=23)) == 0
    assert plan(START + timedelta(days=1)) == 2
    assert plan(START + timedelta(days=1, hours=1)) == 0


@pytest.mark.usefixtures("seated")
def test_a_reminder_that_the_end_has_overtaken_is_not_planned_and_not_promised(point):
    rule = only_rule(point.conference, timing="after", amount=2, unit="days")
    assert plan(START + timedelta(days=2)) == 0
    with translation.override("en"):
        assert departures(rule) == ["Not at all: by then it would help nobody."]


def test_a_reminder_between_start_and_end_is_allowed(point):
    Rule(conference=point.conference, timing="after", amount=5).full_clean()


@pytest.mark.usefixtures("seated")
def test_a_rule_at_a_fixed_time_fires_then(point):
    at = datetime(2027, 7, 10, 2, 0, tzinfo=UTC)
    only_rule(point.conference, timing="at", at=at, amount=None)
    assert plan(at - timedelta(seconds=1)) == 0
    assert plan(at) == 2


@pytest.mark.usefixtures("seated")
def test_rules_by_different_ways_do_not_push_each_other_out(point):
    only_rule(point.conference, amount=1, unit="days", route="email")
    Rule.objects.create(conference=point.conference, amount=23, unit="hours", route="sms")
    plan(START - timedelta(days=1))
    assert Message.objects.get(kind="reminder").expires_at == START


def test_whoever_registers_after_a_rule_has_fired_gets_it_at_once(point):
    only_rule(point.conference, amount=1, unit="days")
    plan(START - timedelta(days=1))
    late = registered(point, now=START - timedelta(hours=20))
    assert plan(START - timedelta(hours=20)) == 2
    assert planned(person=late.delegates.get().person) == 1
    assert plan(START - timedelta(hours=19)) == 0


def test_whoever_gets_a_seat_late_is_reminded_still(point, seated):
    waiting = registered(point, now=NOW, number=2)
    plan(START - timedelta(days=1))
    services.cancel(registration=seated, now=START - timedelta(hours=20))
    plan(START - timedelta(hours=20))
    assert planned(person=waiting.delegates.get().person) == 1


@pytest.mark.parametrize("stays", [True, False])
def test_whoever_is_added_to_a_registration_is_reminded_within_a_minute(point, stays):
    point.seats = None
    point.save()
    registration = registered(point, now=NOW)
    # Colleagues have their SMS.
    Registration.objects.update(link_opened_at=NOW)
    only_rule(point.conference, amount=2, unit="hours")
    moment = START - timedelta(hours=2)
    plan(moment)
    (present,) = registration.delegates.all()
    now = moment + timedelta(minutes=2)
    with time_machine.travel(now, tick=False):
        kept = services.Person(present.full_name, present.position, str(present.phone), present.email)
        people = [services.Change(person(777)), *([services.Change(kept, present.pk)] if stays else [])]
        services.change_people(registration=registration, people=people, now=now)
    assert plan(now + timedelta(minutes=1)) == 2
    added = registration.delegates.exclude(pk=present.pk).get()
    assert planned(person=added.person) == 1


def test_a_latecomer_is_not_reminded_by_a_rule_that_another_has_followed(point):
    plan(START - timedelta(minutes=60))
    late = registered(point, now=START - timedelta(minutes=9))
    plan(START - timedelta(minutes=9))
    told = Message.objects.filter(person=late.delegates.get().person, channel="email")
    assert {m.kind for m in told} == {"confirmed", "starting"}


@pytest.mark.usefixtures("seated")
def test_a_conference_moved_to_in_half_an_hour_sends_one_notice_and_then_starting_now(point):
    now = NOW + timedelta(hours=1)
    conference = point.conference
    conference.refresh_from_db()
    with time_machine.travel(now, tick=False):
        conference.starts_at, conference.ends_at = now + timedelta(minutes=30), now + timedelta(hours=3)
        conference.save()
    for minutes in range(29):
        plan(now + timedelta(minutes=minutes))
    sent = Message.objects.filter(channel="email").exclude(kind="confirmed").values_list("kind", flat=True)
    assert sorted(sent) == ["rescheduled", "starting"]


@pytest.mark.usefixtures("seated")
def test_a_conference_moved_far_away_is_reminded_of_anew(point):
    plan(FIRST)
    conference = point.conference
    conference.refresh_from_db()
    with time_machine.travel(FIRST + timedelta(hours=1), tick=False):
        conference.starts_at += timedelta(days=30)
        conference.ends_at += timedelta(days=30)
        conference.save()
    plan(FIRST + timedelta(hours=2))
    assert planned(state="queued") == 0
    plan(FIRST + timedelta(days=30))
    assert planned(state="queued") == 1


# --- by which way -----------------------------------------------------------------------------------------------------


def ways(person: str) -> set[tuple[str, str, str]]:
    found = Message.objects.filter(kind="reminder", person=person, state="queued")
    return set(found.values_list("channel", "address", "fallback"))


@pytest.mark.parametrize(
    ("route", "has", "expected"),
    [
        ("email+sms", "both", {("email", "a@vidu.example", ""), ("sms", "+84912345678", "")}),
        ("email,sms", "both", {("email", "a@vidu.example", "sms:+84912345678")}),
        ("email,sms", "phone", {("sms", "+84912345678", "")}),
        ("email,sms", "bounced", {("sms", "+84912345678", "")}),
        ("sms,email", "both", {("sms", "+84912345678", "email:a@vidu.example")}),
        ("sms,email", "landline", {("email", "a@vidu.example", "")}),
        ("email", "phone", set()),
        ("sms", "landline", set()),
        ("email,zalo,sms", "both", {("email", "a@vidu.example", "zalo:+84912345678 sms:+84912345678")}),
        (
            "email+zalo,sms",
            "both",
            {("email", "a@vidu.example", ""), ("zalo", "+84912345678", "sms:+84912345678")},
        ),
    ],
)
def test_a_message_goes_by_the_ways_of_its_route(point, seated, route, has, expected, settings):
    settings.OUTBOX_CHANNELS = {**settings.OUTBOX_CHANNELS, "zalo": "outbox.channels.zns.Gateway"}
    delegate = seated.delegates.get()
    delegate.email = "" if has == "phone" else "a@vidu.example"
    delegate.phone = "02053870123" if has == "landline" else "0912345678"
    delegate.save()
    if has == "bounced":
        BadAddress.objects.create(channel="email", address="a@vidu.example", since=NOW)
    only_rule(point.conference, route=route)
    plan(START - timedelta(days=1))
    assert ways(delegate.person) == expected


@pytest.mark.usefixtures("seated")
def test_a_channel_that_is_not_set_up_is_left_out_of_every_route(point, settings):
    settings.OUTBOX_CHANNELS = {"email": settings.OUTBOX_CHANNELS["email"]}
    only_rule(point.conference, route="sms,email")
    plan(START - timedelta(days=1))
    assert [(m.channel, m.fallback) for m in Message.objects.filter(kind="reminder")] == [("email", "")]


# --- at night ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def early(settings):
    """A conference that starts at 06:45 in Vietnam, and quiet hours from 22:00 to 07:00."""
    settings.QUIET_HOURS = "22:00-07:00"
    start = datetime(2027, 7, 18, 23, 45, tzinfo=UTC)
    return ConferenceFactory(starts_at=start, ends_at=start + timedelta(hours=3))


def test_an_sms_that_the_night_would_make_worthless_goes_out_before_it(early):
    registered(BridgePointFactory(conference=early), now=NOW)
    only_rule(early, amount=2, unit="hours")
    evening = datetime(2027, 7, 18, 14, 30, tzinfo=UTC)
    assert plan(evening - timedelta(minutes=1)) == 0
    plan(evening)
    due = dict(Message.objects.filter(kind="reminder").values_list("channel", "due_at"))
    assert due == {"email": early.starts_at - timedelta(hours=2), "sms": evening}


def test_an_sms_of_the_night_that_still_helps_in_the_morning_waits_for_it(settings, point, seated):
    settings.QUIET_HOURS = "22:00-07:00"
    only_rule(point.conference, amount=90, unit="minutes")
    plan(START - timedelta(minutes=90))
    due = dict(Message.objects.filter(kind="reminder").values_list("channel", "due_at"))
    assert due == {"email": START - timedelta(minutes=90), "sms": START - timedelta(minutes=60)}


def test_starting_now_goes_out_at_night(early):
    registered(BridgePointFactory(conference=early), now=NOW)
    only_rule(early, amount=10, unit="minutes", text="starting")
    moment = early.starts_at - timedelta(minutes=10)
    plan(moment)
    assert {m.due_at for m in Message.objects.filter(kind="starting")} == {moment}
    assert all(m.any_hour for m in Message.objects.filter(kind="starting"))


# --- how much it costs ------------------------------------------------------------------------------------------------


def test_planning_takes_as_many_statements_for_three_people_as_for_forty(point):
    online = BridgePointFactory(conference=point.conference, kind="online", seats=None)
    # The first sign of life of an installation takes statements of its own.
    hold.look(FIRST)
    counts = []
    for number in (1, 20):
        for offset in range(number):
            registered(online, now=NOW, number=number + 10 + offset, people=2)
        # Colleagues have their SMS.
        Registration.objects.update(link_opened_at=NOW)
        Message.objects.filter(kind="reminder").delete()
        RuleRound.objects.update(everybody_at=None)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert plan(FIRST) == Delegate.objects.count() * 2
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] < 25


@pytest.mark.usefixtures("seated")
def test_the_task_plans_what_is_due_now():
    with time_machine.travel(FIRST, tick=False):
        plan_reminders()
    assert planned() == 1


# --- the rule itself --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": None}, "amount"),
        ({"amount": 0}, "amount"),
        ({"timing": "at", "at": None}, "at"),
        ({"timing": "at", "at": START + timedelta(days=1)}, "at"),
        ({"timing": "at", "at": datetime(2020, 1, 1, 1, 0, tzinfo=UTC)}, "at"),
        ({"amount": 525600, "unit": "days"}, "amount"),
        ({"amount": 367, "unit": "days", "timing": "after", "text": "follow_up"}, "amount"),
        ({"text": "follow_up"}, "text"),
        ({"timing": "after", "amount": 2, "unit": "days"}, "text"),
        ({"timing": "after", "amount": 1, "unit": "days", "text": "starting"}, "text"),
        ({"to_confirmed": False}, "to_confirmed"),
        ({"kinds": ["moon"]}, "kinds"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(fields, field):
    rule = Rule(conference=ConferenceFactory(), **{"amount": 1, **fields})
    with pytest.raises(ValidationError) as refused:
        rule.full_clean()
    assert list(refused.value.message_dict) == [field]


def test_a_rule_whose_fixed_time_passed_while_it_was_saved_can_still_be_changed_otherwise():
    rule = Rule.objects.create(conference=ConferenceFactory(), timing="at", at=datetime(2020, 1, 1, tzinfo=UTC))
    rule.route = "email"
    rule.full_clean()
    rule.at += timedelta(hours=1)
    with pytest.raises(ValidationError):
        rule.full_clean()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": 1, "unit": "days"}, "1 day before the start"),
        ({"amount": 3, "unit": "hours", "timing": "after"}, "3 hours after the start"),
        ({"timing": "at", "at": START}, "08:00 19/7/2027"),
    ],
)
def test_a_rule_describes_itself_for_people(fields, words):
    with translation.override("vi" if "at" in fields else "en"):
        assert str(Rule(**fields)) == words


def test_a_copied_conference_gets_the_rules_with_its_own_points(point):
    from attendance.duplicating import duplicate

    only_rule(point.conference, points=[point])
    copy = duplicate(
        conference=point.conference, slug="ban-sao", name="Bản sao", short_name="Bản sao", now=NOW,
        starts_at=START + timedelta(days=365),
    )  # fmt: skip
    (rule,) = copy.reminder_rules.all()
    assert [p.name for p in rule.points.all()] == [point.name]
    assert rule.points.get().conference == copy
