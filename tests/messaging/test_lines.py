"""Who is told, and what, when a bridge point is moved to its spare line."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from bridges.models import BridgePoint, Connection
from messaging import changed_details
from messaging.lines import switch_line, tell_line
from messaging.reminders.held_back import points_without_link
from outbox import queue
from outbox.models import Message
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    SpareLineFactory,
    registered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

#: 02:00 in Vietnam: nothing else rings.
NIGHT = START - timedelta(hours=6)


@pytest.fixture
def point() -> BridgePoint:
    found = BridgePointFactory(kind="video_room", name="Phòng họp VNPT Ví Dụ", short_name="VNPT Ví Dụ")
    ConnectionFactory(
        bridge_point=found,
        technician_name="Kỹ thuật viên (ví dụ)",
        technician_email="ky.thuat@vidu.example",
        technician_phone="+84900000700",
    )
    SpareLineFactory(bridge_point=found, meeting_id="900 222 333", password="mat-khau-2")
    CoordinatorFactory(bridge_point=found)
    registered(found, now=NOW)
    Message.objects.all().delete()
    return found


def switch(point, *, to_spare=True, with_delegates=False, now=NIGHT) -> int:
    return switch_line(point=point, to_spare=to_spare, with_delegates=with_delegates, by=OrganiserFactory(), now=now)


def deliver(now) -> list:
    mail.outbox.clear()
    with time_machine.travel(now, tick=False):
        queue.deliver(clock=timezone.now)
    return list(mail.outbox)


def roles() -> set[str]:
    return {person.partition("/")[0] for person in Message.objects.values_list("person", flat=True)}


def test_technician_and_coordinator_are_told_at_once_also_at_night_and_delegates_are_not(point):
    assert switch(point) == Message.objects.count() == 3
    assert roles() == {"technician", "coordinator"}
    assert set(Message.objects.values_list("due_at", "any_hour")) == {(NIGHT, True)}
    letters = {letter.to[0]: letter for letter in deliver(NIGHT)}
    letter = letters["ky.thuat@vidu.example"]
    assert letter.subject == "VNPT Ví Dụ đang dùng đường dự phòng – " + point.conference.short_name
    assert "https://du-phong.vidu.example/phong-2" in letter.body
    assert "900 222 333" in letter.body
    sms = Message.objects.get(channel="sms", person__startswith="technician")
    assert "dang dung duong du phong" in sms.text
    assert "mat-khau-2" not in sms.text, "the stored copy must not show it"


def test_delegates_are_told_if_that_was_chosen_and_get_their_personal_link(point):
    assert switch(point, with_delegates=True) == 5
    delegate = point.registrations.get().delegates.get()
    letter = next(letter for letter in deliver(NIGHT) if letter.to == [delegate.email])
    assert delegate.join_url in letter.body
    assert "900 222 333" not in letter.body


def test_back_on_the_main_line_what_nobody_has_read_of_the_move_is_withdrawn(point):
    switch(point)
    switch(point, to_spare=False, now=NIGHT + timedelta(minutes=1))
    assert Message.objects.filter(state="cancelled").count() == 3
    (letter,) = [one for one in deliver(NIGHT + timedelta(minutes=1)) if one.to == ["ky.thuat@vidu.example"]]
    assert "đã trở lại đường chính" in letter.subject
    assert "https://hop.vidu.example/phong-1" in letter.body


def test_each_move_is_told_anew(point):
    for minute, to_spare in enumerate([True, False, True]):
        moment = NIGHT + timedelta(minutes=minute)
        switch(point, to_spare=to_spare, now=moment)
        assert len(deliver(moment)) == 2
    assert tell_line(point=BridgePoint.objects.get(), now=NIGHT + timedelta(minutes=5)) == 3


def test_a_room_that_is_moved_after_the_announced_end_is_told_as_well(point):
    late = point.conference.ends_at + timedelta(minutes=20)
    switch(point, now=late)
    assert len(deliver(late)) == 2


def test_starting_now_waits_for_a_link_unless_the_spare_line_is_in_use():
    point = BridgePointFactory(kind="online", seats=None)
    SpareLineFactory(bridge_point=point)
    assert list(points_without_link(point.conference)) == [point]
    switch(point)
    assert list(points_without_link(point.conference)) == []


# --- what delegates read who were told of some of it only -------------------------------------------------------------


def change_link(link: str) -> None:
    """Store a new link of the main line; nobody is told."""
    connection = Connection.objects.get()
    connection.web_url = link
    connection.save()


def letters_to_delegates(now) -> list:
    email = Delegate.objects.get().email
    return [one for one in deliver(now) if one.to == [email]]


def test_back_on_a_main_line_that_has_changed_delegates_who_never_heard_of_the_other_read_of_the_change_once(point):
    change_link("https://hop.vidu.example/phong-moi")
    switch(point)
    assert letters_to_delegates(NIGHT) == []
    assert changed_details.points_with_news([point], NIGHT) == [point]
    later = NIGHT + timedelta(minutes=5)
    switch(point, to_spare=False, with_delegates=True, now=later)
    (letter,) = letters_to_delegates(later)
    assert "đường kết nối khác" not in letter.body
    assert f"\n{changed_details.detail_label('web_url')}: " in letter.body
    point = BridgePoint.objects.get()
    assert changed_details.points_with_news([point], later) == []
    assert changed_details.unknown_to_delegates(point) == []
    assert changed_details.tell_details(point=point, now=later) == 0


def test_back_on_a_main_line_that_is_as_it_was_delegates_who_never_heard_of_the_other_get_no_message(point):
    switch(point)
    deliver(NIGHT)
    later = NIGHT + timedelta(minutes=5)
    assert switch(point, to_spare=False, with_delegates=True, now=later) == 3
    assert letters_to_delegates(later) == []


def test_delegates_who_heard_of_the_spare_line_read_of_the_move_back_and_of_nothing_else(point):
    change_link("https://hop.vidu.example/phong-moi")
    switch(point, with_delegates=True)
    deliver(NIGHT)
    later = NIGHT + timedelta(minutes=5)
    switch(point, to_spare=False, with_delegates=True, now=later)
    (letter,) = letters_to_delegates(later)
    assert "đường kết nối khác" in letter.body
    assert changed_details.points_with_news([BridgePoint.objects.get()], later) == []
    # And then they know the main line.
    switch(point, now=later)
    assert switch(point, to_spare=False, with_delegates=True, now=later) == 3


def test_delegates_read_after_the_move_back_what_the_technician_alone_was_told_before(point):
    moved = BridgePoint.objects.get()
    moved.address = "Số 2"
    moved.save()
    changed_details.tell_details(point=moved, now=NIGHT, only_technician=True)
    change_link("https://hop.vidu.example/phong-moi")
    switch(point)
    deliver(NIGHT)
    later = NIGHT + timedelta(minutes=5)
    switch(point, to_spare=False, with_delegates=True, now=later)
    (letter,) = letters_to_delegates(later)
    assert "Số 2" in letter.body
    assert changed_details.unknown_to_delegates(BridgePoint.objects.get()) == []
