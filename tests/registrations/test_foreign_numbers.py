"""Somebody with a number from abroad: it is shown with its prefix, and every page about them can be saved."""

import pytest

from registrations.models import Guest, Invitation, Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, person, registered
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

ABROAD = "+65 9123 4567"


@pytest.fixture
def organiser():
    return OrganiserFactory()


@pytest.fixture
def registration(organiser) -> Registration:
    """Somebody with a number of Singapore, at a conference whose contact has one, too."""
    conference = ConferenceFactory(organisers=[organiser], contact_phone="+6598765432")
    made = registered(BridgePointFactory(conference=conference), now=NOW)
    made.delegates.update(phone="+6591234567")
    Registration.objects.update(contact_phone="+6591234567")
    return made


@pytest.mark.parametrize("page", ["people/", "correct/"])
def test_the_registrants_pages_can_be_saved(client, registration, page):
    url = f"{registration.get_absolute_url()}{page}"
    sent = filled_in(client.get(url))
    assert [ABROAD] in sent.values()
    assert client.post(url, sent).status_code == 302
    assert Registration.objects.get().contact_phone.as_e164 == "+6591234567"
    assert registration.delegates.get().phone.as_e164 == "+6591234567"


def test_the_pages_show_the_prefix(client, registration):
    assert ABROAD in client.get(registration.get_absolute_url()).content.decode()
    assert "+65 9876 5432" in client.get(f"/{registration.conference.slug}/").content.decode()
    assert ABROAD in client.get(f"{registration.get_absolute_url()}data.json").content.decode()


@pytest.mark.parametrize("page", ["registration", "address"])
def test_the_pages_of_staff_can_be_saved(client, organiser, registration, page):
    client.force_login(organiser)
    delegate = registration.delegates.get()
    address = {
        "registration": f"/admin/registrations/registration/{registration.pk}/change/",
        "address": f"/admin/delivery/{registration.conference_id}/address/delegate/{delegate.pk}/",
    }[page]
    sent = filled_in(client.get(address))
    assert [ABROAD] in sent.values()
    history = delegate.history.count()
    assert client.post(address, sent).status_code == 302
    delegate.refresh_from_db()
    assert delegate.phone.as_e164 == "+6591234567"
    if page == "registration":
        assert delegate.history.count() == history
    assert ABROAD in client.get("/admin/registrations/registration/").content.decode()


def test_a_guest_from_abroad_is_known_by_the_form(client, organiser, registration):
    invitation = Invitation.objects.create(conference=registration.conference, name="Sở Công Thương")
    guest = Guest.objects.create(invitation=invitation, name=person().full_name, phone="+6591234567")
    form = client.get(f"/{registration.conference.slug}/register/?i={invitation.token}&g={guest.sealed}")
    assert filled_in(form)["phone"] == [ABROAD]
