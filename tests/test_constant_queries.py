"""Lists ask the database the same number of questions for one row and for three."""

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance import services as attendance
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)

pytestmark = pytest.mark.django_db

ADDRESSES = [
    "/",
    "/first/",
    "/first/register/",
    "/accounts/registrations/",
    "/admin/",
    "/admin/conference/conference/",
    "/admin/bridges/bridgepoint/",
    "/admin/registrations/registration/",
    "/admin/registrations/registration/?q=htx+vi+du",
    "/admin/attendance/attendance/",
    "/admin/outbox/message/",
    "/admin/accounts/user/",
]


class Rows:
    """Adds to every list at once."""

    def __init__(self, organiser) -> None:
        self.organiser = organiser
        self.first = ConferenceFactory(slug="first", organisers=[organiser])

    def add(self, number: int) -> None:
        conference = ConferenceFactory(organisers=[self.organiser])
        for owner in (conference, self.first):
            point = BridgePointFactory(conference=owner, latitude=21.0, longitude=105.8)
            ConnectionFactory(bridge_point=point)
            CoordinatorFactory(bridge_point=point)
            registration = registered(point, now=NOW, number=number, people=2)
            registration.delegates.update(email=self.organiser.email)
            for delegate in registration.delegates.select_related("registration__conference"):
                attendance.check_in(delegate=delegate, by=self.organiser, now=START)


def statements(client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("role", ["organiser", "superuser"])
def test_lists_take_the_same_statements_at_one_row_and_at_three(client, role):
    user = OrganiserFactory() if role == "organiser" else UserFactory(is_staff=True, is_superuser=True)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    rows = Rows(user)
    with time_machine.travel(NOW, tick=False):
        client.force_login(user)
        rows.add(1)
        addresses = [a for a in ADDRESSES if role == "superuser" or not a.startswith(("/admin/outbox", "/admin/acc"))]
        for address in addresses:
            client.get(address)
        at_one = {address: statements(client, address) for address in addresses}
        rows.add(2)
        rows.add(3)
        at_three = {address: statements(client, address) for address in addresses}
    assert at_three == at_one


def test_public_lists_take_the_same_statements_for_a_visitor(client):
    rows = Rows(OrganiserFactory())
    with time_machine.travel(NOW, tick=False):
        rows.add(1)
        at_one = {address: statements(client, address) for address in ADDRESSES[:3]}
        rows.add(2)
        rows.add(3)
        assert {address: statements(client, address) for address in ADDRESSES[:3]} == at_one
    assert max(at_one.values()) <= 6
