"""Reminders: each once, to those who have a seat, at its time and not after it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import translation

from notifications.models import Message
from registrations import reminders, services
from registrations.models import ReminderRule
from registrations.tasks import plan_reminders
from tests.conftest import NOW
from tests.factories import START, BridgePointFactory, ConferenceFactory, registered

pytestmark = pytest.mark.django_db

FIRST = START - timedelta(days=7)


def planned() -> int:
    """How many e-mail reminders the outbox holds."""
    return Message.objects.filter(kind="reminder", channel="email").count()


@pytest.fixture
def point():
    return BridgePointFactory(seats=1)


@pytest.fixture
def seated(point):
    return registered(point, now=NOW)


def test_a_new_conference_gets_the_four_usual_rules():
    rules = ConferenceFactory().reminder_rules.all()
    assert [r.minutes_before for r in rules] == [7 * 24 * 60, 24 * 60, 60, 10]
    assert all(r.by_email and r.by_sms and r.is_active for r in rules)


def test_saving_a_conference_again_adds_no_rules():
    conference = ConferenceFactory()
    conference.reminder_rules.filter(minutes_before=10).delete()
    conference.save()
    assert conference.reminder_rules.count() == 3


def test_one_day_before_eight_in_vietnam_is_one_at_night_utc_the_day_before(seated):
    moment = datetime(2027, 7, 18, 1, 0, tzinfo=UTC)
    reminders.plan_due(now=moment - timedelta(seconds=1))
    assert planned() == 1, "only the one of seven days before"
    reminders.plan_due(now=moment)
    assert planned() == 2


@pytest.mark.usefixtures("seated")
def test_every_rule_fires_once_however_often_it_is_asked():
    moment, fired = FIRST - timedelta(hours=3), []
    while moment < START + timedelta(hours=1):
        if reminders.plan_due(now=moment):
            fired.append(START - moment)
        moment += timedelta(hours=3) if moment < START - timedelta(hours=3) else timedelta(minutes=5)
    assert fired == [timedelta(days=7), timedelta(days=1), timedelta(minutes=60), timedelta(minutes=10)]
    assert planned() == 4


@pytest.mark.usefixtures("seated")
def test_a_rule_that_fires_tells_how_many_were_due_and_then_none():
    assert reminders.plan_due(now=FIRST) == 2
    assert reminders.plan_due(now=FIRST) == 0
    assert reminders.plan_due(now=FIRST + timedelta(hours=1)) == 0


@pytest.mark.usefixtures("seated")
def test_a_reminder_is_worthless_when_the_next_one_is_due():
    for before, until in ((timedelta(days=7), timedelta(days=1)), (timedelta(minutes=10), timedelta(0))):
        Message.objects.all().delete()
        reminders.plan_due(now=START - before)
        assert {m.expires_at for m in Message.objects.filter(kind="reminder")} == {START - until}


def test_nobody_on_the_waitlist_is_reminded(point, seated):
    waiting = registered(point, now=NOW, number=2)
    reminders.plan_due(now=FIRST)
    assert not Message.objects.filter(kind="reminder", person=waiting.delegates.get().person).exists()


def test_nobody_who_cancelled_is_reminded(seated):
    services.cancel(registration=seated, now=NOW)
    reminders.plan_due(now=FIRST)
    assert planned() == 0


def test_cancelling_takes_back_a_reminder_that_has_not_left(seated):
    reminders.plan_due(now=FIRST)
    services.cancel(registration=seated, now=FIRST)
    assert set(Message.objects.filter(kind="reminder").values_list("state", flat=True)) == {"cancelled"}


@pytest.mark.parametrize("fields", [{"is_published": False}, {"cancelled_at": NOW}])
def test_a_conference_that_is_cancelled_or_not_public_reminds_nobody(point, seated, fields):
    type(point.conference).objects.update(**fields)
    assert reminders.plan_due(now=FIRST) == 0


@pytest.mark.usefixtures("seated")
def test_after_the_start_nobody_is_reminded():
    assert reminders.plan_due(now=START) == 0


@pytest.mark.usefixtures("seated")
def test_a_moved_conference_is_announced_anew(point):
    reminders.plan_due(now=FIRST)
    conference = point.conference
    conference.refresh_from_db()
    with time_machine.travel(FIRST + timedelta(hours=1), tick=False):
        conference.starts_at += timedelta(days=30)
        conference.ends_at += timedelta(days=30)
        conference.save()
    reminders.plan_due(now=FIRST + timedelta(hours=2))
    assert planned() == 1
    reminders.plan_due(now=FIRST + timedelta(days=30))
    assert planned() == 2


@pytest.mark.usefixtures("seated")
def test_a_conference_moved_to_in_half_an_hour_sends_one_reminder_and_not_four(point):
    now = NOW + timedelta(hours=1)
    conference = point.conference
    conference.refresh_from_db()
    with time_machine.travel(now, tick=False):
        conference.starts_at, conference.ends_at = now + timedelta(minutes=30), now + timedelta(hours=3)
        conference.save()
    for minutes in range(19):
        reminders.plan_due(now=now + timedelta(minutes=minutes))
    assert planned() == 1
    assert Message.objects.filter(kind="reminder").first().expires_at == conference.starts_at - timedelta(minutes=10)


def test_whoever_registers_after_an_early_reminder_is_not_reminded_of_what_he_just_read(point):
    late = registered(point, now=FIRST + timedelta(hours=1))
    reminders.plan_due(now=FIRST + timedelta(hours=2))
    assert planned() == 0
    reminders.plan_due(now=START - timedelta(days=1))
    assert Message.objects.filter(kind="reminder", person=late.delegates.get().person).count() == 2


def test_whoever_registers_in_the_last_hour_is_reminded_still(point):
    registered(point, now=START - timedelta(minutes=50))
    reminders.plan_due(now=START - timedelta(minutes=49))
    assert planned() == 1


@pytest.mark.usefixtures("seated")
def test_a_rule_may_leave_a_channel_out(point):
    point.conference.reminder_rules.update(by_sms=False)
    reminders.plan_due(now=FIRST)
    assert set(Message.objects.filter(kind="reminder").values_list("channel", flat=True)) == {"email"}


@pytest.mark.usefixtures("seated")
def test_a_rule_that_is_switched_off_does_not_fire(point):
    point.conference.reminder_rules.filter(minutes_before=7 * 24 * 60).update(is_active=False)
    assert reminders.plan_due(now=FIRST) == 0


@pytest.mark.usefixtures("seated")
def test_the_outbox_is_asked_about_all_people_at_once(point, django_assert_max_num_queries):
    online = BridgePointFactory(conference=point.conference, kind="online", seats=None)
    for number in range(2, 12):
        registered(online, now=NOW, number=number, people=2)
    with django_assert_max_num_queries(8):
        assert reminders.plan_due(now=FIRST) == 42


@pytest.mark.usefixtures("seated")
def test_the_task_plans_what_is_due_now():
    with time_machine.travel(FIRST, tick=False):
        plan_reminders()
    assert planned() == 1


def test_a_rule_describes_itself_for_people():
    with translation.override("en"):
        assert str(ReminderRule(minutes_before=1440)) == "1 day before the start"
