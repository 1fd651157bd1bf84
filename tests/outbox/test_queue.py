"""The outbox: nothing lost, nothing twice, one bad message delays nobody."""

from datetime import timedelta

import pytest

from outbox import queue, send
from outbox.channels.base import Refused, Unavailable
from outbox.models import Message
from tests.conftest import NOW
from tests.support import fakes

pytestmark = pytest.mark.django_db

State = Message.State


@pytest.fixture(autouse=True)
def line(settings, monkeypatch) -> fakes.Line:
    """Fake channels and a fake composer, new for each test."""
    monkeypatch.setattr(fakes, "line", fakes.Line())
    monkeypatch.setattr(fakes, "composer", fakes.Composer())
    settings.OUTBOX_CHANNELS = {
        "email": "tests.support.fakes.FakeEmail",
        "sms": "tests.support.fakes.FakeSMS",
    }
    settings.OUTBOX_COMPOSERS = {"test": "tests.support.fakes.composer"}
    return fakes.line


def message(key: str = "a", **fields) -> Message:
    return Message(
        **{
            "key": key,
            "channel": "email",
            "address": f"{key}@vidu.example",
            "text": f"Thư {key}",
            "due_at": NOW,
            "created_at": NOW,
            **fields,
        }
    )


def post(*messages: Message) -> None:
    queue.post(messages)


def deliver(now=NOW):
    return queue.deliver(clock=lambda: now)


def get(key: str = "a") -> Message:
    return Message.objects.get(key=key)


def raiser(error: Exception, *keys: str):
    """An answer that raises ``error`` for the addresses of ``keys`` (all without)."""

    def answer(envelope) -> str:
        if not keys or envelope.address.partition("@")[0] in keys:
            raise error
        return ""

    return answer


# --- putting in and taking back ---------------------------------------------------------------------------------------


def test_posting_the_same_key_twice_keeps_the_first():
    post(message(text="Một"))
    post(message(text="Hai"), message("b"))
    assert get().text == "Một"
    assert Message.objects.count() == 2


def test_posting_takes_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        # SQLite takes 999 parameters in one.
        post(*(message(str(n)) for n in range(30)))


def test_posting_nothing_is_no_error():
    post()


def test_withdrawing_cancels_what_was_not_sent_to_a_person():
    post(message("a", person="p/1"), message("b", person="p/2"), message("c", person="p/1", state=State.SENT))
    assert queue.withdraw(person=["p/1"]) == 1
    assert [get(key).state for key in "abc"] == ["cancelled", "queued", "sent"]


def test_withdrawing_by_topic_spares_other_topics():
    post(message("a", topic="point/1"), message("b", topic="point/11"))
    queue.withdraw(topic="point/1")
    assert [get(key).state for key in "ab"] == ["cancelled", "queued"]


def test_withdrawing_nobody_cancels_nothing():
    post(message(person=""))
    assert queue.withdraw(person=[]) == 0
    assert get().state == "queued"


# --- sending ----------------------------------------------------------------------------------------------------------


def test_only_what_is_due_is_sent(line):
    post(message("a"), message("b", due_at=NOW + timedelta(seconds=1)))
    assert deliver() == {"sent": 1}
    assert line.texts == ["Thư a"]
    assert (get("a").sent_at, get("b").state) == (NOW, "queued")


def test_what_was_sent_is_not_sent_again(line):
    post(message())
    deliver()
    deliver(NOW + timedelta(days=1))
    assert len(line.sent) == 1


def test_the_most_urgent_goes_first(line):
    post(message("late"), message("early", due_at=NOW - timedelta(hours=1)))
    deliver()
    assert line.texts == ["Thư early", "Thư late"]


def test_more_than_a_batch_goes_in_one_round(line):
    post(*(message(f"n{n}") for n in range(queue.BATCH * 2 + 5)))
    assert deliver() == {"sent": queue.BATCH * 2 + 5}
    assert line.opened == 3


def test_a_round_may_serve_one_channel_only(line):
    post(message("a"), message("b", channel="sms"))
    queue.deliver(clock=lambda: NOW, channels=["sms"])
    assert line.texts == ["Thư b"]


def test_the_provider_s_reference_is_kept(line):
    line.answer = lambda envelope: "ref-17"
    post(message())
    deliver()
    assert get().provider_reference == "ref-17"


