"""Corrected addresses: who is told what there, and where a message goes that is sent again."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from outbox import queue
from outbox.models import Message
from registrations.models import Delegate
from registrations.services import Person
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, OrganiserFactory, registered

pytestmark = pytest.mark.django_db

CONTACT = Person("Thư Ký", phone="+84900077777", email="thu.ky@vidu.example")


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def conference():
    return ConferenceFactory(organisers=[OrganiserFactory()])


@pytest.fixture
def organiser(conference, client):
    client.force_login(conference.organisers.get())
    return client


def send() -> None:
    queue.deliver(clock=timezone.now)


def correct(client, conference, role: str, number: int, **data: str):
    return client.post(reverse("messaging:address", args=[conference.pk, role, number]), data, follow=True)


def arrived(registration) -> Delegate:
    """The first delegate of ``registration``, whose messages have all left."""
    send()
    mail.outbox.clear()
    return registration.delegates.order_by("id").first()


def new_rows() -> list[tuple[str, str, str]]:
    found = Message.objects.filter(state="queued").order_by("id")
    return [(message.kind, message.channel, message.address) for message in found]


def test_a_new_address_is_told_how_the_registration_stands_though_nothing_had_failed(organiser, conference):
    delegate = arrived(registered(BridgePointFactory(conference=conference), now=NOW))
    page = correct(organiser, conference, "delegate", delegate.pk, email="moi@vidu.example", phone=delegate.mobile)
    assert new_rows() == [("confirmed", "email", "moi@vidu.example")]
    assert "1" in str(next(iter(page.context["messages"])))
    send()
    (letter,) = mail.outbox
    assert letter.to == ["moi@vidu.example"]
    assert delegate.join_url in letter.body


def test_somebody_on_the_waitlist_is_told_that_he_waits(organiser, conference):
    delegate = arrived(registered(BridgePointFactory(conference=conference, seats=0), now=NOW))
    correct(organiser, conference, "delegate", delegate.pk, email=delegate.email, phone="+84912345678")
    assert new_rows() == [("waitlisted", "sms", "+84912345678")]


def test_a_confirmation_that_failed_is_sent_again_and_not_a_second_one_with_it(organiser, conference):
    delegate = arrived(registered(BridgePointFactory(conference=conference), now=NOW))
    Message.objects.filter(channel="email").update(state="failed")
    correct(organiser, conference, "delegate", delegate.pk, email="moi@vidu.example", phone=delegate.mobile)
    assert new_rows() == [("confirmed", "email", "moi@vidu.example")]


def test_the_same_addresses_once_more_tell_nobody_anything(organiser, conference):
    delegate = arrived(registered(BridgePointFactory(conference=conference), now=NOW))
    correct(organiser, conference, "delegate", delegate.pk, email=delegate.email, phone=delegate.mobile)
    assert new_rows() == []


def test_only_he_whose_address_is_new_is_told(organiser, conference):
    registration = registered(BridgePointFactory(conference=conference), now=NOW, people=2)
    arrived(registration)
    other = registration.delegates.get(is_contact=False)
    correct(organiser, conference, "delegate", other.pk, email="moi@vidu.example", phone=other.mobile)
    assert [message.person for message in Message.objects.filter(state="queued")] == [other.person]


@pytest.mark.parametrize("how", ["over", "cancelled"])
def test_nobody_is_told_of_a_conference_that_does_not_lie_ahead(organiser, conference, how):
    delegate = arrived(registered(BridgePointFactory(conference=conference), now=NOW))
    fields = {"cancelled_at": NOW} if how == "cancelled" else {"starts_at": NOW - timedelta(hours=3), "ends_at": NOW}
    type(conference).objects.update(**fields)
    correct(organiser, conference, "delegate", delegate.pk, email="moi@vidu.example")
    assert new_rows() == []


def test_the_address_of_a_contact_person_who_does_not_attend_is_corrected_too(organiser, conference):
    registration = registered(BridgePointFactory(conference=conference), now=NOW, contact=CONTACT)
    arrived(registration)
    found = organiser.get(f"{reverse('messaging:people', args=[conference.pk])}?q=thu.ky@vidu.example")
    (address,) = {row.address_url for row in found.context["rows"] if row.name == "Thư Ký"}
    organiser.post(address, {"email": "moi@vidu.example", "phone": "+84900077777"})
    registration.refresh_from_db()
    assert registration.contact_email == "moi@vidu.example"
    assert new_rows() == [("confirmed", "email", "moi@vidu.example")]
    send()
    assert registration.url in mail.outbox[0].body


def test_a_contact_person_who_attends_by_now_is_corrected_as_a_delegate(organiser, conference):
    delegate = arrived(registered(BridgePointFactory(conference=conference), now=NOW))
    correct(organiser, conference, "contact", delegate.registration_id, email="moi@vidu.example")
    delegate.refresh_from_db()
    assert delegate.email == "moi@vidu.example"


@pytest.mark.parametrize("where", ["person", "list"])
def test_sending_again_goes_to_the_present_address(organiser, conference, where):
    delegate = arrived(registered(BridgePointFactory(conference=conference), now=NOW))
    Delegate.objects.update(email="moi@vidu.example")
    old = Message.objects.get(channel="email")
    answer = organiser.post(
        reverse("messaging:resend", args=[conference.pk]), {"message": old.pk, "from": where}, follow=True
    )
    assert "moi@vidu.example" in str(next(iter(answer.context["messages"])))
    send()
    assert [letter.to for letter in mail.outbox] == [["moi@vidu.example"]]
    assert old.address == delegate.email


def test_sending_all_that_failed_again_goes_to_the_present_addresses(organiser, conference):
    arrived(registered(BridgePointFactory(conference=conference), now=NOW))
    Message.objects.update(state="failed", expires_at=START + timedelta(hours=1))
    Delegate.objects.update(email="moi@vidu.example", mobile="", phone="")
    organiser.post(f"{reverse('messaging:resend', args=[conference.pk])}?state=failed")
    assert new_rows() == [("confirmed", "email", "moi@vidu.example")]


def test_whoever_has_no_such_address_any_more_is_not_written_to_at_the_old_one(organiser, conference):
    arrived(registered(BridgePointFactory(conference=conference), now=NOW))
    Delegate.objects.update(mobile="", phone="")
    old = Message.objects.get(channel="sms")
    Message.objects.filter(pk=old.pk).update(state="sent")
    answer = organiser.post(reverse("messaging:resend", args=[conference.pk]), {"message": old.pk}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert new_rows() == []
