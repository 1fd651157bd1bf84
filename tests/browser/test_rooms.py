"""The page of a room in a browser: pressed on a phone, with and without a network."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Route, expect

from bridges.models import BridgePoint
from conference.models import Conference
from control import incidents, rooms, wall
from control.models import Incident, LineMeasurement, Room, RoomLink, RoomReport
from tests.browser.test_workspace import ORGANISER, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def address(site) -> str:
    point = BridgePoint.objects.filter(short_name="VNPT Bắc Ninh", conference__ends_at__gt=timezone.now()).first()
    return f"/room/{rooms.link_of(point=point, now=timezone.now()).token}/"


def test_what_is_pressed_is_stored_and_shown(visit, address):
    visitor = visit(width=360)
    page = visitor.page
    visitor.go(address)
    expect(page.locator("[data-state]")).to_have_text("Chưa mở")
    page.get_by_role("button", name="Đã kết nối").click()
    expect(page.locator("[data-state]")).to_contain_text("Đã kết nối từ")
    page.get_by_role("button", name="Xin phát biểu").click()
    expect(page.locator("[data-floor]")).to_contain_text("đã báo lúc")
    for _person in range(3):
        page.get_by_role("button", name="Thêm một").click()
    expect(page.locator("[data-people]")).to_contain_text("3 người")
    visitor.look("70-room")
    room = Room.objects.get()
    assert (room.state, room.head_count, bool(room.wants_floor_since)) == ("connected", 3, True)


def test_what_is_pressed_without_a_network_waits_on_the_device_and_keeps_its_time(visit, address):
    visitor = visit(width=360)
    page = visitor.page
    visitor.go(address)
    page.get_by_role("button", name="Đã kết nối").click()
    expect(page.locator("[data-state]")).to_contain_text("Đã kết nối từ")
    # Ten minutes ago; the browser's clock goes forward later, that of the server does not.
    Room.objects.update(state_at=timezone.now() - timedelta(minutes=10))
    page.clock.install()
    visitor.context.set_offline(True)
    page.get_by_role("button", name="Mất tín hiệu").click()
    expect(page.locator("[data-net]")).to_contain_text("Đang chờ gửi: 1")
    expect(page.locator("[data-net]")).to_contain_text("Máy này đang mất mạng")
    expect(page.locator("[data-net]")).not_to_contain_text("Máy chủ không trả lời")
    expect(page.get_by_role("button", name="Mất tín hiệu")).to_have_attribute("aria-pressed", "true")
    assert RoomReport.objects.count() == 1
    page.clock.fast_forward(90_000)
    visitor.look("71-room-offline")
    visitor.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-state]")).to_contain_text("Mất tín hiệu từ")
    expect(page.locator("[data-net]")).to_be_hidden()
    late = RoomReport.objects.get(value="lost")
    assert timedelta(seconds=80) < late.received_at - late.happened_at < timedelta(seconds=120)
    without_complaints_of_the_network(visitor)


def test_a_look_that_fails_late_does_not_speak_for_one_that_came_through_meanwhile(visit, address):
    visitor = visit(width=360)
    page = visitor.page
    visitor.go(address)
    expect(page.locator("[data-net]")).to_be_hidden()
    held: list[Route] = []
    visitor.context.route("**/live/", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/live/"):
        page.evaluate("window.dispatchEvent(new Event('online'))")
    with page.expect_response("**/live/"):
        page.evaluate("window.dispatchEvent(new Event('online'))")
    with page.expect_event("requestfailed"):
        held[0].abort("internetdisconnected")
    page.evaluate("() => new Promise((done) => setTimeout(done, 0))")
    expect(page.locator("[data-net]")).to_be_hidden()
    without_complaints_of_the_network(visitor)


#: All that the browser keeps of the site, as text: the addresses of its caches with their answers, and its databases.
KEPT = """async () => {
  const parts = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      parts.push(request.url);
      if (!request.url.includes("/static/")) parts.push(await (await cache.match(request)).text());
    }
  }
  for (const { name } of await indexedDB.databases()) {
    const db = await idb.openDB(name);
    for (const store of db.objectStoreNames) {
      parts.push(JSON.stringify([await db.getAllKeys(store), await db.getAll(store)]));
    }
    db.close();
  }
  return parts.concat(Object.entries(localStorage).flat()).join("\\n");
}"""


def ready_without_network(page) -> None:
    """Wait until the browser keeps what it needs."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
    page.wait_for_function("() => caches.match('/room/kept/').then(Boolean)")


def without_complaints_of_the_network(visitor) -> None:
    """Without a network the browser complains, as it should."""
    # Some of what it says reaches us later.
    visitor.meant.add("ERR_INTERNET_DISCONNECTED")
    visitor.complaints[:] = [words for words in visitor.complaints if "ERR_INTERNET_DISCONNECTED" not in words]


