"""A tentative date that becomes certain: organisers are asked whether people are told."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from conference import services
from messaging import notices
from messaging.notices import GRACE
from outbox import queue
from outbox.models import Message
from registrations.calendar import invitation
from registrations.models import Registration
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    registered,
)
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def conference():
    """A conference whose date is tentative, with one registration; nothing waits."""
    conference = ConferenceFactory(is_tentative=True, organisers=[OrganiserFactory()])
    registered(BridgePointFactory(conference=conference), now=NOW)
    Message.objects.all().delete()
    return conference


def fix(conference, **fields) -> None:
    conference.is_tentative = False
    for name, value in fields.items():
        setattr(conference, name, value)
    conference.save()


def send(now) -> None:
    with time_machine.travel(now, tick=False):
        queue.deliver(clock=timezone.now)


def test_fixing_a_date_tells_nobody_by_itself_and_is_news_until_somebody_decides(conference):
    assert not notices.is_fixed_date_news(conference, NOW)
    fix(conference)
    assert not Message.objects.exists()
    assert notices.is_fixed_date_news(conference, NOW)
    conference.save()
    assert notices.is_fixed_date_news(conference, NOW)
    notices.dismiss_fixed_date(conference=conference)
    assert not notices.is_fixed_date_news(conference, NOW)
    assert not Message.objects.exists()


def test_telling_says_that_the_date_is_fixed_once(conference):
    CoordinatorFactory(bridge_point=conference.bridge_points.get())
    fix(conference)
    assert notices.tell_fixed_date(conference=conference, now=NOW) == 3
    assert notices.tell_fixed_date(conference=conference, now=NOW) == 0
    send(NOW)
    to_delegate, to_coordinator = sorted(mail.outbox, key=lambda letter: "phụ trách" in letter.body)
    assert to_delegate.subject == f"Thời gian chính thức: {conference.short_name} – 08:00, 19/7/2027"
    assert f"thời gian chính thức của {conference.name}: 08:00, 19/7/2027." in to_delegate.body
    assert "dự kiến" not in to_delegate.body
    assert [a.filename for a in to_delegate.attachments] == ["hoi-nghi.ics"]
    assert "STATUS:CONFIRMED" in to_delegate.attachments[0].content
    assert "Thời gian chính thức: 08:00, 19/7/2027" in to_coordinator.body


def test_a_calendar_takes_the_fixed_date_for_the_newer_entry(conference):
    before = sequence(invitation(Registration.objects.get(), "http://diemcau.test/"))
    later = NOW + timedelta(days=1)
    with time_machine.travel(later, tick=False):
        fix(conference)
        notices.tell_fixed_date(conference=conference, now=later)
    send(later)
    assert sequence(mail.outbox[0].attachments[0].content) > before


def sequence(calendar: str) -> int:
    return int(re.search(r"SEQUENCE:(\d+)", calendar)[1])


def test_a_date_that_is_moved_and_fixed_at_once_is_told_once(conference):
    fix(conference, starts_at=START + timedelta(days=1), ends_at=START + timedelta(days=1, hours=3))
    assert not notices.is_fixed_date_news(conference, NOW)
    send(NOW + GRACE)
    assert "dự kiến" not in mail.outbox[0].body
    conference.save()
    assert not notices.is_fixed_date_news(conference, NOW + GRACE)


def test_a_moved_date_that_stays_tentative_is_news_once_it_is_fixed(conference):
    conference.starts_at += timedelta(days=1)
    conference.ends_at += timedelta(days=1)
    conference.save()
    send(NOW + GRACE)
    assert "(dự kiến)" in mail.outbox[0].body
    fix(conference)
    assert notices.is_fixed_date_news(conference, NOW)


def test_a_notice_taken_back_leaves_what_people_know(conference):
    fix(conference, starts_at=START + timedelta(days=1), ends_at=START + timedelta(days=1, hours=3))
    fix(conference, starts_at=START, ends_at=START + timedelta(hours=3))
    assert notices.is_fixed_date_news(conference, NOW)


@pytest.mark.parametrize("change", ["moved", "cancelled"])
def test_the_news_that_a_date_is_fixed_outlives_a_change_that_is_taken_back(conference, change):
    fix(conference)
    count = notices.tell_fixed_date(conference=conference, now=NOW)
    if change == "moved":
        fix(conference, starts_at=START + timedelta(days=1), ends_at=START + timedelta(days=1, hours=3))
        fix(conference, starts_at=START, ends_at=START + timedelta(hours=3))
    else:
        services.cancel(conference=conference, now=NOW)
        services.restore(conference=conference, now=NOW)
    send(NOW + GRACE)
    sent = Message.objects.filter(state__in=[Message.State.SENT, Message.State.DELIVERED])
    assert set(sent.values_list("kind", flat=True)) == {"date_fixed"}
    assert sent.filter(channel="email").exists()
    assert Message.objects.filter(kind="date_fixed").exclude(state=Message.State.CANCELLED).count() == count


@pytest.mark.parametrize("over", ["cancelled", "hidden", "begun"])
def test_of_what_does_not_lie_ahead_a_fixed_date_is_no_news(conference, over):
    fix(conference)
    conference.cancelled_at = NOW if over == "cancelled" else None
    conference.is_published = over != "hidden"
    assert not notices.is_fixed_date_news(conference, START if over == "begun" else NOW)


def test_where_nobody_plans_for_it_a_fixed_date_is_no_news():
    conference = ConferenceFactory(is_tentative=True)
    fix(conference)
    assert not notices.is_fixed_date_news(conference, NOW)


def test_the_administration_offers_to_tell_until_somebody_decides(conference, client):
    client.force_login(conference.organisers.get())
    question = reverse("messaging:fixed_date", args=[conference.pk])
    address = reverse("admin:conference_conference_change", args=[conference.pk])
    form = filled_in(client.get(address))
    del form["is_tentative"]
    assert question in client.post(address, form, follow=True).content.decode()
    pages = [reverse("messaging:delivery", args=[conference.pk]), f"/admin/c/{conference.slug}/"]
    for page in pages:
        assert question in client.get(page).content.decode(), page
    assert "19/7/2027" in client.get(question).content.decode()
    for said in ("2 messages are on their way.", "people have been told already"):
        client.cookies["django_language"] = "en"
        assert said in client.post(question, {"tell": "1"}, follow=True).content.decode()
        assert Message.objects.filter(kind="date_fixed").count() == 2
    for page in pages:
        assert question not in client.get(page).content.decode(), page
