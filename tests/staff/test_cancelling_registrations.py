"""Cancelling registrations and replacing their links in the administration."""

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from outbox.models import Message
from registrations import services
from registrations.messages import is_by_staff
from registrations.models import Registration
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, OrganiserFactory, registered
from tests.support.pages import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

LIST = "/admin/registrations/registration/"


@pytest.fixture
def organiser():
    return OrganiserFactory()


@pytest.fixture
def point(organiser):
    return BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]), seats=10)


@pytest.fixture
def page(client, organiser):
    client.force_login(organiser)
    client.cookies["django_language"] = "en"
    return client


def act(client, action: str, *registrations: Registration):
    data = {"action": action, "_selected_action": [r.pk for r in registrations]}
    return client.post(LIST, data, follow=True)


def address(name: str, *registrations: Registration) -> str:
    return reverse(f"admin:registrations_registration_{name}", args=["-".join(str(r.pk) for r in registrations)])


def own_page(registration: Registration) -> str:
    return reverse("admin:registrations_registration_change", args=[registration.pk])


def states(*registrations: Registration) -> list[str]:
    return [Registration.objects.get(pk=r.pk).state for r in registrations]


def test_cancelling_in_the_list_asks_first_and_says_whom_it_concerns(page, point, organiser):
    chosen = [registered(point, now=NOW, number=1, people=2), registered(point, now=NOW, number=2)]
    asked = act(page, "cancel_selected", *chosen)
    shown = asked.content.decode()
    assert states(*chosen) == ["confirmed", "confirmed"]
    for words in ("2 registrations with 3 people", "told by e-mail or SMS", "cannot be taken back"):
        assert words in shown
    assert all(r.number in shown for r in chosen)
    response = page.post(asked.request["PATH_INFO"], follow=True)
    assert states(*chosen) == ["cancelled", "cancelled"]
    assert "2 registrations cancelled" in said(response)
    assert Message.objects.filter(kind="cancelled", channel="email").count() == 3
    # The limits are for what visitors cause; and what staff cancel may be made up: it rings with no colleague.
    assert all(is_by_staff(message) for message in Message.objects.filter(kind="cancelled"))
    sms_to = Message.objects.filter(kind="cancelled", channel="sms").values_list("address", flat=True)
    assert set(sms_to) == {d.mobile for r in chosen for d in r.delegates.filter(is_contact=True)}
    assert LogEntry.objects.filter(user=organiser, object_id=str(chosen[0].pk)).count() == 1


def test_only_what_can_be_cancelled_is_asked_about(page, point):
    valid, gone = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    services.cancel(registration=gone, now=NOW)
    shown = act(page, "cancel_selected", valid, gone).content.decode()
    assert "1 registration with 1 person" in shown
    assert gone.number not in shown
    assert "nothing to cancel" in said(act(page, "cancel_selected", gone))
    assert "nothing to cancel" in said(page.post(address("cancel", gone), follow=True))


def test_a_registration_s_own_page_leads_to_the_question(page, point):
    registration = registered(point, now=NOW)
    assert address("cancel", registration) in page.get(own_page(registration)).content.decode()
    assert page.post(address("cancel", registration)).url == own_page(registration)
    assert states(registration) == ["cancelled"]
    assert address("cancel", registration) not in page.get(own_page(registration)).content.decode()


def test_what_cannot_be_cancelled_any_more_is_named(page, point, organiser):
    registration = registered(point, now=NOW)
    with time_machine.travel(point.conference.ends_at, tick=False):
        page.force_login(organiser)
        response = page.post(address("cancel", registration), follow=True)
    assert states(registration) == ["confirmed"]
    assert registration.number in said(response)


def test_replacing_links_asks_first_and_says_what_dies(page, point):
    registration = registered(point, now=NOW, people=2)
    asked = act(page, "renew_links_selected", registration)
    assert Registration.objects.get().token == registration.token
    for words in ("1 registration with 2 people", "dead at once", "cannot be taken back"):
        assert words in asked.content.decode()
    response = page.post(asked.request["PATH_INFO"], follow=True)
    assert Registration.objects.get().token != registration.token
    assert "on their way" in said(response)


def test_links_that_are_erased_are_not_replaced(page, point):
    registration = registered(point, now=NOW)
    services.erase(registration=registration, way="staff", now=NOW)
    assert "no links to replace" in said(act(page, "renew_links_selected", registration))
    assert "no links to replace" in said(page.post(address("renew", registration), follow=True))
