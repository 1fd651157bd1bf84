"""What waits for somebody who moves to another bridge point: it follows them, with the new point's words."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from messaging import announcements, changed_details
from messaging.models import Announcement
from messaging.reminders import planning
from outbox import queue
from outbox.models import Message
from registrations import services
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, OrganiserFactory, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

DAY_BEFORE = START - timedelta(days=1)


@pytest.fixture
def old():
    """A point with one registration whose confirmation has arrived."""
    point = BridgePointFactory(name="Điểm cũ")
    registered(point, now=NOW)
    send(NOW)
    return point


@pytest.fixture
def new(old):
    return BridgePointFactory(conference=old.conference, name="Điểm mới")


def send(now) -> list:
    mail.outbox.clear()
    with time_machine.travel(now, tick=False):
        queue.deliver(clock=timezone.now)
    return list(mail.outbox)


def move(old, new, now=DAY_BEFORE) -> None:
    with time_machine.travel(now, tick=False):
        services.move(registration=old.registrations.get(), point=new, now=now)


def announce(point, *, only_there: bool) -> Announcement:
    announcement = Announcement.objects.create(
        conference=point.conference, subject="Tin", text="Ở {point}", route="email"
    )
    announcement.points.set([point] if only_there else [])
    seen = announcements.preview(announcement)
    announcements.confirm(
        announcement=announcement, fingerprint=seen.fingerprint, by=OrganiserFactory(), now=DAY_BEFORE
    )
    return announcement


def test_a_reminder_that_waits_reaches_whoever_moves_with_the_new_point(old, new):
    planning.plan_due(now=DAY_BEFORE)
    move(old, new)
    waiting = Message.objects.filter(kind="reminder")
    assert set(waiting.values_list("state", "topic")) == {("queued", f"point/{new.pk}")}
    reminder = next(letter for letter in send(DAY_BEFORE) if "Điểm mới" in letter.body and "Nhắc" in letter.subject)
    assert "Điểm cũ" not in reminder.body


def test_a_reminder_for_the_old_point_only_does_not_follow(old, new):
    rule = old.conference.reminder_rules.get(amount=1, unit="days")
    rule.points.set([old])
    planning.plan_due(now=DAY_BEFORE)
    move(old, new)
    send(DAY_BEFORE)
    assert set(Message.objects.filter(occasion=rule.occasion).values_list("state", flat=True)) == {"cancelled"}


@pytest.mark.parametrize("only_there", [False, True])
def test_an_announcement_follows_unless_it_is_for_the_old_point_only(old, new, only_there):
    announce(old, only_there=only_there)
    move(old, new)
    bodies = [letter.body.splitlines()[0] for letter in send(DAY_BEFORE) if letter.subject == "Tin"]
    assert bodies == ([] if only_there else ["Ở Điểm mới"])


def test_a_notice_follows_and_changed_details_of_the_old_point_do_not(old, new):
    conference = old.conference
    conference.starts_at, conference.ends_at = START + timedelta(days=2), START + timedelta(days=3)
    conference.save()
    old.address = "Số 1 phố Mới"
    old.save()
    assert changed_details.tell_details(point=old, now=NOW) == 2
    move(old, new, NOW)
    assert set(Message.objects.filter(kind="rescheduled").values_list("state", "topic")) == {
        ("queued", f"point/{new.pk}")
    }
    assert set(Message.objects.filter(kind="details").values_list("state", flat=True)) == {"cancelled"}


def test_what_was_sent_stays_with_the_old_point(old, new):
    move(old, new)
    assert set(Message.objects.filter(kind="confirmed").values_list("topic", flat=True)) == {f"point/{old.pk}"}
