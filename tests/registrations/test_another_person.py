"""Somebody else comes in the place of a delegate: a new link, and the old one is dead; a corrected slip keeps it."""

from datetime import timedelta

import pytest
import time_machine

from attendance.models import Attendance
from attendance.services import record
from bridges.models import BridgePoint
from messaging import unsubscribing
from outbox.models import Message
from registrations import services
from registrations.models import Delegate, Question, Registration
from registrations.services import Change, OrganisationData, Person
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, registered
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

OTHER = {"full_name": "Trần Thị Mua", "phone": "0912 000 777", "email": "mua@vidu.example"}
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def registration() -> Registration:
    """Three people at a point with three seats, and somebody who waits there."""
    point = BridgePointFactory(seats=3)
    made = registered(point, now=NOW, people=3)
    # The contact person has opened a message: colleagues get their SMS at once.
    Registration.objects.filter(pk=made.pk).update(link_opened_at=NOW)
    registered(point, now=NOW, number=2)
    return made


def people(registration: Registration) -> list[Delegate]:
    return list(registration.delegates.as_entered())


def row(number: int, **fields: str) -> dict[str, str]:
    return {f"people-{number}-{name}": value for name, value in fields.items()}


def send_people(client, registration: Registration, **changes: str):
    url = f"{registration.get_absolute_url()}people/"
    return client.post(url, filled_in(client.get(url), **changes))


def send_contact(client, registration: Registration, **changes: str):
    url = f"{registration.get_absolute_url()}correct/"
    return client.post(url, filled_in(client.get(url), **changes))


def status(client, token: str, page: str = "j") -> int:
    return client.get(f"/{page}/{token}/").status_code


def told(person: str) -> set[str]:
    return set(Message.objects.unsent().filter(person=person).values_list("address", flat=True))


# --- on the registrant's page ----------------------------------------------------------------------------------------


def test_who_is_written_over_with_somebody_else_loses_link_and_messages(client, registration):
    first, old, last = people(registration)
    seats = BridgePoint.objects.values("seats_taken", "waiting_count").get()
    assert send_people(client, registration, **row(1, **OTHER)).status_code == 302
    names = [delegate.full_name for delegate in people(registration)]
    assert names == [first.full_name, "Trần Thị Mua", last.full_name]
    new = people(registration)[1]
    assert (status(client, old.token), status(client, new.token)) == (404, 200)
    assert (new.pk != old.pk, new.token != old.token) == (True, True)
    assert told(old.person) == set()
    assert told(new.person) == {"mua@vidu.example", "+84912000777"}
    assert BridgePoint.objects.values("seats_taken", "waiting_count").get() == seats
    # Nobody else has a new link, and the registration's own stays.
    assert status(client, registration.token, "r") == 200
    assert {first.token, last.token} <= {delegate.token for delegate in people(registration)}


def test_a_corrected_slip_keeps_the_link(client, registration):
    old = people(registration)[1]
    assert (
        send_people(client, registration, **row(1, full_name="Nguyên Văn 101", phone="0912 000 777")).status_code == 302
    )
    assert people(registration)[1].token == old.token
    assert people(registration)[1].phone.as_e164 == "+84912000777"


@pytest.mark.parametrize(
    "doubtful",
    [
        {"full_name": "Trần Thị Mua"},
        {"full_name": "Nguyễn Văn 102", "phone": "0912 000 777", "email": "khac@vidu.example"},
    ],
)
@pytest.mark.parametrize("answer", ["yes", "no"])
def test_in_doubt_the_page_asks_and_stores_nothing_until_it_is_answered(client, registration, doubtful, answer):
    old = people(registration)[1]
    asked = send_people(client, registration, **row(1, **doubtful))
    page = asked.content.decode()
    assert asked.status_code == 422
    assert f"“{doubtful['full_name']}” và “{old.full_name}” có phải là một người không?" in page
    assert 'href="#id_people-1-same"' in page
    assert 'name="people-0-same"' not in page
    assert people(registration)[1].full_name == old.full_name
    url = f"{registration.get_absolute_url()}people/"
    unanswered = client.post(url, filled_in(asked))
    assert unanswered.status_code == 422
    assert client.post(url, filled_in(unanswered, **{"people-1-same": answer})).status_code == 302
    assert people(registration)[1].full_name == doubtful["full_name"]
    assert status(client, old.token) == (200 if answer == "yes" else 404)


def test_no_answer_keeps_the_link_of_somebody_who_is_plainly_another(client, registration):
    old = people(registration)[1]
    send_people(client, registration, **row(1, **OTHER, same="yes"))
    assert status(client, old.token) == 404


def test_another_contact_person_has_a_new_link_to_the_registration_too(client, registration):
    old = people(registration)[0]
    answer = send_people(client, registration, **row(0, **OTHER))
    registration = Registration.objects.get(pk=registration.pk)
    assert answer["Location"] == registration.get_absolute_url()
    new = people(registration)[0]
    assert (new.full_name, new.is_contact) == ("Trần Thị Mua", True)
    assert (registration.contact_name, registration.contact_email) == ("Trần Thị Mua", "mua@vidu.example")
    assert told(new.person) == {"mua@vidu.example", "+84912000777"}
    assert status(client, old.token) == 404
    assert client.get(answer["Location"]).status_code == 200


