"""The SMS to the room that speaks next: when, to whom, once, in one SMS, and never for a show that is not on."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conference.jobs import JOBS
from conference.models import Conference
from control.models import Cue
from control.presses import Press, press
from control.show import look
from control.turns import tell_next_rooms
from outbox import queue
from outbox.models import BadAddress, Message
from outbox.sms_length import measure
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def at(minutes: float):
    return START + timedelta(minutes=minutes)


@pytest.fixture
def conference() -> Conference:
    return ConferenceFactory(short_name="Na Chi Lăng")


def room(conference, number: int = 1, **more):
    """A point whose technician and coordinator have a mobile each."""
    point = BridgePointFactory(conference=conference, kind="video_room", short_name=f"VNPT Ví Dụ {number}", **more)
    ConnectionFactory(bridge_point=point, technician_phone=f"+8490000071{number}")
    CoordinatorFactory(bridge_point=point, user=UserFactory(is_staff=True, phone=f"+8490000072{number}"))
    return point


@pytest.fixture
def point(conference):
    return room(conference)


@pytest.fixture
def cues(conference, point) -> list[Cue]:
    """From the hall, thirty minutes; from the room; from the hall."""
    parts = [("Khai mạc", None, 30), ("Ý kiến của điểm cầu", point, 10), ("Kết luận", None, 10)]
    return [
        Cue.objects.create(conference=conference, position=n, title=title, point=place, minutes=minutes)
        for n, (title, place, minutes) in enumerate(parts)
    ]


def do(conference, what: Press, minutes: float, **more) -> None:
    press(conference=conference, what=what, version=look(conference, at(minutes)).version, now=at(minutes), **more)


def tell(minutes: float) -> int:
    return tell_next_rooms(now=at(minutes))


def test_technician_and_coordinator_are_told_ten_minutes_before_their_turn_and_once(conference, point, cues):
    do(conference, Press.NEXT, 0)
    assert tell(19) == 0
    assert tell(20) == 2
    assert tell(20.5) == 0
    messages = Message.objects.all()
    assert {one.address for one in messages} == {"+84900000711", "+84900000721"}
    assert {one.text for one in messages} == {
        "Na Chi Lang: sap den luot VNPT Vi Du 1 phat bieu, khoang 08:30. Xin san sang. Y kien cua diem cau"
    }
    assert {(one.channel, one.kind, one.any_hour, one.topic) for one in messages} == {
        ("sms", "turn", True, f"point/{point.pk}")
    }


def test_the_message_leaves_as_it_stands(conference, point, cues, settings):
    settings.OUTBOX_CHANNELS = {"sms": "demo.sms_channel.Gateway"}
    do(conference, Press.NEXT, 0)
    tell(20)
    with time_machine.travel(at(20), tick=False):
        queue.deliver(clock=timezone.now)
    assert set(Message.objects.values_list("state", flat=True)) <= {"sent", "delivered"}


def test_nobody_is_told_before_the_show_runs_nor_after_it(conference, point, cues):
    assert tell(25) == 0
    for minutes in (0, 10, 20):
        do(conference, Press.NEXT, minutes)
    do(conference, Press.END, 21)
    assert tell(21) == 0
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [{"tells_next_room": False}, {"is_published": False}, {"cancelled_at": START}, {"ends_at": START - timedelta(1)}],
)
def test_nobody_is_told_where_that_is_switched_off_or_nobody_waits(conference, point, cues, fields):
    do(conference, Press.NEXT, 0)
    Conference.objects.filter(pk=conference.pk).update(**{"starts_at": START - timedelta(2), **fields})
    assert tell(20) == 0


def test_a_turn_that_moves_by_more_than_ten_minutes_is_told_anew(conference, point, cues):
    do(conference, Press.NEXT, 0)
    tell(20)
    Message.objects.update(state="sent")
    for _minute in range(10):
        do(conference, Press.LONGER, 21)
    assert tell(30) == 0
    do(conference, Press.LONGER, 31)
    assert tell(31) == 2
    assert "khoang 08:41" in Message.objects.latest("pk").text
    assert tell(31.5) == 0


def test_what_is_put_off_by_the_clock_alone_is_not_told_again(conference, point, cues):
    do(conference, Press.NEXT, 0)
    tell(20)
    Message.objects.update(state="sent")
    assert [tell(minutes) for minutes in (31, 45, 70)] == [0, 0, 0]


def test_what_has_not_left_is_withdrawn_when_it_holds_no_longer(conference, point, cues):
    do(conference, Press.NEXT, 0)
    tell(20)
    do(conference, Press.SKIP, 20.1)
    assert tell(20.2) == 0
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}
    do(conference, Press.TAKE_IN, 20.3, cue=cues[1].pk)
    assert tell(20.5) == 2


def test_a_part_that_is_given_to_another_room_is_told_there(conference, point, cues):
    other = room(conference, 2)
    do(conference, Press.NEXT, 0)
    tell(20)
    Cue.objects.filter(pk=cues[1].pk).update(point=other)
    assert tell(21) == 2
    assert set(Message.objects.filter(state="queued").values_list("topic", flat=True)) == {f"point/{other.pk}"}


def test_a_room_that_is_on_air_is_not_told_of_its_next_part(conference, point, cues):
    Cue.objects.filter(pk__in=[cues[0].pk, cues[1].pk]).update(point=point)
    do(conference, Press.NEXT, 0)
    assert tell(25) == 0


def test_the_main_hall_is_told_only_while_somebody_else_is_on_air(conference, point, cues):
    hub = room(conference, 2, is_hub=True)
    Cue.objects.filter(pk=cues[2].pk).update(point=hub)
    Cue.objects.filter(pk=cues[1].pk).update(point=None)
    do(conference, Press.NEXT, 0)
    assert tell(35) == 0
    Cue.objects.filter(pk=cues[0].pk).update(point=point)
    assert tell(35) == 2


def test_each_phone_is_told_once_and_a_dead_one_is_left_out(conference, point, cues):
    CoordinatorFactory(bridge_point=point, user=UserFactory(is_staff=True, phone="+84900000730"))
    point.connection.technician_phone = "+84900000721"
    point.connection.save()
    BadAddress.objects.create(channel="sms", address="+84900000730", since=START)
    do(conference, Press.NEXT, 0)
    assert tell(20) == 1
    assert Message.objects.get().address == "+84900000721"


@pytest.mark.parametrize("title", ["Phát biểu " * 25, "“Na” – đặc sản… 🌳 của Chi Lăng", "x"])
@pytest.mark.parametrize("event", ["Na", "Hội nghị kết nối tiêu thụ na Chi Lăng và nông sản năm 2027 x"])
def test_it_is_one_sms_in_the_alphabet_of_phones(conference, point, cues, title, event):
    Conference.objects.update(short_name=event)
    Cue.objects.filter(pk=cues[1].pk).update(title=title[:250])
    point.short_name = "Phòng họp trực tuyến VNPT thành phố Ví Dụ tỉnh Lạng Sơn (vd)"[:40]
    point.save()
    do(conference, Press.NEXT, 0)
    tell(20)
    length = measure(Message.objects.first().text)
    assert (length.encoding, length.parts) == ("GSM-7", 1)
    assert "khoang 08:30" in Message.objects.first().text


def test_an_idle_look_is_one_query_and_a_busy_one_costs_the_same_whatever_the_number(conference, point, cues):
    def cost(minutes: float) -> int:
        with CaptureQueriesContext(connection) as queries:
            tell(minutes)
        return len(queries)

    assert cost(0) == 1
    do(conference, Press.NEXT, 0)
    with_one = cost(20)
    Message.objects.all().delete()
    for number in (2, 3):
        other = ConferenceFactory()
        for place in (room(other, number), room(other, number + 2)):
            for position in (1, 2):
                Cue.objects.create(conference=other, position=position, title="Phần", minutes=5, point=place)
        do(other, Press.NEXT, 19)
    assert cost(20) == with_one
    assert Message.objects.count() == 2 + 2 * 2


def test_beat_asks_for_it():
    assert "control.tasks.tell_next_rooms" in {job.task for job in JOBS}
