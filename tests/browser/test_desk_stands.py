"""What the page of a phone at a door must stand: half an hour without network, wrong clocks, no memory."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from attendance.models import Attendance, Scan
from bridges.models import BridgePoint
from conference.models import Conference
from registrations.models import Delegate
from tests.browser.test_desk import comes_true, device_at, hall, paired, people, queue_is_empty, scan, until
from tests.support.factories import registered
from tests.support.visitor import Visitor

__all__ = ["hall", "people"]
pytestmark = pytest.mark.browser

#: People whom both doors read, and how long that takes them.
CROWD, HALF_HOUR = 500, timedelta(minutes=30)
_AT_ONCE = 20
# So many codes, one after the other, as from a scanner.
_READ = "async (texts) => { for (const text of texts) await window.Desk.read(text, performance.now()); }"
_COUNTS = """idb.openDB("desk", 1).then(db => Promise.all(["queue", "here", "kept"].map(s => db.count(s))))"""
# The memory is full: nothing more can be stored, whatever it is.
_FULL = """
for (const name of ["add", "put"]) {
  IDBObjectStore.prototype[name] = function () { throw new DOMException("No space is left.", "QuotaExceededError"); };
}
"""


def with_clock(visitor: Visitor, moment: datetime) -> Visitor:
    """Have the phone's clock begin at ``moment``; it goes on only as it is told."""
    visitor.page.clock.install(time=moment)
    return visitor


def cut_off(visitor: Visitor) -> None:
    """Without network, also for what the service worker asks."""
    visitor.page.evaluate("navigator.serviceWorker.ready")
    until(visitor, "caches.match('/desk/').then(Boolean)")
    visitor.context.route(re.compile(r"/desk/"), lambda route: route.abort("internetdisconnected"))
    visitor.context.set_offline(True)
    # Chromium complains about each request that finds none.
    visitor.meant.add("ERR_INTERNET_DISCONNECTED")


def connect(visitor: Visitor) -> None:
    """With network again."""
    visitor.context.unroute(re.compile(r"/desk/"))
    visitor.context.set_offline(False)
    visitor.page.evaluate("window.Desk.sync.run()")


def read(visitor: Visitor, delegates: list[Delegate]) -> datetime:
    """Have the codes of ``delegates`` read; the hour on the phone's clock before the first of them."""
    hour = visitor.page.evaluate("Date.now()")
    visitor.page.evaluate(_READ, [f"{visitor.site}/j/{delegate.token}/" for delegate in delegates])
    return datetime.fromtimestamp(hour / 1000, UTC)


def has_queued(visitor: Visitor, count: int) -> None:
    """Wait until so many wait and are stored: a busy phone says its verdict first."""
    expect(visitor.page.locator("html")).to_have_attribute("data-queue", str(count), timeout=30_000)
    comes_true(visitor, lambda: queue_of(visitor) == count, seconds=30)


def queue_of(visitor: Visitor) -> int:
    return visitor.page.evaluate("Desk.store.queue().then(found => found.length)")


