"""The page of a phone at a door in a browser: camera, scanner, number, without network, withdrawn."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.utils import timezone
from django.utils.formats import date_format
from playwright.sync_api import Browser, expect

from attendance import devices
from attendance.models import Attendance, Device, Door, Scan
from attendance.services import check_in, desk_opens_at, undo_check_in
from bridges.models import BridgePoint
from common.fields import PhoneField
from common.phones import mobile_of
from demo import running
from registrations.models import Delegate
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.test_workspace import ORGANISER, sign_in
from tests.support.camera import film
from tests.support.factories import OrganiserFactory, registered
from tests.support.visitor import Visitor, violations

pytestmark = pytest.mark.browser

#: Milliseconds from the picture to the verdict, of 95 in a hundred.
VERDICT_WITHIN = 150
CODES = 12
# Notes each verdict as it is shown, with what it took.
_WATCH = """
window.seen = [];
document.addEventListener("DOMContentLoaded", function () {
  new MutationObserver(function () {
    setTimeout(function () {
      window.seen.push([document.getElementById("title").textContent, Number(document.documentElement.dataset.took)]);
    });
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-took"] });
});
"""


@pytest.fixture
def hall(site) -> BridgePoint:
    """The hall of the demo's running conference."""
    running.load(now=timezone.now())
    return BridgePoint.objects.get(conference__slug=running.SLUG, is_hub=True)


@pytest.fixture
def people(hall) -> list[Delegate]:
    """Some who are expected in the hall, and have not come: a group, and the last alone."""
    before = timezone.now() - timedelta(days=2)
    group = registered(hall, now=before, people=CODES - 1, number=71)
    alone = registered(hall, now=before, number=72)
    found = Delegate.objects.filter(registration__in=[group, alone]).order_by("pk")
    return list(found.select_related("registration"))


def device_at(hall: BridgePoint, role: str = "desk", door: str = "Cửa A") -> Device:
    found, _made = Door.objects.get_or_create(bridge_point=hall, name=door)
    return devices.make_device(door=found, name="Máy 1", role=role, by=OrganiserFactory(), now=timezone.now())


def paired(visitor: Visitor, device: Device) -> Visitor:
    """Pair the phone of ``visitor`` as somebody does, and wait for its list."""
    visitor.go(f"/desk/pair/{device.token}/")
    visitor.page.click("main form button")
    visitor.page.wait_for_url(re.compile(r"/desk/$"))
    expect(visitor.page.locator("#door")).to_contain_text(device.door.name)
    return visitor


def scan(visitor: Visitor, delegate: Delegate) -> None:
    """Read the code of ``delegate`` with a scanner that types."""
    visitor.page.evaluate("document.activeElement.blur()")
    visitor.page.keyboard.type(f"{visitor.site}/j/{delegate.token}/", delay=1)
    visitor.page.keyboard.press("Enter")


def seconds_pass(visitor: Visitor) -> None:
    """Have the page believe that 4.1 seconds have passed: until then it takes the same code for the same look at it."""
    visitor.page.evaluate("performance.now = (now => () => now() + 4100)(performance.now.bind(performance))")


def until(visitor: Visitor, expression: str, seconds: int = 30) -> None:
    """Wait until ``expression`` is true in the page; its policy forbids what Playwright does for that by itself."""
    for _ in range(seconds * 10):
        if visitor.page.evaluate(expression):
            return
        visitor.page.wait_for_timeout(100)
    pytest.fail(f"never: {expression}")


def queue_is_empty(visitor: Visitor) -> None:
    expect(visitor.page.locator("html")).to_have_attribute("data-queue", "0", timeout=15_000)


def comes_true(visitor: Visitor, condition: Callable[[], bool], seconds: int = 15) -> None:
    """Wait until the server has what the phone sends: an answer on its way may call an older queue empty."""
    for _ in range(seconds * 10):
        # Tests on SQLite share one database in memory with the server, which may be writing at this moment.
        with suppress(OperationalError):
            if condition():
                return
        visitor.page.wait_for_timeout(100)
    pytest.fail("the server never had it")


def test_a_scanner_says_who_is_welcome_at_once_and_names_them(visit, hall, people):
    visitor = paired(visit(width=360), device_at(hall))
    title, name = visitor.page.locator("#title"), visitor.page.locator("#name")
    scan(visitor, people[0])
    expect(title).to_have_text("Kính mời vào")
    expect(name).to_have_text(people[0].full_name)
    assert not visitor.scrolls_sideways()
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(visitor.page) == []
    visitor.look("70-desk-welcome")
    comes_true(visitor, Attendance.objects.filter(delegate=people[0]).exists)
    attendance = Attendance.objects.get(delegate=people[0])
    assert attendance.arrival.door.name == "Cửa A"
    # Somebody behind them shows the same code: nothing new, and no reproach.
    seconds_pass(visitor)
    scan(visitor, people[0])
    expect(title).to_contain_text("Đã có mặt từ")
    assert Scan.objects.filter(delegate=people[0]).count() == 1


def test_a_guest_of_another_point_is_admitted_or_sent_there(visit, hall):
    other = hall.conference.bridge_points.filter(kind="video_room").first()
    guest = Delegate.objects.filter(registration__bridge_point=other).first()
    visitor = paired(visit(width=360), device_at(hall))
    scan(visitor, guest)
    expect(visitor.page.locator("#title")).to_have_text(f"Đại biểu của {other.label}")
    queue_is_empty(visitor)
    assert not Scan.objects.filter(delegate=guest).exists()
    visitor.page.click("[data-does=admit]")
    expect(visitor.page.locator("#title")).to_have_text("Đã cho vào")
    comes_true(visitor, Attendance.objects.filter(delegate=guest).exists)
    assert Attendance.objects.get(delegate=guest).bridge_point == hall


def test_what_was_read_is_taken_back_within_a_minute(visit, hall, people):
    visitor = paired(visit(), device_at(hall))
    scan(visitor, people[0])
    visitor.page.click("#undo")
    expect(visitor.page.locator("#title")).to_have_text("Đã rút lại")
    comes_true(visitor, lambda: Scan.objects.filter(delegate=people[0]).count() == 2)
    expect(visitor.page.locator("#undo")).to_be_hidden()
    assert not Attendance.objects.filter(delegate=people[0]).exists()


def test_the_button_says_what_it_takes_back(visit, hall, people):
    first, second = people[0], people[1]
    visitor = paired(visit(), device_at(hall))
    title, undo = visitor.page.locator("#title"), visitor.page.locator("#undo")
    scan(visitor, first)
    expect(undo).to_have_text("Rút lại")
    seconds_pass(visitor)
    # Nothing is noted of the second look at the same code: the button is about the first one, and says so.
    scan(visitor, second)
    comes_true(visitor, Attendance.objects.filter(delegate=second).exists)
    scan(visitor, first)
    expect(title).to_contain_text("Đã có mặt từ")
    expect(undo).to_have_text(f"Rút lại lượt trước: {second.full_name}")
    undo.click()
    expect(title).to_have_text("Đã rút lại")
    expect(visitor.page.locator("#name")).to_have_text(second.full_name)
    comes_true(visitor, lambda: not Attendance.objects.filter(delegate=second).exists())
    assert Attendance.objects.filter(delegate=first).exists()


def test_taking_back_a_second_scan_leaves_the_person_here_and_says_so(visit, hall, people):
    there = Attendance.objects.filter(delegate=people[0], is_twice=False)
    scan(paired(visit(), device_at(hall, door="Cửa B")), people[0])
    visitor = paired(visit(width=360), device_at(hall))
    comes_true(visitor, there.exists)
    until(visitor, f"Desk.here.isHere('{people[0].token_hash[:16]}')")
    scan(visitor, people[0])
    expect(visitor.page.locator("#title")).to_contain_text("Đã có mặt từ")
    expect(visitor.page.locator("#undo")).to_have_text("Chỉ rút lại lượt quét này")
    comes_true(visitor, Attendance.objects.filter(delegate=people[0], is_twice=True).exists)
    visitor.look("75-desk-twice")
    visitor.page.click("#undo")
    expect(visitor.page.locator("#more")).to_contain_text("vẫn được ghi có mặt")
    comes_true(visitor, there.exists)


def test_a_phone_that_begins_anew_forgets_who_is_not_here_any_more(visit, hall, people):
    clerk = OrganiserFactory()
    visitor = paired(visit(), device_at(hall))
    check_in(delegate=people[0], by=clerk, now=timezone.now())
    code = people[0].token_hash[:16]
    visitor.page.reload()
    until(visitor, f"Desk.here.isHere('{code}')")
    undo_check_in(delegate=people[0], by=clerk, now=timezone.now())
    visitor.page.reload()
    until(visitor, f"Desk.sync.isOnline && !Desk.here.isHere('{code}')")


def test_a_wrong_number_stays_in_its_field_to_be_mended(visit, hall, people):
    number = people[-1].registration.number
    wrong = number[:-1] + ("2" if number[-1] != "2" else "3")
    visitor = paired(visit(width=360), device_at(hall))
    field, error = visitor.page.locator("#number-field"), visitor.page.locator("#number-field-error")
    for typed, said in ((wrong, "Không có số này"), (number[:6], "Đây không phải mã của hệ thống")):
        field.fill(typed)
        field.press("Enter")
        expect(error).to_contain_text(said)
        expect(field).to_have_value(typed)
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-describedby", "number-field-error")
        assert visitor.page.evaluate("getSelection().toString()") == typed
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(visitor.page) == []
    visitor.look("76-desk-wrong-number")
    field.fill(number)
    field.press("Enter")
    expect(visitor.page.locator("#title")).to_have_text("Kính mời vào")
    expect(error).to_be_hidden()
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("")


def test_what_was_wrong_with_a_number_goes_with_the_next_verdict(visit, hall, people):
    visitor = paired(visit(), device_at(hall))
    field, error = visitor.page.locator("#number-field"), visitor.page.locator("#number-field-error")
    field.fill("K7M4")
    field.press("Enter")
    expect(error).to_contain_text("Đây không phải mã của hệ thống")
    scan(visitor, people[0])
    expect(visitor.page.locator("#title")).to_have_text("Kính mời vào")
    expect(error).to_be_hidden()
    # Nothing typed is no wrong number: the verdict before it stays.
    field.fill(" ")
    visitor.page.click("#number button")
    expect(error).to_have_text("Vui lòng điền mục này.")
    expect(field).to_be_focused()
    expect(visitor.page.locator("#title")).to_have_text("Kính mời vào")
    visitor.page.click("#undo")
    expect(error).to_be_hidden()


def test_people_of_a_group_are_called_after_whose_they_are(visit, hall, people):
    number, second = people[0].registration.number, people[0].registration.delegates.as_entered()[1]
    visitor = paired(visit(width=360), device_at(hall))
    choices = visitor.page.locator("#choices button")
    visitor.page.fill("#number-field", number)
    visitor.page.press("#number-field", "Enter")
    expect(choices.filter(has_text="Người thứ 2 ")).to_have_text(f"Người thứ 2 của đăng ký {number}")
    visitor.look("77-desk-group")
    # With the list of names they are chosen by name.
    visitor.page.locator("[data-does=take_names]").click()
    expect(choices.nth(1)).to_have_text(second.full_name)
    choices.nth(1).click()
    expect(visitor.page.locator("#name")).to_have_text(second.full_name)
    comes_true(visitor, Attendance.objects.filter(delegate=second).exists)


def test_one_whom_the_list_of_names_does_not_know_yet_is_called_after_who_it_knows(visit, hall, people):
    registration = people[0].registration
    contact = registration.delegates.as_entered()[0]
    visitor = paired(visit(), device_at(hall))
    visitor.page.click("#names")
    expect(visitor.page.locator("#query")).to_be_enabled()
    second = registration.delegates.as_entered()[1].token_hash[:16]
    visitor.page.evaluate(f"Desk.list.names.people = Desk.list.names.people.filter(row => row[0] !== '{second}')")
    visitor.page.fill("#number-field", registration.number)
    visitor.page.press("#number-field", "Enter")
    label = f"Người thứ 2 của {contact.full_name} ({registration.organisation.name})"
    visitor.page.locator("#choices button", has_text=label).click()
    expect(visitor.page.locator("#name")).to_have_text(label)
    comes_true(visitor, Attendance.objects.filter(delegate__token_hash__startswith=second).exists)


def test_of_a_group_of_another_point_the_number_warns_as_a_code_does(visit, hall):
    other = hall.conference.bridge_points.filter(kind="video_room").first()
    group = registered(other, now=timezone.now() - timedelta(days=2), people=2, number=81)
    visitor = paired(visit(width=360), device_at(hall, role="scan"))
    visitor.page.fill("#number-field", group.number)
    visitor.page.press("#number-field", "Enter")
    expect(visitor.page.locator("#more")).to_contain_text(f"Đại biểu của {other.label}")
    expect(visitor.page.locator("#more")).to_contain_text("Máy này không có tên của họ")
    visitor.page.locator("#choices button").nth(1).click()
    expect(visitor.page.locator("#title")).to_have_text(f"Đại biểu của {other.label}")
    expect(visitor.page.locator("#name")).to_have_text(f"Người thứ 2 của đăng ký {group.number}")
    queue_is_empty(visitor)
    assert not Scan.objects.filter(delegate__registration=group).exists()


def test_who_was_read_in_a_trial_is_welcome_on_the_day(visit, hall, people):
    conference = hall.conference
    length = conference.ends_at - conference.starts_at

    def starts(moment) -> None:
        values = {"starts_at": moment, "ends_at": moment + length}
        type(conference).objects.filter(pk=conference.pk).update(**values)

    starts(timezone.now() + timedelta(days=2))
    visitor = paired(visit(), device_at(hall))
    expect(visitor.page.locator("#trial")).to_contain_text("Thử")
    scan(visitor, people[0])
    comes_true(visitor, Scan.objects.filter(delegate=people[0]).exists)
    assert not Attendance.objects.filter(delegate=people[0]).exists()
    conference.refresh_from_db()
    # The desk has opened this very second.
    starts(timezone.now() + (conference.starts_at - desk_opens_at(conference)) - timedelta(milliseconds=1))
    visitor.page.reload()
    expect(visitor.page.locator("#trial")).to_be_hidden()
    scan(visitor, people[0])
    expect(visitor.page.locator("#title")).to_have_text("Kính mời vào")
    comes_true(visitor, Attendance.objects.filter(delegate=people[0]).exists)


def test_everything_goes_on_without_network_and_after_reloading(visit, hall, people):
    visitor = paired(visit(), device_at(hall))
    visitor.page.evaluate("navigator.serviceWorker.ready")
    until(visitor, "caches.match('/desk/').then(Boolean)")
    asked = re.compile(r"/desk/(scans/|people\.json)$")
    # After reloading, Chromium's own switch does not reach every request of a page that a worker has answered.
    visitor.context.route(asked, lambda route: route.abort("internetdisconnected"))
    visitor.context.set_offline(True)
    for number, delegate in enumerate(people[:3]):
        if number == 2:
            visitor.page.reload()
            expect(visitor.page.locator("html")).to_have_attribute("data-queue", "2")
        scan(visitor, delegate)
        expect(visitor.page.locator("#name")).to_have_text(delegate.full_name)
    expect(visitor.page.locator("#state")).to_contain_text("3 lượt chờ gửi")
    assert not Scan.objects.filter(delegate__in=people).exists()
    visitor.context.unroute(asked)
    visitor.context.set_offline(False)
    comes_true(visitor, lambda: Attendance.objects.filter(delegate__in=people[:3]).count() == 3)
    # Chromium complains about each request that found no network.
    visitor.complaints[:] = [one for one in visitor.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


def test_a_number_and_a_name_find_people_too(visit, hall, people):
    alone, other = people[-1], people[0]
    visitor = paired(visit(), device_at(hall))
    visitor.page.fill("#number-field", alone.registration.number.lower().replace("-", " "))
    visitor.page.press("#number-field", "Enter")
    expect(visitor.page.locator("#title")).to_have_text("Kính mời vào")
    # No code was shown, so nothing opens the name until the list of names is taken.
    expect(visitor.page.locator("#name")).to_have_text(f"Đăng ký {alone.registration.number}")
    expect(visitor.page.locator("#number-field")).to_have_value("")
    expect(visitor.page.locator("#query")).to_be_disabled()
    expect(visitor.page.locator("#names-state")).to_contain_text("bấm nút tải danh sách trước")
    visitor.look("91-desk-names-first")
    visitor.page.click("#names")
    expect(visitor.page.locator("#query")).to_be_enabled()
    expect(visitor.page.locator("#names-state")).to_contain_text("máy tự xóa")
    visitor.page.fill("#query", other.full_name)
    visitor.page.locator("#found button", has_text=other.full_name).first.click()
    expect(visitor.page.locator("#name")).to_have_text(other.full_name)
    comes_true(visitor, Attendance.objects.filter(delegate=alone).exists)


def test_a_withdrawn_phone_forgets_everything(visit, hall, people):
    device = device_at(hall)
    visitor = paired(visit(), device)
    scan(visitor, people[0])
    comes_true(visitor, Attendance.objects.filter(delegate=people[0]).exists)
    devices.withdraw(device=Device.objects.get(pk=device.pk), now=timezone.now())
    scan(visitor, people[1])
    expect(visitor.page.locator("#title")).to_have_text("Máy này đã bị thu hồi")
    # Neither with network nor without does it work on.
    expect(visitor.page.locator("#state")).to_have_text("")
    counts = """idb.openDB("desk", 1).then(db => Promise.all(["queue", "here", "kept"].map(s => db.count(s))))"""
    until(visitor, f"{counts}.then(found => found.every(one => one === 0))")
    assert visitor.page.evaluate("caches.keys()") == []
    assert not Scan.objects.filter(delegate=people[1]).exists()
    visitor.complaints[:] = [one for one in visitor.complaints if "410" not in one]


def test_names_on_the_phone_are_sealed(visit, hall, people):
    visitor = paired(visit(), device_at(hall, role="scan"))
    kept = visitor.page.evaluate("""idb.openDB("desk", 1).then(db => db.get("kept", "list")).then(JSON.stringify)""")
    assert len(kept) > 1000
    for delegate in Delegate.objects.filter(registration__conference=hall.conference):
        assert delegate.full_name not in kept
        assert delegate.token not in kept
    assert visitor.page.locator("#search").is_hidden()


# --- the camera -------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_camera(_playwright, site, tmp_path) -> Iterator[Callable[[list[Delegate]], Visitor]]:
    """Makes a visitor whose camera sees the codes of these people in turn."""
    browsers: list[Browser] = []

    def make(delegates: list[Delegate]) -> Visitor:
        path = Path(tmp_path) / "codes.y4m"
        film(path, [f"{site}/j/{delegate.token}/" for delegate in delegates])
        flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        arguments = [*ARGUMENTS, *flags, f"--use-file-for-fake-video-capture={path}"]
        browsers.append(_playwright.chromium.launch(executable_path=CHROMIUM, args=arguments))
        return Visitor(browsers[-1], site, width=360)

    yield make
    for browser in browsers:
        browser.close()


def test_the_camera_reads_twelve_codes_and_says_each_within_150_milliseconds(with_camera, hall, people):
    visitor = with_camera(people)
    visitor.page.add_init_script(_WATCH)
    paired(visitor, device_at(hall))
    visitor.page.click("#camera")
    until(visitor, f"window.seen.length >= {CODES}")
    visitor.look("71-desk-camera")
    comes_true(visitor, lambda: Attendance.objects.filter(delegate__in=people).count() == CODES)
    seen = visitor.page.evaluate("window.seen")
    took = sorted(milliseconds for _title, milliseconds in seen)
    assert took[int(len(took) * 0.95) - 1] <= VERDICT_WITHIN, took
    assert visitor.complaints == []


# --- typed at the door ------------------------------------------------------------------------------------------------


def test_somebody_comes_instead_in_two_presses_and_somebody_else_without_registration(visit, hall, people):
    visitor = paired(visit(width=360), device_at(hall))
    scan(visitor, people[0])
    visitor.page.click("[data-does=instead]")
    visitor.page.fill("#instead-name", "Vi Thị Thay")
    visitor.page.press("#instead-name", "Enter")
    expect(visitor.page.locator("#name")).to_have_text("Vi Thị Thay")
    visitor.page.click("#walk-in summary")
    visitor.page.fill("#walk-in-name", "Phạm Thị Ghé")
    visitor.page.fill("#walk-in-organisation", "HTX Mới Đến")
    visitor.look("72-desk-walk-in")
    visitor.page.click("#walk-in-form button")
    expect(visitor.page.locator("#name")).to_have_text("Phạm Thị Ghé")
    comes_true(visitor, lambda: not Delegate.objects.filter(pk=people[0].pk).exists())
    queue_is_empty(visitor)
    comes_true(visitor, Attendance.objects.filter(delegate__full_name="Phạm Thị Ghé").exists)
    here = set(Attendance.objects.filter(bridge_point=hall).values_list("delegate__full_name", flat=True))
    assert {"Vi Thị Thay", "Phạm Thị Ghé"} <= here
    assert not Delegate.objects.filter(pk=people[0].pk).exists()
    expect(visitor.page.locator("#counter")).to_contain_text("2")


def test_the_verdict_on_who_was_typed_is_in_view(visit, hall):
    visitor = paired(visit(width=360), device_at(hall))
    # A phone on which the browser takes its part of the screen.
    visitor.page.set_viewport_size({"width": 360, "height": 560})
    visitor.page.click("#walk-in summary")
    visitor.page.fill("#walk-in-name", "Phạm Thị Ghé")
    visitor.page.fill("#walk-in-organisation", "HTX Mới Đến")
    visitor.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert visitor.page.evaluate("document.getElementById('verdict').getBoundingClientRect().top") < 0
    visitor.page.click("#walk-in-form button")
    expect(visitor.page.locator("#title")).to_have_text("Đã cho vào")
    expect(visitor.page.locator("#verdict")).to_be_in_viewport(ratio=1)


def test_taking_back_a_walk_in_takes_back_the_registration_that_it_made(visit, hall):
    visitor = paired(visit(), device_at(hall))
    visitor.page.click("#walk-in summary")
    # A scanner may bring along what nobody sees, and the server would take for no text.
    visitor.page.evaluate("document.getElementById('walk-in-name').value = 'Phạm Thị\\u001d Ghé\\ud83d'")
    visitor.page.fill("#walk-in-organisation", "HTX Mới Đến")
    visitor.page.click("#walk-in-form button")
    here = Attendance.objects.filter(delegate__full_name="Phạm Thị Ghé")
    comes_true(visitor, here.exists)
    visitor.page.click("#undo")
    expect(visitor.page.locator("#title")).to_have_text("Đã rút lại")
    comes_true(visitor, lambda: not here.exists())
    made = Delegate.objects.filter(full_name="Phạm Thị Ghé")
    comes_true(visitor, made.filter(registration__state="cancelled").exists)


def test_who_was_typed_counts_at_once_and_is_taken_off_when_taken_back(visit, hall, people):
    visitor = paired(visit(width=360), device_at(hall))
    visitor.meant.add("ERR_INTERNET_DISCONNECTED")
    queue_is_empty(visitor)

    def shown() -> tuple[int, int]:
        here, total = re.findall(r"\d+", visitor.page.locator("#present").inner_text())
        return int(here), int(total)

    def comes_to(counts: tuple[int, int]) -> None:
        # At once, and still when the server has answered, and when the list has come anew.
        expect(visitor.page.locator("#present")).to_contain_text(f"{counts[0]}/{counts[1]}")
        visitor.page.evaluate("Desk.sync.run()")
        queue_is_empty(visitor)
        assert shown() == counts

    here, total = shown()
    visitor.page.click("#walk-in summary")
    visitor.page.fill("#walk-in-name", "Phạm Thị Ghé")
    visitor.page.fill("#walk-in-organisation", "HTX Mới Đến")
    visitor.context.set_offline(True)
    visitor.page.click("#walk-in-form button")
    expect(visitor.page.locator("#present")).to_contain_text(f"{here + 1}/{total + 1}")
    visitor.context.set_offline(False)
    comes_to((here + 1, total + 1))
    visitor.page.reload()
    until(visitor, "Desk.sync.isOnline && Desk.list.data")
    comes_to((here + 1, total + 1))
    visitor.page.evaluate("document.activeElement.blur()")
    scan(visitor, people[0])
    comes_to((here + 2, total + 1))
    visitor.page.click("[data-does=instead]")
    visitor.page.fill("#instead-name", "Vi Thị Thay")
    visitor.page.press("#instead-name", "Enter")
    # The count is the same with either of them: what is taken back is the last one shown.
    expect(visitor.page.locator("#name")).to_have_text("Vi Thị Thay")
    comes_to((here + 2, total + 1))
    visitor.page.click("#undo")
    comes_to((here + 1, total + 1))
    visitor.page.click("#walk-in summary")
    visitor.page.fill("#walk-in-name", "Lò Văn Ghé")
    visitor.page.fill("#walk-in-organisation", "HTX Mới Đến")
    visitor.page.click("#walk-in-form button")
    comes_to((here + 2, total + 2))
    visitor.page.click("#undo")
    comes_to((here + 1, total + 1))


def test_taking_back_somebody_who_came_instead_says_that_the_place_stays_theirs(visit, hall, people):
    visitor = paired(visit(), device_at(hall))
    scan(visitor, people[0])
    visitor.page.click("[data-does=instead]")
    visitor.page.fill("#instead-name", "Vi Thị Thay")
    visitor.page.press("#instead-name", "Enter")
    here = Attendance.objects.filter(delegate__full_name="Vi Thị Thay")
    comes_true(visitor, here.exists)
    visitor.page.click("#undo")
    expect(visitor.page.locator("#more")).to_contain_text("Nếu đã được ghi tên đi thay thì vẫn giữ như vậy")
    comes_true(visitor, lambda: not here.exists())
    assert Delegate.objects.filter(full_name="Vi Thị Thay", registration__state="confirmed").exists()


def test_a_wrong_phone_of_a_walk_in_is_refused_at_its_field_also_without_network(visit, hall):
    visitor = paired(visit(width=360), device_at(hall))
    visitor.context.set_offline(True)
    visitor.page.click("#walk-in summary")
    name, phone = visitor.page.locator("#walk-in-name"), visitor.page.locator("#walk-in-phone")
    name.fill("Phạm Thị Ghé")
    visitor.page.fill("#walk-in-organisation", "HTX Mới Đến")
    phone.fill("12")
    visitor.page.click("#walk-in-form button")
    expect(visitor.page.locator("#walk-in-phone-error")).to_contain_text("Số điện thoại không hợp lệ")
    expect(phone).to_be_focused()
    expect(phone).to_have_value("12")
    expect(name).to_have_value("Phạm Thị Ghé")
    visitor.look("78-desk-wrong-phone")
    assert visitor.page.evaluate("Desk.store.queue().then(found => found.length)") == 0
    # Spaces are no name: the server would not take them.
    name.fill("   ")
    phone.fill("")
    visitor.page.click("#walk-in-form button")
    expect(visitor.page.locator("#walk-in-name-error")).to_be_visible()
    expect(name).to_be_focused()
    name.fill("Phạm Thị Ghé")
    visitor.page.click("#walk-in-form button")
    expect(visitor.page.locator("#title")).to_have_text("Đã cho vào")
    visitor.context.set_offline(False)
    comes_true(visitor, Attendance.objects.filter(delegate__full_name="Phạm Thị Ghé").exists)
    visitor.complaints[:] = [one for one in visitor.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


PHONES = [
    "0912 345 678", "0912.345.678", "+84 912 345 678", "84912345678", "912345678", "0084912345678", "(024) 3825 1234",
    "+84 0912345678", "19001234", "12", "0912", "091234567", "0112345678", "không nhớ", "0912 345 678 9",
    "+65 9123 4567", "+1 415 555 2671", "+12", "+",
]  # fmt: skip


def test_the_page_takes_the_phone_numbers_that_registering_takes(visit, hall):
    visitor = paired(visit(), device_at(hall))
    field = PhoneField(region="VN", required=False)

    def is_right(text: str) -> bool:
        with suppress(ValidationError):
            return bool(field.clean(text))
        return False

    assert [text for text in PHONES if visitor.page.evaluate("text => Desk.typed.isPhone(text)", text)] == [
        text for text in PHONES if is_right(text)
    ]


def test_the_page_writes_hours_as_all_other_pages_do(visit, hall):
    visitor = paired(visit(), device_at(hall))
    for hour, minute in ((0, 5), (7, 42), (23, 59)):
        moment = timezone.localtime().replace(hour=hour, minute=minute, second=0, microsecond=0)
        written = visitor.page.evaluate("milliseconds => Desk.clock(milliseconds)", moment.timestamp() * 1000)
        assert written == date_format(moment, "TIME_FORMAT")


def test_no_button_moves_when_something_waits_to_be_sent(visit, hall):
    visitor = paired(visit(width=360), device_at(hall))
    queue_is_empty(visitor)
    camera = visitor.page.locator("#camera")
    before = camera.bounding_box()
    visitor.page.evaluate("Desk.here.wait({ code: 'x', kind: 'arrive', at: 0 }); Desk.show.state()")
    expect(visitor.page.locator("#state")).to_contain_text("1 lượt chờ gửi")
    assert camera.bounding_box() == before


_NO_SMS = "Hệ thống không gửi được SMS đến số đã ghi: khách sẽ không nhận được tin nhắn nào."


def test_the_page_knows_whom_our_sms_reach_and_says_so_of_a_landline(visit, hall):
    visitor = paired(visit(), device_at(hall))
    valid = [text for text in PHONES if visitor.page.evaluate("text => Desk.typed.isPhone(text)", text)]
    field = PhoneField(region="VN")
    assert [text for text in valid if visitor.page.evaluate("text => Desk.typed.isReached(text)", text)] == [
        text for text in valid if mobile_of(field.clean(text))
    ]
    for phone, said in (("0205 3870 123", _NO_SMS), ("0912 345 678", ""), ("", "")):
        visitor.page.click("#walk-in summary")
        visitor.page.fill("#walk-in-name", f"Phạm Thị Ghé {phone}")
        visitor.page.fill("#walk-in-organisation", "HTX Mới Đến")
        visitor.page.fill("#walk-in-phone", phone)
        visitor.page.click("#walk-in-form button")
        expect(visitor.page.locator("#name")).to_have_text(f"Phạm Thị Ghé {phone}".strip())
        expect(visitor.page.locator("#more")).to_have_text(said)


def test_what_a_scanner_types_into_a_name_is_read_and_no_part_of_it(visit, hall, people):
    visitor = paired(visit(), device_at(hall))
    scan(visitor, people[0])
    visitor.page.click("[data-does=instead]")
    visitor.page.keyboard.type(f"Vi Thị{visitor.site}/j/{people[1].token}/", delay=1)
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#name")).to_have_text(people[1].full_name)
    comes_true(visitor, Attendance.objects.filter(delegate=people[1]).exists)
    assert not Scan.objects.filter(kind="substitute").exists()


@pytest.mark.parametrize("width", [360, 1280])
def test_staff_pair_a_phone_and_see_that_it_is_there(visit, hall, width):
    visitor = visit(width=width)
    sign_in(visitor, ORGANISER)
    visitor.go(f"/admin/c/{hall.conference.slug}/day/doors/")
    # The demo has phones: what is used on the day stands first, and setting up is folded.
    expect(visitor.page.locator("#setup > summary")).to_be_visible()
    expect(visitor.page.locator("summary", has_text="Ghép máy").first).to_be_hidden()
    visitor.page.locator(f"a[href$='#setup-{hall.pk}']").click()
    visitor.look("79-doors-set-up")
    visitor.page.locator(f"#setup-{hall.pk} input[type=text]").first.fill("Máy cô Lan")
    visitor.page.locator(f"#setup-{hall.pk} button").first.click()
    expect(visitor.page.locator(".dc-pairing")).to_be_visible()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.page.locator("[data-copy]").click()
    expect(visitor.page.locator("[data-copy]")).to_have_text("Đã sao chép")
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert copied == Device.objects.get(name="Máy cô Lan").pairing_url
    visitor.look("73-pairing")
    paired(visit(width=360), Device.objects.get(name="Máy cô Lan"))
    # The page with the code hears of it by itself.
    expect(visitor.page.locator("[data-live]")).to_contain_text("đang sử dụng")
    # And shows nothing any more that would pair another.
    expect(visitor.page.locator(".dc-pairing, .dc-pair-address, [data-copy]")).to_have_count(0)
    expect(visitor.page.get_by_text("quét mã này")).to_have_count(0)
    visitor.look("73-pairing-done")
    visitor.go(f"/admin/c/{hall.conference.slug}/day/doors/")
    expect(visitor.page.locator(".dc-phone", has_text="Máy cô Lan").first).to_contain_text("đang sử dụng")
    visitor.look("74-doors")
