"""SMPP sessions that stay open while receipts are awaited: who holds them, and who gets them next."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from outbox import channel_state, queue, sessions
from outbox.channels import smpp
from outbox.channels.base import Outcome, Report, Unreachable
from outbox.models import ChannelState, Message
from tests.support.operators import DELIVER_SM, RESPONSE, Operator, gateway, receipt, sms, wait_until

DELIVERED = "id:{id} sub:001 dlvrd:001 submit date:2707010300 done date:2707010301 stat:DELIVRD err:000 text:Xin chao"


@pytest.fixture
def operator():
    far_side = Operator()
    yield far_side
    far_side.close()


# The session itself.


def test_a_receipt_is_acknowledged_once_it_is_recorded(operator):
    with gateway(operator) as channel:
        channel.send(sms())
        operator.push(receipt(DELIVERED.format(id="id-1"), sequence=9))
        assert channel.listen(5 if not channel._connection.readable(5) else 0.05) == [
            Report(Outcome.DELIVERED, provider_reference="id-1")
        ]
        assert operator.answers == []
        assert channel.listen(0) == []
        wait_until(lambda: operator.answers == [(RESPONSE | DELIVER_SM, 0, 9)], "the answer")


def test_a_receipt_that_could_not_be_recorded_stays_with_the_operator(operator):
    channel = gateway(operator).__enter__()
    channel.send(sms())
    operator.push(receipt(DELIVERED.format(id="id-1")))
    assert channel._connection.readable(5)
    assert channel.listen(0.05)
    channel.__exit__(RuntimeError, RuntimeError("no database"), None)
    assert (operator.answers, operator.unbound) == ([], 1)


def test_a_silent_operator_is_asked_whether_it_is_there(operator, monkeypatch):
    monkeypatch.setattr(smpp, "ENQUIRE_EVERY", 0)
    with gateway(operator) as channel:
        channel.send(sms())
        for count in (1, 2):
            assert channel.listen(0) == []
            wait_until(lambda count=count: operator.enquiries >= count, "enquire_link")
            assert channel._connection.readable(5)
            assert channel.listen(0.05) == []
        assert channel.is_open


def test_an_operator_that_does_not_answer_is_gone(operator, monkeypatch):
    monkeypatch.setattr(smpp, "ENQUIRE_EVERY", 0)
    monkeypatch.setattr(smpp, "TIMEOUT", 0.05)
    operator.answers_enquiries = False
    with gateway(operator) as channel:
        monkeypatch.setattr(smpp, "TIMEOUT", 5)
        channel.send(sms())
        monkeypatch.setattr(smpp, "TIMEOUT", 0.05)
        channel.listen(0.1)
        with pytest.raises(Unreachable):
            channel.listen(0.1)
        assert not channel.is_open


def test_what_came_before_the_end_of_the_session_is_handed_out_first(operator):
    with gateway(operator) as channel:
        channel.send(sms())
        operator.push(receipt(DELIVERED.format(id="id-1")))
        assert channel._connection.readable(5)
        operator.hang_up()
        assert len(channel.listen(5)) == 1
        with pytest.raises(Unreachable):
            channel.listen(5)


# Who holds it.

in_threads = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def line(operator, settings, monkeypatch):
    """SMS go to ``operator``; who listens looks around all the time."""
    settings.OUTBOX_CHANNELS = {"sms": "outbox.channels.smpp.Gateway"}
    settings.OUTBOX_CHANNEL_URLS = {
        "sms": f"smpp://diemcau:mat-khau@127.0.0.1:{operator.port}/?sender=DIEMCAU&rate=1000"
    }
    for name in ("_TURN", "_LOOK_EVERY", "_RENEW_EVERY"):
        monkeypatch.setattr(sessions, name, 0.02)
    yield operator
    sessions.close_all()


def post(key: str) -> None:
    now = timezone.now()
    queue.post([Message(key=key, channel="sms", address="+84912345678", text="Xin chao", due_at=now, created_at=now)])


def deliver(**options) -> None:
    queue.deliver(clock=timezone.now, **{"keep_sessions": True, **options})


def state(key: str) -> str:
    return Message.objects.get(key=key).state


def is_free() -> bool:
    return ChannelState.objects.filter(name="sms", held_until=None, held_by="").exists()


class TestHolding:
    pytestmark = in_threads

    def test_receipts_that_come_long_after_the_batch_arrive_in_the_same_session(self, line):
        post("a")
        deliver()
        assert (len(line.binds), line.unbound, state("a")) == (1, 0, "sent")
        # A tick with nothing to send leaves it alone.
        deliver()
        line.push(receipt(DELIVERED.format(id="id-1")))
        wait_until(lambda: state("a") == "delivered", "the receipt")
        # With nothing awaited the session ends.
        wait_until(lambda: line.unbound == 1 and is_free(), "the end of the session")
        assert len(line.binds) == 1

    def test_the_next_batch_of_the_same_process_takes_the_same_session(self, line):
        for key in "abc":
            post(key)
            deliver()
        assert (len(line.binds), len(line.submitted), line.unbound) == (1, 3, 0)

    def test_while_one_thread_sends_the_others_of_its_process_leave_the_channel_and_its_session_alone(self, line):
        assert sessions.acquire("sms", timezone.now, timedelta(minutes=1), is_due=lambda: True)
        with sessions.session("sms") as session:
            post("a")
            deliver()
            assert (state("a"), sessions._own().in_use) == ("queued", {"sms": session})
        sessions.release("sms", timezone.now, keep=False, is_stopping=lambda: False)
        deliver()
        assert state("a") == "sent"

    def test_a_process_that_ends_after_its_round_keeps_nothing(self, line):
        post("a")
        deliver(keep_sessions=False)
        assert (len(line.binds), line.unbound) == (1, 1)
        assert is_free()
        assert not sessions.is_listening("sms")

    def test_after_a_restart_the_session_is_opened_for_what_is_awaited(self, line):
        post("a")
        deliver(keep_sessions=False)
        line.after_bind = [receipt(DELIVERED.format(id="id-1"))]
        ChannelState.objects.update(collected_at=None)
        deliver()
        wait_until(lambda: state("a") == "delivered", "the receipt")
        assert len(line.binds) == 2

    def test_what_was_sent_days_ago_keeps_no_session_open(self, line):
        post("a")
        deliver()
        Message.objects.update(sent_at=timezone.now() - timedelta(days=3))
        wait_until(lambda: line.unbound == 1 and is_free(), "the end of the session")

    def test_whoever_only_listens_gives_way_to_a_process_that_sends(self, line):
        post("a")
        deliver()
        assert not ChannelState.objects.filter(held_until=None).exists()
        assert channel_state.ask_for("sms")
        wait_until(lambda: line.unbound == 1 and is_free(), "the end of the session")

    def test_a_process_that_sends_waits_until_the_listener_has_given_way(self, line):
        post("a")
        now = timezone.now()
        ChannelState.objects.create(
            name="sms", held_by="another process", held_until=now + timedelta(minutes=1), is_parked=True
        )
        asked = threading.Event()

        def give_way() -> None:
            wait_until(lambda: ChannelState.objects.filter(is_wanted=True).exists(), "the question")
            asked.set()
            ChannelState.objects.update(held_by="", held_until=None, is_parked=False)
            connection.close()

        other = threading.Thread(target=give_way)
        other.start()
        deliver()
        other.join()
        assert asked.is_set()
        assert state("a") == "sent"

    def test_with_nothing_to_send_nobody_is_asked_and_one_that_sends_is_not_either(self, line):
        ChannelState.objects.create(
            name="sms", held_by="another process", held_until=timezone.now() + timedelta(minutes=1), is_parked=True
        )
        deliver()
        assert not ChannelState.objects.filter(is_wanted=True).exists()
        ChannelState.objects.update(is_parked=False)
        post("a")
        deliver()
        assert (state("a"), line.binds) == ("queued", [])

    def test_a_worker_that_is_told_to_stop_ends_the_session(self, line):
        stop = threading.Event()
        post("a")
        deliver(stopping=stop.is_set)
        assert line.unbound == 0
        stop.set()
        wait_until(lambda: line.unbound == 1 and is_free(), "the end of the session")

    def test_a_session_that_the_operator_ends_is_opened_again(self, line):
        post("a")
        deliver()
        line.hang_up()
        wait_until(is_free, "the listener's end")
        post("b")
        deliver()
        assert (state("b"), len(line.binds)) == ("sent", 2)
