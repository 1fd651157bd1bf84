"""Two people change the same registration: neither undoes what the other has stored."""

import pytest

from outbox.models import Message
from registrations import services
from registrations.models import Registration
from registrations.services import OrganisationData, Person
from tests.conftest import NOW
from tests.registrations.test_own_page import filled
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, registered
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def organiser():
    return OrganiserFactory()


@pytest.fixture
def registration(organiser) -> Registration:
    conference = ConferenceFactory(organisers=[organiser])
    return registered(BridgePointFactory(conference=conference, seats=20), now=NOW, source="staff")


@pytest.fixture
def full(registration) -> Registration:
    return filled(registration)


def people_page(registration: Registration) -> str:
    return f"{registration.get_absolute_url()}people/"


def correct_page(registration: Registration) -> str:
    return f"{registration.get_absolute_url()}correct/"


def names(registration: Registration) -> list[str]:
    return list(registration.delegates.order_by("id").values_list("full_name", flat=True))


def new_phone(registration: Registration, phone: str = "+84912000999") -> None:
    contact = Person(registration.contact_name, registration.contact_position, phone, registration.contact_email)
    owner = registration.organisation
    data = OrganisationData(owner.kind, owner.name, owner.province, owner.tax_code)
    services.correct(registration=registration, organisation=data, contact=contact, now=NOW)


# --- who comes --------------------------------------------------------------------------------------------------------


def test_who_was_added_meanwhile_stays_and_is_shown_before_anything_is_stored(client, registration):
    address = people_page(registration)
    first, second = (filled_in(client.get(address)) for _ in range(2))
    client.post(address, {**first, "people-1-full_name": "Hoàng Bốn", "people-1-phone": "0912 345 999"})
    token = registration.delegates.get(full_name="Hoàng Bốn").token
    refused = client.post(address, {**second, "people-1-full_name": "Đỗ Năm"})
    assert refused.status_code == 422
    assert "Hoàng Bốn" in refused.content.decode()
    assert names(registration)[1:] == ["Hoàng Bốn"]
    assert client.post(address, filled_in(refused)).status_code == 302
    assert names(registration)[1:] == ["Hoàng Bốn", "Đỗ Năm"]
    assert registration.delegates.get(full_name="Hoàng Bốn").token == token
    assert Message.objects.filter(address="+84912345999").count() == 1


def test_the_same_list_sent_twice_adds_somebody_once(client, registration):
    address = people_page(registration)
    sent = {**filled_in(client.get(address)), "people-1-full_name": "Hoàng Bốn", "people-1-phone": "0912 345 999"}
    assert client.post(address, sent).status_code == 302
    token = registration.delegates.get(full_name="Hoàng Bốn").token
    assert client.post(address, sent).status_code == 302
    assert registration.delegates.get(full_name="Hoàng Bốn").token == token
    assert Message.objects.filter(address="+84912345999").count() == 1


def test_who_was_removed_meanwhile_does_not_come_back(client, full):
    address = people_page(full)
    first, second = (filled_in(client.get(address)) for _ in range(2))
    gone = names(full)[1]
    client.post(address, {**first, "people-1-remove": "on"})
    assert client.post(address, second).status_code == 422
    assert gone not in names(full)


def test_two_fields_of_one_person_are_both_corrected(client, full):
    address = people_page(full)
    first, second = (filled_in(client.get(address)) for _ in range(2))
    client.post(address, {**first, "people-1-phone": "0912 000 999"})
    assert client.post(address, {**second, "people-1-position": "Kế toán"}).status_code == 302
    changed = full.delegates.get(is_contact=False)
    assert (changed.phone.as_e164, changed.position) == ("+84912000999", "Kế toán")


# --- details ----------------------------------------------------------------------------------------------------------


def test_a_phone_corrected_meanwhile_survives_another_correction(client, full):
    stale = filled_in(client.get(correct_page(full)))
    new_phone(full)
    assert client.post(correct_page(full), {**stale, "organisation_name": "Siêu thị Mới"}).status_code == 302
    full.refresh_from_db()
    full.organisation.refresh_from_db()
    assert (full.contact_phone.as_e164, full.organisation.name) == ("+84912000999", "Siêu thị Mới")


