"""Delivery reports: whoever knows the address is believed, nothing moves backwards, and failures take the next way."""

from datetime import timedelta

import pytest
from django.test import Client

from outbox import fallback, queue, receipts
from outbox.channels import Outcome, Report, Unreachable
from outbox.channels.base import Channel
from outbox.models import BadAddress, EarlyReport, Message
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

State = Message.State


class Reporting(Channel):
    """A gateway that calls back with ?ref=…&ok=1 or 0, and hands out ``waiting`` when it is asked."""

    reports = True
    waiting: list[Report] = []
    asked = 0

    def send(self, envelope) -> str:
        return f"g-{envelope.reference}"

    def collect(self) -> list[Report]:
        type(self).asked += 1
        found, Reporting.waiting = Reporting.waiting, []
        return found

    @classmethod
    def read_callback(cls, parameters, body) -> list[Report]:
        if "ref" not in parameters:
            raise ValueError("ref is missing")
        outcome = Outcome.DELIVERED if parameters["ok"] == "1" else Outcome.FAILED
        return [Report(outcome, reference=parameters["ref"], words="no such number", bad_address=True)]


@pytest.fixture(autouse=True)
def _channels(settings):
    Reporting.waiting, Reporting.asked = [], 0
    settings.OUTBOX_CHANNELS = {
        "sms": f"{__name__}.Reporting",
        "email": "tests.support.fakes.FakeEmail",
    }
    settings.OUTBOX_COMPOSERS = {"test": "tests.support.fakes.composer"}


def message(state: str = State.SENT, **fields) -> Message:
    return Message.objects.create(
        **{
            "key": "rule/1/delegate/7/sms",
            "channel": "sms",
            "address": "+84912345678",
            "text": "Xin chao",
            "due_at": NOW,
            "created_at": NOW,
            "sent_at": NOW,
            "state": state,
            "provider_reference": "abc",
            **fields,
        }
    )


def state_of(one: Message) -> str:
    one.refresh_from_db()
    return one.state


# --- the address ------------------------------------------------------------------------------------------------------


def call(one: Message, ok: int = 1, url: str = "") -> int:
    return Client().get(url or receipts.callback_url("sms"), {"ref": one.reference, "ok": ok}).status_code


def test_a_callback_records_what_became_of_a_message():
    one = message()
    assert call(one) == 200
    assert state_of(one) == State.DELIVERED


def test_a_provider_may_also_post():
    one = message()
    url = receipts.callback_url("sms").removeprefix("http://diemcau.test")
    assert Client(enforce_csrf_checks=True).post(url, {"ref": one.reference, "ok": 1}).status_code == 200
    assert state_of(one) == State.DELIVERED


@pytest.mark.parametrize(
    "path", ["/callbacks/sms/wrong/", "/callbacks/fax/{secret}/", "/callbacks/email/{secret}/", "/callbacks/sms/á/"]
)
def test_without_the_secret_nobody_is_believed(path):
    one = message()
    assert call(one, url=path.format(secret=receipts.secret("sms"))) == 404
    assert state_of(one) == State.SENT


def test_an_earlier_key_still_opens_the_callback(settings):
    path = f"/callbacks/sms/{receipts.secret('sms')}/"
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = (
        [settings.SECRET_KEY],
        "another-key-0123456789-0123456789-0123456789",
    )
    assert path != f"/callbacks/sms/{receipts.secret('sms')}/"
    assert call(message(), url=path) == 200


def test_a_callback_that_cannot_be_read_is_a_bad_request():
    assert Client().get(receipts.callback_url("sms")).status_code == 400


@pytest.mark.parametrize("reference", ["", "0", "1", "{pk}", "{pk}-0000000000000000", "99999999999999999999-x", "٣-x"])
def test_a_reference_cannot_be_guessed(reference):
    one = message()
    Client().get(receipts.callback_url("sms"), {"ref": reference.format(pk=one.pk), "ok": 1})
    assert state_of(one) == State.SENT


# --- what a report does -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "outcome", "after"),
    [
        (State.SENT, Outcome.DELIVERED, State.DELIVERED),
        (State.SENT, Outcome.FAILED, State.FAILED),
        (State.UNCERTAIN, Outcome.DELIVERED, State.DELIVERED),
        (State.UNCERTAIN, Outcome.FAILED, State.FAILED),
        (State.SENDING, Outcome.DELIVERED, State.DELIVERED),
        (State.DELIVERED, Outcome.FAILED, State.DELIVERED),
        (State.FAILED, Outcome.DELIVERED, State.FAILED),
        (State.QUEUED, Outcome.DELIVERED, State.QUEUED),
        (State.CANCELLED, Outcome.FAILED, State.CANCELLED),
        (State.EXPIRED, Outcome.DELIVERED, State.EXPIRED),
    ],
)
def test_a_report_moves_a_message_only_forward(before, outcome, after):
    one = message(before)
    receipts.apply(channel="sms", reports=[Report(outcome, reference=one.reference)], now=NOW)
    assert state_of(one) == after


