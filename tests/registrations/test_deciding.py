"""Organisers decide: requests accepted or declined, somebody promoted out of turn."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import translation

from bridges.models import BridgePoint
from outbox import queue
from outbox.models import Message
from registrations import services
from registrations.models import Registration
from tests.conftest import NOW
from tests.registrations.test_seats import counters, kinds, states
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, registered

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


def deciding_point(*, holds: bool = True, **fields) -> BridgePoint:
    """A bridge point where organisers decide on each registration."""
    return BridgePointFactory(conference=ConferenceFactory(needs_approval=True, holds_seats=holds), **fields)


def accept(registration: Registration) -> Registration:
    return services.accept(registration=registration, by=None, now=LATER)


def decline(registration: Registration, reason: str = "Chỉ dành cho hợp tác xã") -> Registration:
    return services.decline(registration=registration, by=None, reason=reason, now=LATER)


def taken(point: BridgePoint) -> int:
    return BridgePoint.objects.get(pk=point.pk).seats_taken


def test_where_organisers_decide_a_registration_is_a_request_and_is_told_so():
    request = registered(deciding_point(), now=NOW)
    assert states(request) == ["requested"]
    assert kinds(request) == ["requested", "requested"]
    assert request.confirmed_at is None


def test_a_point_decides_for_itself_whether_it_needs_approval():
    conference = ConferenceFactory(needs_approval=True)
    free = BridgePointFactory(conference=conference, approval="no")
    strict = BridgePointFactory(approval="yes")
    assert states(registered(free, now=NOW), registered(strict, now=NOW, number=2)) == ["confirmed", "requested"]


def test_whoever_is_entered_by_staff_has_been_decided_on():
    assert registered(deciding_point(), now=NOW, source="staff").state == "confirmed"


def test_a_request_that_holds_its_seats_leaves_none_for_others():
    point = deciding_point(seats=2)
    first = registered(point, now=NOW, people=2)
    second = registered(point, now=NOW, number=2)
    assert taken(point) == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.holds_seats, second.holds_seats) == (True, False)


def test_a_request_holds_nothing_where_the_conference_does_not_hold():
    point = deciding_point(holds=False, seats=1)
    registered(point, now=NOW)
    assert taken(point) == 0


def test_accepting_a_request_gives_it_the_seats_that_it_held():
    point = deciding_point(seats=2)
    request = registered(point, now=NOW, people=2)
    organiser = OrganiserFactory()
    services.accept(registration=request, by=organiser, now=LATER)
    request.refresh_from_db()
    assert (request.state, request.confirmed_at) == ("confirmed", LATER)
    assert (request.decided_by, request.decided_at) == (organiser, LATER)
    assert counters(point) == (2, 0)


def test_accepting_tells_with_the_personal_link_and_takes_back_the_unsent_receipt():
    request = registered(deciding_point(), now=NOW)
    accept(request)
    assert kinds(request, state="queued", channel="email") == ["confirmed"]
    assert kinds(request, state="cancelled", channel="email") == ["requested"]
    queue.deliver(clock=lambda: LATER)
    (letter,) = mail.outbox
    assert request.delegates.get().join_url in letter.body


def test_accepting_a_request_that_holds_nothing_puts_it_last_in_line_when_the_point_is_full():
    point = deciding_point(holds=False, seats=1)
    first, second = registered(point, now=NOW), registered(point, now=NOW, number=2)
    accept(second)
    accept(first)
    assert states(first, second) == ["waitlisted", "confirmed"]
    assert kinds(first, state="queued", channel="email") == ["waitlisted"]
    assert counters(point) == (1, 1)


def test_accepting_overtakes_nobody_who_waits_already():
    point = deciding_point(holds=False, seats=2)
    request = registered(point, now=NOW)
    registered(point, now=NOW, number=2, source="staff")
    group = registered(point, now=NOW, number=3, people=2, source="staff")
    accept(request)
    assert states(group, request) == ["waitlisted", "waitlisted"]
    assert [r.place_in_line for r in Registration.objects.in_line()] == [1, 2]


def test_declining_tells_the_reason():
    request = registered(deciding_point(), now=NOW, people=2)
    with translation.override("en"):
        decline(request, "  Chỉ dành cho hợp tác xã của tỉnh  ")
    assert kinds(request, state="queued", channel="email") == ["declined", "declined"]
    queue.deliver(clock=lambda: LATER)
    assert len(mail.outbox) == 2
    for letter in mail.outbox:
        assert "Chỉ dành cho hợp tác xã của tỉnh" in letter.body
        assert "/j/" not in letter.body
        assert "/r/" not in letter.body


def test_declining_needs_a_reason():
    request = registered(deciding_point(), now=NOW)
    with pytest.raises(services.RegistrationRefused):
        decline(request, "  ")
    assert states(request) == ["requested"]


def test_seats_that_a_declined_request_held_go_to_the_first_in_line():
    point = deciding_point(seats=1)
    request = registered(point, now=NOW)
    waiting = registered(point, now=NOW, number=2, source="staff")
    decline(request)
    assert states(request, waiting) == ["declined", "confirmed"]
    assert kinds(waiting, state="queued", channel="email") == ["promoted"]
    assert counters(point) == (1, 0)


def test_declining_a_request_that_held_nothing_frees_nothing():
    point = deciding_point(holds=False, seats=1)
    request = registered(point, now=NOW)
    registered(point, now=NOW, number=2, source="staff")
    decline(request)
    assert counters(point) == (1, 0)


@pytest.mark.parametrize("first", [accept, decline])
@pytest.mark.parametrize("second", [accept, decline])
def test_nothing_is_decided_twice(first, second):
    request = registered(deciding_point(), now=NOW)
    first(request)
    before = states(request)
    with pytest.raises(services.RegistrationRefused):
        second(request)
    assert states(request) == before


def test_a_cancelled_request_is_not_decided_any_more():
    point = deciding_point(seats=1)
    request = registered(point, now=NOW)
    services.cancel(registration=request, now=NOW)
    assert taken(point) == 0
    with pytest.raises(services.RegistrationRefused):
        accept(request)


@pytest.mark.parametrize("decide", [accept, decline])
def test_nothing_is_decided_after_the_conference_or_when_it_is_called_off(decide):
    request = registered(deciding_point(), now=NOW)
    conference = request.conference
    conference.cancelled_at = NOW
    conference.save()
    with pytest.raises(services.RegistrationRefused):
        decide(request)
    assert states(request) == ["requested"]


def test_a_request_does_not_move_before_it_is_decided():
    request = registered(deciding_point(), now=NOW)
    other = BridgePointFactory(conference=request.conference, approval="no")
    with pytest.raises(services.RegistrationRefused):
        services.move(registration=request, point=other, now=LATER)


# Out of turn.


def waiting_line() -> tuple[BridgePoint, Registration, Registration]:
    """A point with one seat left, a group of two first in line for it, and one person behind."""
    point = BridgePointFactory(seats=2)
    registered(point, now=NOW)
    return point, registered(point, now=NOW, number=2, people=2), registered(point, now=NOW, number=3)


def out_of_turn(registration: Registration, reason: str = "Diễn giả") -> Registration:
    return services.promote_out_of_turn(registration=registration, by=None, reason=reason, now=LATER)


def test_somebody_promoted_out_of_turn_gets_his_seat_and_the_others_keep_their_places():
    point, group, speaker = waiting_line()
    last = registered(point, now=NOW, number=4)
    out_of_turn(speaker)
    assert states(group, speaker, last) == ["waitlisted", "confirmed", "waitlisted"]
    assert list(Registration.objects.in_line()) == [group, last]
    assert kinds(speaker, state="queued", channel="email") == ["promoted"]
    assert counters(point) == (2, 2)


def test_the_reason_and_who_decided_stay_in_the_history():
    _point, _group, speaker = waiting_line()
    organiser = OrganiserFactory()
    services.promote_out_of_turn(registration=speaker, by=organiser, reason="Diễn giả chính", now=LATER)
    latest = speaker.history.order_by("history_id").last()
    assert (latest.state, latest.reason, latest.decided_by) == ("confirmed", "Diễn giả chính", organiser)
    assert latest.history_change_reason == "Diễn giả chính"


def test_promoting_out_of_turn_needs_a_reason_free_seats_and_somebody_who_waits():
    _point, group, speaker = waiting_line()
    with pytest.raises(services.RegistrationRefused):
        out_of_turn(speaker, " ")
    with pytest.raises(services.PointFull):
        out_of_turn(group)
    out_of_turn(speaker)
    with pytest.raises(services.RegistrationRefused):
        out_of_turn(speaker)
    assert states(group, speaker) == ["waitlisted", "confirmed"]


def test_whoever_is_promoted_beside_him_is_told_as_well():
    point, group, speaker = waiting_line()
    BridgePoint.objects.filter(pk=point.pk).update(seats=4)
    out_of_turn(speaker)
    assert states(group, speaker) == ["confirmed", "confirmed"]
    assert kinds(group, state="queued", channel="email") == ["promoted", "promoted"]
    assert Message.objects.filter(kind="promoted", state="queued", channel="email").count() == 3
