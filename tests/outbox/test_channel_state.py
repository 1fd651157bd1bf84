"""A far side in trouble: it rests as a whole, is tried with one message, and the other channels go on."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.core import mail

from messaging import alarms
from outbox import channel_state, queue
from outbox.channels.base import Channel, Refused, Stopped, Uncertain, Unreachable
from outbox.models import ChannelState, Message
from tests.conftest import NOW
from tests.support import fakes
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, UserFactory

pytestmark = pytest.mark.django_db

State = Message.State


class Exclusive(fakes.FakeSMS):
    exclusive = True


@pytest.fixture(autouse=True)
def line(settings, monkeypatch) -> fakes.Line:
    monkeypatch.setattr(fakes, "line", fakes.Line())
    settings.OUTBOX_CHANNELS = {
        "email": "tests.support.fakes.FakeEmail",
        "sms": "tests.support.fakes.FakeSMS",
    }
    return fakes.line


def post(*keys: str, channel: str = "email", **fields) -> None:
    queue.post(
        Message(
            **{
                "key": key,
                "channel": channel,
                "address": f"{key}@vidu.example",
                "text": key,
                "due_at": NOW,
                "created_at": NOW,
                **fields,
            }
        )
        for key in keys
    )


def deliver(after: timedelta = timedelta(0)):
    return queue.deliver(clock=lambda: NOW + after)


def states() -> dict[str, str]:
    return dict(Message.objects.order_by("key").values_list("key", "state"))


def test_what_comes_while_an_exclusive_channel_is_in_use_leaves_in_the_same_round(settings, line):
    """Whoever is told of it finds the channel taken."""
    settings.OUTBOX_CHANNELS = {"sms": "tests.outbox.test_channel_state.Exclusive"}

    def answer(envelope) -> str:
        if envelope.address.startswith("first"):
            post("code", channel="sms", any_hour=True)
            assert not queue.deliver(clock=lambda: NOW, channels=["sms"], tidies=False)
        return ""

    line.answer = answer
    post("first", channel="sms")
    assert deliver() == {"sent": 2}


def failing(error: Exception, tried: list[str]):
    def answer(envelope) -> str:
        tried.append(envelope.text)
        if envelope.address.startswith("sms"):
            return ""
        raise error

    return answer


def test_a_far_side_that_does_not_answer_is_asked_once_and_then_left_alone(line):
    tried: list[str] = []
    line.answer = failing(Unreachable("down"), tried)
    post("a", "b", "c")
    post("sms1", channel="sms")
    assert deliver()[State.SENT] == 1, "the SMS"
    deliver(timedelta(seconds=5))
    assert tried == ["a", "sms1"]
    assert [m.attempts for m in Message.objects.filter(channel="email").order_by("key")] == [1, 0, 0]
    assert [s.name for s in channel_state.in_trouble()] == ["email"]


def test_it_is_tried_with_one_message_and_goes_on_when_it_is_back(line):
    tried: list[str] = []
    line.answer = failing(Unreachable("down"), tried)
    post("a", "b", "c")
    deliver()
    deliver(timedelta(seconds=16))
    assert tried == ["a", "b"]
    line.answer = lambda envelope: ""
    deliver(timedelta(seconds=120))
    assert set(states().values()) == {State.SENT}
    assert channel_state.in_trouble() == []


def test_the_rests_grow_but_not_for_ever(line):
    tried: list[str] = []
    line.answer = failing(Unreachable("down"), tried)
    post(*(f"m{n:03}" for n in range(40)))
    moments, after = [], timedelta(0)
    while after < timedelta(minutes=20):
        before = len(tried)
        deliver(after)
        if len(tried) > before:
            moments.append(after)
        after += timedelta(seconds=5)
    rests = [later - earlier for earlier, later in pairwise(moments)]
    assert rests[:4] == [timedelta(seconds=s) for s in (15, 30, 60, 120)]
    assert set(rests[3:]) == {timedelta(minutes=2)}


def test_a_far_side_that_says_how_long_is_left_alone_that_long(line):
    tried: list[str] = []
    line.answer = failing(Unreachable("too fast", pause=300), tried)
    post("a", "b")
    deliver()
    deliver(timedelta(seconds=299))
    assert tried == ["a"]
    deliver(timedelta(seconds=301))
    assert len(tried) == 2


def test_of_two_workers_only_one_tries_whether_it_is_back():
    channel_state.rest("email", "down", NOW)
    later = NOW + timedelta(minutes=1)
    found = [channel_state.claim_allowance("email", later, 100, probe=timedelta(seconds=75)) for _ in range(2)]
    assert found == [1, 0]


def test_a_wrong_key_keeps_every_message_and_counts_no_try(line):
    tried: list[str] = []
    line.answer = failing(Stopped("wrong key"), tried)
    post("a", "b")
    deliver()
    assert set(states().values()) == {State.QUEUED}
    assert {m.attempts for m in Message.objects.all()} == {0}
    state = ChannelState.objects.get(name="email")
    assert (state.stopped, state.reason) == (True, "wrong key")
    line.answer = lambda envelope: ""
    channel_state.try_now("email", NOW)
    deliver()
    assert set(states().values()) == {State.SENT}
    assert not ChannelState.objects.get(name="email").stopped


def test_the_organisers_are_told_once_that_sms_have_stopped(line, settings):
    organiser, idle = OrganiserFactory(), OrganiserFactory()
    superuser = UserFactory(is_staff=True, is_superuser=True)
    BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]))
    line.answer = failing(Stopped("No balance."), [])
    post("x1", "x2", channel="sms")
    deliver()
    alarms.report_stopped_channels(now=NOW)
    deliver(timedelta(minutes=16))
    alarms.report_stopped_channels(now=NOW + timedelta(minutes=17))
    told = Message.objects.filter(kind="channel_stopped")
    assert sorted(told.values_list("address", flat=True)) == sorted([organiser.email, superuser.email])
    assert idle.email not in told.values_list("address", flat=True)
    assert "No balance." in told.first().text
    assert mail.outbox == []


def test_an_sms_whose_answer_was_lost_is_uncertain_and_not_sent_again(line):
    line.answer = failing(Uncertain("no answer"), [])
    post("x1", channel="sms")
    deliver()
    deliver(timedelta(hours=1))
    assert states() == {"x1": State.UNCERTAIN}


def test_a_refusal_does_not_make_the_channel_rest(line):
    line.answer = failing(Refused("no such mailbox", bad_address=True), [])
    post("a", "b")
    deliver()
    assert states() == {"a": State.FAILED, "b": State.FAILED}
    assert channel_state.in_trouble() == []


def test_an_exclusive_channel_is_used_by_one_worker_at_a_time(settings):
    settings.OUTBOX_CHANNELS = {"sms": f"{__name__}.Exclusive"}
    post("x1", channel="sms")
    assert channel_state.hold("sms", NOW, timedelta(seconds=75))
    deliver()
    assert states() == {"x1": State.QUEUED}
    deliver(timedelta(seconds=76))
    assert states() == {"x1": State.SENT}, "a worker that died holds it no longer than its lease"
    assert channel_state.hold("sms", NOW + timedelta(seconds=77), timedelta(seconds=75)), "and it is free afterwards"


def test_a_worker_that_is_told_to_stop_finishes_one_message_and_gives_the_rest_back(line):
    post("a", "b", "c")
    stopping = lambda: len(line.sent) >= 1  # noqa: E731
    queue.deliver(clock=lambda: NOW, stopping=stopping)
    assert states() == {"a": State.SENT, "b": State.QUEUED, "c": State.QUEUED}
    assert {m.attempts for m in Message.objects.filter(state=State.QUEUED)} == {0}


class Misconfigured(fakes.FakeSMS):
    def __init__(self, url: str = "") -> None:
        raise ValueError("sender is missing")


class Broken(fakes.FakeSMS):
    def __enter__(self):
        raise RuntimeError("a fault of ours")


@pytest.mark.parametrize("fault", ["Misconfigured", "Broken"])
def test_a_channel_that_cannot_even_begin_holds_up_nobody_and_loses_nothing(settings, line, fault):
    settings.OUTBOX_CHANNELS = {
        "sms": f"{__name__}.{fault}",
        "email": "tests.support.fakes.FakeEmail",
    }
    post("x1", channel="sms")
    post("a")
    deliver()
    assert states()["a"] == State.SENT
    assert [s.name for s in channel_state.in_trouble()] == ["sms"]
    settings.OUTBOX_CHANNELS = {"sms": "tests.support.fakes.FakeSMS"}
    channel_state.try_now("sms", NOW)
    deliver(timedelta(minutes=2))
    assert states()["x1"] == State.SENT


def test_a_channel_is_a_context_of_its_own_for_each_batch():
    with Channel() as channel:
        assert channel.collect() == []
