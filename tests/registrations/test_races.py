"""Two people press at the same moment: real threads and connections, the race window held open."""

from functools import partial

import pytest
from django.db import OperationalError

from bridges.models import BridgePoint
from outbox.models import Message
from registrations import seats, services
from registrations.models import Delegate, Erasure, Guest, Invitation, Organisation, Registration
from registrations.services import Change, changing, registering
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, person, registered
from tests.support.races import Window, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def _open_window(monkeypatch) -> None:
    """Whoever has read the seats first waits until the other has read them too, or stands at the lock."""
    window, admit = Window(), seats.admit

    def slow_admit(point, registration, now, *, trip=None) -> None:
        window.hold()
        admit(point, registration, now, trip=trip)

    monkeypatch.setattr(seats, "admit", slow_admit)


@pytest.fixture
def _without_lock(monkeypatch) -> None:
    def look(point_id: int, *, after=None) -> BridgePoint:
        if after is not None:
            after.send()
        return BridgePoint.objects.get(pk=point_id)

    monkeypatch.setattr(seats, "lock", look)


def both_want_the_last_seat() -> list[str]:
    point = BridgePointFactory(seats=1)
    made = at_once(*(partial(registered, point, now=NOW, number=n) for n in (1, 2)))
    return sorted(Registration.objects.get(pk=r.pk).state for r in made)


@pytest.mark.usefixtures("_open_window")
def test_the_last_seat_goes_to_one_of_two_at_once():
    assert both_want_the_last_seat() == ["confirmed", "waitlisted"]


@pytest.mark.usefixtures("_open_window", "_without_lock")
def test_without_the_lock_the_same_race_sells_the_last_seat_twice():
    assert both_want_the_last_seat() == ["confirmed", "confirmed"]


def test_eight_at_once_for_three_seats_fill_exactly_three():
    point = BridgePointFactory(seats=3)
    made = at_once(*(partial(registered, point, now=NOW, number=n) for n in range(1, 9)))
    assert all(isinstance(r, Registration) for r in made), made
    point.refresh_from_db()
    assert (point.seats_taken, point.waiting_count) == (3, 5)
    assert Registration.objects.filter(state="confirmed").count() == 3
    assert list(Registration.objects.in_line().values_list("queue_number", flat=True)) == [1, 2, 3, 4, 5]


def test_two_presses_of_one_form_at_once_make_one_registration():
    point = BridgePointFactory()
    press = partial(registered, point, now=NOW, submission_key="k" * 64)
    made = at_once(press, press, press)
    assert len({r.pk for r in made}) == 1
    assert (Registration.objects.count(), Organisation.objects.count(), Delegate.objects.count()) == (1, 1, 1)
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 1
    assert Message.objects.filter(kind="confirmed").count() == 2


def test_a_cancellation_and_a_newcomer_at_once_keep_the_order():
    point = BridgePointFactory(seats=1)
    seated, waiting = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    _, newcomer = at_once(
        partial(services.cancel, registration=seated, now=NOW), partial(registered, point, now=NOW, number=3)
    )
    assert Registration.objects.get(pk=waiting.pk).state == "confirmed"
    assert Registration.objects.get(pk=newcomer.pk).state == "waitlisted"


def test_two_cancellations_of_one_registration_at_once_free_its_seat_once():
    point = BridgePointFactory(seats=2)
    registration = registered(point, now=NOW, number=1)
    registered(point, now=NOW, number=2)
    first, second = registered(point, now=NOW, number=3), registered(point, now=NOW, number=4)
    cancel = partial(services.cancel, registration=registration, now=NOW)
    at_once(cancel, cancel)
    assert [Registration.objects.get(pk=r.pk).state for r in (first, second)] == ["confirmed", "waitlisted"]
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 2


@pytest.fixture
def _both_have_locked_one(monkeypatch) -> None:
    """Whoever has the lock of one point waits until the other has one as well, or stands at a lock."""
    window, lock = Window(), seats.lock

    def slow_lock(point_id: int, *, after=None) -> BridgePoint:
        point = lock(point_id, after=after)
        window.hold()
        return point

    monkeypatch.setattr(seats, "lock", slow_lock)


