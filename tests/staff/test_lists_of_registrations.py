"""The staff lists ask the database the same number of questions for one row and for three; their pages are whole."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bridges.models import BridgePoint
from registrations import services
from registrations.models import Guest, Invitation, Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, registered
from tests.support.pages import faults

pytestmark = pytest.mark.django_db

LISTS = [
    "/admin/registrations/registration/",
    "/admin/registrations/registration/add/",
    "/admin/registrations/invitation/",
    "/admin/registrations/invitation/?conference__id__exact={conference}",
    "/admin/registrations/erasure/",
    "/admin/bridges/bridgepoint/",
    "/admin/conference/conference/",
]


class Rows:
    """Adds one of everything to every list."""

    def __init__(self) -> None:
        self.organiser = OrganiserFactory()
        self.conference = ConferenceFactory(organisers=[self.organiser], needs_approval=True)

    def add(self, number: int) -> None:
        for conference in (self.conference, ConferenceFactory(organisers=[self.organiser])):
            point = BridgePointFactory(conference=conference, seats=5)
            self.invitation = Invitation.objects.create(conference=conference, name="Sở", bridge_point=point)
            services.keep_seats(invitation=self.invitation, quota=2, is_active=True, now=NOW)
            self.invitation.refresh_from_db()
            guest = Guest.objects.create(invitation=self.invitation, name="Khách", email="k@vidu.example")
            Guest.objects.create(invitation=self.invitation, name="Không Địa Chỉ")
            self.request = registered(point, now=NOW, number=number * 10, invitation=self.invitation, guest=guest)
            self.waiting = registered(point, now=NOW, number=number * 10 + 1, people=5)
            self.erased = registered(point, now=NOW, number=number * 10 + 2)
            services.erase(registration=self.erased, way="staff", now=NOW)


@pytest.fixture
def rows(client):
    with time_machine.travel(NOW, tick=False):
        rows = Rows()
        rows.add(1)
        client.force_login(rows.organiser)
        yield rows


def test_staff_lists_take_the_same_statements_at_one_row_and_at_three(client, rows):
    def statements() -> dict[str, int]:
        counted = {}
        for address in LISTS:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address.format(conference=rows.conference.pk)).status_code == 200
            counted[address] = len(queries)
        return counted

    statements()
    at_one = statements()
    rows.add(2)
    rows.add(3)
    assert statements() == at_one


def test_staff_pages_are_valid_and_load_nothing_from_elsewhere(client, rows):
    registration = "/admin/registrations/registration"
    # What cannot be declined or promoted is said before the question.
    asked = Registration.objects.filter(state=Registration.State.REQUESTED).earliest("id")
    BridgePoint.objects.update(seats=50)
    pages = [
        *(f"{registration}/{r.pk}/change/" for r in (rows.request, rows.waiting, rows.erased)),
        *(f"{registration}/{asked.pk}/{name}/" for name in ("accept", "decline", "resend", "erase")),
        f"{registration}/{rows.waiting.pk}-{rows.erased.pk}/promote/",
        f"{registration}/add/",
        f"/admin/registrations/invitation/{rows.invitation.pk}/change/",
        f"/admin/registrations/invitation/{rows.invitation.pk}/send/",
        "/admin/registrations/invitation/add/",
        *(address.format(conference=rows.conference.pk) for address in LISTS),
    ]
    for address in pages:
        response = client.get(address)
        assert response.status_code == 200, address
        assert faults(response.content.decode()) == [], address
    for address in (f"{registration}/add/", f"{registration}/{asked.pk}/decline/"):
        response = client.post(address)
        assert response.status_code == 422
        assert faults(response.content.decode()) == [], address


@pytest.mark.parametrize("query", ["0900001000", "0900 001 000", "+84900001000", "0900.001.000"])
def test_a_phone_number_finds_its_owner_however_it_is_written(client, rows, query):
    registered(BridgePointFactory(conference=rows.conference), now=NOW, number=20)
    found = client.get("/admin/registrations/registration/", {"q": query}).context["cl"].queryset
    assert {registration.contact_phone.as_e164 for registration in found} == {"+84900001000"}
