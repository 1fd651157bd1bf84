"""Moving a registration to another bridge point: by the service, and in the administration."""

from functools import partial

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from bridges.models import BridgePoint
from outbox import queue
from outbox.models import Message
from registrations import seats, services
from registrations.models import Registration
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    registered,
)
from tests.support.html_forms import filled_in
from tests.support.races import Window, at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference():
    return ConferenceFactory(organisers=[OrganiserFactory()])


def point_of(conference, **fields) -> BridgePoint:
    return BridgePointFactory(conference=conference, **fields)


def count(point) -> tuple[int, int]:
    point.refresh_from_db()
    return point.seats_taken, point.waiting_count


def send(now=NOW) -> None:
    with time_machine.travel(now, tick=False):
        queue.deliver(clock=timezone.now)


def move(registration, point, now=NOW) -> Registration:
    return services.move(registration=registration, point=point, now=now)


def test_the_seats_are_exact_on_both_sides_and_the_first_in_line_gets_them(conference):
    old, new = point_of(conference, seats=2), point_of(conference, seats=5)
    registration = registered(old, now=NOW, number=1, people=2)
    waiting = registered(old, now=NOW, number=2)
    move(registration, new)
    assert count(old) == (1, 0)
    assert count(new) == (2, 0)
    registration.refresh_from_db()
    waiting.refresh_from_db()
    assert (registration.bridge_point, registration.state) == (new, "confirmed")
    assert waiting.state == "confirmed"
    assert set(Message.objects.filter(kind="promoted").values_list("person", flat=True)) == {
        d.person for d in waiting.delegates.all()
    }


def test_what_was_not_sent_vanishes_and_one_message_tells_of_the_new_point(conference):
    old, new = point_of(conference), point_of(conference, name="Nhà văn hóa")
    registration = registered(old, now=NOW)
    link = registration.delegates.get().join_url
    move(registration, new)
    send()
    assert set(Message.objects.filter(kind="confirmed").values_list("state", flat=True)) == {"cancelled"}
    (letter,) = mail.outbox
    assert "Nhà văn hóa" in letter.body
    assert link in letter.body
    assert registration.delegates.get().join_url == link
    assert set(Message.objects.filter(kind="moved").values_list("topic", flat=True)) == {f"point/{new.pk}"}


def test_there_and_back_again_tells_once_of_the_last_point(conference):
    old, new = point_of(conference, name="Cũ"), point_of(conference, name="Mới")
    registration = registered(old, now=NOW)
    send()
    mail.outbox.clear()
    move(registration, new)
    move(registration, old, NOW.replace(minute=1))
    send(NOW.replace(minute=1))
    (letter,) = mail.outbox
    assert "Cũ" in letter.subject
    assert count(new) == (0, 0)
    assert count(old) == (1, 0)


def test_a_move_to_a_full_point_changes_nothing(conference):
    old, full = point_of(conference, seats=3), point_of(conference, seats=1)
    registered(full, now=NOW, number=1)
    registration = registered(old, now=NOW, number=2)
    before = list(Message.objects.order_by("id").values_list("key", "state"))
    with pytest.raises(services.PointFull):
        move(registration, full)
    registration.refresh_from_db()
    assert registration.bridge_point == old
    assert (count(old), count(full)) == ((1, 0), (1, 0))
    assert list(Message.objects.order_by("id").values_list("key", "state")) == before


def test_nobody_overtakes_those_who_wait_at_the_other_point(conference):
    old, new = point_of(conference), point_of(conference, seats=2)
    registered(new, now=NOW, number=1)
    registered(new, now=NOW, number=2, people=2)
    registration = registered(old, now=NOW, number=3)
    with pytest.raises(services.PointFull):
        move(registration, new)


def test_whoever_waits_moves_to_a_seat_and_leaves_the_line(conference):
    old, new = point_of(conference, seats=1), point_of(conference)
    registered(old, now=NOW, number=1)
    first, second = registered(old, now=NOW, number=2), registered(old, now=NOW, number=3)
    move(first, new)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.queue_number) == ("confirmed", None)
    assert second.place_in_line == 1
    assert (count(old), count(new)) == ((1, 1), (1, 0))


@pytest.mark.parametrize("why", ["cancelled", "over", "closed", "foreign"])
def test_a_move_that_is_not_possible_says_why_and_changes_nothing(conference, why):
    old, new = point_of(conference), point_of(conference, is_open=why != "closed")
    registration = registered(old, now=NOW)
    if why == "cancelled":
        services.cancel(registration=registration, now=NOW)
    target = BridgePointFactory() if why == "foreign" else new
    with pytest.raises(services.RegistrationRefused) as refused:
        move(registration, target, START.replace(hour=23) if why == "over" else NOW)
    assert str(refused.value)
    registration.refresh_from_db()
    assert registration.bridge_point == old
    assert count(target) == (0, 0)


def test_moving_to_where_it_is_already_tells_nobody(conference):
    point = point_of(conference)
    registration = registered(point, now=NOW)
    move(registration, point)
    assert not Message.objects.filter(kind="moved").exists()
    assert count(point) == (1, 0)