def two_swap_their_points() -> tuple[list, list[BridgePoint]]:
    """Two full points with room for one more each; one registration of each moves to the other."""
    first = BridgePointFactory(seats=2)
    second = BridgePointFactory(conference=first.conference, seats=2)
    one, two = registered(first, now=NOW, number=1), registered(second, now=NOW, number=2)
    moved = at_once(
        partial(services.move, registration=one, point=second, now=NOW),
        partial(services.move, registration=two, point=first, now=NOW),
    )
    return moved, [first, second]


@pytest.mark.usefixtures("_both_have_locked_one")
def test_two_who_swap_points_at_once_do_not_block_each_other():
    moved, (first, second) = two_swap_their_points()
    assert [r.bridge_point_id for r in moved] == [second.pk, first.pk]
    for point in (first, second):
        point.refresh_from_db()
        assert (point.seats_taken, point.waiting_count) == (1, 0)


@pytest.mark.usefixtures("_both_have_locked_one")
def test_without_the_order_of_the_locks_one_of_the_two_fails(monkeypatch):
    ordered = changing.lock_with_point
    monkeypatch.setattr(changing, "lock_with_point", lambda pk, also=0: ordered(pk))
    moved, _points = two_swap_their_points()
    assert [type(r) for r in moved if not isinstance(r, Registration)] == [OperationalError]


def held_request() -> tuple[BridgePoint, Registration, Registration]:
    """A request that holds the only seat, and somebody who waits for it."""
    point = BridgePointFactory(seats=1, approval="yes")
    return point, registered(point, now=NOW), registered(point, now=NOW, number=2, source="staff")


def test_accepting_and_cancelling_the_same_request_at_once_ends_in_one_of_the_two():
    point, request, waiting = held_request()
    at_once(
        partial(services.accept, registration=request, by=None, now=NOW),
        partial(services.cancel, registration=request, now=NOW),
    )
    # Whoever came second found what the first had made of it: cancelled in either case.
    assert [Registration.objects.get(pk=r.pk).state for r in (request, waiting)] == ["cancelled", "confirmed"]
    point.refresh_from_db()
    assert (point.seats_taken, point.waiting_count) == (1, 0)
    (delegate,) = request.delegates.all()
    unsent = Message.objects.unsent().filter(person=delegate.person)
    assert set(unsent.values_list("kind", flat=True)) == {"cancelled"}


def test_accepting_and_declining_at_once_decides_once():
    point, request, waiting = held_request()
    made = at_once(
        partial(services.accept, registration=request, by=None, now=NOW),
        partial(services.decline, registration=request, by=None, reason="Trùng", now=NOW),
    )
    assert sum(isinstance(result, services.RegistrationRefused) for result in made) == 1
    states = [Registration.objects.get(pk=r.pk).state for r in (request, waiting)]
    assert states in (["confirmed", "waitlisted"], ["declined", "confirmed"])
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 1


def two_guests_want_the_last_kept_seat() -> tuple[list[str], BridgePoint]:
    point = BridgePointFactory(seats=2)
    invitation = Invitation.objects.create(conference=point.conference, name="Sở", bridge_point=point)
    services.keep_seats(invitation=invitation, quota=1, is_active=True, now=NOW)
    registered(point, now=NOW)
    # Somebody waits: only what is kept is left, and only for a guest.
    registered(point, now=NOW, number=2)
    made = at_once(*(partial(registered, point, now=NOW, number=n, invitation=invitation) for n in (3, 4)))
    point.refresh_from_db()
    return sorted(Registration.objects.get(pk=r.pk).state for r in made), point


@pytest.mark.usefixtures("_open_window")
def test_the_last_seat_kept_for_an_invitation_goes_to_one_of_two_guests_at_once():
    states, point = two_guests_want_the_last_kept_seat()
    assert states == ["confirmed", "waitlisted"]
    assert (point.seats_taken, point.seats_reserved, point.waiting_count) == (2, 0, 2)
    assert Invitation.objects.get().used == 1


