"""Scans at the doors: stored once, never refused, the earliest counts, whatever comes in first."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance import services
from attendance.models import Attendance, Scan
from bridges.models import BridgePoint
from conference.models import day_version
from registrations.models import Delegate, Registration
from tests.conftest import NOW
from tests.support.doors import Phone, arrival, undo
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, OrganiserFactory, registered
from tests.support.races import at_once

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def hall() -> BridgePoint:
    return BridgePointFactory(name="Hội trường Chi Lăng", seats=1000)


@pytest.fixture
def phone(hall) -> Phone:
    return Phone(hall, START)


def delegate_of(point: BridgePoint, number: int = 1) -> Delegate:
    return registered(point, now=NOW, number=number).delegates.get()


def people_of(point: BridgePoint, count: int) -> list[Delegate]:
    registrations = [
        registered(point, now=NOW, number=n, people=min(20, count - n * 20)) for n in range(-(-count // 20))
    ]
    return list(Delegate.objects.filter(registration__in=registrations).order_by("pk"))


def outcome(taken, scan) -> str:
    return taken.outcomes[scan["uid"]]


def test_a_scan_makes_present_at_its_time_and_door(hall, phone):
    delegate = delegate_of(hall)
    scan = arrival(delegate, START - 3 * MINUTE)
    assert outcome(phone.send(scan, now=START), scan) == "here"
    attendance = Attendance.objects.get()
    assert attendance.delegate == delegate
    assert attendance.first_at == attendance.checked_in_at == START - 3 * MINUTE
    assert (attendance.mode, attendance.bridge_point, attendance.checked_in_by) == ("in_person", hall, None)
    assert attendance.arrival.door == phone.device.door
    stored = Scan.objects.get()
    assert (stored.delegate, stored.is_corrected, stored.received_at) == (delegate, False, START)


def test_the_same_batch_again_changes_nothing(hall, phone):
    scans = [arrival(delegate_of(hall, n), START) for n in range(3)]
    first = phone.send(*scans, now=START + MINUTE)
    version = day_version(hall.conference_id)
    again = phone.send(*scans, now=START + 5 * MINUTE)
    assert again.outcomes == first.outcomes
    assert (first.stored, again.stored) == (3, 0)
    assert (Scan.objects.count(), Attendance.objects.count()) == (3, 3)
    assert day_version(hall.conference_id) == version


def test_the_same_scan_twice_in_one_batch_is_one(hall, phone):
    scan = arrival(delegate_of(hall), START)
    assert phone.send(scan, scan, now=START).outcomes == {scan["uid"]: "here"}
    assert Scan.objects.count() == 1


def test_an_identifier_with_other_content_is_refused_and_counted_and_the_first_stays(hall, phone):
    one, other = delegate_of(hall, 1), delegate_of(hall, 2)
    scan = arrival(one, START)
    phone.send(scan, now=START)
    forged = {**scan, "code": other.token_hash}
    assert outcome(phone.send(forged, now=START + MINUTE), scan) == "conflict"
    assert Scan.objects.get().delegate == one
    phone.device.refresh_from_db()
    assert phone.device.refused_count == 1


def test_the_earliest_wins_whichever_door_sends_first(hall):
    front, back = Phone(hall, START, door="Cửa trước"), Phone(hall, START, door="Cửa sau")
    delegate = delegate_of(hall)
    late, early = arrival(delegate, START + 10 * MINUTE), arrival(delegate, START + 2 * MINUTE)
    assert outcome(front.send(late, now=START + 20 * MINUTE), late) == "here"
    assert outcome(back.send(early, now=START + 30 * MINUTE), early) == "here"
    attendance = Attendance.objects.get()
    assert attendance.checked_in_at == attendance.first_at == START + 2 * MINUTE
    assert attendance.arrival.door.name == "Cửa sau"
    assert attendance.is_twice
    # What the first door hears when it sends again.
    assert outcome(front.send(late, now=START + 31 * MINUTE), late) == "twice"


def test_a_second_scan_at_the_same_door_is_not_twice(hall, phone):
    delegate = delegate_of(hall)
    phone.send(arrival(delegate, START), arrival(delegate, START + MINUTE), now=START + 2 * MINUTE)
    attendance = Attendance.objects.get()
    assert (attendance.is_twice, attendance.presses, attendance.last_at) == (False, 1, START + MINUTE)


def test_two_doors_offline_with_the_same_500_people_lose_nobody_and_count_nobody_twice(hall):
    front, back = Phone(hall, START, door="Cửa trước"), Phone(hall, START, door="Cửa sau")
    people = people_of(hall, 500)
    dice = random.Random(7)
    moments = {d.pk: (dice.uniform(0, 1800), dice.uniform(0, 1800)) for d in people}

    def queue(side: int) -> list[dict]:
        mixed = dice.sample(people, 500)
        return [arrival(d, START + timedelta(seconds=round(moments[d.pk][side], 3))) for d in mixed]

    queues = [(front, queue(0)), (back, queue(1))]
    now = START + 31 * MINUTE
    for start in range(0, 500, 200):
        for phone, scans in queues:
            taken = phone.send(*scans[start : start + 200], now=now)
            assert set(taken.outcomes.values()) <= {"here", "twice"}
    assert Scan.objects.count() == 1000
    rows = Attendance.objects.select_related("arrival__door")
    assert {row.delegate_id for row in rows} == {d.pk for d in people}
    for row in rows:
        times = moments[row.delegate_id]
        assert row.arrival.door == (front, back)[times[1] < times[0]].device.door
        assert abs((row.checked_in_at - START).total_seconds() - min(times)) < 0.001
        assert row.is_twice
        assert row.presses == 1


def test_a_clock_that_is_an_hour_wrong_is_corrected_and_marked(hall, phone):
    delegate = delegate_of(hall)
    now = START + 30 * MINUTE
    phone.send(arrival(delegate, START + 70 * MINUTE), now=now, clock=now + 60 * MINUTE)
    scan = Scan.objects.get()
    assert (scan.happened_at, scan.device_at, scan.is_corrected) == (START + 10 * MINUTE, START + 70 * MINUTE, True)
    assert Attendance.objects.get().checked_in_at == START + 10 * MINUTE


@pytest.mark.parametrize("wrong_by", [0, 60])
@pytest.mark.parametrize("minutes_on_its_way", [0, 1, 4])
def test_a_batch_that_was_long_on_its_way_keeps_its_times(hall, phone, wrong_by, minutes_on_its_way):
    happened = START + 10 * MINUTE
    said, sent = happened + wrong_by * MINUTE, START + 30 * MINUTE
    phone.send(
        arrival(delegate_of(hall), said),
        now=sent + minutes_on_its_way * MINUTE,
        clock=sent + wrong_by * MINUTE,
        offset=-wrong_by * 60_000,
    )
    scan = Scan.objects.get()
    assert (scan.happened_at, scan.is_corrected) == (happened, bool(wrong_by))


@pytest.mark.parametrize("offset", [None, 0, 3_600_000, -7_200_000, True, "x", 10**15, 1.5])
def test_what_a_phone_has_heard_of_its_clock_is_nothing_once_the_clock_was_set(hall, phone, offset):
    now = START + 30 * MINUTE
    phone.send(arrival(delegate_of(hall), START + 70 * MINUTE), now=now, clock=now + 60 * MINUTE, offset=offset)
    assert Scan.objects.get().happened_at == START + 10 * MINUTE


def test_nothing_has_happened_later_than_now(hall, phone):
    phone.send(arrival(delegate_of(hall), START + 5 * MINUTE), now=START)
    assert Scan.objects.get().happened_at == START


def test_what_comes_after_the_end_is_taken(hall, phone):
    delegate = delegate_of(hall)
    scan = arrival(delegate, START + MINUTE)
    assert outcome(phone.send(scan, now=hall.conference.ends_at + timedelta(days=2)), scan) == "here"
    assert Attendance.objects.get().checked_in_at == START + MINUTE


def test_trying_out_a_phone_the_day_before_makes_nobody_present(hall, phone):
    scan = arrival(delegate_of(hall), START - timedelta(days=1))
    assert outcome(phone.send(scan, now=START - timedelta(days=1)), scan) == "trial"
    assert Scan.objects.exists()
    assert not Attendance.objects.exists()


def test_who_comes_early_is_present(hall, phone):
    scan = arrival(delegate_of(hall), START - timedelta(hours=2))
    assert outcome(phone.send(scan, now=START - timedelta(hours=2)), scan) == "here"
    assert Attendance.objects.count() == 1


def test_a_guest_of_another_point_is_present_where_they_were_admitted(hall, phone):
    other = BridgePointFactory(conference=hall.conference, name="Phòng VNPT")
    scan = arrival(delegate_of(other), START, verdict="elsewhere")
    assert outcome(phone.send(scan, now=START), scan) == "here"
    assert Attendance.objects.get().bridge_point == hall


def test_who_has_no_seat_and_was_let_in_is_present_and_that_is_said(hall, phone):
    delegate = delegate_of(hall)
    Registration.objects.update(state=Registration.State.WAITLISTED, queue_number=1)
    scan = arrival(delegate, START, verdict="no_seat")
    assert outcome(phone.send(scan, now=START), scan) == "no_seat"
    assert Attendance.objects.get().delegate == delegate


def test_a_code_of_another_conference_and_a_forged_one_make_nobody_present(hall, phone):
    stranger = delegate_of(BridgePointFactory(conference=ConferenceFactory()))
    foreign, forged = arrival(stranger, START), arrival(stranger, START, code="f" * 64)
    taken = phone.send(foreign, forged, now=START)
    assert (outcome(taken, foreign), outcome(taken, forged)) == ("foreign", "unknown")
    # Something was shown at the door all the same.
    assert list(Scan.objects.values_list("delegate", flat=True)) == [None, None]
    assert not Attendance.objects.exists()


def test_somebody_chosen_from_the_list_is_found_by_the_beginning_of_their_code(hall, phone):
    delegate = delegate_of(hall)
    scan = arrival(delegate, START, code=delegate.token_hash[:16], verdict="chosen")
    assert outcome(phone.send(scan, now=START), scan) == "here"
    assert Attendance.objects.get().delegate == delegate


# --- taking back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_in_one_batch", [True, False])
def test_what_was_taken_back_within_the_minute_did_not_happen(hall, phone, is_in_one_batch):
    scan = arrival(delegate_of(hall), START)
    back = undo(scan)
    if is_in_one_batch:
        phone.send(scan, back, now=START + MINUTE)
    else:
        phone.send(scan, now=START)
        assert Attendance.objects.exists()
        assert outcome(phone.send(back, now=START + MINUTE), back) == "taken_back"
    assert not Attendance.objects.exists()
    assert Scan.objects.count() == 2


def test_nobody_takes_back_after_the_minute_or_with_another_phone(hall, phone):
    other = Phone(hall, START, door="Cửa sau")
    scan = arrival(delegate_of(hall), START)
    phone.send(scan, undo(scan, after=5 * MINUTE), now=START + 6 * MINUTE)
    other.send(undo(scan), now=START + 6 * MINUTE)
    assert Attendance.objects.exists()


def test_taking_back_at_one_door_leaves_what_the_other_has_read(hall):
    front, back = Phone(hall, START, door="Cửa trước"), Phone(hall, START, door="Cửa sau")
    delegate = delegate_of(hall)
    scan = arrival(delegate, START)
    front.send(scan, now=START)
    back.send(arrival(delegate, START + MINUTE), now=START + MINUTE)
    front.send(undo(scan), now=START + 2 * MINUTE)
    attendance = Attendance.objects.get()
    assert (attendance.checked_in_at, attendance.is_twice) == (START + MINUTE, False)
    assert attendance.arrival.door == back.device.door


def test_who_had_joined_online_is_there_online_again(hall, phone):
    delegate = delegate_of(hall)
    services.record(delegate=delegate, now=START - 10 * MINUTE)
    scan = arrival(delegate, START)
    phone.send(scan, now=START)
    attendance = Attendance.objects.get()
    assert (attendance.mode, attendance.first_at, attendance.presses) == ("in_person", START - 10 * MINUTE, 2)
    phone.send(undo(scan), now=START + MINUTE)
    attendance.refresh_from_db()
    assert (attendance.mode, attendance.checked_in_at, attendance.presses) == ("online", None, 1)


# --- beside the button of staff ---------------------------------------------------------------------------------------


def test_the_button_of_staff_counts_if_it_was_pressed_first(hall, phone):
    delegate, clerk = delegate_of(hall), OrganiserFactory()
    services.check_in(delegate=delegate, by=clerk, now=START)
    phone.send(arrival(delegate, START + MINUTE), now=START + MINUTE)
    attendance = Attendance.objects.get()
    assert (attendance.checked_in_at, attendance.checked_in_by, attendance.arrival) == (START, clerk, None)


def test_an_earlier_scan_that_comes_later_counts_before_the_button(hall, phone):
    delegate, clerk = delegate_of(hall), OrganiserFactory()
    services.check_in(delegate=delegate, by=clerk, now=START + 5 * MINUTE)
    phone.send(arrival(delegate, START), now=START + 10 * MINUTE)
    attendance = Attendance.objects.get()
    assert attendance.checked_in_at == attendance.first_at == START
    assert not services.may_undo(attendance, clerk, START + MINUTE / 2)


def test_staff_hear_at_which_door_somebody_was_read(hall, phone):
    delegate = delegate_of(hall)
    phone.send(arrival(delegate, START), now=START)
    done = services.check_in(delegate=delegate, by=OrganiserFactory(), now=START + MINUTE)
    assert not done.is_first
    assert done.attendance.arrival.door == phone.device.door


def test_a_conference_that_was_moved_begins_anew(hall, phone):
    delegate = delegate_of(hall)
    phone.send(arrival(delegate, START), now=START)
    later = START + timedelta(days=7)
    hall.conference.starts_at, hall.conference.ends_at = later, later + timedelta(hours=3)
    hall.conference.save()
    delegate = Delegate.objects.select_related("registration__conference").get()
    assert not services.has_come(delegate)
    services.record(delegate=delegate, now=later)
    attendance = Attendance.objects.get()
    assert (attendance.mode, attendance.arrival, attendance.is_twice) == ("online", None, False)


# --- what it costs ------------------------------------------------------------------------------


def test_a_batch_costs_the_same_whatever_its_length_and_raises_the_day_version_once(hall, phone):
    people = people_of(hall, 60)

    def cost(some: list[Delegate]) -> int:
        before = day_version(hall.conference_id)
        with CaptureQueriesContext(connection) as queries:
            phone.send(*[arrival(d, START) for d in some], now=START)
        assert day_version(hall.conference_id) == before + 1
        return len(queries)

    cost(people[:1])
    assert cost(people[1:3]) == cost(people[3:60]) <= 14


def test_a_sign_of_life_does_not_raise_the_day_version(hall, phone):
    version = day_version(hall.conference_id)
    phone.send(now=START + MINUTE)
    phone.device.refresh_from_db()
    assert phone.device.last_seen_at == START + MINUTE
    assert day_version(hall.conference_id) == version


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_doors_that_send_at_the_same_moment_count_everybody_once_and_the_earliest(hall):
    front, back = Phone(hall, START, door="Cửa trước"), Phone(hall, START, door="Cửa sau")
    people = people_of(hall, 40)
    early = [arrival(d, START) for d in people]
    late = [arrival(d, START + MINUTE) for d in reversed(people)]
    answers = at_once(
        lambda: front.send(*late, now=START + 5 * MINUTE), lambda: back.send(*early, now=START + 5 * MINUTE)
    )
    assert [answer.stored for answer in answers] == [40, 40]
    rows = Attendance.objects.all()
    assert len(rows) == 40
    assert {(row.checked_in_at, row.is_twice) for row in rows} == {(START, True)}
