"""Go or no-go: what is not ready, whom to phone, and the decision with time and name."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bridges.models import BridgePoint, Connection, Coordinator, StartDecision
from bridges.start_decisions import NotTheDay, decide, latest_decisions, mark_at
from conference.models import day_version
from control import rooms
from control.models import Cue
from control.rooms import Report
from reports.start_check import not_green
from staff.workspace.access import workspace_url
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    OrganiserFactory,
    SpareLineFactory,
    UserFactory,
)
from tests.support.two_people import browser, coordinator, organiser, point

__all__ = ["coordinator", "organiser", "point"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

HOUR_BEFORE, HALF_HOUR_BEFORE = START - timedelta(minutes=60), START - timedelta(minutes=30)


@pytest.fixture
def at_the_hour():
    with time_machine.travel(HOUR_BEFORE, tick=False):
        yield


@pytest.fixture
def leader(point):
    user = UserFactory(is_staff=True)
    point.conference.leaders.add(user)
    return user


def page(point) -> str:
    return workspace_url("start_check", point.conference)


def fully_ready(point) -> None:
    Connection.objects.update(technician_name="Kỹ thuật (ví dụ)", technician_phone="+84900000700")
    BridgePoint.objects.filter(pk=point.pk).update(line_test="passed")


def reasons(minutes: float = -90) -> list[list[str]]:
    """So many minutes after the start; by itself before anybody is at the points."""
    points = BridgePoint.objects.select_related("connection", "spare_line", "conference")
    return [row.reasons for row in not_green(points, START + timedelta(minutes=minutes))]


def say(point, minutes: float, **said: str) -> None:
    now = START + timedelta(minutes=minutes)
    for kind, value in said.items():
        rooms.note_reports(point=point, reports=[Report(uuid4(), kind, value, now)], now=now)


def test_a_point_is_green_once_it_is_complete_tested_and_on_its_main_line(point):
    assert len(reasons()[0]) == 2
    fully_ready(point)
    assert reasons() == []
    BridgePoint.objects.update(line_test="failed")
    assert reasons() == [["thử đường truyền bị lỗi"]]
    SpareLineFactory(bridge_point=point)
    BridgePoint.objects.update(line_test="passed", on_spare_since=START)
    assert reasons() == [["đang dùng đường dự phòng"]]


def test_a_room_shows_a_sign_of_life_an_hour_before_and_is_connected_half_an_hour_before(point):
    fully_ready(point)
    assert reasons(-61) == []
    assert reasons(-60) == [["phòng họp chưa có tín hiệu nào"]]
    say(point, -50, state="ready")
    assert reasons(-49.5) == []
    say(point, -30, state="ready")
    assert reasons(-30) == [["phòng họp chưa kết nối"]]
    say(point, -29, state="connected")
    assert reasons(-29) == []
    assert reasons(-27) == [["im lặng từ 07:31"]]
    assert reasons(point.conference.ends_at.minute + 24 * 60) == []


def test_a_room_that_is_lost_or_needs_help_is_named_with_whom_to_phone_as_soon_as_it_says_so(
    organiser, point, at_the_hour
):
    fully_ready(point)
    say(point, -60, state="lost", help="yes")
    assert reasons(-60) == [["mất tín hiệu từ 07:00", "phòng họp cần hỗ trợ từ 07:00"]]
    shown = browser(organiser).get(page(point)).content.decode()
    assert "mất tín hiệu từ 07:00" in shown
    assert 'href="tel:+84900000700"' in shown
    overview = browser(organiser).get(workspace_url("overview", point.conference))
    assert overview.context["start"]["not_green"] == 1
    # Which of the two numbers is meant cannot be misread.
    for words in (shown, overview.content.decode()):
        assert "Còn 1 điểm cầu chưa sẵn sàng (tổng số 1 điểm cầu)" in " ".join(words.split())


def test_where_people_join_from_their_own_device_there_is_no_room_to_wait_for(point):
    BridgePoint.objects.update(kind="online")
    Connection.objects.update(web_url="https://vidu.example/hop")
    assert reasons(-10) == []


def test_the_page_asks_for_what_changes_and_costs_the_same_whatever_the_number_of_points(
    organiser, point, at_the_hour, django_assert_max_num_queries
):
    client, live = browser(organiser), workspace_url("start_check_live", point.conference)
    assert f'data-live="{live}"' in client.get(page(point)).content.decode()
    mark = client.get(live)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        assert client.get(live, headers={"If-None-Match": mark}).status_code == 304
    cost = len(queries)
    say(point, -60, help="yes")
    answer = client.get(live, headers={"If-None-Match": mark})
    assert answer.status_code == 200
    assert "phòng họp cần hỗ trợ" in answer.content.decode()
    for _more in range(3):
        say(BridgePointFactory(conference=point.conference, kind="video_room"), -60, help="yes")
    with django_assert_max_num_queries(cost):
        client.get(live)


def test_technician_and_coordinators_are_named_with_a_number_to_press(organiser, point, at_the_hour):
    fully_ready(point)
    BridgePoint.objects.update(line_test="failed")
    user = Coordinator.objects.get().user
    user.phone = "+84900000701"
    user.save()
    shown = browser(organiser).get(page(point)).content.decode()
    assert 'href="tel:+84900000700"' in shown
    assert 'href="tel:+84900000701"' in shown


def test_an_organiser_decides_and_time_and_name_stand_on_the_page_and_the_overview(organiser, point, at_the_hour):
    client, version = browser(organiser), day_version(point.conference_id)
    client.post(page(point), {"verdict": "wait", "note": " Chờ  điểm cầu tỉnh "})
    made = StartDecision.objects.get()
    assert (made.mark, made.verdict, made.note, made.not_green) == (60, "wait", "Chờ điểm cầu tỉnh", 1)
    assert (made.decided_by, made.decided_at) == (organiser, HOUR_BEFORE)
    assert LogEntry.objects.latest("pk").user == organiser
    assert day_version(point.conference_id) == version + 1
    for name in ("start_check", "overview"):
        shown = client.get(workspace_url(name, point.conference)).content.decode()
        assert "Chờ điểm cầu tỉnh" in shown
        assert str(organiser) in shown
        assert "07:00" in shown


def test_each_mark_keeps_its_latest_decision(point):
    by = OrganiserFactory()

    def take(verdict, now):
        decide(conference=point.conference, verdict=verdict, note="", not_green=0, by=by, now=now)

    take("wait", HOUR_BEFORE)
    take("go", HOUR_BEFORE + timedelta(minutes=10))
    take("no_go", HALF_HOUR_BEFORE)
    found = latest_decisions(point.conference)
    assert {mark: one.verdict for mark, one in found.items()} == {60: "go", 30: "no_go"}
    assert StartDecision.objects.count() == 3


def test_the_second_mark_begins_half_an_hour_before(point):
    assert mark_at(point.conference, HALF_HOUR_BEFORE - timedelta(microseconds=1)) == 60
    assert mark_at(point.conference, HALF_HOUR_BEFORE) == 30


def test_what_is_decided_after_the_planned_start_stands_beside_what_was_decided_before_it(organiser, point):
    by, conference = OrganiserFactory(), point.conference
    for verdict, now in (("go", HALF_HOUR_BEFORE), ("wait", START)):
        decide(conference=conference, verdict=verdict, note="", not_green=0, by=by, now=now)
    assert {mark: one.verdict for mark, one in latest_decisions(conference).items()} == {30: "go", 0: "wait"}
    assert mark_at(conference, START - timedelta(microseconds=1)) == 30
    with time_machine.travel(START + timedelta(minutes=1), tick=False):
        html = browser(organiser).get(page(point)).content.decode()
    assert html.count("Sau giờ khai mạc dự kiến") + html.count("sau giờ khai mạc dự kiến") == 1


def test_nobody_decides_on_another_day_after_the_end_or_of_a_cancelled_conference(point):
    by, conference = OrganiserFactory(), point.conference
    cancelled = ConferenceFactory(cancelled_at=START - timedelta(days=1))
    for of, now in (
        (conference, START - timedelta(hours=7)),
        (conference, conference.ends_at),
        (cancelled, HOUR_BEFORE),
    ):
        with pytest.raises(NotTheDay):
            decide(conference=of, verdict="go", note="", not_green=0, by=by, now=now)
    assert not StartDecision.objects.exists()


def test_the_note_of_a_decision_that_comes_too_early_stands_in_its_field_again(organiser, point):
    sent = {"verdict": "wait", "note": "Chờ điểm cầu tỉnh"}
    with time_machine.travel(START - timedelta(hours=7), tick=False):
        answer = browser(organiser).post(page(point), sent)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Quyết định khai mạc được ghi từ sáu giờ" in html
    assert 'name="note" value="Chờ điểm cầu tỉnh"' in html
    assert not StartDecision.objects.exists()
    with time_machine.travel(HOUR_BEFORE, tick=False):
        browser(organiser).post(page(point), sent)
    assert StartDecision.objects.get().note == "Chờ điểm cầu tỉnh"


def test_a_decision_of_an_earlier_date_does_not_count_for_the_new_one(point):
    conference = point.conference
    decide(conference=conference, verdict="go", note="", not_green=0, by=OrganiserFactory(), now=HOUR_BEFORE)
    conference.starts_at += timedelta(days=7)
    assert latest_decisions(conference) == {}


def test_before_the_day_the_overview_says_nothing_of_it(organiser, point):
    assert browser(organiser).get(workspace_url("overview", point.conference)).context["start"] is None


def test_leaders_read_without_phones_and_decide_nothing_and_coordinators_do_not_see_it(
    leader, coordinator, point, at_the_hour
):
    fully_ready(point)
    BridgePoint.objects.update(line_test="failed")
    client = browser(leader)
    shown = client.get(page(point)).content.decode()
    assert point.name in shown
    assert "tel:" not in shown
    assert client.post(page(point), {"verdict": "go"}).status_code == 404
    assert browser(coordinator).get(page(point)).status_code == 404
    assert not StartDecision.objects.exists()


def test_while_the_show_runs_and_after_the_end_nothing_waits_for_a_decision(organiser, point):
    address, open_words, past_words = page(point), "chưa quyết định", "không ghi quyết định"
    with time_machine.travel(HALF_HOUR_BEFORE, tick=False):
        # The first moment has gone by; the second is now.
        found = browser(organiser).get(address).content.decode()
        assert (found.count(past_words), found.count(open_words)) == (1, 1)
    with time_machine.travel(START + timedelta(minutes=5), tick=False):
        assert browser(organiser).get(address).content.decode().count(open_words) == 1
        Cue.objects.create(conference=point.conference, title="Khai mạc", started_at=START + timedelta(minutes=2))
        found = browser(organiser).get(address).content.decode()
        assert (found.count(past_words), found.count(open_words)) == (2, 0)
        assert "Kịch bản đã bắt đầu lúc 08:02" in found
        assert 'name="verdict"' not in found
    with time_machine.travel(point.conference.ends_at + timedelta(days=1), tick=False):
        assert open_words not in browser(organiser).get(address).content.decode()
