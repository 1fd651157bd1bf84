"""The page of a room under a thumb: a slip is asked about, and the buttons of the state stay where they are."""

import pytest
from django.utils import timezone
from playwright.sync_api import Route, expect

from conference.models import Conference
from control import polls, rooms
from control.models import FloorQuestion, Hands, Poll, Room, RoomReport
from control.polls import PollStep
from demo import running
from tests.browser.test_rooms import without_complaints_of_the_network
from tests.support.operators import wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def conference(site) -> Conference:
    running.load(now=timezone.now())
    return Conference.objects.get(slug=running.SLUG)


@pytest.fixture
def point(conference):
    point = conference.bridge_points.get(short_name="VNPT Bắc Ninh")
    RoomReport.objects.filter(bridge_point=point).delete()
    return point


@pytest.fixture
def address(point) -> str:
    return f"/room/{rooms.link_of(point=point, now=timezone.now()).token}/"


def press_poll(conference: Conference, step: PollStep) -> None:
    poll = Poll.objects.filter(conference=conference).order_by("pk").last()
    polls.press(conference=conference, poll=poll.pk, step=step, version=poll.version, now=timezone.now())


def test_a_slip_is_asked_about_once_also_without_network_and_what_is_typed_stays(visit, point, address):
    visitor = visit(width=360)
    page = visitor.page
    page.clock.install()
    visitor.go(address)
    people = page.locator("#people-count")
    doubt = page.locator("form", has=people).locator("[data-doubt]")
    people.fill("9999")
    people.press("Enter")
    expect(doubt).to_contain_text("9999 người, có đúng không?")
    visitor.look("78-room-doubt")
    # What the server says meanwhile does not take its place.
    people.blur()
    page.clock.run_for(15_000)
    expect(people).to_have_value("9999")
    assert not RoomReport.objects.filter(bridge_point=point).exists()
    visitor.context.set_offline(True)
    people.fill("9998")
    expect(doubt).to_be_hidden()
    page.get_by_role("button", name="Lưu", exact=True).click()
    page.get_by_role("button", name="Đúng, ghi 9998").click()
    expect(doubt).to_be_hidden()
    expect(page.locator("[data-net]")).to_contain_text("Đang chờ gửi: 1")
    visitor.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-people]")).to_contain_text("9998 người")
    assert RoomReport.objects.filter(bridge_point=point).values_list("kind", "value").get() == ("head_count", "9998")
    without_complaints_of_the_network(visitor)


def test_hands_far_beyond_the_people_present_are_asked_about(visit, conference, point, address):
    visitor = visit(width=360)
    page = visitor.page
    visitor.go(address)
    row = page.locator(".dc-room-hands").nth(1)
    row.locator("[name=hands]").fill("5000")
    row.locator(".btn-primary").click()
    expect(row.locator("[data-doubt]")).to_contain_text("5000 cánh tay, có đúng không?")
    assert not Hands.objects.filter(point=point, option=1, count=5000).exists()
    row.get_by_role("button", name="Đúng, ghi 5000").click()
    expect(page.locator(".dc-room-hands").nth(1).locator("[name=hands]")).to_have_value("5000")
    expect(row.locator("[data-doubt]")).to_be_hidden()
    # The page keeps what was pressed before it is sent.
    counted = Hands.objects.filter(point=point, poll__state="open", option=1, count=5000)
    wait_until(counted.exists, "the hands are stored")


def test_a_button_is_pressed_though_the_server_says_something_new_under_the_finger(visit, conference, point, address):
    visitor = visit(width=360)
    page = visitor.page
    visitor.go(address)
    rows = page.locator(".dc-room-hands")
    rows.nth(1).locator("[name=hands]").fill("7")
    button = rows.nth(1).locator(".btn-primary")
    button.hover()
    page.mouse.down()
    # Another device of this room counts meanwhile.
    poll = Poll.objects.get(conference=conference, state="open")
    counted = {"count": 9, "counted_at": timezone.now()}
    Hands.objects.update_or_create(poll=poll, point=point, option=0, defaults=counted)
    Room.objects.filter(pk=point.pk).update(head_count=321)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-people]")).to_contain_text("321 người")
    page.mouse.up()
    expect(rows.nth(0)).to_contain_text("đã ghi 9")
    expect(rows.nth(1)).to_contain_text("đã ghi 7")
    assert Hands.objects.filter(poll=poll, point=point, option=1, count=7).exists()


def test_the_first_answer_leaves_the_questions_as_the_page_came_with_them(visit, conference, point, address):
    visitor = visit(width=360)
    page = visitor.page
    waiting: list[Route] = []
    visitor.context.route("**/live/", lambda route: route.continue_() if waiting else waiting.append(route))
    visitor.go(address)
    page.wait_for_function("() => document.querySelector('[data-questions]').lastElementChild.isOurs = true")
    Room.objects.filter(pk=point.pk).update(needs_help_since=timezone.now())
    while not waiting:
        page.wait_for_timeout(10)
    waiting[0].continue_()
    expect(page.locator("[data-help]")).to_contain_text("Cần hỗ trợ")
    assert page.evaluate("document.querySelector('[data-questions]').lastElementChild.isOurs")


def test_the_buttons_of_the_state_stay_where_they_are_when_a_poll_comes_and_the_network_goes(
    visit, conference, point, address
):
    FloorQuestion.objects.all().delete()
    press_poll(conference, PollStep.CLOSE)
    visitor = visit(width=360)
    page = visitor.page
    page.clock.install()
    visitor.go(address)
    connected = page.get_by_role("button", name="Đã kết nối")
    expect(page.locator("#hands")).to_have_count(0)
    before = connected.bounding_box()
    press_poll(conference, PollStep.OPEN)
    page.clock.run_for(15_000)
    expect(page.locator("#hands")).to_be_visible()
    assert connected.bounding_box() == before
    visitor.look("79-room-poll")
    visitor.context.set_offline(True)
    page.get_by_role("button", name="Cần hỗ trợ").click()
    expect(page.locator("[data-net]")).to_be_visible()
    assert connected.bounding_box() == before
    without_complaints_of_the_network(visitor)


def test_without_javascript_a_slip_is_asked_about_with_the_number_in_its_field(visit, point, address):
    visitor = visit(width=360, javascript=False)
    page = visitor.page
    visitor.go(address)
    page.fill("[name=people]", "9999")
    page.locator("[name=people]").press("Enter")
    expect(page.locator("#people-doubt")).to_have_text("9999 người, có đúng không?")
    expect(page.locator("[name=people]")).to_have_value("9999")
    page.get_by_role("button", name="Đúng, ghi 9999").click()
    expect(page.locator("[data-people]")).to_contain_text("9999 người")
    assert Room.objects.get(pk=point.pk).head_count == 9999
    # A browser says of itself that an answer was no success.
    visitor.complaints[:] = [words for words in visitor.complaints if "422" not in words]
