"""Staff forms that take an address ask once about a mail domain that is nearly right, without JavaScript too."""

import pytest
from django.contrib.auth import get_user_model

from bridges.models import Connection
from control.models import Cue, SlideLink
from registrations.models import Guest, Invitation
from staff.workspace.access import workspace_url
from tests.support.factories import BridgePointFactory, ConferenceFactory, ConnectionFactory, OrganiserFactory
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

TYPED, MEANT = "lan@gmial.com", "lan@gmail.com"


@pytest.fixture
def conference(client):
    user = OrganiserFactory()
    client.force_login(user)
    return ConferenceFactory(organisers=[user])


def asked_then(client, address: str, form: dict, name: str, press: str) -> None:
    """Sent with the address as typed it asks; then ``press`` answers."""
    question = client.post(address, form)
    page = question.content.decode()
    assert question.status_code in (200, 422)
    assert f'name="take_mail" value="{name}"' in page
    assert f'name="keep_mail" value="{name}"' in page
    answer = client.post(address, {**form, f"{name}-asked": TYPED, **({press: name} if press else {})})
    assert answer.status_code == 302, answer.content.decode()


ANSWERS = pytest.mark.parametrize(
    ("press", "stored"), [("take_mail", MEANT), ("keep_mail", TYPED), ("", TYPED)], ids=["take", "keep", "again"]
)


@ANSWERS
def test_in_the_rows_of_guests(client, conference, press, stored):
    invitation = Invitation.objects.create(conference=conference, name="Sở Công Thương")
    address = workspace_url("invitation_guests", conference, invitation.pk)
    form = {**filled_in(client.get(address)), "guests-0-name": "Lan", "guests-0-email": TYPED}
    asked_then(client, address, form, "guests-0-email", press)
    assert [guest.email for guest in Guest.objects.all()] == [stored]
    # What stands there is not asked about again.
    again = {**filled_in(client.get(address)), "guests-0-name": "Lan Anh"}
    assert client.post(address, again).status_code == 302
    assert Guest.objects.get().name == "Lan Anh"


@ANSWERS
def test_of_a_technical_contact(client, conference, press, stored):
    point = ConnectionFactory(bridge_point=BridgePointFactory(conference=conference)).bridge_point
    address = workspace_url("point_people", conference, point.pk)
    form = {"form": "technician", "technician_name": "Lan", "technician_email": TYPED}
    asked_then(client, address, form, "technician_email", press)
    assert Connection.objects.get().technician_email == stored


@ANSWERS
def test_of_a_coordinator(client, conference, press, stored):
    point = ConnectionFactory(bridge_point=BridgePointFactory(conference=conference)).bridge_point
    address = workspace_url("point_people", conference, point.pk)
    asked_then(client, address, {"form": "appoint", "new-email": TYPED}, "new-email", press)
    assert get_user_model().objects.filter(email=stored).exists()


@ANSWERS
def test_of_whoever_gets_a_role(client, conference, press, stored):
    address = workspace_url("roles", conference)
    asked_then(client, address, {"email": TYPED, "role": "leader"}, "email", press)
    assert conference.leaders.get().email == stored


@ANSWERS
def test_of_a_speaker_who_is_asked_for_slides(client, conference, press, stored):
    cue = Cue.objects.create(conference=conference, title="Báo cáo", position=1)
    page = client.get(workspace_url("slides_of", conference, cue.pk))
    form = {"email": TYPED, "seen": filled_in(page).get("seen", "")}
    asked_then(client, workspace_url("slides_ask", conference, cue.pk), form, "email", press)
    assert SlideLink.objects.get().email == stored