@pytest.fixture
def crowd(hall) -> list[Delegate]:
    before = timezone.now() - timedelta(days=2)
    BridgePoint.objects.filter(pk=hall.pk).update(seats=2000)
    hall.refresh_from_db()
    made = [
        registered(hall, now=before, people=100, number=number, notify=False) for number in range(61, 61 + CROWD // 100)
    ]
    return list(Delegate.objects.filter(registration__in=made).select_related("registration").order_by("pk"))


def test_two_doors_without_network_for_half_an_hour_read_the_same_500_people(visit, hall, crowd):
    start = timezone.now() - HALF_HOUR
    doors = [
        paired(with_clock(visit(width=360), start), device_at(hall, door=name, role="scan"))
        for name in ("Cửa A", "Cửa B")
    ]
    # Who comes first at one door comes last at the other.
    orders = [crowd, crowd[::-1]]
    for visitor in doors:
        cut_off(visitor)
        # SQLite in memory, shared by the threads of the server, has no patience; the page sends the same again.
        visitor.meant.add("status of 500")
    # The phones' clocks go on by themselves, too: on a busy machine by more than a minute in all.
    came: dict[int, datetime] = {}
    for place in range(0, CROWD, _AT_ONCE):
        for visitor, order in zip(doors, orders, strict=True):
            at_once = order[place : place + _AT_ONCE]
            hour = read(visitor, at_once)
            for delegate in at_once:
                came.setdefault(delegate.pk, hour)
            visitor.page.clock.run_for(HALF_HOUR * (_AT_ONCE / CROWD) / timedelta(milliseconds=1))
    for visitor in doors:
        has_queued(visitor, CROWD)
    # With a full queue.
    doors[1].page.reload()
    for visitor in doors:
        has_queued(visitor, CROWD)
        expect(visitor.page.locator("#state")).to_contain_text(f"{CROWD} lượt chờ gửi")
    assert not Scan.objects.filter(delegate__in=crowd).exists()
    for visitor in reversed(doors):
        connect(visitor)
        comes_true(visitor, lambda visitor=visitor: queue_of(visitor) == 0, seconds=90)
    assert Scan.objects.filter(delegate__in=crowd).count() == 2 * CROWD
    rows = Attendance.objects.filter(delegate__in=crowd).select_related("arrival__door")
    assert {row.delegate_id for row in rows} == {delegate.pk for delegate in crowd}
    place = {delegate.pk: number for number, delegate in enumerate(crowd)}
    for row in rows:
        number = place[row.delegate_id]
        assert row.is_twice
        # Those in the middle of the crowd are read at nearly the same time.
        if abs(number - CROWD // 2) > 2 * _AT_ONCE:
            assert row.arrival.door.name == ("Cửa A" if number < CROWD // 2 else "Cửa B")
        assert abs(row.checked_in_at - came[row.delegate_id]) < timedelta(minutes=2)


@pytest.mark.parametrize("wrong_by", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_an_hour_wrong_is_said_corrected_and_marked(visit, hall, people, wrong_by):
    visitor = paired(with_clock(visit(width=360), timezone.now() + wrong_by), device_at(hall))
    expect(visitor.page.locator("#state")).to_contain_text("Đồng hồ của máy sai")
    scan(visitor, people[0])
    comes_true(visitor, Attendance.objects.filter(delegate=people[0]).exists)
    stored = Scan.objects.get(delegate=people[0])
    assert stored.is_corrected
    assert abs(stored.device_at - timezone.now() - wrong_by) < timedelta(minutes=2)
    assert abs(Attendance.objects.get(delegate=people[0]).checked_in_at - timezone.now()) < timedelta(minutes=2)
    # The phone itself says the right hour, too.
    kept = visitor.page.evaluate("code => Desk.here.found(code).at", people[0].token_hash[:16])
    assert abs(kept / 1000 - timezone.now().timestamp()) < 120


def test_a_phone_whose_memory_is_full_says_so_and_loses_nothing(visit, hall, people):
    visitor = paired(visit(width=360), device_at(hall))
    cut_off(visitor)
    read(visitor, people[:3])
    visitor.page.evaluate(f"() => {{ {_FULL} }}")
    read(visitor, people[3:6])
    state = visitor.page.locator("#state")
    expect(state).to_contain_text("Bộ nhớ máy đã đầy")
    expect(state).to_contain_text("6 lượt chờ gửi")
    expect(visitor.page.locator("#title")).to_have_text("Kính mời vào")
    visitor.look("75-desk-full")
    # Whoever leaves the page is asked: what is in the page alone would be lost.
    asked: list[str] = []
    visitor.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    visitor.page.close(run_before_unload=True)
    comes_true(visitor, lambda: asked == ["beforeunload"])
    connect(visitor)
    comes_true(visitor, lambda: Attendance.objects.filter(delegate__in=people[:6]).count() == 6)
    queue_is_empty(visitor)
    assert Scan.objects.filter(delegate__in=people).count() == 6


def test_a_day_after_the_end_nothing_about_anybody_is_left_on_the_phone_and_the_queue_is(visit, hall, people):
    now = timezone.now()
    visitor = paired(with_clock(visit(width=360), now), device_at(hall))
    visitor.page.click("#names")
    expect(visitor.page.locator("#query")).to_be_enabled()
    visitor.page.fill("#query", people[1].full_name)
    expect(visitor.page.locator("#found button").first).to_be_visible()
    cut_off(visitor)
    read(visitor, people[:1])
    expect(visitor.page.locator("#name")).to_have_text(people[0].full_name)
    ends_at = Conference.objects.get(pk=hall.conference_id).ends_at
    to_the_last = ends_at + timedelta(hours=24) - now - timedelta(minutes=2)
    visitor.page.clock.fast_forward(to_the_last / timedelta(milliseconds=1))
    visitor.page.clock.run_for(11_000)
    assert visitor.page.evaluate(_COUNTS)[2] == 3
    assert people[1].full_name in visitor.page.content()
    visitor.page.clock.fast_forward(180_000)
    visitor.page.clock.run_for(11_000)
    until(visitor, "Desk.list.data === null && Desk.list.names === null")
    # What is kept is how many were read here; the queue names nobody.
    until(visitor, f"{_COUNTS}.then(found => found.join() === '1,0,1')")
    page = visitor.page.content()
    for delegate in people:
        assert delegate.full_name not in page
    expect(visitor.page.locator("#query")).to_be_disabled()
    visitor.look("76-desk-the-day-after")
    connect(visitor)
    comes_true(visitor, Scan.objects.filter(delegate=people[0]).exists)