def test_a_field_that_both_changed_is_shown_first_and_stored_at_the_second_press(client, full):
    stale = filled_in(client.get(correct_page(full)))
    new_phone(full)
    asked = client.post(correct_page(full), {**stale, "phone": "0912 111 222"})
    assert asked.status_code == 422
    assert "0912 000 999" in asked.content.decode()
    full.refresh_from_db()
    assert full.contact_phone.as_e164 == "+84912000999"
    assert client.post(correct_page(full), filled_in(asked)).status_code == 302
    full.refresh_from_db()
    assert full.contact_phone.as_e164 == "+84912111222"


def test_products_added_meanwhile_stay(client, full):
    first, second = (filled_in(client.get(correct_page(full))) for _ in range(2))
    client.post(correct_page(full), {**first, "interests-1-side": "sells", "interests-1-other": "Hồng"})
    assert client.post(correct_page(full), {**second, "position": "Phó phòng"}).status_code == 302
    assert full.interests.count() == 2
    asked = client.post(correct_page(full), {**second, "position": "Phó phòng", "interests-0-amount": "9 tấn"})
    assert asked.status_code == 422
    assert full.interests.count() == 2
    assert client.post(correct_page(full), filled_in(asked)).status_code == 302
    assert [interest.amount for interest in full.interests.all()] == ["9 tấn"]


def test_a_choice_that_was_changed_meanwhile_survives(client, full):
    first, second = (filled_in(client.get(correct_page(full))) for _ in range(2))
    client.post(correct_page(full), {**first, "organisation_kind": "agency"})
    assert client.post(correct_page(full), {**second, "position": "Phó phòng"}).status_code == 302
    full.organisation.refresh_from_db()
    assert full.organisation.kind == "agency"


# --- staff ------------------------------------------------------------------------------------------------------------


def test_staff_who_correct_one_thing_leave_what_the_registrant_corrected(client, organiser, full):
    client.force_login(organiser)
    address = f"/admin/registrations/registration/{full.pk}/change/"
    stale = filled_in(client.get(address))
    new_phone(full)
    assert client.post(address, {**stale, "contact_position": "Trưởng phòng"}).status_code == 302
    full.refresh_from_db()
    assert (full.contact_phone.as_e164, full.contact_position) == ("+84912000999", "Trưởng phòng")
    assert full.delegates.get(is_contact=True).phone.as_e164 == "+84912000999"


def test_staff_see_what_was_corrected_before_they_overwrite_it(client, organiser, full):
    client.force_login(organiser)
    address = f"/admin/registrations/registration/{full.pk}/change/"
    stale = filled_in(client.get(address))
    new_phone(full)
    asked = client.post(address, {**stale, "contact_phone": "0912 111 222"})
    assert asked.status_code == 200
    assert "0912 000 999" in asked.content.decode() or "+84912000999" in asked.content.decode()
    assert client.post(address, filled_in(asked)).status_code == 302
    full.refresh_from_db()
    assert full.contact_phone.as_e164 == "+84912111222"


def test_staff_do_not_bring_somebody_back_whom_the_registrant_has_taken_off(client, organiser, full):
    client.force_login(organiser)
    address = f"/admin/registrations/registration/{full.pk}/change/"
    stale = filled_in(client.get(address))
    gone = full.delegates.get(is_contact=False)
    number = next(name for name, value in stale.items() if name.endswith("-id") and value == [str(gone.pk)])
    row = number.removesuffix("-id")
    client.post(people_page(full), {**filled_in(client.get(people_page(full))), "people-1-remove": "on"})
    assert client.post(address, stale | {"contact_position": "Trưởng phòng"}).status_code == 302
    asked = client.post(address, stale | {f"{row}-position": "Kế toán", "contact_position": "Phó phòng"})
    assert asked.status_code == 200
    assert client.post(address, filled_in(asked)).status_code == 302
    full.refresh_from_db()
    assert full.contact_position == "Phó phòng"
    assert [delegate.is_contact for delegate in full.delegates.all()] == [True]
