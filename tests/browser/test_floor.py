"""Questions, votes and the screen in the hall in a browser: on phones, in a room, and at the chair's table."""

import re
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from conference.models import Conference
from control import floor, rooms
from control.floor_presses import Step, press
from control.models import FloorQuestion, Hands, Poll, Support, Vote
from control.questions import Asked, ask_for
from demo import running
from registrations.models import Delegate
from tests.browser.test_workspace import ORGANISER, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def conference(site) -> Conference:
    """The conference of the demo that is taking place now, with what has been asked there."""
    running.load(now=timezone.now())
    return Conference.objects.get(slug=running.SLUG)


@pytest.fixture
def address(conference) -> str:
    delegate = Delegate.objects.filter(registration__bridge_point__short_name="Trực tuyến").order_by("pk").last()
    return f"/j/{delegate.token}/"


def _ask_and_vote(page: Page) -> None:
    page.get_by_role("link", name="Hỏi và biểu quyết").click()
    page.get_by_role("button", name="Giữa tháng").click()
    expect(page.get_by_role("button", name="Giữa tháng")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Tôi muốn nghe câu này").first.click()
    expect(page.get_by_role("button", name="Tôi muốn nghe câu này").first).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Câu hỏi của Ông/Bà").fill("Bao giờ có biên bản hội nghị?")
    page.get_by_role("button", name="Gửi câu hỏi").click()
    expect(page.locator("#own ~ ul")).to_contain_text("Bao giờ có biên bản hội nghị?")


@pytest.mark.parametrize("javascript", [True, False])
def test_somebody_asks_supports_and_votes_on_a_phone(visit, conference, address, javascript):
    visitor = visit(width=360, javascript=javascript)
    visitor.go(address)
    _ask_and_vote(visitor.page)
    visitor.look("80-floor" if javascript else "81-floor-plain")
    mine = Delegate.objects.get(floor_questions__text="Bao giờ có biên bản hội nghị?")
    assert (Vote.objects.get(delegate=mine, poll__state="open").option, mine.floor_supports.count()) == (1, 1)
    assert Support.objects.filter(delegate=mine).count() == 1


def test_the_page_hears_that_a_question_is_called_and_keeps_what_is_being_typed(visit, conference, address):
    visitor = visit(width=360)
    page = visitor.page
    page.clock.install()
    visitor.go(f"{address}floor/")
    page.get_by_label("Câu hỏi của Ông/Bà").fill("Đang viết")
    question = FloorQuestion.objects.filter(conference=conference, state="chosen").first()
    press(conference=conference, question=question.pk, step=Step.CALL, version=question.version, now=timezone.now())
    page.clock.run_for(11_000)
    expect(page.locator(".dc-floor-called")).to_contain_text(question.words)
    expect(page.get_by_label("Câu hỏi của Ông/Bà")).to_have_value("Đang viết")


def test_a_room_counts_hands_asks_and_reads_that_it_is_called(visit, conference):
    point = conference.bridge_points.get(short_name="VNPT Bắc Ninh")
    visitor = visit(width=360)
    page = visitor.page
    visitor.go(f"/room/{rooms.link_of(point=point, now=timezone.now()).token}/")
    expect(page.locator(".dc-room-called")).to_contain_text("Xe lạnh")
    page.get_by_label("Cuối tháng", exact=True).fill("6")
    page.get_by_role("button", name=re.compile("Lưu.*Cuối tháng")).click()
    expect(page.locator("[data-questions]")).to_contain_text("đã ghi 6")
    expect(page.locator("[data-net]")).to_be_hidden()
    page.locator("#ask summary").click()
    page.get_by_label("Họ và tên").fill("Đặng Văn Mẫu")
    page.get_by_label("Câu hỏi", exact=True).fill("Có hỗ trợ giống không?")
    page.get_by_role("button", name="Gửi câu hỏi").click()
    expect(page.locator("[data-asked]")).to_have_text("Đã ghi nhận.")
    expect(page.locator("[data-questions]")).to_contain_text("Đặng Văn Mẫu")
    expect(page.locator("[data-floor]")).to_contain_text("đã báo lúc")
    visitor.look("82-room-floor")
    assert Hands.objects.get(point=point, poll__state="open", option=2).count == 6


def test_the_chair_s_table_keeps_what_is_ticked_while_new_questions_come(visit, conference):
    visitor = visit()
    page = visitor.page
    sign_in(visitor, ORGANISER)
    visitor.go(f"/admin/c/{conference.slug}/day/floor/")
    ticks = page.locator("section[aria-labelledby=floor-new] [type=checkbox]")
    ticks.first.check()
    ticks.nth(1).check()
    point = conference.bridge_points.first()
    point.conference = conference
    ask_for(point=point, asked=[Asked.of(uuid4(), "Câu hỏi vừa đến?", "Lê Văn Mẫu")], now=timezone.now())
    expect(page.locator(".dc-floor-columns")).to_contain_text("Câu hỏi vừa đến?", timeout=10_000)
    expect(ticks.first).to_be_checked()
    visitor.look("83-floor-table")
    page.get_by_role("button", name="Gộp các câu đã đánh dấu").click()
    expect(page.locator(".dc-floor-askers li")).to_have_count(2)
    visitor.look("84-floor-question")
    visitor.go(f"/admin/c/{conference.slug}/day/polls/")
    page.get_by_role("button", name=re.compile("Đóng.*Vụ tới")).click()
    page.get_by_role("button", name=re.compile("Công bố kết quả.*Vụ tới")).click()
    visitor.look("85-polls")
    assert not Poll.objects.filter(conference=conference, state="open").exists()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_screen_in_the_hall_is_for_everybody(visit, conference, width):
    visitor = visit(width=width)
    visitor.go(f"/screen/{floor.floor_of(conference).token}/")
    expect(visitor.page.locator("main")).to_contain_text("Mời biểu quyết")
    expect(visitor.page.locator("main")).to_contain_text("Xe lạnh")
    visitor.look("86-screen")


def test_a_button_of_the_chair_s_table_is_pressed_though_a_question_comes_under_the_finger(visit, conference):
    visitor = visit()
    page = visitor.page
    sign_in(visitor, ORGANISER)
    visitor.go(f"/admin/c/{conference.slug}/day/floor/")
    choose = page.locator("button[value^='choose:']").first
    chosen = FloorQuestion.objects.get(pk=choose.get_attribute("value").split(":")[1])
    choose.hover()
    page.mouse.down()
    point = conference.bridge_points.first()
    point.conference = conference
    with page.expect_response(lambda answer: "/live/" in answer.url and answer.status == 200) as heard:
        ask_for(point=point, asked=[Asked.of(uuid4(), "Câu hỏi vừa đến?", "Lê Văn Mẫu")], now=timezone.now())
        page.evaluate("window.dispatchEvent(new Event('online'))")
    heard.value.finished()
    page.evaluate("new Promise(requestAnimationFrame).then(() => null)")
    page.mouse.up()
    back = page.locator(f"button[value^='back:{chosen.pk}:']")
    expect(back).to_be_visible()
