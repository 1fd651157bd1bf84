"""The people on the page of a registration in the administration: corrected, or somebody else in their place."""

import pytest

from attendance.services import record
from outbox.models import Message
from registrations.models import Delegate, Registration
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, OrganiserFactory, person, registered
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

OTHER = {"full_name": "Trần Thị Mua", "phone": "0912 000 777", "email": "Mua@vidu.example"}


@pytest.fixture
def staff(client):
    organiser = OrganiserFactory()
    client.force_login(organiser)
    client.organiser = organiser
    return client


@pytest.fixture
def registration(staff) -> Registration:
    conference = ConferenceFactory(organisers=[staff.organiser])
    return registered(BridgePointFactory(conference=conference), now=NOW, people=2)


def save(client, registration: Registration, *, number: int = 0, **changes: str):
    address = f"/admin/registrations/registration/{registration.pk}/change/"
    changes = {f"delegates-{number}-{name}": value for name, value in changes.items()}
    return client.post(address, filled_in(client.get(address), **changes), follow=True)


def by_number(registration: Registration) -> list[Delegate]:
    # As the page lists them.
    return list(registration.delegates.all())


def test_somebody_else_in_place_of_a_delegate_has_a_link_of_their_own(staff, registration):
    old = by_number(registration)[1]
    assert save(staff, registration, number=1, **OTHER).redirect_chain
    new = registration.delegates.get(full_name="Trần Thị Mua")
    assert new.email == "mua@vidu.example"
    assert not Delegate.objects.by_token(old.token).exists()
    assert not Message.objects.unsent().filter(person=old.person).exists()
    assert set(Message.objects.filter(person=new.person).values_list("address", flat=True)) == {
        "mua@vidu.example",
        "+84912000777",
    }


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_in_doubt_staff_are_asked(staff, registration, answer):
    old = by_number(registration)[1]
    asked = save(staff, registration, number=1, full_name="Trần Thị Mua")
    assert asked.status_code == 200
    assert not asked.redirect_chain
    assert asked.context["inline_admin_formsets"][0].formset.errors[1].keys() == {"same"}
    assert not registration.delegates.filter(full_name="Trần Thị Mua").exists()
    save(staff, registration, number=1, full_name="Trần Thị Mua", same=answer)
    new = registration.delegates.get(full_name="Trần Thị Mua")
    assert (new.token == old.token) is (answer == "yes")


def test_a_corrected_slip_keeps_link_and_the_contact_follows_the_delegate(staff, registration):
    contact = registration.delegates.get(is_contact=True)
    save(staff, registration, number=by_number(registration).index(contact), full_name="Nguyên Văn 100")
    contact.refresh_from_db()
    registration.refresh_from_db()
    assert (contact.full_name, registration.contact_name) == ("Nguyên Văn 100", "Nguyên Văn 100")
    assert Delegate.objects.by_token(contact.token).get() == contact


def test_whoever_was_there_is_not_replaced_and_staff_read_why(staff, registration):
    other, old = by_number(registration)
    record(delegate=old, now=START)
    address = f"/admin/registrations/registration/{registration.pk}/change/"
    changes = {f"delegates-1-{name}": value for name, value in OTHER.items()}
    typed = filled_in(staff.get(address), **changes, **{"delegates-0-position": "Giám đốc mới"})
    answer = staff.post(address, typed)
    assert answer.status_code == 200
    [words] = answer.context["inline_admin_formsets"][0].formset.errors[1]["full_name"]
    assert old.full_name in words
    # Nothing is stored, and nothing of what was typed is lost.
    assert filled_in(answer)["delegates-0-position"] == ["Giám đốc mới"]
    assert filled_in(answer)["delegates-1-full_name"] == ["Trần Thị Mua"]
    old.refresh_from_db()
    assert old.full_name != "Trần Thị Mua"
    # With the name put back, the rest is stored.
    person = {name: value for name, value in filled_in(staff.get(address)).items() if name.startswith("delegates-1-")}
    assert staff.post(address, filled_in(answer) | person).status_code == 302
    other.refresh_from_db()
    assert other.position == "Giám đốc mới"


def test_another_contact_person_gets_a_new_link_to_the_registration(staff):
    conference = ConferenceFactory(organisers=[staff.organiser])
    made = registered(BridgePointFactory(conference=conference), now=NOW, contact=person(9))
    address = f"/admin/registrations/registration/{made.pk}/change/"
    slip = filled_in(staff.get(address), contact_name="Nguyên Văn 9")
    staff.post(address, slip)
    assert Registration.objects.get(pk=made.pk).token == made.token
    other = filled_in(staff.get(address), contact_name="Trần Thị Mua", contact_email="mua@vidu.example")
    staff.post(address, other)
    assert Registration.objects.get(pk=made.pk).token != made.token
    assert Message.objects.filter(kind="own_page", address="mua@vidu.example").exists()
