"""Erasing in the administration, and what is left of what was erased."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from bridges.models import BridgePoint
from registrations import services
from registrations.models import Erasure, Registration
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    registered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

LIST = "/admin/registrations/registration/"
REPORT = "/admin/registrations/erasure/"


@pytest.fixture
def organiser():
    return OrganiserFactory()


@pytest.fixture
def point(organiser):
    return BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]), seats=3)


@pytest.fixture
def page(client, organiser):
    client.force_login(organiser)
    return client


def erase(*registrations: Registration) -> str:
    return reverse("admin:registrations_registration_erase", args=["-".join(str(r.pk) for r in registrations)])


def own_page(registration: Registration) -> str:
    return reverse("admin:registrations_registration_change", args=[registration.pk])


def test_erasing_asks_first_and_names_what_was_chosen(page, organiser, point):
    first, second = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    data = {"action": "erase_selected", "_selected_action": [first.pk, second.pk]}
    asked = page.post(LIST, data, follow=True)
    assert asked.request["PATH_INFO"] == erase(first, second)
    assert first.number in asked.content.decode()
    assert page.post(erase(first, second), {}).status_code == 422
    assert not Erasure.objects.exists()
    page.post(erase(first, second), {"sure": "on"})
    assert Registration.objects.exclude(erased_at=None).count() == 2
    assert set(Erasure.objects.values_list("way", "by", "registrations")) == {("staff", organiser.pk, 1)}
    assert str(organiser) in page.get(REPORT).content.decode()


def test_an_active_registration_gives_its_seats_to_those_who_wait(page, point):
    seated, waiting = registered(point, now=NOW, people=3), registered(point, now=NOW, number=2)
    page.post(erase(seated), {"sure": "on"})
    assert Registration.objects.get(pk=waiting.pk).state == "confirmed"
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 1


def test_what_is_erased_stands_in_the_list_without_a_name_and_its_pages_open(page, point):
    registration = registered(point, now=NOW, people=2)
    person = registration.delegates.first()
    number, names = registration.number, [registration.organisation.name, person.full_name, person.email]
    tokens = [registration.token, person.token]
    page.post(erase(registration), {"sure": "on"})
    addresses = [
        LIST,
        f"{LIST}?q={number}",
        own_page(registration),
        own_page(registration).replace("change", "history"),
    ]
    for address in addresses:
        response = page.get(address)
        assert response.status_code == 200, address
        shown = response.content.decode()
        assert number in shown, address
        for secret in (*names, *tokens, "+84900", "0900"):
            assert secret not in shown, (address, secret)
    assert not page.get(LIST, {"q": names[1]}).context["cl"].result_count


def test_the_log_of_the_administration_keeps_no_name(page, point):
    registration = registered(point, now=NOW)
    name = registration.organisation.name
    page.post(erase(registration), {"sure": "on"})
    entries = LogEntry.objects.filter(object_id=str(registration.pk))
    assert entries.count() == 1
    assert name not in str(list(entries.values()))


def test_what_is_erased_can_no_longer_be_changed(page, point):
    registration = registered(point, now=NOW)
    services.erase(registration=registration, way="staff", now=NOW)
    assert page.post(own_page(registration), {"contact_name": "Trở lại"}).status_code == 403
    page.post(erase(registration), {"sure": "on"})
    assert Erasure.objects.count() == 1
    for action in ("accept_selected", "cancel_selected", "resend_selected", "renew_links_selected", "erase_selected"):
        data = {"action": action, "_selected_action": [registration.pk]}
        assert page.post(LIST, data, follow=True).status_code == 200
    current = Registration.objects.get(pk=registration.pk)
    assert (current.state, current.contact_name) == ("cancelled", "")


def test_a_coordinator_erases_nothing(client, point):
    registration = registered(point, now=NOW)
    client.force_login(CoordinatorFactory(bridge_point=point).user)
    assert "erase_selected" not in client.get(LIST).content.decode()
    assert erase(registration) not in client.get(own_page(registration)).content.decode()
    assert client.post(erase(registration), {"sure": "on"}).status_code == 403
    client.post(LIST, {"action": "erase_selected", "_selected_action": [registration.pk]})
    assert Registration.objects.get(pk=registration.pk).erased_at is None
    assert client.get(REPORT).status_code == 403


def test_the_report_says_when_how_and_how_many_and_leads_nowhere_else(page, point):
    services.erase(registration=registered(point, now=NOW, people=2), way="registrant", now=NOW)
    foreign = BridgePointFactory()
    services.erase(registration=registered(foreign, now=NOW), way="staff", now=NOW)
    response = page.get(REPORT, {"conference__id__exact": point.conference_id})
    (row,) = response.context["cl"].result_list
    assert (row.conference, row.registrations, row.delegates) == (point.conference, 1, 2)
    assert "10:00 1/7/2027" in response.content.decode()
    conference = page.get(f"/admin/conference/conference/{point.conference_id}/change/").content.decode()
    assert f"{REPORT}?conference__id__exact={point.conference_id}" in conference
