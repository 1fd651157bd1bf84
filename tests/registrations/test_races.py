"""Two people press at the same moment: real threads and connections, the race window held open."""

from functools import partial

import pytest

from bridges.models import BridgePoint
from notifications.models import Message
from registrations import seats, services
from registrations.models import Delegate, Organisation, Registration
from tests.conftest import NOW
from tests.factories import BridgePointFactory, registered
from tests.races import Window, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def _open_window(monkeypatch) -> None:
    """Whoever has read the seats first waits until the other has read them too, or stands at the lock."""
    window, admit = Window(), seats.admit

    def slow_admit(point, registration, now) -> None:
        window.hold()
        admit(point, registration, now)

    monkeypatch.setattr(seats, "admit", slow_admit)


@pytest.fixture
def _without_lock(monkeypatch) -> None:
    monkeypatch.setattr(seats, "lock", lambda point_id: BridgePoint.objects.get(pk=point_id))


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