def test_the_link_to_the_registration_of_the_contact_person_before_is_dead(client, registration):
    old = registration.get_absolute_url()
    send_people(client, registration, **row(0, **OTHER))
    assert client.get(old).status_code == 404
    assert client.get(f"{old}data.json").status_code == 404


def test_whoever_was_there_cannot_be_replaced_or_taken_off_the_list(client, registration):
    there = people(registration)[1]
    with time_machine.travel(START, tick=False):
        record(delegate=there, now=START)
        for change in (row(1, **OTHER), row(1, remove="on")):
            refused = send_people(client, registration, **change)
            assert refused.status_code == 422
            assert there.full_name in refused.context["problems"][0][1]
    assert Attendance.objects.get().delegate == there
    assert status(client, there.token) == 200


def test_whoever_was_there_stays_on_the_list_when_the_start_is_moved(client, registration):
    there = people(registration)[1]
    record(delegate=there, now=START)
    registration.conference.starts_at += timedelta(days=3)
    registration.conference.ends_at += timedelta(days=3)
    registration.conference.save()
    assert send_people(client, registration, **row(1, remove="on")).status_code == 422


@pytest.mark.parametrize("change", [OTHER, {"remove": "on"}])
def test_whoever_wants_no_announcements_can_be_replaced_and_taken_off_the_list(client, registration, change):
    leaving = people(registration)[1]
    unsubscribing.stop(delegate=leaving, now=NOW)
    assert send_people(client, registration, **row(1, **change)).status_code == 302
    assert not Delegate.objects.filter(pk=leaving.pk).exists()


def test_the_new_person_has_their_own_answers(client, registration):
    meal = Question.objects.create(conference=registration.conference, text="Ăn gì?", asked="delegate")
    name = f"people-1-question-{meal.pk}"
    send_people(client, registration, **{name: "Chay"})
    send_people(client, registration, **row(1, **OTHER), **{name: "Mặn"})
    assert list(meal.answers.values_list("delegate__full_name", "value")) == [("Trần Thị Mua", "Mặn")]


# --- the contact person, among the details ---------------------------------------------------------------------------


def test_another_contact_person_among_the_details_is_another_person(client, registration):
    old, own = people(registration)[0], registration.get_absolute_url()
    answer = send_contact(client, registration, **OTHER)
    registration = Registration.objects.get(pk=registration.pk)
    assert (status(client, old.token), client.get(own).status_code) == (404, 404)
    assert answer["Location"] == registration.get_absolute_url()
    assert people(registration)[0].full_name == "Trần Thị Mua"
    assert told(people(registration)[0].person) == {"mua@vidu.example", "+84912000777"}


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_in_doubt_the_details_ask_too(client, registration, answer):
    old, own = people(registration)[0], registration.get_absolute_url()
    asked = send_contact(client, registration, full_name="Trần Thị Mua")
    assert asked.status_code == 422
    assert 'href="#id_same"' in asked.content.decode()
    assert client.post(f"{own}correct/", filled_in(asked, same=answer)).status_code == 302
    assert status(client, old.token) == (200 if answer == "yes" else 404)
    assert client.get(own).status_code == (200 if answer == "yes" else 404)


def test_a_contact_person_who_does_not_attend_is_replaced_with_the_link_to_the_registration():
    contact = Person("Lê Thị Liên Hệ", "Thư ký", "+84900000999", "lien.he@vidu.example")
    made = registered(BridgePointFactory(), now=NOW, contact=contact)
    tokens = [delegate.token for delegate in people(made)]
    services.correct(
        registration=made,
        organisation=OrganisationData("cooperative", "HTX Ví Dụ"),
        contact=Person("Trần Thị Mua", "", "", "mua@vidu.example"),
        now=LATER,
    )
    now_is = Registration.objects.get(pk=made.pk)
    assert now_is.token != made.token
    assert [delegate.token for delegate in people(now_is)] == tokens
    assert Message.objects.get(kind="own_page").address == "mua@vidu.example"
    assert told(f"contact/{made.pk}") == {"mua@vidu.example"}


# --- the service -----------------------------------------------------------------------------------------------------


def test_staff_correct_one_person_and_the_others_stay_as_they_are(registration):
    first, old, last = people(registration)
    Registration.objects.update(link_opened_at=None)
    changes = [Change(Person("Trần Thị Mua", "", "+84912000777", ""), old.pk)]
    services.correct_people(registration=registration, people=changes, now=LATER)
    assert [d.full_name for d in people(registration)] == [first.full_name, "Trần Thị Mua", last.full_name]
    assert not Delegate.objects.by_token(old.token).exists()
    assert told(people(registration)[1].person) == {"+84912000777"}


def test_after_the_end_staff_correct_a_name_and_nobody_is_written_to(registration):
    old = people(registration)[1]
    before = Message.objects.count()
    changes = [Change(Person("Nguyễn Văn Một Không Một", "", "", old.email), old.pk, same=True)]
    services.correct_people(registration=registration, people=changes, now=START + timedelta(days=2))
    assert people(registration)[1].full_name == "Nguyễn Văn Một Không Một"
    assert people(registration)[1].token == old.token
    assert Message.objects.count() == before


def test_somebody_of_another_registration_is_not_corrected(registration):
    stranger = registered(registration.bridge_point, now=NOW, number=3).delegates.get()
    with pytest.raises(services.RegistrationRefused):
        services.correct_people(
            registration=registration, people=[Change(Person("Trần Thị Mua"), stranger.pk)], now=LATER
        )
