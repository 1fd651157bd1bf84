"""A test round that is cancelled: who hears of it, by which ways, once; and what becomes of its reminders."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone, translation

from bridges.models import Connection, Coordinator, LineTest, TestRound
from messaging.reminders import cancelled_rounds
from messaging.reminders.cancelled_rounds import Cancelled, RoundIsKnown, RoundIsOver, cancel_round
from messaging.reminders.test_rounds import plan_due
from outbox import queue
from outbox.channels.base import Channel
from outbox.models import Message
from outbox.sms_length import measure
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConnectionFactory, CoordinatorFactory, OrganiserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

#: 08:00 in Vietnam, three days before the conference.
AT = START - timedelta(days=3)
#: When the technicians have their reminder, and when it is cancelled: at noon of the day before.
REMINDED, NOON = AT - timedelta(days=1), AT - timedelta(hours=20)
sms_sent: list = []


class CollectingSMS(Channel):
    """Keeps what it is given."""

    def send(self, envelope) -> str:
        sms_sent.append(envelope)
        return ""


@pytest.fixture(autouse=True)
def _collected_sms(settings) -> None:
    sms_sent.clear()
    settings.OUTBOX_CHANNELS = {**settings.OUTBOX_CHANNELS, "sms": f"{__name__}.CollectingSMS"}


@pytest.fixture
def test_round() -> TestRound:
    point = BridgePointFactory(kind="video_room", name="Phòng họp VNPT Ví Dụ", short_name="VNPT Ví Dụ")
    type(point.conference).objects.update(
        name="Hội nghị xúc tiến tiêu thụ na Chi Lăng", short_name="Na Chi Lăng 2027",
        contact_name="Hoàng Thị Liên", contact_phone="+84900000123", contact_email="",
    )  # fmt: skip
    ConnectionFactory(
        bridge_point=point, technician_email="ky.thuat@vidu.example", technician_phone="+84900000700",
        technician_name="Kỹ thuật (ví dụ)", password="MatKhau",
    )  # fmt: skip
    CoordinatorFactory(bridge_point=point, user__email="dau.moi@vidu.example", user__phone="")
    return TestRound.objects.create(conference=point.conference, name="Vòng 1", starts_at=AT)


def deliver(now) -> None:
    mail.outbox.clear()
    sms_sent.clear()
    with time_machine.travel(now, tick=False):
        queue.deliver(clock=timezone.now)


def remind(now=REMINDED) -> None:
    with time_machine.travel(now, tick=False):
        plan_due(now=now)
    deliver(now)


def cancel(test_round, now=NOON) -> Cancelled | None:
    with time_machine.travel(now, tick=False):
        return cancel_round(test_round=test_round, now=now)


def receivers() -> list[str]:
    return sorted([*(letter.to[0] for letter in mail.outbox), *(sms.address for sms in sms_sent)])


def test_whoever_was_reminded_hears_once_by_the_ways_of_the_reminder_however_often_it_is_cancelled(test_round):
    remind()
    by_reminder = receivers()
    assert by_reminder == ["+84900000700", "dau.moi@vidu.example", "ky.thuat@vidu.example"]
    assert cancel(test_round) == Cancelled(3)
    assert cancel(test_round) is None
    deliver(NOON)
    assert receivers() == by_reminder
    plan_due(now=AT - timedelta(hours=1))
    deliver(AT - timedelta(hours=1))
    assert receivers() == [], "nor is anybody reminded of it any more"


def test_the_notice_says_which_round_and_when_it_would_have_been_and_has_no_connection_details(test_round):
    remind()
    cancel(test_round)
    deliver(NOON)
    letter = next(letter for letter in mail.outbox if letter.to == ["ky.thuat@vidu.example"])
    assert letter.subject == "Vòng 1, 08:00, 16/7/2027, bị hủy: Na Chi Lăng 2027"
    assert "Vòng 1 cho Hội nghị xúc tiến tiêu thụ na Chi Lăng, đã hẹn lúc 08:00, 16/7/2027, bị hủy" in letter.body
    assert "MatKhau" not in letter.body
    (sms,) = sms_sent
    words = "Na Chi Lang 2027: Vong 1, 08:00, 16/7/2027, bi huy. Lien he: Hoang Thi Lien, 0900 000 123"
    assert sms.text == words
    assert measure(sms.text).parts == 1


def test_its_sms_has_two_parts_at_most_however_long_the_name_of_the_round(test_round):
    TestRound.objects.update(name="Vòng thử đường truyền lần thứ nhất của các điểm cầu phía Bắc".ljust(100, "x"))
    remind()
    cancel(test_round)
    deliver(NOON)
    assert measure(sms_sent[0].text).parts <= 2


def test_the_notice_is_in_the_language_of_the_reminder(test_round):
    remind()
    Message.objects.update(language="en")
    with translation.override("vi"):
        cancel(test_round)
    deliver(NOON)
    assert mail.outbox[0].subject == "Vòng 1, 08:00, 16/7/2027, is cancelled: Na Chi Lăng 2027"
    assert "is cancelled and does not take place" in mail.outbox[0].body


def test_reminders_that_have_not_left_are_withdrawn_and_of_whom_they_were_for_nobody_hears(test_round):
    with time_machine.travel(REMINDED, tick=False):
        plan_due(now=REMINDED)
    Message.objects.filter(channel="email", person__startswith="technician/").update(state="sent")
    assert cancel(test_round) == Cancelled(1)
    deliver(NOON)
    assert receivers() == ["ky.thuat@vidu.example"]
    assert set(Message.objects.exclude(state="sent").values_list("kind", "state")) == {("test_round", "cancelled")}


def test_a_reminder_that_failed_has_told_nobody(test_round):
    remind()
    Message.objects.filter(channel="sms").update(state="failed")
    assert cancel(test_round) == Cancelled(2)


def test_who_looks_after_several_points_is_told_once(test_round):
    user = Coordinator.objects.get().user
    other = BridgePointFactory(conference=test_round.conference, kind="video_room")
    CoordinatorFactory(bridge_point=other, user=user)
    remind()
    assert receivers().count(user.email) == 2
    cancel(test_round)
    deliver(NOON)
    assert receivers().count(user.email) == 1


def test_the_notice_goes_to_the_address_that_was_reminded(test_round):
    remind()
    Connection.objects.update(technician_email="moi@vidu.example")
    cancel(test_round)
    deliver(NOON)
    assert "ky.thuat@vidu.example" in receivers()
    assert "moi@vidu.example" not in receivers()


def test_a_round_that_was_moved_a_moment_ago_is_cancelled_for_the_time_that_people_know(test_round):
    remind()
    TestRound.objects.update(starts_at=AT + timedelta(days=1))
    cancel(test_round)
    deliver(NOON)
    assert mail.outbox
    assert all("16/7/2027" in letter.subject for letter in mail.outbox)
    assert "16/7/2027" in sms_sent[0].text


def test_and_once_they_were_told_the_new_time_for_that(test_round):
    remind()
    TestRound.objects.update(starts_at=AT + timedelta(days=1))
    remind(REMINDED + timedelta(minutes=1))
    cancel(test_round)
    deliver(NOON)
    assert receivers() == ["+84900000700", "dau.moi@vidu.example", "ky.thuat@vidu.example"]
    assert all("17/7/2027" in letter.subject for letter in mail.outbox)


@pytest.mark.parametrize("end", ["cancel", "delete"])
def test_a_round_of_which_nobody_was_told_disappears_silently(test_round, end):
    with time_machine.travel(REMINDED, tick=False):
        plan_due(now=REMINDED)
    if end == "cancel":
        assert cancel(test_round) == Cancelled(0, is_deleted=True)
    else:
        cancelled_rounds.delete_round(test_round=test_round)
        cancelled_rounds.delete_round(test_round=test_round)
    assert not TestRound.objects.exists()
    deliver(NOON)
    assert receivers() == []
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_round_of_which_somebody_was_told_is_not_deleted_and_its_reminders_still_leave(test_round):
    with time_machine.travel(REMINDED, tick=False):
        plan_due(now=REMINDED)
    Message.objects.filter(channel="sms").update(state="sent")
    with pytest.raises(RoundIsKnown):
        cancelled_rounds.delete_round(test_round=test_round)
    assert set(Message.objects.exclude(channel="sms").values_list("state", flat=True)) == {"queued"}


def test_what_was_tested_in_a_cancelled_round_stays(test_round):
    point = test_round.conference.bridge_points.get()
    LineTest.objects.create(test_round=test_round, bridge_point=point, result="passed", tested_at=NOW)
    assert cancel(test_round) == Cancelled(0)
    assert LineTest.objects.get().test_round.cancelled_at == NOON


def test_a_round_is_cancelled_until_its_day_ends(test_round):
    remind()
    with pytest.raises(RoundIsOver):
        cancel(test_round, AT + timedelta(hours=16))
    assert cancel(test_round, AT + timedelta(hours=15)) == Cancelled(3)
    deliver(AT + timedelta(hours=15))
    assert len(receivers()) == 3


def test_people_who_know_that_the_conference_is_cancelled_hear_nothing_of_its_round(test_round):
    remind()
    type(test_round.conference).objects.update(cancelled_at=NOON)
    assert cancel(test_round) == Cancelled(0)
    assert TestRound.objects.get().cancelled_at == NOON, "nor does it disappear"
    assert not Message.objects.filter(kind="round_cancelled").exists()


#: 23:00 in Vietnam on the evening before.
LATE = AT - timedelta(hours=9)


@pytest.mark.parametrize(("clock", "rings"), [("06:30", True), ("09:00", False)])
def test_at_night_the_phone_rings_only_if_the_morning_would_be_too_late(test_round, settings, clock, rings):
    settings.QUIET_HOURS = "22:00-07:00"
    at = AT - timedelta(minutes=90) if clock == "06:30" else AT + timedelta(hours=1)
    TestRound.objects.update(starts_at=at)
    remind(at - timedelta(hours=20))
    cancel(test_round, LATE)
    deliver(LATE)
    assert bool(sms_sent) == rings
    assert len(mail.outbox) == 2
    deliver(AT - timedelta(hours=1))
    assert bool(sms_sent) != rings, "when the night is over"


def test_a_reminder_that_somebody_sends_again_after_the_round_was_cancelled_says_nothing(test_round):
    remind()
    cancel(test_round)
    deliver(NOON)
    with time_machine.travel(NOON, tick=False):
        queue.resend(Message.objects.filter(kind="test_round").first(), now=NOON)
    deliver(NOON)
    assert receivers() == []


def test_the_page_of_delivery_calls_its_messages_by_the_round(test_round, client):
    organiser = OrganiserFactory()
    test_round.conference.organisers.add(organiser)
    remind()
    cancel(test_round)
    with time_machine.travel(NOON, tick=False):
        client.force_login(organiser)
        page = client.get(f"/admin/delivery/{test_round.conference.pk}/").content.decode()
        notice = Message.objects.filter(kind="round_cancelled").first()
        people = client.get(f"/admin/delivery/{test_round.conference.pk}/people/?occasion={notice.occasion}")
    assert "Hủy vòng thử – Vòng 1, 08:00, 16/7/2027" in page
    assert "Nhắc vòng thử – Vòng 1" in page
    assert "Hủy vòng thử – Vòng 1, 08:00, 16/7/2027" in people.content.decode()
