"""Registering through the service: what is written, what is refused, what a second press does."""

from datetime import timedelta

import pytest
from django.utils import translation

from bridges.models import BridgePoint
from notifications.models import Message
from registrations import services
from registrations.models import Delegate, Organisation, Registration
from tests.conftest import NOW
from tests.factories import START, BridgePointFactory, ConferenceFactory, registered

pytestmark = pytest.mark.django_db


def test_one_registration_writes_organisation_delegates_and_messages():
    point = BridgePointFactory()
    registration = registered(point, now=NOW, people=2)
    assert registration.organisation.name == "HTX Ví Dụ 1"
    assert list(registration.delegates.values_list("is_contact", flat=True)) == [True, False]
    assert Message.objects.filter(kind="confirmed").values_list("channel", "address").count() == 4
    assert (registration.consented_at, registration.consent_version != "") == (NOW, True)


def test_a_registration_without_consent_records_none():
    registration = registered(BridgePointFactory(), now=NOW, consented=False)
    assert (registration.consented_at, registration.consent_version) == (None, "")


def test_numbers_can_be_read_out_over_the_telephone():
    number = registered(BridgePointFactory(), now=NOW).number
    assert len(number) == 9
    assert number[4] == "-"
    assert not set(number) & set("01OILU")


def test_a_waitlisted_registrant_hears_that_and_not_more():
    point = BridgePointFactory(seats=0)
    registered(point, now=NOW)
    assert set(Message.objects.values_list("kind", flat=True)) == {"waitlisted"}


def test_a_landline_gets_no_sms():
    services.register(
        conference=(point := BridgePointFactory()).conference,
        point=point,
        organisation=services.OrganisationData("agency", "Phòng Nông nghiệp"),
        people=[services.Person("Trần Thị B", phone="+842053870123", email="b@vidu.example")],
        language="vi",
        now=NOW,
    )
    assert list(Message.objects.values_list("channel", flat=True)) == ["email"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cancelled_at": NOW}, "cancelled"),
        ({"registration_opens_at": NOW + timedelta(seconds=1)}, "opens at"),
        ({"registration_closes_at": NOW}, "is closed"),
        ({"starts_at": NOW, "ends_at": NOW + timedelta(hours=3)}, "taking place now"),
        ({"starts_at": NOW - timedelta(hours=3), "ends_at": NOW}, "it is over"),
    ],
)
def test_a_conference_that_takes_no_registrations_says_why(fields, words):
    point = BridgePointFactory(conference=ConferenceFactory(**fields))
    with translation.override("en"), pytest.raises(services.RegistrationRefused, match=words):
        registered(point, now=NOW)
    assert not Registration.objects.exists()
    assert not Message.objects.exists()


def test_a_closed_point_is_refused_and_nothing_is_left_behind():
    with pytest.raises(services.RegistrationRefused):
        registered(BridgePointFactory(is_open=False), now=NOW)
    assert not Organisation.objects.exists()
    assert not Delegate.objects.exists()


def test_a_point_of_another_conference_is_refused():
    point = BridgePointFactory()
    with pytest.raises(services.RegistrationRefused):
        services.register(
            conference=ConferenceFactory(),
            point=point,
            organisation=services.OrganisationData("other", "X"),
            people=[services.Person("A", email="a@vidu.example")],
            language="vi",
            now=NOW,
        )
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 0


def test_a_point_that_closed_after_the_form_was_drawn_is_refused():
    point = BridgePointFactory()
    BridgePoint.objects.filter(pk=point.pk).update(is_open=False)
    with pytest.raises(services.RegistrationRefused):
        registered(point, now=NOW)


def test_the_same_submission_again_gives_the_same_registration():
    point = BridgePointFactory(seats=2)
    first = registered(point, now=NOW, submission_key="a" * 64)
    again = registered(point, now=NOW + timedelta(minutes=1), submission_key="a" * 64)
    assert again.pk == first.pk
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 1
    assert Organisation.objects.count() == 1


def test_registrations_have_a_history_from_the_start():
    registration = registered(BridgePointFactory(seats=0), now=NOW)
    assert list(registration.history.values_list("state", "history_type")) == [("waitlisted", "+")]


def test_the_messages_are_sent_again_on_request():
    registration = registered(BridgePointFactory(), now=NOW)
    Message.objects.update(state=Message.State.SENT)
    services.resend(registration=registration, now=NOW + timedelta(minutes=10))
    assert Message.objects.filter(state="queued", kind="confirmed").count() == 2


@pytest.mark.parametrize("offset", [0, 60])
def test_the_messages_are_sent_again_at_most_once_in_two_minutes(offset):
    registration = registered(BridgePointFactory(), now=NOW)
    first = NOW + timedelta(minutes=10, seconds=offset)
    for seconds in (0, 1, 30, 119):
        services.resend(registration=registration, now=first + timedelta(seconds=seconds))
    assert Message.objects.filter(channel="email").count() == 2
    services.resend(registration=registration, now=first + timedelta(seconds=121))
    assert Message.objects.filter(channel="email").count() == 3


def test_a_cancelled_registration_is_not_told_again():
    registration = registered(BridgePointFactory(), now=NOW)
    cancelled = services.cancel(registration=registration, now=NOW)
    before = Message.objects.count()
    services.resend(registration=cancelled, now=NOW + timedelta(minutes=10))
    assert Message.objects.count() == before


def test_after_cancelling_one_may_register_again():
    point = BridgePointFactory(seats=1)
    services.cancel(registration=registered(point, now=NOW), now=NOW)
    assert registered(point, now=NOW).state == "confirmed"


def test_a_corrected_address_gets_what_has_not_left_yet():
    registration = registered(BridgePointFactory(), now=NOW)
    delegate = registration.delegates.get()
    Message.objects.filter(channel="sms").update(state=Message.State.SENT)
    delegate.email, delegate.phone = "moi@vidu.example", "+84900000999"
    delegate.save()
    services.readdress(delegate=delegate)
    assert Message.objects.get(channel="email").address == "moi@vidu.example"
    assert Message.objects.get(channel="sms").address != "+84900000999"


def test_an_address_taken_away_gets_nothing():
    delegate = registered(BridgePointFactory(), now=NOW).delegates.get()
    delegate.phone = ""
    delegate.save()
    services.readdress(delegate=delegate)
    assert Message.objects.get(channel="sms").state == "cancelled"
    assert Message.objects.get(channel="email").state == "queued"


def test_registering_is_possible_until_the_last_moment_before_the_start():
    point = BridgePointFactory()
    assert registered(point, now=START - timedelta(microseconds=1)).state == "confirmed"
    with pytest.raises(services.RegistrationRefused):
        registered(point, now=START, number=2)
