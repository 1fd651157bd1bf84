"""Whoever wants no more announcements gets none, and everything else as before."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone, translation
from django.utils.http import base36_to_int, int_to_base36

from messaging import announcements, unsubscribing
from messaging.models import Announcement, Unsubscription
from messaging.reminders.planning import plan_due
from outbox import queue
from outbox.models import Message
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, CoordinatorFactory, OrganiserFactory, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def point():
    return BridgePointFactory()


@pytest.fixture
def delegate(point) -> Delegate:
    registered(point, now=NOW)
    Message.objects.all().delete()
    return Delegate.objects.select_related("registration__conference").get()


def announced(conference, **fields) -> Announcement:
    announcement = Announcement.objects.create(
        conference=conference, **{"subject": "Tin", "text": "Chào {name}", "sms_text": "Chao {name}", **fields}
    )
    fingerprint = announcements.preview(announcement).fingerprint
    announcements.confirm(announcement=announcement, fingerprint=fingerprint, by=OrganiserFactory(), now=NOW)
    return announcement


def send(now=NOW) -> list:
    mail.outbox.clear()
    with time_machine.travel(now, tick=False):
        queue.deliver(clock=timezone.now)
    return mail.outbox


def path_of(delegate: Delegate) -> str:
    return unsubscribing.url_of(delegate).removeprefix("http://diemcau.test")


def test_an_announcement_says_below_it_and_to_mail_programs_how_to_stop_them(settings, point, delegate):
    settings.SITE_URL = "https://diemcau.test"
    announced(point.conference)
    (letter,) = send()
    link = unsubscribing.url_of(delegate)
    assert link in letter.body
    assert f'href="{link}"' in letter.alternatives[0][0]
    assert letter.extra_headers["List-Unsubscribe"] == f"<{link}>"
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link not in Message.objects.get(channel="email").text


def test_an_organiser_may_say_it_in_own_words(point, delegate):
    announced(point.conference, text="Chào {name}\n\nKhông nhận nữa: {stop}")
    (letter,) = send()
    assert letter.body.count("/s/") == 1
    assert "Không nhận nữa: http" in letter.body


def test_neither_reminders_nor_coordinators_are_offered_it(point, delegate):
    coordinator = CoordinatorFactory(bridge_point=point)
    announced(point.conference, to_confirmed=False, to_coordinators=True)
    (letter,) = send()
    assert letter.to == [coordinator.user.email]
    day_before = START - timedelta(days=1)
    plan_due(now=day_before)
    letters = [letter, *send(day_before)]
    assert len(letters) == 2
    for one in letters:
        assert "/s/" not in one.body
        assert "List-Unsubscribe" not in one.extra_headers


def test_opening_the_link_stops_nothing_and_pressing_does(client, point, delegate):
    page = client.get(path_of(delegate))
    assert page.status_code == 200
    assert not Unsubscription.objects.exists()
    assert 'name="robots" content="noindex"' in page.content.decode()
    page = client.post(path_of(delegate))
    assert page.status_code == 200
    assert Unsubscription.objects.get().delegate == delegate
    assert Unsubscription.objects.get().since == NOW
    client.post(path_of(delegate), {"again": "1"})
    assert not Unsubscription.objects.exists()


def test_one_click_needs_neither_cookie_nor_token_of_a_form(delegate):
    strict = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = strict.post(
            path_of(delegate), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
    assert Unsubscription.objects.count() == 1


@pytest.mark.parametrize("broken", ["1", "1-", "zz-abc", "%00-1", "1-AAAAAAAAAAAAAAAAAAAAAA", "é-1", "9" * 400])
def test_a_link_that_was_tampered_with_is_nobody_s(client, delegate, broken):
    assert client.get(f"/s/{broken}/").status_code == 404
    assert client.post(f"/s/{broken}/").status_code == 404
    number, _, seal = path_of(delegate).removeprefix("/s/").partition("-")
    other = f"/s/{int_to_base36(base36_to_int(number) + 1)}-{seal}"
    assert other != path_of(delegate)
    assert client.post(other).status_code == 404


def test_announcements_stop_and_everything_else_goes_on(point, delegate):
    unsubscribing.stop(delegate=delegate, now=NOW)
    announced(point.conference)
    assert send() == []
    day_before = START - timedelta(days=1)
    plan_due(now=day_before)
    assert [letter.to for letter in send(day_before)] == [[delegate.email]]


def test_what_waits_is_withdrawn_and_what_is_sent_again_does_not_leave(point, delegate):
    announcement = announced(point.conference)
    unsubscribing.stop(delegate=delegate, now=NOW)
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}
    Message.objects.filter(occasion=announcement.occasion).update(state="queued")
    assert send() == []


def test_organisers_see_how_many_are_not_reached_because_they_asked(point, delegate):
    registered(point, now=NOW, number=2)
    unsubscribing.stop(delegate=delegate, now=NOW)
    announcement = Announcement.objects.create(conference=point.conference, subject="Tin", text="a", sms_text="a")
    seen = announcements.preview(announcement)
    assert (seen.people, seen.messages, seen.unreachable, seen.unsubscribed) == (2, {"email": 1, "sms": 1}, 1, 1)
    with translation.override("en"):
        (one,) = [reach for reach in announcements.reach(announcement) if reach.why_not]
    assert (one.recipient.name, one.why_not) == (
        delegate.full_name, "They asked to get no more messages like this.",
    )  # fmt: skip


def test_the_link_in_an_old_mail_outlives_a_renewed_personal_link(client, delegate):
    path = path_of(delegate)
    delegate.renew_token()
    delegate.save()
    assert client.post(path).status_code == 200
    assert re.search(r"/j/|/r/", client.get(path).content.decode()) is None
