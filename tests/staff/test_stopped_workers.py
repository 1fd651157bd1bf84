"""Where nothing runs that would send messages, or everything is held, the pages of staff say so."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from messaging.time_words import moment_words
from outbox import channel_state, health, hold, quiet_hours
from outbox.models import Message
from reports import attention, numbers
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=5)
ADVICE = "bộ phận gửi tin đang ngừng chạy. Vui lòng báo quản trị viên."


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def organiser():
    return OrganiserFactory()


@pytest.fixture
def conference(organiser):
    """Registered at NOW while a worker ran; it has given no sign of life since."""
    conference = ConferenceFactory(organisers=[organiser])
    registered(BridgePointFactory(conference=conference), now=NOW)
    Message.objects.update(due_at=NOW)
    hold.look(NOW - timedelta(seconds=5))
    return conference


def stopped(now=LATER):
    return health.stopped_since(now, hold.current(), channel_state.in_trouble())


def item(user, conference) -> attention.Item | None:
    found = attention.gather(numbers.overview(numbers.scope_of(user, conference), LATER), LATER)
    return next((one for one in found if one.code == "silent"), None)


def page(client, user, address: str) -> str:
    client.force_login(user)
    return " ".join(client.get(address).content.decode().split())


def delivery(conference) -> str:
    return reverse("messaging:delivery", args=[conference.pk])


def test_a_stopped_worker_is_the_first_thing_to_do(client, organiser, conference):
    found = item(organiser, conference)
    words = f"Chưa tin nào được gửi đi từ {moment_words(NOW - timedelta(seconds=5))}: {ADVICE}"
    assert (found.text, found.is_urgent, found.url) == (words, True, delivery(conference))
    assert words in page(client, organiser, f"/admin/c/{conference.slug}/")


def test_the_delivery_page_says_it_and_does_not_claim_that_messages_are_being_sent(client, organiser, conference):
    shown = page(client, organiser, delivery(conference))
    assert ADVICE in shown
    assert "Đang gửi" not in shown
    assert "2 tin chờ gửi." in shown
    assert "2 tin chờ gửi." in client.get(delivery(conference), headers={"HX-Request": "true"}).content.decode()


def test_the_page_of_what_is_held_says_it(client, conference):
    shown = page(client, UserFactory(is_staff=True, is_superuser=True), "/admin/held/")
    assert ADVICE in shown
    assert "tin gửi đi khi đến hạn" not in shown


def test_while_somebody_gives_signs_of_life_a_long_queue_is_no_stop(client, organiser, conference):
    hold.look(LATER - timedelta(seconds=119))
    assert stopped() is None
    assert item(organiser, conference) is None
    assert "Đang gửi 2 tin." in page(client, organiser, delivery(conference))


def test_a_worker_that_never_ran_counts_from_the_first_message(conference):
    hold.Installation.objects.all().delete()
    assert stopped() == NOW


def test_what_waits_for_another_reason_is_not_said_to_wait_for_a_worker(conference, settings):
    Message.objects.update(due_at=LATER + timedelta(minutes=1))
    assert stopped() is None, "put off"
    Message.objects.update(due_at=NOW, expires_at=LATER)
    assert stopped() is None, "too late to be sent at all"
    Message.objects.update(expires_at=None)
    for name in ("email", "sms"):
        assert stopped() is not None
        channel_state.rest(name, "The mail server cannot be reached.", LATER)
    assert stopped() is None, "its channel is in trouble"
    channel_state.ChannelState.objects.all().delete()
    settings.QUIET_HOURS = "00:00-23:59"
    Message.objects.exclude(channel__in=quiet_hours.CHANNELS).delete()
    assert Message.objects.exists()
    assert stopped() is None, "quiet hours"
    settings.QUIET_HOURS = ""
    assert stopped() is not None
    hold.hold_by_hand(LATER)
    assert stopped() is None, "held"


# --- everything is held -----------------------------------------------------------------------------------------------


def test_what_is_held_is_not_said_to_be_on_its_way(client, organiser, conference):
    hold.hold_by_hand(LATER)
    shown = page(client, organiser, delivery(conference))
    assert "2 tin đang tạm giữ." in shown
    assert "Đang gửi" not in shown
    assert ADVICE not in shown


def test_where_nothing_is_from_before_nobody_is_asked_what_becomes_of_it(client, conference):
    hold.look(LATER)
    hold.hold_by_hand(LATER)
    Message.objects.update(due_at=LATER + timedelta(hours=1))
    shown = page(client, UserFactory(is_staff=True, is_superuser=True), "/admin/held/")
    assert 'type="radio"' not in shown
    assert '<input type="hidden" name="choice" value="release">' in shown
    answer = client.post("/admin/held/", {"choice": "release"}, follow=True).content.decode()
    assert "Đã cho gửi trở lại; không bỏ tin nào." in answer
    assert hold.current().held_since is None
    assert Message.objects.unsent().count() == 2


def test_what_has_come_from_before_meanwhile_is_asked_about_all_the_same(client, conference):
    hold.hold_by_hand(LATER)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    client.post("/admin/held/", {"choice": "release"})
    assert hold.current().held_since == LATER
    with translation.override("vi"):
        assert 'type="radio"' in client.get("/admin/held/").content.decode()
