"""Invitations: seats kept for their guests, and for nobody else."""

from datetime import timedelta

import pytest

from bridges.models import BridgePoint
from registrations import services
from registrations.models import Guest, Invitation, Registration
from tests.conftest import NOW
from tests.registrations.test_seats import counters, kinds, states
from tests.support.factories import BridgePointFactory, ConferenceFactory, registered

pytestmark = pytest.mark.django_db


def invitation(point: BridgePoint | None, quota: int | None = None, **fields) -> Invitation:
    """An invitation that keeps ``quota`` seats at ``point``."""
    made = Invitation.objects.create(
        name="Sở Công Thương", bridge_point=point, **({"conference": point.conference} if point else {}), **fields
    )
    keep(made, quota)
    return made


def keep(made: Invitation, quota: int | None, *, is_active: bool = True) -> int:
    return services.keep_seats(invitation=made, quota=quota, is_active=is_active, now=NOW)


def kept(point: BridgePoint) -> tuple[int, int]:
    """Seats taken and seats kept, as the database has them."""
    return BridgePoint.objects.values_list("seats_taken", "seats_reserved").get(pk=point.pk)


def used(made: Invitation) -> int:
    return Invitation.objects.get(pk=made.pk).used


def test_kept_seats_are_not_free_for_others():
    point = BridgePointFactory(seats=3)
    invitation(point, 2)
    first, second = registered(point, now=NOW), registered(point, now=NOW, number=2)
    assert states(first, second) == ["confirmed", "waitlisted"]
    assert kept(point) == (1, 2)


def test_the_public_page_does_not_offer_kept_seats():
    point = BridgePointFactory(seats=3)
    invitation(point, 2)
    point.refresh_from_db()
    assert point.seats_left == 1


def test_guests_take_kept_seats_past_the_line():
    point = BridgePointFactory(seats=2)
    made = invitation(point, 1)
    registered(point, now=NOW)
    waiting = registered(point, now=NOW, number=2)
    guest = registered(point, now=NOW, number=3, invitation=made)
    assert states(waiting, guest) == ["waitlisted", "confirmed"]
    assert kept(point) == (2, 0)
    assert used(made) == 1


def test_a_guest_beyond_the_quota_waits_behind_the_others():
    point = BridgePointFactory(seats=2)
    made = invitation(point, 1)
    registered(point, now=NOW)
    waiting = registered(point, now=NOW, number=2)
    registered(point, now=NOW, number=3, invitation=made)
    late = registered(point, now=NOW, number=4, invitation=made)
    assert states(late) == ["waitlisted"]
    assert list(Registration.objects.in_line()) == [waiting, late]


def test_a_group_may_use_kept_and_free_seats_together_while_nobody_waits():
    point = BridgePointFactory(seats=5)
    made = invitation(point, 2)
    group = registered(point, now=NOW, people=4, invitation=made)
    assert states(group) == ["confirmed"]
    assert kept(point) == (4, 0)
    assert used(made) == 4


def test_a_group_that_needs_more_than_is_kept_does_not_overtake_the_line():
    point = BridgePointFactory(seats=4)
    made = invitation(point, 2)
    registered(point, now=NOW)
    big = registered(point, now=NOW, number=2, people=2)
    group = registered(point, now=NOW, number=3, people=3, invitation=made)
    assert states(big, group) == ["waitlisted", "waitlisted"]


def test_a_small_guest_does_not_overtake_a_big_group_of_the_same_invitation():
    point = BridgePointFactory(seats=3)
    made = invitation(point, 2)
    registered(point, now=NOW)
    big = registered(point, now=NOW, number=2, people=3, invitation=made)
    small = registered(point, now=NOW, number=3, invitation=made)
    assert states(big, small) == ["waitlisted", "waitlisted"]


def test_the_seat_of_a_guest_who_cancels_goes_to_the_next_guest_in_line():
    point = BridgePointFactory(seats=2)
    made = invitation(point, 1)
    registered(point, now=NOW)
    guest = registered(point, now=NOW, number=2, invitation=made)
    waiting = registered(point, now=NOW, number=3)
    next_guest = registered(point, now=NOW, number=4, invitation=made)
    services.cancel(registration=guest, now=NOW)
    assert states(waiting, next_guest) == ["waitlisted", "confirmed"]
    assert kinds(next_guest, state="queued", channel="email") == ["promoted"]
    assert counters(point) == (2, 1)


def test_the_seat_of_a_guest_who_cancels_stays_kept_while_no_guest_waits():
    point = BridgePointFactory(seats=1)
    made = invitation(point, 1)
    guest = registered(point, now=NOW, invitation=made)
    waiting = registered(point, now=NOW, number=2)
    services.cancel(registration=guest, now=NOW)
    assert states(waiting) == ["waitlisted"]
    assert kept(point) == (0, 1)
    assert used(made) == 0


def test_a_higher_quota_lets_guests_in_who_wait_already():
    point = BridgePointFactory(seats=2)
    made = invitation(point, None)
    seated = [registered(point, now=NOW, number=n) for n in (1, 2)]
    waiting = registered(point, now=NOW, number=3, people=2)
    guest = registered(point, now=NOW, number=4, invitation=made)
    keep(made, 1)
    assert states(waiting, guest) == ["waitlisted", "waitlisted"]
    services.cancel(registration=seated[0], now=NOW)
    assert states(waiting, guest) == ["waitlisted", "confirmed"]


