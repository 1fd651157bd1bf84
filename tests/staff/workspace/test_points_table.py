"""The table of bridge points in the workspace, and what is done to several of them at once."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bridges.models import BridgePoint, Coordinator
from registrations.models import Registration
from staff.workspace.access import workspace_url
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)
from tests.support.html_forms import filled_in
from tests.support.pages import said
from tests.support.two_people import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def organiser():
    return OrganiserFactory()


@pytest.fixture
def conference(organiser):
    return ConferenceFactory(organisers=[organiser])


@pytest.fixture
def page(organiser):
    client = browser(organiser)
    client.cookies.load({"django_language": "en"})
    return client


def address(conference, name="points", *arguments) -> str:
    return workspace_url(name, conference, *arguments)


def room(conference, **fields) -> BridgePoint:
    return BridgePointFactory(conference=conference, **{"kind": "video_room", **fields})


def undo(client, response):
    """Press the button in the message of ``response``."""
    sent = next(iter(response.context["messages"])).extra_tags.split(":", 2)[2]
    slug = response.context["conference"].slug
    return client.post(f"/admin/c/{slug}/undo/", {"undo": sent}, follow=True)


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_table_shows_this_conferences_points_and_no_others(page, organiser, conference):
    room(conference, name="Phòng ở đây")
    room(ConferenceFactory(organisers=[organiser]), name="Phòng nơi khác")
    shown = page.get(address(conference)).content.decode()
    assert "Phòng ở đây" in shown
    assert "Phòng nơi khác" not in shown


def test_a_conference_without_points_says_what_comes_next(page, conference):
    shown = page.get(address(conference)).content.decode()
    assert "There are no bridge points yet." in shown
    assert address(conference, "point_add") in shown


def test_the_table_says_what_is_missing_and_who_has_no_phone(page, conference):
    bare = room(conference)
    ready = ConnectionFactory(
        bridge_point=room(conference), technician_name="Kỹ", technician_phone="+84912345678"
    ).bridge_point
    CoordinatorFactory(bridge_point=ready, user=UserFactory(is_staff=True, name="Đỗ Thị Mối"))
    rows = {row.point.pk: row for row in page.get(address(conference)).context["rows"]}
    assert rows[bare.pk].missing == ["link, meeting ID or SIP address", "technical contact with phone"]
    assert (rows[ready.pk].missing, rows[bare.pk].coordinators) == ([], [])
    shown = page.get(address(conference)).content.decode()
    assert shown.count("nobody yet") == 1
    assert "Đỗ Thị Mối" in shown
    assert shown.count("no phone number") == 1


def test_a_room_without_an_address_is_not_called_complete(page, conference):
    hall = BridgePointFactory(conference=conference, kind="venue")
    shown = page.get(address(conference)).content.decode()
    assert "no address yet" in shown
    assert f"/points/{hall.pk}/place/" in shown
    assert "complete" not in shown
    hall.address = "Số 1"
    hall.save()
    shown = page.get(address(conference)).content.decode()
    assert "complete" in shown
    assert "no address yet" not in shown


@pytest.mark.parametrize(
    ("of_conference", "of_point", "words"),
    [
        ({}, {}, "takes registrations"),
        ({}, {"is_open": False}, "closed"),
        ({}, {"seats": 0}, "full, takes a waitlist"),
        ({"is_published": False}, {}, "not published"),
        ({"registration_opens_at": NOW + timedelta(days=1)}, {}, "registration has not opened yet"),
        ({"registration_closes_at": NOW - timedelta(days=1)}, {}, "registration is closed"),
        ({"starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(hours=1)}, {}, "taking place now"),
        ({"starts_at": NOW - timedelta(days=2), "ends_at": NOW - timedelta(days=1)}, {}, "over"),
        ({"cancelled_at": NOW}, {}, "the conference is cancelled"),
        ({"cancelled_at": NOW}, {"is_open": False}, "the conference is cancelled"),
    ],
)
def test_the_state_of_a_point_is_told_in_true_words(page, organiser, of_conference, of_point, words):
    conference = ConferenceFactory(organisers=[organiser], **of_conference)
    room(conference, **of_point)
    assert [row.state for row in page.get(address(conference)).context["rows"]] == [words]


def statements(page, url: str) -> int:
    """How many it takes to read the page."""
    with CaptureQueriesContext(connection) as queries:
        assert page.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", ["points", "points_line_tests", "points_seats", "point", "point_place", "my_point"])
def test_pages_of_points_take_the_same_statements_at_one_point_and_at_three(page, conference, name):
    def add(number: int) -> None:
        point = ConnectionFactory(bridge_point=room(conference, approval="yes")).bridge_point
        CoordinatorFactory(bridge_point=point)
        registered(point, now=NOW, number=number)

    add(1)
    point = BridgePoint.objects.get()
    url = address(conference, name, *([point.pk] if name in ("point", "point_place", "my_point") else []))
    page.get(url)
    at_one = statements(page, url)
    add(2)
    add(3)
    assert statements(page, url) == at_one


def test_a_coordinator_is_led_from_the_table_to_their_own_point(conference):
    point = room(conference)
    client = browser(CoordinatorFactory(bridge_point=point).user)
    assert client.get(address(conference))["Location"] == address(conference, "my_point")
    for name in ("point_add", "points_seats"):
        assert client.get(address(conference, name)).status_code == 404
    assert client.post(address(conference, "points_several"), {"point": point.pk}).status_code == 404


# --- several at once --------------------------------------------------------------------------------------------------


def test_chosen_points_are_closed_with_one_press_and_opened_again_with_another(page, conference):
    first, second, third = (room(conference) for _ in range(3))
    answer = page.post(
        address(conference, "points_several"), {"point": [first.pk, second.pk], "action": "close"}, follow=True
    )
    assert list(BridgePoint.objects.filter(is_open=True)) == [third]
    assert "2 bridge points take no more registrations." in said(answer)
    assert LogEntry.objects.filter(object_id__in=[first.pk, second.pk]).count() == 2
    assert "Undone." in said(undo(page, answer))
    assert BridgePoint.objects.filter(is_open=True).count() == 3


def test_what_somebody_has_changed_since_is_not_undone(page, conference):
    first, second = room(conference), room(conference)
    data = {"point": [first.pk, second.pk], "action": "passed"}
    answer = page.post(address(conference, "points_several"), data, follow=True)
    BridgePoint.objects.filter(pk=first.pk).update(line_test="failed")
    undo(page, answer)
    assert dict(BridgePoint.objects.values_list("pk", "line_test")) == {first.pk: "failed", second.pk: "untested"}
    assert "changed again meanwhile" in said(undo(page, answer))


def test_points_of_other_conferences_are_left_alone(page, organiser, conference):
    room(conference)
    other = room(ConferenceFactory(organisers=[organiser]))
    page.post(address(conference, "points_several"), {"point": [other.pk], "action": "close"})
    other.refresh_from_db()
    assert other.is_open


def test_whoever_chooses_nothing_is_told_to(page, conference):
    room(conference)
    answer = page.post(address(conference, "points_several"), {"action": "close"}, follow=True)
    assert "tick the boxes" in said(answer)


def test_one_link_chooses_every_point(page, conference):
    room(conference)
    room(conference)
    assert page.get(address(conference)).content.decode().count(" checked") == 0
    assert page.get(address(conference) + "?all=1").content.decode().count(" checked") == 2


def test_fifteen_line_tests_are_one_page_and_one_save(page, conference):
    points = [room(conference) for _ in range(15)]
    form = filled_in(page.get(address(conference, "points_line_tests")))
    for number in range(14):
        form[f"bridge_points-{number}-line_test"] = "passed"
    form["bridge_points-14-line_test"] = "failed"
    answer = page.post(address(conference, "points_line_tests"), form)
    assert answer["Location"] == address(conference)
    results = list(BridgePoint.objects.order_by("position").values_list("line_test", flat=True))
    assert results == ["passed"] * 14 + ["failed"]
    assert BridgePoint.history.filter(id=points[0].pk).count() == 2


def test_one_button_counts_every_line_that_is_not_marked_as_passed(page, conference):
    for _ in range(3):
        room(conference)
    form = filled_in(page.get(address(conference, "points_line_tests")))
    page.post(address(conference, "points_line_tests"), {**form, "bridge_points-1-line_test": "failed", "rest": "1"})
    results = list(BridgePoint.objects.order_by("position").values_list("line_test", flat=True))
    assert results == ["passed", "failed", "passed"]


def test_a_saved_table_of_line_tests_is_taken_back_with_one_press(page, conference):
    first, second, third = (room(conference, line_test=result) for result in ("failed", "untested", "untested"))
    form = filled_in(page.get(address(conference, "points_line_tests")))
    data = {**form, "bridge_points-0-line_test": "passed", "bridge_points-1-line_test": "failed"}
    answer = page.post(address(conference, "points_line_tests"), data, follow=True)
    assert said(answer) == "Saved."
    entries = LogEntry.objects.count()
    assert "Undone." in said(undo(page, answer))
    results = dict(BridgePoint.objects.values_list("pk", "line_test"))
    assert results == {first.pk: "failed", second.pk: "untested", third.pk: "untested"}
    assert LogEntry.objects.count() == entries + 2


def test_a_saved_table_of_seats_is_taken_back_but_for_what_somebody_has_changed_since(page, conference):
    first, second = room(conference, seats=10, position=1), room(conference, position=2, name="Xã Đồng Mỏ")
    form = filled_in(page.get(address(conference, "points_seats")))
    data = {**form, "bridge_points-0-seats": "", "bridge_points-0-position": "5", "bridge_points-1-seats": "7"}
    answer = page.post(address(conference, "points_seats"), data, follow=True)
    BridgePoint.objects.filter(pk=second.pk).update(seats=9)
    words = said(undo(page, answer))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.seats, first.position, second.seats) == (10, 1, 9)
    assert "left as it is: Xã Đồng Mỏ" in words
    assert "Undone." in words


def test_seats_that_are_taken_meanwhile_are_said_when_more_seats_are_taken_back(page, conference):
    point = room(conference, seats=1)
    registered(point, now=NOW, number=1)
    registered(point, now=NOW, number=2)
    form = filled_in(page.get(address(conference, "points_seats")))
    answer = page.post(address(conference, "points_seats"), {**form, "bridge_points-0-seats": "2"}, follow=True)
    assert "2 seats are taken already" in said(undo(page, answer))
    assert Registration.objects.filter(state="confirmed").count() == 2


def test_lines_of_ones_own_are_not_tested(page, conference):
    BridgePointFactory(conference=conference, kind="online")
    assert page.get(address(conference, "points_line_tests")).context["formset"].forms == []


def test_a_coordinator_tests_their_own_lines_and_no_others(conference):
    mine, other = room(conference), room(conference)
    client = browser(CoordinatorFactory(bridge_point=mine).user)
    shown = client.get(address(conference, "points_line_tests"))
    assert [form.instance for form in shown.context["formset"]] == [mine]
    form = filled_in(shown)
    # A number that somebody has typed in.
    forged = {**form, "bridge_points-0-id": str(other.pk), "bridge_points-0-line_test": "failed"}
    client.post(address(conference, "points_line_tests"), forged)
    other.refresh_from_db()
    assert other.line_test == "untested"


def test_a_stale_table_of_line_tests_undoes_nobodys_results(page, conference, organiser):
    first, second = room(conference), room(conference)
    stale = filled_in(page.get(address(conference, "points_line_tests")))
    other = browser(organiser)
    other.post(address(conference, "points_several"), {"point": first.pk, "action": "passed"})
    page.post(address(conference, "points_line_tests"), {**stale, "bridge_points-1-line_test": "failed"})
    assert dict(BridgePoint.objects.values_list("pk", "line_test")) == {first.pk: "passed", second.pk: "failed"}


def test_a_result_that_two_have_given_is_asked_about(page, conference, organiser):
    point = room(conference)
    stale = filled_in(page.get(address(conference, "points_line_tests")))
    browser(organiser).post(address(conference, "points_several"), {"point": point.pk, "action": "passed"})
    asked = page.post(address(conference, "points_line_tests"), {**stale, "bridge_points-0-line_test": "failed"})
    assert asked.status_code == 422
    point.refresh_from_db()
    assert point.line_test == "passed"
    assert "bridge_points-0-line_test-keep" in asked.content.decode()
    page.post(address(conference, "points_line_tests"), filled_in(asked))
    point.refresh_from_db()
    assert point.line_test == "failed"


def test_seats_registration_and_order_are_typed_in_one_table(page, conference):
    first, second = room(conference, seats=10, position=1), room(conference, seats=10, position=2)
    form = filled_in(page.get(address(conference, "points_seats")))
    changes = {"bridge_points-0-seats": "", "bridge_points-0-position": "3", "bridge_points-1-is_open": None}
    data = {name: value for name, value in {**form, **changes}.items() if value is not None}
    page.post(address(conference, "points_seats"), data)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.seats, first.position, second.seats, second.is_open) == (None, 3, 10, False)
    assert [row.point for row in page.get(address(conference)).context["rows"]] == [second, first]


def test_more_seats_in_the_table_go_to_those_who_wait_and_too_few_are_said_to_be_so(page, conference):
    point, full = room(conference, seats=1), room(conference, seats=5)
    registered(point, now=NOW, number=1)
    waiting = registered(point, now=NOW, number=2)
    registered(full, now=NOW, number=3, people=3)
    form = filled_in(page.get(address(conference, "points_seats")))
    answer = page.post(
        address(conference, "points_seats"),
        {**form, "bridge_points-0-seats": "2", "bridge_points-1-seats": "2"},
        follow=True,
    )
    assert Registration.objects.get(pk=waiting.pk).state == "confirmed"
    assert f"{full.label}: 3 seats are taken already" in said(answer)


def test_a_coordinator_of_several_points_has_them_all_in_scope(conference):
    first, second = room(conference), room(conference)
    coordinator = CoordinatorFactory(bridge_point=first).user
    Coordinator.objects.create(bridge_point=second, user=coordinator)
    shown = browser(coordinator).get(address(conference, "points_line_tests"))
    assert [form.instance for form in shown.context["formset"]] == [first, second]