def test_the_page_survives_a_reload_without_network_and_sends_what_was_pressed_once(visit, address):
    visitor = visit(width=360)
    page = visitor.page
    visitor.go(address)
    page.get_by_role("button", name="Sẵn sàng").click()
    expect(page.locator("[data-state]")).to_contain_text("Sẵn sàng từ")
    ready_without_network(page)
    visitor.context.set_offline(True)
    page.get_by_role("button", name="Mất tín hiệu").click()
    expect(page.locator("[data-net]")).to_contain_text("Đang chờ gửi: 1")
    page.reload()
    expect(page.locator("h1")).to_have_text("VNPT Bắc Ninh")
    expect(page.locator("[data-net]")).to_contain_text("Đang chờ gửi: 1")
    expect(page.get_by_role("button", name="Mất tín hiệu")).to_have_attribute("aria-pressed", "true")
    assert page.locator("a[href^='tel:']").count() == 0
    page.get_by_role("button", name="Cần hỗ trợ").click()
    expect(page.locator("[data-net]")).to_contain_text("Đang chờ gửi: 2")
    visitor.look("77-room-kept")
    seen = Room.objects.get().last_seen_at
    visitor.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    # The page itself is back, with what is not kept.
    expect(page.locator("[data-measure]")).to_be_visible()
    expect(page.locator("[data-state]")).to_contain_text("Mất tín hiệu từ")
    assert sorted(RoomReport.objects.values_list("kind", "value")) == [
        ("help", "yes"), ("state", "lost"), ("state", "ready")
    ]  # fmt: skip
    assert Room.objects.get().last_seen_at > seen
    without_complaints_of_the_network(visitor)


def test_a_page_that_is_loaded_anew_before_a_report_is_stored_has_it_all_the_same(visit, address):
    visitor = visit(width=360)
    page = visitor.page
    visitor.go(address)
    ready_without_network(page)
    visitor.context.set_offline(True)
    page.evaluate("() => { Rooms.keepReport = () => new Promise(() => {}); }")
    page.get_by_role("button", name="Mất tín hiệu").click()
    page.reload()
    expect(page.locator("[data-net]")).to_contain_text("Đang chờ gửi: 1")
    visitor.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-state]")).to_contain_text("Mất tín hiệu từ")
    assert RoomReport.objects.count() == 1
    # The page may be loaded anew at that moment, when it is back.
    page.wait_for_function("Object.values(sessionStorage).includes('[]')")
    without_complaints_of_the_network(visitor)


def test_what_is_pressed_in_two_tabs_of_a_room_without_network_all_arrives_once(visit, address):
    visitor = visit(width=360)
    first = visitor.page
    visitor.go(address)
    ready_without_network(first)
    second = visitor.context.new_page()
    second.goto(f"{visitor.site}{address}")
    expect(second.locator("[data-state]")).to_have_text("Chưa mở")
    visitor.context.set_offline(True)
    for tab, words in ((first, "Mất tín hiệu"), (second, "Cần hỗ trợ"), (first, "Xin phát biểu")):
        tab.get_by_role("button", name=words).click()
    expect(first.locator("[data-net]")).to_contain_text("Đang chờ gửi: 2")
    expect(second.locator("[data-net]")).to_contain_text("Đang chờ gửi: 1")
    for tab in (first, second):
        tab.reload()
        expect(tab.locator("[data-net]")).to_contain_text("Đang chờ gửi: 3")
    visitor.context.set_offline(False)
    for tab in (first, second):
        tab.evaluate("window.dispatchEvent(new Event('online'))")
    for tab in (first, second):
        # The page itself is back: its queue is empty.
        expect(tab.locator("[data-measure]")).to_be_visible()
        expect(tab.locator("[data-state]")).to_contain_text("Mất tín hiệu từ")
    assert sorted(RoomReport.objects.values_list("kind", "value")) == [
        ("floor", "yes"), ("help", "yes"), ("state", "lost")
    ]  # fmt: skip
    assert "help" not in first.evaluate("""idb.openDB("rooms").then(db => db.getAll("queues")).then(JSON.stringify)""")
    second.close()
    without_complaints_of_the_network(visitor)


def test_what_the_browser_keeps_names_nobody_and_goes_with_the_link(visit, address):
    link = RoomLink.objects.get()
    point = link.bridge_point
    Conference.objects.update(contact_name="Nguyễn Thị Ví Dụ", contact_phone="+84900000001")
    visitor = visit(width=360)
    page = visitor.page
    visitor.go(address)
    expect(page.locator("#phones")).to_be_visible()
    ready_without_network(page)
    visitor.context.set_offline(True)
    page.get_by_role("button", name="Cần hỗ trợ").click()
    expect(page.locator("[data-net]")).to_contain_text("Đang chờ gửi: 1")
    kept = page.evaluate(KEPT)
    assert "VNPT Bắc Ninh" in kept
    assert "/room/kept/" in kept
    for personal in (link.token, "Nguyễn Thị Ví Dụ", "0900 000 001", "+84900000001", "csrfmiddlewaretoken"):
        assert personal not in kept
    rooms.renew_link(point=point, now=timezone.now())
    visitor.context.set_offline(False)
    # Loaded anew after it was withdrawn, with what was never sent.
    page.goto(f"{visitor.site}{address}")
    expect(page.locator("h1")).not_to_have_text("VNPT Bắc Ninh")
    visitor.go("/")
    page.add_script_tag(url=f"{visitor.site}/static/vendor/idb/idb.js")
    page.wait_for_function("() => caches.keys().then((names) => names.length === 0)")
    assert "VNPT Bắc Ninh" not in page.evaluate(KEPT)
    assert "help" not in page.evaluate(KEPT)
    assert not RoomReport.objects.exists()
    without_complaints_of_the_network(visitor)


