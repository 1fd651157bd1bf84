"""What registering may cost: beyond the limits SMS wait for the next hour, and whoever runs the conference is told."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.utils import timezone

from common import rate_limits
from messaging import sms_limits
from messaging.reminders.planning import plan_due
from outbox import queue
from outbox.channels import Unavailable
from outbox.models import Message
from registrations import services
from registrations.models import Delegate, Registration
from registrations.services import OrganisationData, Person
from tests.conftest import NOW
from tests.messaging.test_compose import CollectingSMS, sms_sent
from tests.support.factories import BridgePointFactory, ConferenceFactory, UserFactory, register_people, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _few(settings) -> None:
    sms_sent.clear()
    settings.OUTBOX_CHANNELS = {
        **settings.OUTBOX_CHANNELS,
        "sms": f"{CollectingSMS.__module__}.{CollectingSMS.__name__}",
    }
    settings.SMS_PER_HOUR = {"number": 2, "conference": 4}


@pytest.fixture
def organiser():
    return UserFactory(is_staff=True, is_organiser=True, email="btc@vidu.example")


@pytest.fixture
def point(organiser):
    return BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]), seats=None)


def deliver(now=NOW) -> int:
    """How many SMS leave at ``now``."""
    sms_sent.clear()
    with time_machine.travel(now, tick=False):
        queue.deliver(clock=timezone.now)
    return len(sms_sent)


def alarms() -> list[str]:
    return [letter.to[0] for letter in mail.outbox if "tạm giữ" in letter.subject]


def test_beyond_the_limit_of_a_conference_sms_wait_for_the_next_hour_and_none_is_lost(point):
    for number in range(1, 11):
        registered(point, now=NOW, number=number)
    assert deliver() == 4
    waiting = Message.objects.filter(channel="sms", state="queued")
    fields = {(m.due_at, m.error, m.attempts, m.first_tried_at) for m in waiting}
    assert fields == {(NOW + HOUR, sms_limits.HELD_BACK, 0, None)}
    # Nobody is asked to try the same again and again.
    assert deliver(NOW + timedelta(minutes=30)) == 0
    assert [deliver(NOW + HOUR), deliver(NOW + 2 * HOUR), deliver(NOW + 3 * HOUR)] == [4, 2, 0]
    assert set(Message.objects.filter(channel="sms").values_list("state", flat=True)) == {"sent"}


def test_mails_go_out_as_ever(point):
    for number in range(1, 11):
        registered(point, now=NOW, number=number)
    deliver()
    assert len([letter for letter in mail.outbox if letter.to[0].startswith("dai.bieu")]) == 10


def test_whoever_runs_the_conference_is_told_once_an_hour(point, organiser, admin_user):
    for number in range(1, 11):
        registered(point, now=NOW, number=number)
    for minutes in (0, 20, 40):
        deliver(NOW + timedelta(minutes=minutes))
    assert sorted(alarms()) == sorted([organiser.email, admin_user.email])
    for minutes in (0, 20):
        deliver(NOW + HOUR + timedelta(minutes=minutes))
    assert len(alarms()) == 4


def test_another_conference_has_a_limit_of_its_own(point):
    other = BridgePointFactory(seats=None)
    for number in range(1, 7):
        registered(point, now=NOW, number=number)
        registered(other, now=NOW, number=number + 100)
    assert deliver() == 8


def test_one_number_is_spared(point):
    registration = registered(point, now=NOW)
    for minute in range(1, 6):
        services.send_own_links(
            conference=point.conference, email="", phone="+84900000100", now=NOW + timedelta(minutes=3 * minute)
        )
    assert deliver(NOW + timedelta(minutes=20)) == 2
    assert deliver(NOW + HOUR) == 2
    assert {envelope.address for envelope in sms_sent} == {str(registration.contact_phone.as_e164)}


def test_who_registers_again_and_again_by_one_number_has_all_confirmations_at_once(point, settings):
    """Hints that somebody has registered again would use up the limit: there is one a day."""
    settings.SMS_PER_HOUR = {"number": 6, "conference": 0}
    owner, people = OrganisationData("cooperative", "HTX Ví Dụ"), [Person("An", "", "+84900000100")]
    made = [
        register_people(
            conference=point.conference, point=point, organisation=owner, people=people, language="vi", now=NOW
        )
        for _number in range(5)
    ]
    assert deliver() == 6
    texts = [envelope.text for envelope in sms_sent]
    confirmed = [text for text in texts if "trung thong tin" not in text]
    assert len(confirmed) == 5
    assert all(any(one.number in text for text in confirmed) for one in made)


@pytest.mark.parametrize(("is_opened", "count"), [(False, 2), (True, 5)])
def test_a_number_in_many_registrations_is_not_rung_by_all_of_their_reminders(point, is_opened, count):
    for number in range(1, 6):
        registered(point, now=NOW, number=number)
    Delegate.objects.update(mobile="+84900000100")
    Registration.objects.update(link_opened_at=NOW if is_opened else None)
    Message.objects.all().delete()
    at = point.conference.starts_at - timedelta(days=1)
    with time_machine.travel(at, tick=False):
        plan_due(now=at)
    assert deliver(at) == count


@pytest.mark.parametrize("source", ["staff", "import"])
def test_what_staff_enter_is_not_held_back(point, source):
    for number in range(1, 11):
        registered(point, now=NOW, number=number, source=source)
    assert deliver() == 10
    assert alarms() == []


def test_whom_organisers_have_decided_about_is_not_held_back(point):
    for number in range(1, 11):
        registered(point, now=NOW, number=number)
    Registration.objects.update(decided_at=NOW)
    assert deliver() == 10


@pytest.mark.parametrize("how", ["move", "cancel"])
def test_moving_and_cancelling_by_registrants_counts_too(point, how):
    made = [registered(point, now=NOW, number=10 * number, people=3) for number in (1, 2)]
    for registration in made:
        services.note_opened(registration=registration, mark=registration.opening_mark(), now=NOW)
    change(made, point, how)
    assert [deliver(), deliver(NOW + HOUR), deliver(NOW + 2 * HOUR)] == [4, 2, 0]


@pytest.mark.parametrize("how", ["move", "cancel"])
def test_what_staff_move_or_cancel_is_not_held_back(point, how):
    made = [registered(point, now=NOW, number=10 * number, people=3) for number in (1, 2)]
    for registration in made:
        services.note_opened(registration=registration, mark=registration.opening_mark(), now=NOW)
    change(made, point, how, by_staff=True)
    assert deliver() == 6


def change(made, point, how, **by) -> None:
    """Move or cancel the registrations ``made``; what was to be sent before is not."""
    other = BridgePointFactory(conference=point.conference, seats=None)
    Message.objects.all().delete()
    for registration in made:
        if how == "move":
            services.move(registration=registration, point=other, now=NOW, **by)
        else:
            services.cancel(registration=registration, now=NOW, **by)


def test_what_waits_for_a_cancelled_registration_is_not_sent(point):
    rows = [registered(point, now=NOW, number=number) for number in range(1, 11)]
    deliver()
    for registration in rows[4:]:
        services.cancel(registration=registration, now=NOW)
    Message.objects.filter(kind="cancelled").delete()
    assert deliver(NOW + HOUR) == 0


def test_a_gateway_that_is_away_uses_nothing_up(point, monkeypatch):
    from outbox.channels.base import Unreachable

    def away(self, envelope) -> str:
        raise Unreachable("away")

    for number in range(1, 5):
        registered(point, now=NOW, number=number)
    with monkeypatch.context() as patch:
        patch.setattr(CollectingSMS, "send", away)
        for minutes in (0, 2, 5, 10):
            deliver(NOW + timedelta(minutes=minutes))
    assert deliver(NOW + timedelta(minutes=30)) == 4


def test_nought_is_no_limit(point, settings):
    settings.SMS_PER_HOUR = {"number": 0, "conference": 0}
    for number in range(1, 11):
        registered(point, now=NOW, number=number)
    assert deliver() == 10


def test_nothing_goes_to_a_country_that_was_taken_out_of_the_settings(point, settings):
    settings.SMS_COUNTRIES = ["VN", "SG"]
    registration = registered(point, now=NOW)
    delegate = registration.delegates.get()
    delegate.phone = "+6591234567"
    delegate.save()
    services.readdress(delegate=delegate)
    assert Message.objects.filter(address="+6591234567").exists()
    settings.SMS_COUNTRIES = ["VN"]
    assert deliver() == 0
    assert Message.objects.get(address="+6591234567").state == "cancelled"


def test_an_sms_that_is_tried_again_counts_once(point, monkeypatch):
    for number in range(1, 5):
        registered(point, now=NOW, number=number)
    unreachable = Unavailable("no answer")
    with monkeypatch.context() as patch:
        patch.setattr(CollectingSMS, "send", lambda self, envelope: (_ for _ in ()).throw(unreachable))
        assert deliver() == 0
    assert deliver(NOW + timedelta(minutes=5)) == 4


@pytest.mark.parametrize("count", [1, 4])
def test_the_cache_is_asked_as_often_for_a_batch_as_for_one_sms(point, monkeypatch, count):
    asked = []

    def count_each(keys, *, seconds):
        asked.append(len(keys))
        return [1] * len(keys)

    for module in (sms_limits, rate_limits):
        monkeypatch.setattr(module, "count_each", count_each)
    spy = Mock(wraps=cache)
    monkeypatch.setattr(sms_limits, "cache", spy)
    for number in range(1, count + 1):
        registered(point, now=NOW, number=number)
    assert deliver() == count
    # The numbers, how many the conference has had, and which are counted.
    assert asked == [count] * 3
    assert [name for name, *_ in spy.method_calls] == ["get_many"]


def test_within_a_batch_the_first_leave_and_what_a_number_has_too_many_of_is_none_of_its_conference(point):
    """Of five to one number two leave; the limit of four for the conference leaves room for two others."""
    for number in range(1, 10):
        registered(point, now=NOW, number=number)
    messages = list(Message.objects.filter(channel="sms").order_by("due_at", "id"))
    Message.objects.filter(pk__in=[message.pk for message in messages[:5]]).update(address="+84900000999")
    assert deliver() == 4
    assert [envelope.address for envelope in sms_sent] == ["+84900000999"] * 2 + [m.address for m in messages[5:7]]


def test_an_sms_whose_text_cannot_be_made_counts_once(point, monkeypatch):
    from messaging import compose

    content, broken = compose.content, []

    def fail_at_first(text, recipient, kind, channel, *others):
        if channel == "sms" and not broken:
            broken.append(recipient)
            raise ValueError("a text that cannot be made")
        return content(text, recipient, kind, channel, *others)

    for number in range(1, 5):
        registered(point, now=NOW, number=number)
    monkeypatch.setattr(compose, "content", fail_at_first)
    # Each is tried by itself then: all four within the limit.
    assert deliver() == 4
