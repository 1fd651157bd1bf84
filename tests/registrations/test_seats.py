"""Seats and the waitlist: first come, first served, never one too many."""

from datetime import timedelta

import pytest

from bridges.models import BridgePoint
from outbox import queue
from outbox.models import Message
from registrations import services
from registrations.models import Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


def states(*registrations: Registration) -> list[str]:
    return [Registration.objects.get(pk=r.pk).state for r in registrations]


def counters(point: BridgePoint) -> tuple[int, int]:
    """Seats taken and registrations waiting, as the database has them; checked against the registrations."""
    point = BridgePoint.objects.get(pk=point.pk)
    confirmed = Registration.objects.filter(bridge_point=point, state="confirmed")
    assert point.seats_taken == sum(r.seats for r in confirmed)
    assert point.waiting_count == Registration.objects.filter(bridge_point=point, state="waitlisted").count()
    return point.seats_taken, point.waiting_count


def kinds(registration: Registration, **where: str) -> list[str]:
    people = [d.person for d in registration.delegates.all()]
    return list(Message.objects.filter(person__in=people, **where).order_by("id").values_list("kind", flat=True))


def test_whoever_comes_while_there_are_seats_is_confirmed():
    point = BridgePointFactory(seats=2)
    first, second = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    assert states(first, second) == ["confirmed", "confirmed"]
    assert first.confirmed_at == NOW
    assert counters(point) == (2, 0)


def test_whoever_comes_after_the_last_seat_waits_in_order():
    point = BridgePointFactory(seats=1)
    registered(point, now=NOW, number=1)
    waiting = [registered(point, now=NOW, number=n) for n in (2, 3, 4)]
    assert states(*waiting) == ["waitlisted"] * 3
    assert [r.place_in_line for r in waiting] == [1, 2, 3]
    assert counters(point) == (1, 3)


def test_a_point_without_limit_never_fills():
    point = BridgePointFactory(kind="online", seats=None)
    assert {registered(point, now=NOW, number=n, people=5).state for n in range(1, 5)} == {"confirmed"}
    assert counters(point) == (20, 0)


def test_a_point_with_no_seats_at_all_only_has_a_waitlist():
    point = BridgePointFactory(seats=0)
    assert registered(point, now=NOW).state == "waitlisted"


def test_a_group_gets_all_its_seats_or_none():
    point = BridgePointFactory(seats=3)
    registered(point, now=NOW, number=1)
    group = registered(point, now=NOW, number=2, people=3)
    assert group.state == "waitlisted"
    assert counters(point) == (1, 1)


def test_a_small_group_does_not_overtake_a_big_one_that_came_first():
    point = BridgePointFactory(seats=3)
    registered(point, now=NOW, number=1)
    big = registered(point, now=NOW, number=2, people=3)
    small = registered(point, now=NOW, number=3)
    assert states(big, small) == ["waitlisted", "waitlisted"]


def test_a_big_group_first_in_line_holds_back_those_behind_it_when_a_seat_comes_free():
    point = BridgePointFactory(seats=3)
    first, second = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2, people=2)
    big, small = registered(point, now=NOW, number=3, people=2), registered(point, now=NOW, number=4)
    services.cancel(registration=first, now=NOW)
    assert states(big, small) == ["waitlisted", "waitlisted"]
    services.cancel(registration=second, now=NOW)
    assert states(big, small) == ["confirmed", "confirmed"]
    assert counters(point) == (3, 0)


def test_a_newcomer_does_not_overtake_when_a_seat_is_free_but_somebody_waits():
    point = BridgePointFactory(seats=3)
    first = registered(point, now=NOW, number=1)
    registered(point, now=NOW, number=2, people=2)
    registered(point, now=NOW, number=3, people=2)
    services.cancel(registration=first, now=NOW)
    assert registered(point, now=NOW, number=4).state == "waitlisted"


def test_the_public_page_counts_no_free_seats_while_somebody_waits():
    point = BridgePointFactory(seats=3)
    registered(point, now=NOW, number=1, people=2)
    registered(point, now=NOW, number=2, people=2)
    point.refresh_from_db()
    assert (point.seats_left, point.is_full) == (0, True)


def test_cancelling_frees_the_seat_and_promotes_the_first_in_line():
    point = BridgePointFactory(seats=1)
    seated, first, second = (registered(point, now=NOW, number=n) for n in (1, 2, 3))
    later = NOW + timedelta(hours=1)
    services.cancel(registration=seated, now=later)
    assert states(seated, first, second) == ["cancelled", "confirmed", "waitlisted"]
    first.refresh_from_db()
    assert (first.confirmed_at, first.queue_number) == (later, None)
    assert Registration.objects.get(pk=second.pk).place_in_line == 1
    assert counters(point) == (1, 1)


def test_cancelling_tells_the_cancelled_and_the_promoted():
    point = BridgePointFactory(seats=1)
    seated, first = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    Message.objects.update(state=Message.State.SENT)
    services.cancel(registration=seated, now=NOW)
    assert kinds(seated, state="queued") == ["cancelled", "cancelled"]
    assert kinds(first, state="queued") == ["promoted", "promoted"]