def test_the_text_is_composed_when_the_message_leaves(line):
    post(message(composer="test", text=""))
    fakes.composer.words = "Bây giờ"
    deliver()
    assert line.texts == ["Bây giờ, a: http://diemcau.test/j/secret-token/"]
    assert line.sent[0].subject == "Về a"


def test_the_stored_text_has_its_secrets_blanked():
    post(message(composer="test", text=""))
    deliver()
    assert get().text == "Xin chào, a: (liên kết cá nhân)"
    assert get().subject == "Về a"


def test_what_no_longer_holds_is_dropped(line):
    fakes.composer.gone = {"a"}
    post(message("a", composer="test"), message("b", composer="test"))
    assert deliver() == {"cancelled": 1, "sent": 1}
    assert get("a").state == "cancelled"
    assert [envelope.address for envelope in line.sent] == ["b@vidu.example"]


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_refused_message_fails_at_once_with_the_reason(line):
    line.answer = raiser(Refused("550 không có hộp thư này"))
    post(message())
    assert deliver() == {"failed": 1}
    assert (get().state, get().error, get().lease_until) == ("failed", "550 không có hộp thư này", None)
    line.answer = lambda envelope: ""
    deliver(NOW + timedelta(days=1))
    assert line.sent == []


def test_an_unavailable_server_is_asked_again_with_growing_pauses(line):
    line.answer = raiser(Unavailable("451 later"))
    post(message())
    now, pauses = NOW, []
    for _ in range(12):
        deliver(now)
        row = get()
        assert (row.state, row.error, row.lease_until) == ("queued", "451 later", None)
        pauses.append(row.due_at - now)
        assert deliver(row.due_at - timedelta(microseconds=1)) == {}
        now = row.due_at
    assert pauses[:4] == [timedelta(seconds=s) for s in (15, 30, 60, 120)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == send.LONGEST_PAUSE
    line.answer = lambda envelope: ""
    deliver(now)
    assert (get().state, get().error, len(line.sent)) == ("sent", "", 1)


def test_a_server_that_never_comes_back_is_given_up_at_last(line):
    line.answer = raiser(Unavailable("451 later"))
    post(message(attempts=send.MAX_ATTEMPTS - 1))
    deliver()
    assert (get().state, get().error) == ("failed", "451 later")


@pytest.mark.parametrize("error", [Refused("550"), Unavailable("451"), ValueError("our own fault")])
def test_one_bad_message_delays_nobody(line, error):
    line.answer = raiser(error, "b")
    post(*(message(key) for key in "abc"))
    deliver()
    assert [get(key).state for key in "ac"] == ["sent", "sent"]
    assert get("b").state == ("queued" if isinstance(error, Unavailable) else "failed")


def test_a_fault_of_our_own_is_told_without_its_details(line):
    line.answer = raiser(ValueError("secret thing"))
    post(message())
    deliver()
    assert get().error == send.INTERNAL_ERROR


def test_a_composer_s_crash_fails_the_one_message_only(line):
    fakes.composer.broken = {"b"}
    post(*(message(key, composer="test") for key in "abc"))
    assert deliver() == {"sent": 2, "failed": 1}
    assert (get("b").state, get("b").error) == ("failed", send.INTERNAL_ERROR)
    assert {envelope.address for envelope in line.sent} == {"a@vidu.example", "c@vidu.example"}


def test_a_channel_that_is_down_leaves_the_other_alone(line):
    line.answer = raiser(Unavailable("down"), "a", "b")
    post(message("a"), message("b"), message("c", channel="sms"))
    deliver()
    assert [get(key).state for key in "abc"] == ["queued", "queued", "sent"]


def test_a_channel_that_is_down_is_asked_for_one_batch_a_round(line):
    line.answer = raiser(Unavailable("down"))
    post(*(message(f"n{n}") for n in range(queue.BATCH + 10)))
    deliver()
    assert line.opened == 1


class Clock:
    """A clock that runs only while a slow server thinks."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self):
        return self.now


def test_a_slow_server_is_left_before_the_lease_ends_and_the_rest_goes_next(line):
    clock = Clock()

    def slow(envelope) -> str:
        assert get(envelope.address.partition("@")[0]).lease_until > clock.now
        clock.now += timedelta(seconds=20)
        return ""

    line.answer = slow
    post(*(message(f"n{n}") for n in range(10)))
    queue.deliver(clock=clock)
    assert len(line.sent) == 10
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_a_hanging_server_does_not_keep_the_other_channel_waiting(line):
    clock = Clock()
    asked = []

    def hang(envelope) -> str:
        if envelope.text.startswith("SMS"):
            return ""
        asked.append(envelope)
        clock.now += timedelta(seconds=20)
        raise Unavailable("timed out")

    line.answer = hang
    post(*(message(f"n{n}") for n in range(30)), message("s", channel="sms", text="SMS"))
    queue.deliver(clock=clock)
    assert get("s").state == "sent"
    assert len(asked) <= 4
    assert Message.objects.filter(channel="email", state="queued").count() == 30


# --- time that has passed ---------------------------------------------------------------------------------------------


def test_what_is_worthless_is_never_sent(line):
    post(message("a", expires_at=NOW), message("b", expires_at=NOW + timedelta(seconds=1)))
    deliver()
    assert [get(key).state for key in "ab"] == ["expired", "sent"]
    assert line.texts == ["Thư b"]


def test_what_becomes_worthless_while_the_server_is_down_is_never_sent(line):
    line.answer = raiser(Unavailable("down"))
    post(message(expires_at=NOW + timedelta(seconds=10)))
    deliver()
    line.answer = lambda envelope: ""
    deliver(NOW + timedelta(seconds=15))
    assert get().state == "expired"
    assert line.sent == []


def test_what_a_dead_worker_held_until_it_was_worthless_is_never_sent(line):
    post(message(state=State.CLAIMED, lease_until=NOW, expires_at=NOW - timedelta(seconds=1)))
    deliver()
    assert get().state == "expired"
    assert line.sent == []


def test_what_becomes_worthless_during_a_long_round_is_never_sent(line):
    clock = Clock()

    def slow(envelope) -> str:
        clock.now += timedelta(seconds=20)
        return ""

    line.answer = slow
    post(message("a"), message("b", expires_at=NOW + timedelta(seconds=10)))
    queue.deliver(clock=clock)
    assert line.texts == ["Thư a"]
    assert queue.deliver(clock=clock) == {}
    assert get("b").state == "expired"


# --- workers that die -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_what_a_dead_worker_had_claimed_goes_out_after_its_lease(line, channel):
    post(message(channel=channel, state=State.CLAIMED, lease_until=NOW + send.LEASE))
    deliver(NOW + send.LEASE - timedelta(microseconds=1))
    assert line.sent == []
    deliver(NOW + send.LEASE)
    assert (get().state, len(line.sent)) == ("sent", 1)


def test_an_sms_caught_while_it_was_being_sent_is_uncertain_and_not_sent_again(line):
    post(message(channel="sms", state=State.SENDING, lease_until=NOW))
    deliver()
    deliver(NOW + timedelta(days=1))
    assert get().state == "uncertain"
    assert get().error
    assert line.sent == []


def test_an_sms_is_marked_before_it_is_sent_and_a_mail_is_not(line):
    seen = []
    line.answer = lambda envelope: seen.append(get(envelope.address.partition("@")[0]).state) or ""
    post(message("mail"), message("sms", channel="sms"))
    deliver()
    assert seen == ["claimed", "sending"]


class Killed(BaseException):
    """The worker dies in the middle."""


def test_a_worker_that_dies_while_sending_a_mail_loses_nothing(line):
    def die(envelope) -> str:
        line.sent.append(envelope)
        raise Killed

    line.answer = die
    post(message("a"), message("b"))
    with pytest.raises(Killed):
        deliver()
    line.answer = lambda envelope: ""
    deliver(NOW + send.LEASE)
    assert [get(key).state for key in "ab"] == ["sent", "sent"]
    ids = [envelope.message_id for envelope in line.sent if envelope.text == "Thư a"]
    assert len(ids) == 2
    assert len(set(ids)) == 1, "the copy has the same Message-ID"


def test_a_worker_that_dies_while_sending_an_sms_sends_no_copy(line):
    def die(envelope) -> str:
        line.sent.append(envelope)
        raise Killed

    line.answer = die
    post(message("a", channel="sms"), message("b", channel="sms"))
    with pytest.raises(Killed):
        deliver()
    line.answer = lambda envelope: ""
    deliver(NOW + send.LEASE)
    assert [get(key).state for key in "ab"] == ["uncertain", "sent"]
    assert line.texts == ["Thư a", "Thư b"]


def test_a_worker_that_wakes_too_late_does_not_overwrite_what_another_did(line):
    def taken_over(envelope) -> str:
        Message.objects.update(state=State.SENT, lease_until=None, provider_reference="other worker")
        return "late worker"

    line.answer = taken_over
    post(message())
    deliver()
    assert get().provider_reference == "other worker"


def test_an_sms_withdrawn_after_it_was_claimed_is_not_sent(line):
    def withdraw_next(envelope) -> str:
        queue.withdraw(person=["p/2"])
        return ""

    line.answer = withdraw_next
    post(message("a", channel="sms"), message("b", channel="sms", person="p/2"))
    deliver()
    assert line.texts == ["Thư a"]
    assert get("b").state == "cancelled"


@pytest.mark.parametrize("erased", [False, True])
def test_a_mail_that_went_out_while_it_was_withdrawn_counts_as_sent(line, erased):
    def withdraw_all(envelope) -> str:
        queue.withdraw(person=["p/1"])
        if erased:
            Message.objects.update(address="", text="")
        return "reference"

    line.answer = withdraw_all
    post(message("a", person="p/1"))
    assert deliver()["sent"] == 1
    sent = get("a")
    assert (sent.state, sent.sent_at) == ("sent", NOW)
    assert (sent.text, sent.provider_reference) == (("", "") if erased else ("Thư a", "reference"))


@pytest.mark.parametrize("error", [Refused("550"), Unavailable("451")])
def test_a_mail_that_was_withdrawn_and_did_not_go_out_stays_withdrawn(line, error):
    def withdraw_all(envelope) -> str:
        queue.withdraw(person=["p/1"])
        raise error

    line.answer = withdraw_all
    post(message("a", person="p/1"))
    deliver()
    assert get("a").state == "cancelled"


def test_a_mail_that_a_slow_worker_sends_after_its_lease_is_not_sent_once_more(line):
    def lease_ends(envelope) -> str:
        queue.tidy(NOW + send.LEASE)
        return ""

    line.answer = lease_ends
    post(message())
    deliver()
    line.answer = lambda envelope: ""
    deliver(NOW + send.LEASE)
    assert line.texts == ["Thư a"]
    assert get().state == "sent"


# --- identity ---------------------------------------------------------------------------------------------------------


def test_a_message_id_is_stable_and_belongs_to_this_site():
    first = send.message_id("confirmed/1//2/email")
    assert first == send.message_id("confirmed/1//2/email")
    assert first != send.message_id("confirmed/1//3/email")
    assert first.startswith("<")
    assert first.endswith("@diemcau.test>")
    assert "confirmed" not in first


def test_every_try_carries_the_same_message_id(line):
    ids = []

    def later(envelope) -> str:
        ids.append(envelope.message_id)
        raise Unavailable("later")

    line.answer = later
    post(message())
    deliver()
    deliver(NOW + timedelta(hours=1))
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_batch_uses_one_connection(line):
    post(*(message(f"n{n}") for n in range(20)))
    deliver()
    assert line.opened == 1


def test_nothing_due_opens_no_connection(line):
    deliver()
    assert line.opened == 0


def test_who_waits_for_a_code_does_not_stand_behind_reminders(line, monkeypatch):
    monkeypatch.setattr(queue, "BATCH", 2)
    post(*(message(f"nhac{n}", channel="sms", due_at=NOW - timedelta(hours=1)) for n in range(5)))
    post(message("code", channel="sms", any_hour=True))
    deliver()
    assert line.sent[0].address.startswith("code@")
    assert len(line.sent) == 6


def test_withdrawing_some_kinds_spares_the_others():
    post(message("a", person="p/1", kind="x"), message("b", person="p/1", kind="y"))
    assert queue.withdraw(person=["p/1"], kinds=["x"]) == 1
    assert (get("a").state, get("b").state) == ("cancelled", "queued")
