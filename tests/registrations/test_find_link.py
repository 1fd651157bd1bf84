"""Registered before: the link is sent again, and nobody learns who is registered."""

import pytest
import time_machine
from django.http import HttpResponseRedirect
from django.test import Client, RequestFactory

from outbox.models import Message
from registrations.models import Registration
from registrations.public import register
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
URL = "/na/find/"


@pytest.fixture
def registration() -> Registration:
    made = registered(BridgePointFactory(conference=ConferenceFactory(slug="na")), now=NOW)
    Message.objects.all().delete()
    return made


def ask(address: str) -> tuple:
    """What somebody new gets who asks for the link of ``address``: everything that they can see."""
    client = Client()
    response = client.post(URL, {"address": address})
    assert response.status_code == 302
    page = client.get(response["Location"])
    return response["Location"], sorted(response.headers), response.content, page.status_code, page.content


def test_the_form_of_a_conference_leads_there(client, registration):
    assert f'href="{URL}"' in client.get("/na/register/").content.decode()
    assert client.get(URL).status_code == 200


@pytest.mark.parametrize("written", ["{email}", " {EMAIL} ", "0900 000 100", "+84900000100"])
def test_whoever_is_registered_gets_his_link(client, registration, written):
    email = registration.contact_email
    client.post(URL, {"address": written.format(email=email, EMAIL=email.upper())})
    assert set(Message.objects.values_list("kind", "address")) == {
        ("own_page", email),
        ("own_page", registration.contact_phone.as_e164),
    }


@pytest.mark.parametrize("unknown", ["ai.do@vidu.example", "0912 999 999"])
def test_known_and_unknown_addresses_are_answered_alike(registration, unknown):
    assert ask(registration.contact_email) == ask(unknown)
    assert {kind for (kind,) in Message.objects.values_list("kind")} == {"own_page"}


@pytest.mark.parametrize("address", ["{email}", "ai.do@vidu.example"])
def test_the_answer_leaves_before_anything_is_looked_up(registration, address, django_assert_num_queries, monkeypatch):
    # Its end would close the connection that this test has open.
    monkeypatch.setattr(HttpResponseRedirect, "close", lambda response: None)
    data = {"address": address.format(email=registration.contact_email)}
    request = RequestFactory().post(URL, data)
    with django_assert_num_queries(1):  # the conference
        response = register.find(request, "na")
    assert not Message.objects.exists()
    response.close()
    assert Message.objects.exists() == ("{email}" in address)


def test_a_fault_while_sending_does_not_show(client, registration, monkeypatch):
    def fail(**kwargs):
        raise RuntimeError("no outbox")

    monkeypatch.setattr("registrations.services.send_own_links", fail)
    assert client.post(URL, {"address": registration.contact_email}).status_code == 302


@pytest.mark.parametrize("address", ["", "12", "a@b", "\ud800", "a\x00b@v.example", "a@v.example\r\nBcc: b@v.example"])
def test_what_is_no_address_is_named_whoever_is_registered(client, registration, address):
    response = client.post(URL, {"address": address.encode("utf-8", "surrogatepass")})
    assert response.status_code == 422
    assert "address" in response.context["form"].errors
    assert not Message.objects.exists()


@pytest.mark.parametrize("address", ["abc", "12"])
def test_what_is_neither_address_nor_number_is_answered_with_an_example_of_each(client, registration, address):
    client.cookies["django_language"] = "en"
    page = client.post(URL, {"address": address}).content.decode()
    assert "such as ten@example.vn or 0912 345 678" in page


def test_asking_often_sends_one_message(client, registration):
    for _ in range(3):
        client.post(URL, {"address": registration.contact_email})
    assert Message.objects.filter(channel="email").count() == 1


def test_opening_the_page_sends_nothing(client, registration):
    client.get(URL, {"address": registration.contact_email, "sent": "1"})
    assert not Message.objects.exists()


def test_registrations_of_other_conferences_are_not_looked_at(client, registration):
    other = registered(BridgePointFactory(), now=NOW, number=7)
    Message.objects.all().delete()
    client.post(URL, {"address": other.contact_email})
    assert not Message.objects.exists()


def test_after_the_end_the_page_says_that_nothing_is_sent(client, registration):
    with time_machine.travel(START.replace(year=2028), tick=False):
        response = client.post(URL, {"address": registration.contact_email})
    assert response.status_code == 422
    assert "<form class" not in response.content.decode()


def test_the_page_of_a_conference_that_is_not_published_is_not_found(client, registration):
    type(registration.conference).objects.update(is_published=False)
    assert client.get(URL).status_code == 404
    assert client.post(URL, {"address": registration.contact_email}).status_code == 404


def test_registering_again_tells_the_earlier_contact_and_says_nothing_that_is_not_always_said(client, registration):
    from tests.registrations.test_register_page import answers

    again = answers(registration.bridge_point, email=registration.contact_email, phone="")
    other = answers(registration.bridge_point, email="khac@vidu.example", phone="")
    pages = []
    for sent in (again, other):
        page = client.get(client.post("/na/register/", sent)["Location"]).content.decode()
        made = Registration.objects.latest("id")
        delegate = made.delegates.get()
        for own in (made.number, made.token, delegate.token, str(made.contact_phone or ""), made.contact_email):
            page = page.replace(own, "…") if own else page
        pages.append(page.split("<section")[0].split("<h1")[1])
    assert pages[0] == pages[1]
    assert Message.objects.filter(kind="own_page", person=registration.delegates.get().person).exists()