def test_a_lower_quota_and_an_invitation_out_of_use_give_seats_to_those_who_wait():
    point = BridgePointFactory(seats=3)
    made = invitation(point, 3)
    waiting = [registered(point, now=NOW, number=n) for n in (1, 2, 3)]
    assert states(*waiting) == ["waitlisted"] * 3
    keep(made, 2)
    assert states(*waiting) == ["confirmed", "waitlisted", "waitlisted"]
    assert kinds(waiting[0], state="queued", channel="email") == ["promoted"]
    keep(made, 2, is_active=False)
    assert states(*waiting) == ["confirmed"] * 3
    assert kept(point) == (3, 0)


def test_back_in_use_it_keeps_what_its_guests_have_not_taken():
    point = BridgePointFactory(seats=5)
    made = invitation(point, 3)
    registered(point, now=NOW, invitation=made)
    keep(made, 3, is_active=False)
    registered(point, now=NOW, number=2, invitation=made)
    keep(made, 3)
    assert kept(point) == (2, 1)


def test_seats_that_others_have_already_are_promised_but_not_taken_from_them():
    point = BridgePointFactory(seats=2)
    seated = [registered(point, now=NOW, number=n) for n in (1, 2)]
    made = invitation(point)
    assert keep(made, 2) == 2
    assert states(*seated) == ["confirmed", "confirmed"]
    assert registered(point, now=NOW, number=3, invitation=made).state == "waitlisted"


def test_a_seat_that_becomes_free_is_a_guest_s_although_more_are_promised():
    point = BridgePointFactory(seats=2)
    seated = [registered(point, now=NOW, number=n) for n in (1, 2)]
    made = invitation(point, 2)
    guest = registered(point, now=NOW, number=3, invitation=made)
    services.cancel(registration=seated[0], now=NOW)
    assert states(guest) == ["confirmed"]
    assert kept(point) == (2, 1)


def test_a_point_without_limit_keeps_seats_without_harm():
    point = BridgePointFactory(kind="online", seats=None)
    made = invitation(point, 5)
    assert (
        states(registered(point, now=NOW), registered(point, now=NOW, number=2, invitation=made)) == ["confirmed"] * 2
    )
    assert kept(point) == (1 + 1, 4)


def test_guests_at_another_point_use_nothing_that_is_kept():
    point = BridgePointFactory(seats=3)
    made = invitation(point, 2)
    other = BridgePointFactory(conference=point.conference, seats=1)
    guest = registered(other, now=NOW, invitation=made)
    assert used(made) == 0
    services.move(registration=guest, point=point, now=NOW)
    assert (used(made), kept(point)) == (1, (1, 1))
    services.move(registration=guest, point=other, now=NOW)
    assert (used(made), kept(point)) == (0, (0, 2))


def test_a_guest_s_request_holds_a_kept_seat():
    point = BridgePointFactory(seats=2, approval="yes")
    made = invitation(point, 1)
    request = registered(point, now=NOW, invitation=made)
    assert (used(made), kept(point)) == (1, (1, 0))
    services.decline(registration=request, by=None, reason="Trùng", now=NOW)
    assert (used(made), kept(point)) == (0, (0, 1))


def test_keeping_seats_at_another_point_frees_those_at_the_old_one():
    old = BridgePointFactory(seats=1)
    made = invitation(old, 1)
    waiting = registered(old, now=NOW)
    new = BridgePointFactory(conference=old.conference, seats=4)
    made.bridge_point = new
    made.save(update_fields=["bridge_point"])
    keep(made, 2)
    assert states(waiting) == ["confirmed"]
    assert (kept(old), kept(new)) == ((1, 0), (0, 2))


def test_without_a_point_nothing_is_kept_any_more():
    point = BridgePointFactory(seats=1)
    made = invitation(point, 1)
    waiting = registered(point, now=NOW)
    made.bridge_point = None
    made.save(update_fields=["bridge_point"])
    assert keep(made, 5) == 0
    assert states(waiting) == ["confirmed"]
    made.refresh_from_db()
    assert (made.quota, made.kept) == (None, 0)


def test_saving_an_invitation_loaded_earlier_keeps_what_its_guests_have_taken_since():
    point = BridgePointFactory(seats=5)
    made = invitation(point, 3)
    registered(point, now=NOW, invitation=made)
    made.text = "Kính mời"
    made.save()
    assert (used(made), kept(point)) == (1, (1, 2))


def test_a_guest_of_the_list_is_tied_to_what_he_registers():
    point = BridgePointFactory()
    made = invitation(point)
    guest = Guest.objects.create(invitation=made, name="Trần Thị B", email="b@vidu.example")
    registration = registered(point, now=NOW, invitation=made, guest=guest)
    guest.refresh_from_db()
    assert guest.registration == registration


def test_an_invitation_that_was_sent_meanwhile_is_not_sent_again():
    made = Invitation.objects.create(conference=ConferenceFactory(), name="Sở Công Thương")
    for number in (1, 2):
        Guest.objects.create(invitation=made, name=f"Khách {number}", email=f"khach{number}@vidu.example")
    looked = services.guests_to_invite(invitation=made)
    assert (len(looked.fresh), len(looked.reached), looked.registered, looked.mark) == (2, 2, 0, "")
    assert services.invite(invitation=made, mark=looked.mark, now=NOW) == 2
    with pytest.raises(services.InvitedMeanwhile):
        services.invite(invitation=made, mark=looked.mark, again=True, now=NOW + timedelta(seconds=2))
    again = services.guests_to_invite(invitation=made)
    assert (again.fresh, again.last_sent_at) == ([], NOW)
    assert services.invite(invitation=made, mark=again.mark, again=True, now=NOW + timedelta(seconds=2)) == 2
