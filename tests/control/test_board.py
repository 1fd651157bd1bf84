"""The board: what needs action first, what it costs, what changes its mark."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance import services as attendance
from attendance.models import Device
from conference.models import day_version, raise_day_version
from control import board as boards
from control import rooms
from control.board import Urgency
from control.models import WallLink
from control.rooms import Report
from tests.support.doors import Phone, arrival
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    OrganiserFactory,
    registered,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference():
    return ConferenceFactory(organisers=[OrganiserFactory()])


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def say(point, at: float, **said: str) -> None:
    reports = [Report(uuid4(), kind, value, minute(at)) for kind, value in said.items()]
    rooms.note_reports(point=point, reports=reports, now=minute(at))


def made(conference, name: str, **fields):
    return BridgePointFactory(conference=conference, name=name, kind=fields.pop("kind", "video_room"), **fields)


def seen(conference, at: float) -> boards.Board:
    return boards.board(conference, conference.bridge_points.select_related("connection"), minute(at), with_doors=True)


def test_what_needs_action_now_stands_first(conference):
    made(conference, "own device", kind="online")
    for name in ("fine", "floor", "never opened", "help", "silent", "lost"):
        made(conference, name)
    points = {point.name: point for point in conference.bridge_points.all()}
    say(points["silent"], 0, state="connected")
    say(points["lost"], 4.5, state="lost")
    say(points["help"], 4.5, state="connected", help="yes")
    say(points["floor"], 4.5, state="connected", floor="yes")
    say(points["fine"], 4.5, state="connected")
    rows = seen(conference, 5).rows
    assert [row.point.name for row in rows] == ["silent", "lost", "help", "never opened", "floor", "fine", "own device"]
    assert [row.state for row in rows] == ["silent", "lost", "connected", "closed", "connected", "connected", ""]


def test_long_before_the_start_nobody_has_to_be_connected(conference):
    made(conference, "hall")
    assert seen(conference, -31).rows[0].urgency is Urgency.FINE
    assert seen(conference, -30).rows[0].urgency is Urgency.NOT_CONNECTED


def test_everybody_is_counted_once_and_how_is_said(conference):
    point = made(conference, "hall")
    registration = registered(point, now=START - timedelta(days=9), people=3)
    first, second, third = registration.delegates.all()
    by = OrganiserFactory()
    for delegate in (first, second):
        attendance.check_in(delegate=delegate, by=by, now=START)
    attendance.record(delegate=third, now=START)
    # Who was checked in and joins from their own device as well is still one.
    attendance.record(delegate=first, now=START)
    say(point, 1, head_count="20")
    row = seen(conference, 2).rows[0]
    assert (row.present.in_room, row.present.total, row.booked) == (20, 21, 3)
    assert row.present_words == "20 người đếm tại phòng, 2 đã điểm danh, 1 trực tuyến"


def test_minutes_lost_stand_with_their_point(conference):
    point = made(conference, "hall")
    say(point, 0, state="lost")
    assert seen(conference, 7).rows[0].minutes_lost == 7


def test_the_present_loss_is_never_said_as_one_with_those_before_it(conference):
    point = made(conference, "hall")
    say(point, 0, state="lost")
    assert seen(conference, 7).rows[0].lost_words == "đã 7 phút"
    say(point, 8, state="connected")
    assert seen(conference, 8).rows[0].lost_words == "đã mất tín hiệu tổng cộng 8 phút"
    say(point, 8.5, state="lost")
    assert seen(conference, 8.6).rows[0].lost_words == "đã 0 phút; tính cả các lần trước: 8 phút"
    assert seen(conference, 11.5).rows[0].lost_words == "đã 3 phút; tính cả các lần trước: 11 phút"


def test_of_a_silent_room_the_minutes_of_silence_are_said(conference):
    point = made(conference, "hall")
    say(point, 0, state="connected")
    assert seen(conference, 5).rows[0].lost_words == "đã 5 phút"


def test_a_room_that_was_always_there_has_lost_nothing(conference):
    point = made(conference, "hall")
    say(point, 0, state="connected")
    assert seen(conference, 0.2).rows[0].lost_words == ""


@pytest.mark.parametrize("count", [1, 5])
def test_the_board_costs_four_queries_and_two_with_the_doors_whatever_the_number_of_points(conference, count):
    for number in range(count):
        point = made(conference, f"room {number}")
        ConnectionFactory(bridge_point=point)
        say(point, 0, state="lost", head_count="3", help="yes")
    points = list(conference.bridge_points.select_related("connection", "conference"))
    with CaptureQueriesContext(connection) as queries:
        boards.board(conference, points, minute(5))
    assert len(queries) == 4
    with CaptureQueriesContext(connection) as queries:
        boards.board(conference, points, minute(5), with_doors=True)
    assert len(queries) == 6


def test_the_mark_changes_with_the_day_and_when_somebody_falls_silent(conference, django_assert_num_queries):
    point = made(conference, "hall")
    say(point, 0, state="connected")
    with django_assert_num_queries(2):
        first = boards.mark(conference, minute(0.1))
    assert boards.mark(conference, minute(0.9)) == first
    silent = boards.mark(conference, minute(1))
    assert silent != first
    # Minutes lost grow.
    assert boards.mark(conference, minute(2.1)) != silent
    raise_day_version(conference.pk)
    assert boards.mark(conference, minute(0.9)) != first
    assert boards.mark(conference, minute(0.9), "leader") != boards.mark(conference, minute(0.9))


def test_phones_at_doors_change_the_mark_only_when_a_board_would_say_something_else(conference):
    Phone(made(conference, "hall"), minute(0))

    def mark(now) -> str:
        return boards.mark(conference, now, with_doors=True)

    first = mark(minute(0.2))
    version = day_version(conference.pk)
    for seconds in (20, 30, 40):
        # A sign of life every ten seconds, with another number of waiting scans.
        Device.objects.update(last_seen_at=minute(seconds / 60))
        assert mark(minute(seconds / 60 + 0.1)) == first
    assert day_version(conference.pk) == version
    Device.objects.update(queue_length=3)
    waiting = mark(minute(0.8))
    assert waiting != first
    Device.objects.update(queue_length=7)
    assert mark(minute(0.8)) == waiting
    late = mark(minute(2))
    assert late != waiting
    assert mark(minute(4)) == late
    assert mark(minute(6)) != late


def test_the_board_says_how_phones_stand_and_who_was_read_twice(conference):
    hall, _room = made(conference, "hall"), made(conference, "room")
    delegate = registered(hall, now=START - timedelta(days=9)).delegates.get()
    front, back = Phone(hall, minute(0), door="Cửa trước"), Phone(hall, minute(0), door="Cửa sau")
    version = day_version(conference.pk)
    front.send(arrival(delegate, minute(1)), now=minute(1))
    back.send(arrival(delegate, minute(2)), now=minute(2))
    assert day_version(conference.pk) == version + 2
    rows = {row.point.name: row for row in seen(conference, 2).rows}
    assert (rows["room"].devices, rows["room"].twice) == ([], 0)
    assert rows["hall"].twice == 1
    assert [(one.name, one.words, one.is_amiss) for one in rows["hall"].devices] == [
        ("Máy Cửa trước", "chưa thấy lại từ 08:01, chưa gửi hết, chưa có danh sách", True),
        ("Máy Cửa sau", "chưa gửi hết, chưa có danh sách", True),
    ]
    Device.objects.update(queue_length=0, list_made_at=minute(-40), last_seen_at=minute(-6))
    assert {one.words for row in seen(conference, 0).rows for one in row.devices} == {
        "im lặng từ 07:54, danh sách lúc 07:20"
    }


def test_the_wall_screen_names_no_person_and_no_number(client, conference):
    point = made(conference, "hall", short_name="VNPT Ví Dụ")
    ConnectionFactory(bridge_point=point, technician_name="Nguyễn Kỹ Thuật", technician_phone="+84900000007")
    say(point, 0, state="connected")
    link = WallLink.objects.create(conference=conference)
    for address in (f"/wall/{link.token}/", f"/wall/{link.token}/live/"):
        response = client.get(address)
        page = response.content.decode()
        assert "VNPT Ví Dụ" in page
        assert "Kỹ Thuật" not in page
        assert "0900" not in page
        assert "no-store" in response["Cache-Control"]


def test_an_unchanged_wall_screen_costs_three_statements_and_a_304(client, conference):
    link = WallLink.objects.create(conference=conference)
    for number in range(3):
        say(made(conference, f"room {number}"), 0, state="closed")
    mark = client.get(f"/wall/{link.token}/live/")["ETag"]
    with CaptureQueriesContext(connection) as queries:
        response = client.get(f"/wall/{link.token}/live/", headers={"If-None-Match": mark})
    assert (response.status_code, len(queries)) == (304, 3)
    assert client.get("/wall/AbCdEfGhIjKlMnOpQrStUv/live/").status_code == 404


def test_once_the_day_is_over_the_board_says_what_became_of_each_room(conference):
    made(conference, "own device", kind="online")
    names = ("closed", "lost", "left open", "never there", "ready only")
    points = {name: made(conference, name) for name in names}
    say(points["closed"], -10, state="connected", head_count="25")
    say(points["closed"], 230, state="closed")
    say(points["lost"], 1, state="connected")
    say(points["lost"], 30, state="lost", help="yes")
    say(points["left open"], 2, state="connected")
    say(points["ready only"], -20, state="ready")
    # Long before the day: a rehearsal, which says nothing about it.
    say(points["never there"], -60 * 24 * 3, state="connected", head_count="3")
    over = (conference.ends_at - START).total_seconds() / 60 + 60
    before, *after = (seen(conference, at) for at in (over - 1, over, over + 60 * 24 * 400))
    assert (before.is_over, before.connected) == (False, 0)
    for found in after:
        rows = {row.point.name: row for row in found.rows}
        assert {name: rows[name].state_words for name in names} == {
            "closed": "Đã kết nối từ 07:50 đến 11:50",
            "lost": "Đã kết nối từ 08:01, mất tín hiệu lúc 08:30",
            "left open": "Đã kết nối từ 08:02",
            "never there": "Không có báo cáo từ phòng này",
            "ready only": "Không kết nối",
        }
        assert {row.urgency for row in found.rows} == {Urgency.FINE, Urgency.NO_ROOM}
        assert (found.is_over, found.connected, found.rooms) == (True, 3, 5)
        assert (rows["closed"].present.counted, rows["never there"].present.counted) == (25, None)
        assert not any(row.help_since for row in found.rows)


def test_the_mark_changes_when_the_day_is_over(conference):
    over = conference.ends_at + timedelta(hours=1)
    assert boards.mark(conference, over - timedelta(minutes=1)) != boards.mark(conference, over)