def test_cancelling_takes_back_what_was_not_sent_yet():
    point = BridgePointFactory()
    registration = registered(point, now=NOW)
    Message.objects.filter(channel="email").update(state=Message.State.SENT)
    services.cancel(registration=registration, now=NOW)
    assert kinds(registration, state="cancelled", channel="sms") == ["confirmed"]
    assert kinds(registration, state="sent", channel="email") == ["confirmed"]


def test_being_promoted_takes_back_an_unsent_word_about_the_waitlist():
    point = BridgePointFactory(seats=1)
    seated, waiting = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    services.cancel(registration=seated, now=NOW)
    assert kinds(waiting, state="queued", channel="email") == ["promoted"]


def test_cancelling_twice_is_cancelling_once():
    point = BridgePointFactory(seats=2)
    registration, other = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    services.cancel(registration=registration, now=NOW)
    services.cancel(registration=registration, now=NOW)
    assert counters(point) == (1, 0)
    assert kinds(registration, state="queued", channel="email") == ["cancelled"]
    assert states(other) == ["confirmed"]


def test_leaving_the_waitlist_promotes_nobody_without_a_seat():
    point = BridgePointFactory(seats=1)
    registered(point, now=NOW, number=1)
    first, second = registered(point, now=NOW, number=2), registered(point, now=NOW, number=3)
    services.cancel(registration=first, now=NOW)
    assert states(first, second) == ["cancelled", "waitlisted"]
    assert counters(point) == (1, 1)


def test_a_big_group_that_gives_up_makes_way_for_those_behind_it():
    point = BridgePointFactory(seats=2)
    registered(point, now=NOW, number=1)
    big, small = registered(point, now=NOW, number=2, people=2), registered(point, now=NOW, number=3)
    services.cancel(registration=big, now=NOW)
    assert states(small) == ["confirmed"]
    assert counters(point) == (2, 0)


def test_nobody_cancels_after_the_end():
    point = BridgePointFactory()
    registration = registered(point, now=NOW)
    with pytest.raises(services.RegistrationRefused):
        services.cancel(registration=registration, now=point.conference.ends_at)
    assert states(registration) == ["confirmed"]


def test_more_seats_go_to_those_who_wait_in_order():
    point = BridgePointFactory(seats=1)
    registered(point, now=NOW, number=1)
    waiting = [registered(point, now=NOW, number=n) for n in (2, 3, 4)]
    point.refresh_from_db()
    point.seats = 3
    point.save()
    assert states(*waiting) == ["confirmed", "confirmed", "waitlisted"]
    assert counters(point) == (3, 1)
    assert "promoted" in kinds(waiting[0], state="queued")


def test_taking_the_limit_away_gives_everybody_a_seat():
    point = BridgePointFactory(seats=1)
    waiting = [registered(point, now=NOW, number=n) for n in (1, 2, 3)]
    point.refresh_from_db()
    point.seats = None
    point.save()
    assert states(*waiting) == ["confirmed"] * 3


def test_fewer_seats_take_nobody_s_seat_away():
    point = BridgePointFactory(seats=2)
    seated = [registered(point, now=NOW, number=n) for n in (1, 2)]
    point.refresh_from_db()
    point.seats = 1
    point.save()
    assert states(*seated) == ["confirmed", "confirmed"]
    services.cancel(registration=seated[0], now=NOW)
    assert registered(point, now=NOW, number=3).state == "waitlisted"


def test_nobody_is_promoted_after_the_end():
    point = BridgePointFactory(seats=1)
    registered(point, now=NOW, number=1)
    waiting = registered(point, now=NOW, number=2)
    BridgePoint.objects.filter(pk=point.pk).update(seats=5)
    assert services.fill_free_seats(point_id=point.pk, now=point.conference.ends_at) == []
    assert states(waiting) == ["waitlisted"]


def test_saving_a_point_loaded_earlier_keeps_the_seats_taken_since():
    point = BridgePointFactory(seats=5)
    registered(point, now=NOW)
    stale = point
    stale.notes = "Cổng sau"
    stale.save()
    assert counters(point) == (1, 0)


def test_whoever_joined_the_line_while_a_point_was_edited_gets_one_of_its_new_seats():
    point = BridgePointFactory(seats=1)
    registered(point, now=NOW, number=1)
    loaded = BridgePoint.objects.get(pk=point.pk)
    waiting = registered(point, now=NOW, number=2)
    loaded.seats = 5
    loaded.save()
    assert states(waiting) == ["confirmed"]


def test_being_promoted_leaves_what_organisers_wrote_on_its_way():
    point = BridgePointFactory(seats=1)
    seated, waiting = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    person = waiting.delegates.get().person
    letter = Message(
        key="letter", channel="email", address="a@vidu.example", kind="announcement", person=person,
        due_at=NOW, created_at=NOW,
    )  # fmt: skip
    queue.post([letter])
    services.cancel(registration=seated, now=NOW)
    assert set(kinds(waiting, state="queued", channel="email")) == {"announcement", "promoted"}