@pytest.fixture
def _open_window(monkeypatch) -> None:
    """Whoever has counted the seats first waits until the other has counted them too, or stands at the lock."""
    window, has_room = Window(), seats.has_room
    counted: list[int] = []

    def slow_has_room(point, wanted, *invitation) -> bool:
        answer = has_room(point, wanted, *invitation)
        # Each asks a second time when it takes its seat.
        if len(counted) < 2:
            counted.append(point.pk)
            window.hold()
        return answer

    monkeypatch.setattr(seats, "has_room", slow_has_room)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_last_seat_goes_to_one_of_two_who_move_at_once(request):
    conference = ConferenceFactory()
    old, other, new = point_of(conference), point_of(conference), point_of(conference, seats=1)
    both = [registered(point, now=NOW, number=n) for n, point in enumerate((old, other))]
    request.getfixturevalue("_open_window")
    results = at_once(*(partial(move, registration, new) for registration in both))
    assert sorted(type(result).__name__ for result in results) == ["PointFull", "Registration"]
    assert count(new) == (1, 0)
    assert count(old)[0] + count(other)[0] == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_same_race_gives_the_last_seat_twice(request, monkeypatch):
    conference = ConferenceFactory()
    old, other, new = point_of(conference), point_of(conference), point_of(conference, seats=1)
    both = [registered(point, now=NOW, number=n) for n, point in enumerate((old, other))]
    request.getfixturevalue("_open_window")
    monkeypatch.setattr(seats, "lock", lambda point_id: BridgePoint.objects.get(pk=point_id))
    at_once(*(partial(move, registration, new) for registration in both))
    assert Registration.objects.filter(bridge_point=new, state="confirmed").count() == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_who_swap_points_at_once_do_not_block_each_other():
    conference = ConferenceFactory()
    one, other = point_of(conference), point_of(conference)
    first, second = registered(one, now=NOW, number=1), registered(other, now=NOW, number=2)
    results = at_once(partial(move, first, other), partial(move, second, one))
    assert all(isinstance(result, Registration) for result in results), results
    assert (count(one), count(other)) == ((1, 0), (1, 0))


@pytest.fixture
def organiser(conference, client):
    with time_machine.travel(NOW, tick=False):
        client.force_login(conference.organisers.get())
        yield client


LIST = "/admin/registrations/registration/"


def chosen(client, *registrations):
    data = {"action": "move_selected", "_selected_action": [r.pk for r in registrations]}
    return client.post(LIST, data)


def words(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_an_organiser_chooses_a_point_with_its_seats_and_moves(organiser, conference):
    old, new = point_of(conference), point_of(conference, name="Nhà văn hóa", seats=7)
    registration = registered(old, now=NOW)
    page = organiser.get(chosen(organiser, registration).url)
    assert "Nhà văn hóa" in page.content.decode()
    assert "7" in dict(page.context["form"].fields["point"].choices)[str(new.pk)]
    response = organiser.post(page.request["PATH_INFO"] + f"?ids={registration.pk}", filled_in(page, point=new.pk))
    assert response.url == reverse("admin:registrations_registration_change", args=[registration.pk])
    registration.refresh_from_db()
    assert registration.bridge_point == new


def test_of_several_those_who_fit_move_and_the_others_are_named(organiser, conference):
    old, new = point_of(conference), point_of(conference, seats=1)
    first, second = registered(old, now=NOW, number=1), registered(old, now=NOW, number=2)
    response = organiser.post(chosen(organiser, first, second).url, {"point": new.pk}, follow=True)
    assert [second.number in text for text in words(response)] == [True, False]
    assert (count(old), count(new)) == ((1, 0), (1, 0))


def test_registrations_of_two_conferences_do_not_move_together(organiser, conference):
    other = ConferenceFactory(organisers=[conference.organisers.get()])
    rows = [registered(point_of(c), now=NOW, number=n) for n, c in enumerate((conference, other))]
    assert chosen(organiser, *rows).url.startswith(LIST)
    ids = "-".join(str(r.pk) for r in rows)
    assert organiser.get(f"{LIST}move/?ids={ids}").status_code == 404


def test_no_point_chosen_asks_again(organiser, conference):
    point_of(conference)
    registration = registered(point_of(conference), now=NOW)
    response = organiser.post(f"{LIST}move/?ids={registration.pk}", {})
    assert response.status_code == 422
    assert response.context["form"].errors["point"]


def test_a_coordinator_moves_only_between_points_that_he_runs(conference, client):
    mine, also_mine, foreign = (point_of(conference) for _ in range(3))
    coordinator = CoordinatorFactory(bridge_point=mine)
    CoordinatorFactory(bridge_point=also_mine, user=coordinator.user)
    registration = registered(mine, now=NOW, number=1)
    of_another = registered(foreign, now=NOW, number=2)
    with time_machine.travel(NOW, tick=False):
        client.force_login(coordinator.user)
        page = client.get(f"{LIST}move/?ids={registration.pk}")
        assert [pk for pk, _words in page.context["form"].fields["point"].choices] == [str(also_mine.pk)]
        assert client.post(f"{LIST}move/?ids={registration.pk}", {"point": foreign.pk}).status_code == 422
        assert client.get(f"{LIST}move/?ids={of_another.pk}").status_code == 404


@pytest.mark.parametrize("ids", ["", "x", "-", "9" * 30, "²"])
def test_ids_that_are_none_are_not_found(organiser, ids):
    assert organiser.get(f"{LIST}move/", {"ids": ids}).status_code == 404


def test_the_page_of_a_registration_leads_to_all_that_was_said_to_each_delegate(organiser, conference):
    registration = registered(point_of(conference), now=NOW, people=2)
    page = organiser.get(reverse("admin:registrations_registration_change", args=[registration.pk])).content.decode()
    for delegate in registration.delegates.all():
        assert reverse("messaging:person", args=[conference.pk, delegate.pk]) in page
