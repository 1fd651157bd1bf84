"""Walk-ins and those who come instead of somebody: taken down without network, registered by the rules."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from attendance import typed_people
from attendance.models import Attendance, Scan
from attendance.typed_people import cancel_taken_back, erase_typed, settle_typed
from bridges.models import BridgePoint
from common.phones import e164_of
from conference.models import Conference
from messaging.reminders.planning import plan_due
from outbox.models import Message
from registrations.models import Delegate, Registration
from registrations.services import Change, correct_people
from registrations.signals import ErasedPeople
from staff.registrations.people_history import people_versions, registrant_words
from tests.conftest import NOW
from tests.support.doors import Phone, arrival, body, milliseconds, undo
from tests.support.factories import START, BridgePointFactory, person, registered

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
WALK_IN = {"name": "Phạm Thị Ghé", "organisation": "HTX Mới Đến", "phone": "0900000123"}


@pytest.fixture
def hall() -> BridgePoint:
    return BridgePointFactory(name="Hội trường Chi Lăng", seats=3)


@pytest.fixture
def phone(hall) -> Phone:
    return Phone(hall, START, role="desk")


def walk_in(at=START, **details) -> dict:
    scan = {"uid": str(uuid4()), "kind": "walk_in", "verdict": "chosen", "at": milliseconds(at)}
    return {**scan, "details": WALK_IN | details}


def instead(delegate: Delegate, name: str, at=START) -> dict:
    return arrival(delegate, at, kind="substitute", verdict="chosen", details={"name": name})


def send(phone: Phone, *scans: dict, now=START + MINUTE):
    taken = phone.send(*scans, now=now)
    settle_typed(device=phone.device, now=now)
    return taken


def take_back(phone: Phone, *scans: dict) -> None:
    phone.send(*[undo(scan) for scan in scans], now=START + MINUTE)
    cancel_taken_back(device=phone.device, now=START + MINUTE)


def test_a_walk_in_is_registered_and_present(hall, phone):
    assert set(send(phone, walk_in()).outcomes.values()) == {"typed"}
    registration = Registration.objects.get()
    assert (registration.state, registration.source, registration.bridge_point) == ("confirmed", "staff", hall)
    assert registration.organisation.name == "HTX Mới Đến"
    delegate = registration.delegates.get()
    assert (delegate.full_name, e164_of(delegate.phone)) == ("Phạm Thị Ghé", "+84900000123")
    attendance = Attendance.objects.get()
    assert (attendance.delegate, attendance.checked_in_at) == (delegate, START)
    # What was typed stands in the registration alone.
    assert Scan.objects.get().details == {}


def test_the_history_says_at_which_door_by_which_phone_a_walk_in_was_taken_down(hall, phone):
    send(phone, walk_in())
    version = Registration.history.get()
    assert version.history_user is None
    assert version.history_change_reason == "Tại cửa đón tiếp: Cửa chính, Máy Cửa chính"
    registrant_words(versions := [version])
    assert versions[0].who == version.history_change_reason


def test_the_history_says_by_which_phone_somebody_was_replaced_and_nothing_else_is_said_to_be(hall, phone):
    registration = registered(hall, now=NOW, people=2)
    before = registration.delegates.as_entered()[1]
    with time_machine.travel(START, tick=False):
        send(phone, instead(before, "Vi Thị Thay"))
    said = {(v.full_name, v.history_type): v.who for v in people_versions(str(registration.pk))}
    assert said[before.full_name, "-"] == said["Vi Thị Thay", "+"] == "Tại cửa đón tiếp: Cửa chính, Máy Cửa chính"
    assert Registration.history.filter(id=registration.pk).first().history_change_reason == ""


def test_a_walk_in_sent_twice_is_registered_once(hall, phone):
    scan = walk_in()
    send(phone, scan)
    send(phone, scan)
    assert Registration.objects.count() == 1


def test_a_walk_in_in_a_full_hall_is_on_the_waitlist_and_present(hall, phone):
    registered(hall, now=NOW, people=3)
    send(phone, walk_in())
    registration = Registration.objects.order_by("pk").last()
    assert registration.state == "waitlisted"
    assert Attendance.objects.get().delegate.registration == registration


def test_a_phone_that_was_late_is_not_too_late(hall, phone):
    send(phone, walk_in(), now=hall.conference.ends_at + timedelta(days=1))
    assert Attendance.objects.count() == 1


def test_a_walk_in_that_was_taken_back_is_not_registered(hall, phone):
    scan = walk_in()
    send(phone, scan, undo(scan))
    assert not Registration.objects.exists()
    assert not Scan.objects.exclude(details={}).exists()


def test_a_walk_in_taken_back_after_it_was_registered_gets_nothing(hall, phone):
    """The reminder "starting now" looks for whoever is not there: a slip at the door must not call anybody."""
    scan = walk_in(START - 5 * MINUTE)
    with time_machine.travel(START - 5 * MINUTE, tick=False):
        phone.post(body([scan], START - 5 * MINUTE))
    assert set(Message.objects.values_list("kind", "state", "due_at")) == {("confirmed", "queued", START - 4 * MINUTE)}
    with time_machine.travel(START - 4 * MINUTE - timedelta(seconds=1), tick=False):
        phone.post(body([undo(scan)], START - 4 * MINUTE))
        plan_due(now=START - 4 * MINUTE)
    registration = Registration.objects.get()
    assert (registration.state, BridgePoint.objects.get().seats_taken) == ("cancelled", 0)
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}
    assert Registration.history.first().history_change_reason == "Tại cửa đón tiếp: Cửa chính, Máy Cửa chính"


def test_a_walk_in_taken_back_while_an_earlier_request_registers_them_is_not_present(hall, phone, monkeypatch):
    """The answer to the first request was lost: the phone sends the same again, with the undo, while it is at work."""
    scan, register = walk_in(), typed_people._registered
    phone.send(scan, now=START)

    def meanwhile(*args):
        phone.send(scan, undo(scan), now=START)
        return register(*args)

    monkeypatch.setattr(typed_people, "_registered", meanwhile)
    assert settle_typed(device=phone.device, now=START) == 1
    assert Attendance.objects.exists()
    cancel_taken_back(device=phone.device, now=START)
    assert not Attendance.objects.exists()
    assert Registration.objects.get().state == "cancelled"


def test_one_more_who_is_taken_back_with_what_was_sent_before_is_not_present(hall, phone):
    """The answer to the first request was lost: the phone sends the same again, with the undo."""
    there = registered(hall, now=NOW).delegates.get()
    Phone(hall, START, door="Cửa sau").send(arrival(there, START), now=START)
    scan = instead(there, "Vi Thị Thay")
    send(phone, scan, now=START)
    with time_machine.travel(START, tick=False):
        phone.post(body([scan, undo(scan)], START))
    assert [a.delegate for a in Attendance.objects.all()] == [there]
    # Nor will they be when their scans are looked at again.
    assert Scan.objects.get(kind="undo").delegate.full_name == "Vi Thị Thay"


def test_a_walk_in_of_a_phone_that_was_late_hears_of_it_at_once(hall, phone):
    send(phone, walk_in(), now=START + 10 * MINUTE)
    assert Message.objects.filter(kind="confirmed", due_at__lte=START + 10 * MINUTE).exists()


def test_the_seat_of_a_walk_in_taken_back_goes_to_the_first_in_line(hall, phone):
    registered(hall, now=NOW, people=2)
    scan = walk_in()
    send(phone, scan, now=START)
    waiting = registered(hall, now=NOW)
    assert waiting.state == "waitlisted"
    take_back(phone, scan)
    waiting.refresh_from_db()
    assert waiting.state == "confirmed"


def test_who_is_there_by_another_sign_or_is_more_than_the_slip_keeps_the_registration(hall, phone):
    """Read at another door since, somebody added by staff, or put in the place of somebody registered before."""
    read, added, before = walk_in(), walk_in(name="Lý Văn Khác"), registered(hall, now=NOW).delegates.get()
    placed = instead(before, "Vi Thị Thay")
    BridgePoint.objects.update(seats=10)
    send(phone, read, added, placed, now=START)
    delegate = Delegate.objects.get(full_name=WALK_IN["name"])
    Phone(hall, START, door="Cửa sau").send(arrival(delegate, START), now=START)
    colleague = Change(person=person(7))
    registration = Delegate.objects.get(full_name="Lý Văn Khác").registration
    correct_people(registration=registration, people=[colleague], now=START)
    take_back(phone, read, added, placed)
    assert set(Registration.objects.values_list("state", flat=True)) == {"confirmed"}


def test_a_wrong_phone_number_keeps_nobody_out(hall, phone):
    send(phone, walk_in(phone="không nhớ"))
    assert str(Delegate.objects.get().phone or "") == ""


def test_who_comes_instead_has_the_place_and_the_one_before_is_off_the_list(hall, phone):
    before = registered(hall, now=NOW).delegates.get()
    send(phone, instead(before, "Vi Thị Thay"))
    delegate = Delegate.objects.get()
    assert (delegate.full_name, delegate.registration_id) == ("Vi Thị Thay", before.registration_id)
    assert delegate.token_hash != before.token_hash
    assert Attendance.objects.get().delegate == delegate


def test_a_code_read_first_is_taken_back_for_who_comes_instead(hall, phone):
    before = registered(hall, now=NOW).delegates.get()
    read = arrival(before, START)
    send(phone, read, undo(read), instead(before, "Vi Thị Thay", START + MINUTE / 2))
    assert [d.full_name for d in Delegate.objects.all()] == ["Vi Thị Thay"]
    assert Attendance.objects.get().delegate.full_name == "Vi Thị Thay"


def test_who_was_there_stays_and_the_other_one_is_registered_beside_them(hall, phone):
    before = registered(hall, now=NOW).delegates.get()
    send(phone, arrival(before, START), now=START)
    send(phone, instead(before, "Vi Thị Thay", START + 10 * MINUTE), now=START + 11 * MINUTE)
    assert {a.delegate.full_name for a in Attendance.objects.all()} == {before.full_name, "Vi Thị Thay"}
    names = {r.organisation.name for r in Registration.objects.all()}
    assert names == {before.registration.organisation.name}


def test_a_cancelled_conference_registers_nobody_and_keeps_what_was_typed_for_staff(hall, phone):
    Conference.objects.update(cancelled_at=START)
    phone.device.conference.refresh_from_db()
    send(phone, walk_in())
    assert not Registration.objects.exists()
    assert Scan.objects.get().details["name"] == "Phạm Thị Ghé"


def test_the_address_registers_at_once(hall, phone):
    answer = phone.post(body([walk_in(START - MINUTE)], START))
    assert answer.status_code == 200
    assert Registration.objects.count() == 1


def test_what_was_typed_is_erased_with_its_person_and_with_everybody(hall, phone):
    phone.send(walk_in(), walk_in(name="Lý Văn Khác"), now=START)
    erase_typed(conference=hall.conference, people=ErasedPeople(names={"Phạm Thị Ghé"}), everybody=False)
    assert [s.details["name"] for s in Scan.objects.exclude(details={})] == ["Lý Văn Khác"]
    erase_typed(conference=hall.conference, people=ErasedPeople(), everybody=True)
    assert not Scan.objects.exclude(details={}).exists()
