"""A form for a new row that is sent twice makes one row."""

from functools import partial

import pytest
from django.core.cache import cache
from django.test import Client

from bridges.models import BridgePoint
from messaging.models import Rule
from registrations.models import Invitation, Question
from tests.support.factories import ConferenceFactory, OrganiserFactory
from tests.support.html_forms import filled_in
from tests.support.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

_PAGES = {
    Rule: ("messages/reminders", {"amount": 2, "unit": "days"}),
    BridgePoint: ("points", {"kind": "video_room", "name": "VNPT Bắc Ninh", "seats": 30}),
    Question: ("content/questions", {"text": "Suất ăn", "kind": "text"}),
    Invitation: ("invitations", {"name": "Sở Công Thương"}),
}


@pytest.fixture
def conference():
    made = ConferenceFactory(slug="na-chi-lang", organisers=[OrganiserFactory(), OrganiserFactory()])
    made.reminder_rules.all().delete()
    return made


def _clients(conference) -> list[Client]:
    clients = []
    for user in conference.organisers.order_by("pk"):
        clients.append(Client())
        clients[-1].force_login(user)
    return clients


def _sent(client: Client, model: type, **changes):
    """The address of the form, and what a browser sends."""
    address, values = _PAGES[model]
    address = f"/admin/c/na-chi-lang/{address}/new/"
    return address, filled_in(client.get(address), **{**values, **changes})


@pytest.mark.parametrize("model", _PAGES)
def test_the_second_press_stores_nothing_and_leads_where_the_first_led(conference, model):
    client = _clients(conference)[0]
    address, data = _sent(client, model)
    first = client.post(address, data)
    assert first.status_code == 302
    second = client.post(address, data)
    assert second["Location"] == first["Location"]
    assert model.objects.count() == 1
    assert "chỉ lưu một lần" in client.get(second["Location"]).content.decode()


@pytest.mark.parametrize("model", _PAGES)
def test_what_differs_is_stored(conference, model):
    client, other = _clients(conference)
    address, data = _sent(client, model)
    client.post(address, data)
    other.post(address, data)
    name, value = {Rule: ("amount", 3), Question: ("text", "Khác")}.get(model, ("name", "Khác"))
    client.post(address, {**data, name: value})
    assert model.objects.count() == 3


def test_what_was_deleted_since_is_stored_again(conference):
    client = _clients(conference)[0]
    address, data = _sent(client, Rule)
    client.post(address, data)
    Rule.objects.all().delete()
    client.post(address, data)
    assert Rule.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_store_one(conference):
    clients = _clients(conference)
    address, data = _sent(clients[0], Rule)
    cookies = clients[0].cookies

    def press() -> int:
        client = Client()
        client.cookies = cookies
        return client.post(address, data).status_code

    at_once(*[partial(press) for _ in range(3)])
    assert Rule.objects.count() == 1
    cache.clear()
