"""What the page of a registration says of the messages to its people."""

import pytest
from django.urls import reverse

from outbox import queue
from outbox.models import Message
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, OrganiserFactory, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def registration():
    found = registered(BridgePointFactory(), now=NOW)
    Message.objects.all().delete()
    return found


@pytest.fixture
def page(client, registration):
    organiser = OrganiserFactory()
    registration.conference.organisers.add(organiser)
    client.force_login(organiser)
    return reverse("admin:registrations_registration_change", args=[registration.pk])


def write(person: str, **fields) -> Message:
    values = {"channel": "email", "address": "a@vidu.example", "due_at": NOW, "created_at": NOW, **fields}
    return Message.objects.create(key=f"k/{person}", person=person, **values)


def test_messages_to_delegates_stand_under_the_way_to_all_of_them(client, registration, page):
    delegate = registration.delegates.get()
    write(delegate.person, subject="Xác nhận đăng ký", state="sent", sent_at=NOW)
    shown = client.get(page).content.decode()
    assert reverse("messaging:person", args=[registration.conference_id, delegate.pk]) in shown
    assert "Xác nhận đăng ký" in shown


def test_a_contact_person_who_does_not_attend_has_their_messages_too(client, registration, page):
    write(f"contact/{registration.pk}", subject="Gửi người liên hệ")
    shown = client.get(page).content.decode()
    assert "Gửi người liên hệ" in shown
    assert f"Người liên hệ: {registration.contact_name}" in shown


def test_faults_that_the_outbox_notes_itself_are_said_in_vietnamese(client, registration, page):
    write(registration.delegates.get().person, state="uncertain", error=queue.WORKER_STOPPED)
    shown = client.get(page).content.decode()
    assert queue.WORKER_STOPPED not in shown
