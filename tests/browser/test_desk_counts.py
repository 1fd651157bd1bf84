"""How many are here, as a phone at a door says it: right while answers are on their way, and after whatever came."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import APIResponse, Route, expect

from attendance.models import Scan
from attendance.services import check_in, undo_check_in
from registrations.models import Delegate
from tests.browser.test_desk import comes_true, device_at, hall, paired, people, queue_is_empty
from tests.support.factories import OrganiserFactory
from tests.support.visitor import Visitor

__all__ = ["hall", "people"]
pytestmark = pytest.mark.browser


class Line:
    """What the phone of ``visitor`` sends reaches the server; answers are held back, or lost, as the test says."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.is_held = self.is_cut = False
        self._held: list[tuple[Route, APIResponse]] = []
        visitor.context.route(re.compile(r"/desk/scans/$"), self._carry)
        # Of an answer that is lost the browser complains.
        visitor.meant.add("ERR_CONNECTION_RESET")

    def _carry(self, route: Route) -> None:
        if self.is_cut:
            route.fetch()
            route.abort("connectionreset")
        elif not self.is_held:
            route.continue_()
        else:
            answer = route.fetch()
            # Meanwhile everything may have been let go.
            if self.is_held:
                self._held.append((route, answer))
            else:
                route.fulfill(response=answer)

    def hold(self) -> None:
        """From now on the server hears everything, and the phone nothing."""
        self.is_held = True

    def answered(self) -> None:
        """Wait until the server has answered, and the phone has not heard it."""
        comes_true(self.visitor, lambda: bool(self._held))

    def deliver(self) -> None:
        """Let the answers that are held arrive, the first one first; the next one is held again."""
        held, self._held = self._held, []
        for route, answer in held:
            route.fulfill(response=answer)

    def lose(self) -> None:
        """From now on the server hears everything, and its answers are lost."""
        self.is_cut = True

    def let_go(self) -> None:
        """Let everything arrive."""
        self.is_held = self.is_cut = False
        self.deliver()


@pytest.fixture
def phone(visit, hall, people) -> Visitor:
    visitor = paired(visit(width=360), device_at(hall))
    syncs(visitor)
    return visitor


def syncs(visitor: Visitor) -> None:
    """Have the phone ask, and hear the answer."""
    until_idle(visitor)
    visitor.page.evaluate("Desk.sync.run()")
    until_idle(visitor)


def until_idle(visitor: Visitor) -> None:
    comes_true(visitor, lambda: not visitor.page.evaluate("Desk.sync.isBusy()"))
    queue_is_empty(visitor)


def shown(visitor: Visitor) -> tuple[int, int]:
    """How many are here and expected, as it stands on the page, drawn at this moment."""
    visitor.page.evaluate("Desk.show.state()")
    here, total = re.findall(r"\d+", visitor.page.locator("#present").inner_text())
    return int(here), int(total)


def read(visitor: Visitor, delegate: Delegate) -> None:
    visitor.page.evaluate("text => Desk.read(text, 0)", f"{visitor.site}/j/{delegate.token}/")
    expect(visitor.page.locator("#title")).to_have_text("Kính mời vào")


def walk_in(visitor: Visitor, name: str) -> None:
    visitor.page.click("#walk-in summary")
    visitor.page.fill("#walk-in-name", name)
    visitor.page.fill("#walk-in-organisation", "HTX Mới Đến")
    visitor.page.click("#walk-in-form button")
    expect(visitor.page.locator("#name")).to_have_text(name)


def instead(visitor: Visitor, name: str) -> None:
    visitor.page.click("[data-does=instead]")
    visitor.page.fill("#instead-name", name)
    visitor.page.press("#instead-name", "Enter")
    expect(visitor.page.locator("#name")).to_have_text(name)


def take_back(visitor: Visitor) -> None:
    visitor.page.click("#undo")
    expect(visitor.page.locator("#title")).to_have_text("Đã rút lại")


def test_who_is_taken_back_while_the_answer_is_on_its_way_does_not_come_again_with_it(phone, people):
    here, total = shown(phone)
    line = Line(phone)
    line.hold()
    read(phone, people[0])
    line.answered()
    assert shown(phone) == (here + 1, total)
    take_back(phone)
    assert shown(phone) == (here, total)
    line.deliver()
    # The answer to the scan has arrived, the one to taking it back has not.
    line.answered()
    assert shown(phone) == (here, total)
    # Nor would their code be refused, as of somebody who is here.
    assert phone.page.evaluate("code => Desk.judge(code).kind", people[0].token_hash[:16]) == "welcome"
    line.let_go()
    until_idle(phone)
    assert shown(phone) == (here, total)


def test_who_is_replaced_while_an_answer_is_on_its_way_does_not_come_again_with_it(phone, people):
    here, total = shown(phone)
    read(phone, people[0])
    until_idle(phone)
    line = Line(phone)
    line.hold()
    phone.page.evaluate("Desk.sync.run()")
    line.answered()
    instead(phone, "Vi Thị Thay")
    assert shown(phone) == (here + 1, total)
    line.deliver()
    line.answered()
    assert shown(phone) == (here + 1, total)
    line.let_go()
    until_idle(phone)
    assert shown(phone) == (here + 1, total)
    take_back(phone)
    until_idle(phone)
    for _ in range(3):
        assert shown(phone) == (here, total)
        syncs(phone)