def two_forms_of_one_guest() -> list[str]:
    """What becomes of two forms from two browsers, sent with one guest's link before either has registered."""
    point = BridgePointFactory()
    invitation = Invitation.objects.create(conference=point.conference, name="Sở", bridge_point=point)
    guest = Guest.objects.create(invitation=invitation, name="Trần Khách", email="k@v.example")
    form = partial(registered, point, now=NOW, invitation=invitation, guest=guest)
    made = at_once(*(partial(form, number=n, submission_key=str(n) * 64) for n in (1, 2)))
    return sorted(type(result).__name__ for result in made)


@pytest.mark.usefixtures("_open_window")
def test_the_link_of_a_guest_registers_once_when_two_forms_come_at_once():
    assert two_forms_of_one_guest() == ["RegisteredAlready", "Registration"]
    assert Guest.objects.get().registration == Registration.objects.get()
    assert BridgePoint.objects.get().seats_taken == 1


@pytest.mark.usefixtures("_open_window")
def test_without_the_lock_of_the_guest_the_same_link_registers_twice(monkeypatch):
    monkeypatch.setattr(registering, "_lock_guest", lambda guest: Guest.objects.get(pk=guest.pk))
    assert two_forms_of_one_guest() == ["Registration", "Registration"]


@pytest.mark.usefixtures("_open_window")
def test_one_form_of_a_guest_pressed_twice_at_once_is_one_registration():
    point = BridgePointFactory()
    invitation = Invitation.objects.create(conference=point.conference, name="Sở", bridge_point=point)
    guest = Guest.objects.create(invitation=invitation, name="Trần Khách", email="k@v.example")
    press = partial(registered, point, now=NOW, invitation=invitation, guest=guest, submission_key="k" * 64)
    first, second = at_once(press, press)
    assert first == second == Registration.objects.get()


def test_a_quota_and_a_newcomer_at_once_never_promise_the_same_seat():
    point = BridgePointFactory(seats=1)
    invitation = Invitation.objects.create(conference=point.conference, name="Sở", bridge_point=point)
    keep = partial(services.keep_seats, invitation=invitation, quota=1, is_active=True, now=NOW)
    missing, newcomer = at_once(keep, partial(registered, point, now=NOW))
    assert (newcomer.state, missing) in (("confirmed", 1), ("waitlisted", 0))


def test_one_person_more_and_a_newcomer_at_once_share_no_seat():
    point = BridgePointFactory(seats=2)
    registration = registered(point, now=NOW)
    (first,) = registration.delegates.all()
    people = [Change(person(100), first.pk), Change(person(7))]
    changed, newcomer = at_once(
        partial(services.change_people, registration=registration, people=people, now=NOW),
        partial(registered, point, now=NOW, number=2),
    )
    got_it = isinstance(changed, Registration)
    assert got_it or isinstance(changed, services.PointFull)
    assert newcomer.state == ("waitlisted" if got_it else "confirmed")
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 2
    assert Delegate.objects.filter(registration=registration).count() == (2 if got_it else 1)


def test_two_at_once_who_each_add_a_person_share_no_seat(monkeypatch):
    window, resize = Window(), seats.resize

    def slow_resize(point, registration, wanted) -> bool:
        window.hold()
        return resize(point, registration, wanted)

    monkeypatch.setattr(seats, "resize", slow_resize)
    point = BridgePointFactory(seats=3)
    both = [registered(point, now=NOW, number=n) for n in (1, 2)]
    lists = [[Change(person(n * 100), r.delegates.get().pk), Change(person(n))] for n, r in enumerate(both, start=1)]
    made = at_once(
        *(
            partial(services.change_people, registration=r, people=people, now=NOW)
            for r, people in zip(both, lists, strict=True)
        )
    )
    assert sorted(type(result).__name__ for result in made) == ["PointFull", "Registration"]
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 3
    assert Delegate.objects.count() == 3


def test_two_workers_erase_a_conference_once():
    point = BridgePointFactory(conference__erase_after_days=1)
    for number in (1, 2, 3):
        registered(point, now=NOW, number=number)
    erase = partial(services.erase_due, now=point.conference.erased_from)
    assert sum(at_once(erase, erase)) == 3
    assert sum(Erasure.objects.values_list("registrations", flat=True)) == 3
