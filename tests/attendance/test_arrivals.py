"""What a phone at a door hears of who is here: what is new, what was taken back, and how many there are in all."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.arrivals import Arrivals, arrival_row, arrivals_since
from attendance.services import check_in, record, undo_check_in
from attendance.typed_people import cancel_taken_back, settle_typed
from bridges.models import BridgePoint
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.doors import Phone, arrival, undo
from tests.support.factories import START, BridgePointFactory, OrganiserFactory, registered

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def hall() -> BridgePoint:
    return BridgePointFactory(name="Hội trường Chi Lăng", seats=100)


@pytest.fixture
def front(hall) -> Phone:
    return Phone(hall, START, door="Cửa trước", role="desk")


@pytest.fixture
def back(hall) -> Phone:
    return Phone(hall, START, door="Cửa sau")


def delegate_of(point: BridgePoint, number: int = 1) -> Delegate:
    return registered(point, now=NOW, number=number).delegates.get()


def code_of(delegate: Delegate) -> str:
    return delegate.token_hash[:16]


def said(arrivals: Arrivals) -> tuple[list[Delegate], list[str], int]:
    return [row.delegate for row in arrivals.here], arrivals.gone, arrivals.count


def instead(delegate: Delegate, at=START) -> dict:
    return arrival(delegate, at, kind="substitute", verdict="chosen", details={"name": "Vi Thị Thay"})


def test_a_door_hears_who_has_come_at_another_and_who_was_taken_back(hall, front, back):
    one, other = delegate_of(hall, 1), delegate_of(hall, 2)
    front.send(arrival(one, START), now=START)
    assert said(arrivals_since(back.device, None)) == ([one], [], 1)
    scan = arrival(other, START + 10 * MINUTE)
    front.send(scan, now=START + 10 * MINUTE)
    assert said(arrivals_since(back.device, START + 9 * MINUTE)) == ([other], [], 2)
    front.send(undo(scan), now=START + 11 * MINUTE)
    assert said(arrivals_since(back.device, START + 10 * MINUTE)) == ([], [code_of(other)], 1)


def test_a_door_hears_that_somebody_who_was_replaced_is_not_here(hall, front, back):
    before = delegate_of(hall)
    read = arrival(before, START)
    front.send(read, now=START)
    front.send(undo(read), instead(before, START + MINUTE / 2), now=START + MINUTE)
    settle_typed(device=front.device, now=START + MINUTE)
    now = Delegate.objects.get()
    assert said(arrivals_since(back.device, START)) == ([now], [code_of(before)], 1)


def test_a_door_hears_that_who_was_typed_and_taken_back_is_expected_no_more(hall, front, back):
    read = arrival(delegate_of(hall), START)
    details = {"name": "Vi Thị Ghé", "organisation": "HTX Mới Đến"}
    typed = {**read, "uid": str(uuid4()), "kind": "walk_in", "code": "", "verdict": "chosen", "details": details}
    front.send(read, typed, now=START)
    assert settle_typed(device=front.device, now=START) == 1
    made = Delegate.objects.get(full_name="Vi Thị Ghé")
    front.send(undo(read), undo(typed), now=START + MINUTE / 2)
    cancel_taken_back(device=front.device, now=START + MINUTE / 2)
    heard = arrivals_since(back.device, START)
    assert len(heard.gone) == 2
    assert heard.cancelled == [code_of(made)]


def test_who_is_here_by_another_door_is_not_gone_when_nobody_is_taken_back(hall, front, back):
    """An undo of somebody typed carries the code of whom they were to replace, and is of nobody until it is settled."""
    there = delegate_of(hall)
    back.send(arrival(there, START), now=START)
    scan = instead(there, START + 10 * MINUTE)
    front.send(scan, undo(scan), now=START + 11 * MINUTE)
    assert said(arrivals_since(back.device, START + 10 * MINUTE)) == ([], [], 1)


def test_another_count_tells_of_what_no_scan_tells(hall, front):
    delegate, clerk = delegate_of(hall), OrganiserFactory()
    check_in(delegate=delegate, by=clerk, now=START)
    assert said(arrivals_since(front.device, START)) == ([delegate], [], 1)
    undo_check_in(delegate=delegate, by=clerk, now=START)
    assert said(arrivals_since(front.device, START)) == ([], [], 0)


def test_who_joined_from_their_own_device_is_not_here(hall, front):
    record(delegate=delegate_of(hall), now=START)
    assert said(arrivals_since(front.device, START)) == said(arrivals_since(front.device, None)) == ([], [], 0)


def test_a_row_says_by_which_scan_somebody_is_here(hall, front):
    delegate, scan = delegate_of(hall), arrival(delegate_of(hall, 2), START)
    check_in(delegate=delegate, by=OrganiserFactory(), now=START)
    front.send(scan, now=START)
    rows = {row.delegate: arrival_row(row) for row in arrivals_since(front.device, None).here}
    assert rows.pop(delegate)[2:] == [None, hall.pk, "", ""]
    assert [row[2:] for row in rows.values()] == [[front.device.door_id, hall.pk, scan["uid"][:8], ""]]


def test_a_row_says_in_whose_place_somebody_is_and_nobody_if_they_are_one_more(hall, front, back):
    replaced, there = delegate_of(hall, 1), delegate_of(hall, 2)
    back.send(arrival(there, START), now=START)
    front.send(instead(replaced), instead(there), now=START + MINUTE)
    settle_typed(device=front.device, now=START + MINUTE)
    rows = [arrival_row(row) for row in arrivals_since(front.device, None).here]
    assert sorted(row[5] for row in rows) == ["", "", code_of(replaced)]


def test_what_a_phone_hears_costs_the_same_for_one_and_for_many(hall, front):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            rows = arrivals_since(front.device, START).here
            assert [arrival_row(row) for row in rows]
        return len(queries)

    front.send(arrival(delegate_of(hall, 1), START), now=START)
    few = cost()
    front.send(*[arrival(delegate_of(hall, number), START) for number in range(2, 6)], now=START)
    assert cost() == few == 3