def test_who_was_typed_is_counted_once_while_the_answer_is_on_its_way_and_while_it_is_stored(phone, hall):
    here, total = shown(phone)
    line = Line(phone)
    line.hold()
    walk_in(phone, "Phạm Thị Ghé")
    line.answered()
    assert shown(phone) == (here + 1, total + 1)
    take_back(phone)
    assert shown(phone) == (here, total)
    line.deliver()
    line.answered()
    assert shown(phone) == (here, total)
    line.let_go()
    until_idle(phone)
    assert shown(phone) == (here, total)


def test_who_was_typed_and_taken_back_is_expected_no_more_on_a_phone_whose_list_knew_them(phone, visit, hall):
    here, total = shown(phone)
    walk_in(phone, "Phạm Thị Ghé")
    until_idle(phone)
    other = paired(visit(), device_at(hall, door="Cửa B"))
    syncs(other)
    assert shown(other) == (here + 1, total + 1)
    take_back(phone)
    until_idle(phone)
    syncs(other)
    assert shown(other) == shown(phone) == (here, total)


def test_an_answer_that_was_lost_changes_nothing_that_is_counted(phone, people):
    here, total = shown(phone)
    line = Line(phone)
    line.lose()
    read(phone, people[0])
    walk_in(phone, "Phạm Thị Ghé")
    take_back(phone)
    comes_true(phone, Scan.objects.filter(kind="undo").exists)
    assert shown(phone) == (here + 1, total)
    line.let_go()
    syncs(phone)
    assert shown(phone) == (here + 1, total)


def test_a_phone_hears_of_what_no_scan_tells_with_the_next_answer(phone, people):
    here, total = shown(phone)
    clerk = OrganiserFactory()
    check_in(delegate=people[0], by=clerk, now=timezone.now())
    syncs(phone)
    assert shown(phone) == (here + 1, total)
    undo_check_in(delegate=people[0], by=clerk, now=timezone.now())
    syncs(phone)
    assert shown(phone) == (here, total)


def test_another_phone_counts_who_came_instead_in_their_place(phone, visit, hall, people):
    other = paired(visit(), device_at(hall, door="Cửa B"))
    syncs(other)
    here, total = shown(other)
    read(phone, people[0])
    until_idle(phone)
    syncs(other)
    assert shown(other) == (here + 1, total)
    instead(phone, "Vi Thị Thay")
    until_idle(phone)
    syncs(other)
    assert shown(other) == shown(phone) == (here + 1, total)
    take_back(phone)
    until_idle(phone)
    syncs(other)
    assert shown(other) == shown(phone) == (here, total)


def test_two_pages_on_one_phone_count_the_same(phone, people):
    here, total = shown(phone)
    line = Line(phone)
    line.hold()
    read(phone, people[0])
    line.answered()
    # The second page sends the same while the first waits for its answer.
    line.is_held = False
    second = phone.context.new_page()
    second.goto(f"{phone.site}/desk/")
    counts = "Desk.list.data && Desk.sync.isHeard && !Desk.sync.isBusy() && Desk.here.counts()"
    both = {"here": here + 1, "total": total}
    comes_true(phone, lambda: second.evaluate(counts) == both)
    line.is_held = True
    take_back(phone)
    second.evaluate("Desk.sync.run()")
    comes_true(phone, lambda: second.evaluate("Desk.here.counts().here") == here)
    line.let_go()
    until_idle(phone)
    assert shown(phone) == (here, total)
    second.evaluate("Desk.sync.run()")
    comes_true(phone, lambda: second.evaluate(counts) == {"here": here, "total": total})


def test_what_was_pressed_without_network_counts_after_reloading_also_with_a_wrong_clock(visit, hall, people):
    phone = paired(visit(width=360), device_at(hall))
    syncs(phone)
    here, total = shown(phone)
    phone.page.evaluate("navigator.serviceWorker.ready")
    # Five days behind, when nobody could be checked in: what it has heard says so, until it begins anew.
    phone.page.evaluate("Desk.sync.offset = 5 * 86400000; Date.now = (now => () => now() - 5 * 86400000)(Date.now)")
    phone.context.route(re.compile(r"/desk/(scans/|people\.json)$"), lambda route: route.abort("internetdisconnected"))
    phone.meant.add("ERR_INTERNET_DISCONNECTED")
    read(phone, people[0])
    walk_in(phone, "Phạm Thị Ghé")
    assert shown(phone) == (here + 2, total + 1)
    comes_true(phone, lambda: phone.page.evaluate("Desk.store.queue().then(found => found.length)") == 2)
    phone.page.reload()
    comes_true(phone, lambda: phone.page.evaluate("Desk.here.waiting.length") == 2)
    assert shown(phone) == (here + 2, total + 1)


def test_who_was_found_by_name_is_marked_as_here_as_soon_as_they_are(phone, people):
    phone.page.click("#names")
    expect(phone.page.locator("#query")).to_be_enabled()
    phone.page.fill("#query", people[0].full_name)
    found = phone.page.locator("#found button", has_text=people[0].full_name).first
    expect(found).to_have_attribute("data-here", "false")
    read(phone, people[0])
    expect(found).to_have_attribute("data-here", "true")
    take_back(phone)
    expect(found).to_have_attribute("data-here", "false")


def test_a_phone_that_was_just_paired_says_no_number_before_it_has_heard_who_is_here(visit, hall):
    phone, device = visit(width=360), device_at(hall)
    line = Line(phone)
    line.hold()
    phone.go(f"/desk/pair/{device.token}/")
    phone.page.click("main form button")
    line.answered()
    expect(phone.page.locator("#present")).to_have_text("")
    line.let_go()
    expect(phone.page.locator("#present")).to_contain_text("/")