def test_a_room_that_the_device_has_never_opened_says_so_without_network(visit, address):
    visitor = visit(width=360)
    visitor.go(address)
    ready_without_network(visitor.page)
    visitor.context.set_offline(True)
    visitor.go(f"/room/{'x' * 22}/")
    expect(visitor.page.locator("[data-unknown]")).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Mất tín hiệu")).to_be_hidden()
    without_complaints_of_the_network(visitor)


def test_the_page_works_without_javascript(visit, address):
    visitor = visit(width=360, javascript=False)
    page = visitor.page
    visitor.go(address)
    page.get_by_role("button", name="Đã kết nối").click()
    expect(page.locator("[data-state]")).to_contain_text("Đã kết nối từ")
    page.fill("[name=people]", "20")
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator("[data-people]")).to_contain_text("20 người")
    visitor.look("72-room-plain")


def test_a_withdrawn_link_says_so_on_a_page_that_is_open(visit, address):
    visitor = visit(width=360)
    visitor.go(address)
    expect(visitor.page.locator("[data-net]")).to_be_hidden()
    rooms.renew_link(point=RoomLink.objects.get().bridge_point, now=timezone.now())
    visitor.page.get_by_role("button", name="Cần hỗ trợ").click()
    expect(visitor.page.locator("[data-net]")).to_contain_text("Liên kết này đã bị thu hồi")


def test_the_board_rings_when_a_room_is_lost_and_keeps_what_is_being_typed(visit, address):
    point = RoomLink.objects.get().bridge_point
    incidents.enter(point=point, note="", now=timezone.now())
    visitor = visit()
    page = visitor.page
    sign_in(visitor, ORGANISER)
    visitor.go(f"/admin/c/{point.conference.slug}/day/board/")
    page.get_by_role("button", name="Phát âm báo khi mất tín hiệu").click()
    row = page.locator(f"#row-{point.pk}")
    row.get_by_text("Ghi nhận qua điện thoại").click()
    page.locator("[name=note][id^=incident]").fill("Đang tìm nguyên nhân")
    rooms.note_reports(
        point=point, reports=[rooms.Report(uuid4(), "state", "lost", timezone.now())], now=timezone.now()
    )
    expect(row).to_contain_text("Mất tín hiệu từ")
    expect(page.locator("html")).to_have_attribute("data-rang", "1")
    expect(page.locator("[name=note][id^=incident]").and_(page.locator(":focus"))).to_have_value("Đang tìm nguyên nhân")
    expect(row.locator("details")).to_have_attribute("open", "")
    visitor.look("73-board")
    page.locator("[name=note]:focus").press("Enter")
    expect(page.locator(".messagelist")).to_be_visible()
    assert Incident.objects.get(kind="other").note == "Đang tìm nguyên nhân"
    page.get_by_role("link", name="Bản đồ").click()
    expect(page.locator(".dc-board-list")).to_contain_text("Mất tín hiệu từ")
    visitor.look("76-board-map")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_wall_screen_is_for_everybody(visit, address, width):
    point = RoomLink.objects.get().bridge_point
    rooms.note_reports(
        point=point, reports=[rooms.Report(uuid4(), "state", "connected", timezone.now())], now=timezone.now()
    )
    visitor = visit(width=width)
    visitor.go(f"/wall/{wall.link_of(conference=point.conference).token}/")
    expect(visitor.page.locator("main")).to_contain_text("Đã kết nối từ")
    visitor.look("74-wall")


def test_the_line_is_measured_within_twelve_seconds(visit, address):
    visitor = visit(width=360)
    visitor.go(address)
    begun = time.monotonic()
    visitor.page.get_by_role("button", name="Đo đường truyền").click()
    expect(visitor.page.locator("[data-line-words]")).to_contain_text("Mbit/s", timeout=14_000)
    assert time.monotonic() - begun < 12
    measured = LineMeasurement.objects.get()
    assert measured.download_kbps > 1000
    assert measured.upload_kbps > 1000
    visitor.look("75-room-line")


def test_without_javascript_the_line_stands_there_only_with_a_result(visit, address):
    LineMeasurement.objects.all().delete()
    visitor = visit(width=360, javascript=False)
    visitor.go(address)
    expect(visitor.page.locator("[data-state]")).to_be_visible()
    expect(visitor.page.locator("[data-line]")).to_be_hidden()
    scripted = visit(width=360)
    scripted.go(address)
    expect(scripted.page.locator("[data-line]")).to_be_visible()