def test_the_same_report_again_changes_nothing():
    one = message()
    report = Report(Outcome.DELIVERED, reference=one.reference)
    assert receipts.apply(channel="sms", reports=[report], now=NOW) == 1
    assert receipts.apply(channel="sms", reports=[report], now=NOW + timedelta(hours=1)) == 0
    assert Message.objects.get().delivered_at == NOW


def test_a_report_of_another_channel_is_not_believed():
    one = message()
    receipts.apply(channel="email", reports=[Report(Outcome.DELIVERED, reference=one.reference)], now=NOW)
    assert state_of(one) == State.SENT


def test_a_report_that_comes_before_its_message_is_recorded_waits_for_it():
    early = Report(Outcome.DELIVERED, provider_reference="later")
    receipts.apply(channel="sms", reports=[early, early], now=NOW)
    assert EarlyReport.objects.count() == 1
    one = message(provider_reference="later")
    queue.tidy(NOW)
    assert state_of(one) == State.DELIVERED
    assert not EarlyReport.objects.exists()


def test_a_report_of_nothing_we_know_is_forgotten_after_a_day():
    receipts.apply(channel="sms", reports=[Report(Outcome.DELIVERED, provider_reference="never")], now=NOW)
    queue.tidy(NOW + timedelta(hours=23))
    assert EarlyReport.objects.exists()
    queue.tidy(NOW + timedelta(hours=25))
    assert not EarlyReport.objects.exists()


# --- asking the far side ----------------------------------------------------------------------------------------------


def test_reports_that_wait_at_the_far_side_are_fetched_while_somebody_waits_for_one():
    one = message()
    Reporting.waiting = [Report(Outcome.DELIVERED, provider_reference="abc")]
    queue.deliver(clock=lambda: NOW + timedelta(minutes=1))
    assert state_of(one) == State.DELIVERED
    queue.deliver(clock=lambda: NOW + timedelta(minutes=5))
    assert Reporting.asked == 1, "nothing waits for a report any more"


def test_the_far_side_is_not_asked_at_every_round():
    message()
    for seconds in range(0, 60, 5):
        queue.deliver(clock=lambda seconds=seconds: NOW + timedelta(seconds=seconds))
    assert Reporting.asked == 2


# --- the next way -----------------------------------------------------------------------------------------------------


def test_a_message_that_failed_takes_its_next_way_once():
    one = message(
        fallback="email:a@vidu.example zalo:+84912345678", kind="reminder", person="delegate/7", topic="point/1"
    )
    report = Report(Outcome.FAILED, reference=one.reference, words="no such number")
    for _ in range(2):
        receipts.apply(channel="sms", reports=[report], now=NOW)
    (other,) = Message.objects.exclude(pk=one.pk)
    assert (other.key, other.channel, other.address) == ("rule/1/delegate/7/email", "email", "a@vidu.example")
    assert (other.fallback, other.kind, other.person, other.topic) == (
        "zalo:+84912345678",
        "reminder",
        "delegate/7",
        "point/1",
    )
    assert (other.state, other.text) == (State.QUEUED, "Xin chao")


def test_a_message_whose_time_has_passed_takes_no_other_way():
    one = message(fallback="email:a@vidu.example", expires_at=NOW)
    receipts.apply(channel="sms", reports=[Report(Outcome.FAILED, reference=one.reference)], now=NOW)
    assert Message.objects.count() == 1


def test_a_bad_address_is_remembered_and_forgotten_when_staff_send_again():
    one = message()
    report = Report(Outcome.FAILED, reference=one.reference, words="no such number", bad_address=True)
    receipts.apply(channel="sms", reports=[report], now=NOW)
    assert BadAddress.objects.get().reason == "no such number"
    again = queue.resend(Message.objects.get(), now=NOW)
    assert not BadAddress.objects.exists()
    assert (again.address, again.text, again.state) == ("+84912345678", "Xin chao", State.QUEUED)


def test_ways_are_read_as_they_were_written():
    ways = [("email", "a@vidu.example"), ("sms", "+84912345678")]
    assert fallback.split_ways(fallback.join_ways(ways)) == ways
    assert fallback.split_ways("") == []


# --- sending again ----------------------------------------------------------------------------------------------------


def test_sending_again_twice_while_the_first_waits_is_one_message():
    one = message(State.FAILED)
    copy = queue.resend(one, now=NOW)
    for state in ("queued", "claimed", "sending"):
        Message.objects.filter(pk=copy.pk).update(state=state)
        assert queue.resend(one, now=NOW).pk == copy.pk
    assert Message.objects.count() == 2


def test_sending_again_to_a_corrected_address():
    one = message(State.FAILED)
    assert queue.resend(one, now=NOW, address="+84987654321").address == "+84987654321"


def test_what_is_worthless_is_not_sent_again():
    one = message(State.FAILED, expires_at=NOW)
    with pytest.raises(queue.NotSendable):
        queue.resend(one, now=NOW)


def test_a_channel_that_is_gone_is_not_asked_for_reports(monkeypatch):
    def gone(self):
        raise Unreachable("gone")

    monkeypatch.setattr(Reporting, "collect", gone)
    one = message()
    queue.deliver(clock=lambda: NOW + timedelta(minutes=1))
    assert state_of(one) == State.SENT
