"""Registering through the service: what is written, what is refused, what a second press does."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bridges.models import BridgePoint
from outbox.models import Message
from registrations import consent, services
from registrations.models import Delegate, Organisation, Registration
from registrations.services import NewRegistration, OrganisationData, RegistrationRefused
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, person, register_people, registered

pytestmark = pytest.mark.django_db


def test_one_registration_writes_organisation_delegates_and_messages():
    point = BridgePointFactory()
    registration = registered(point, now=NOW, people=2)
    assert registration.organisation.name == "HTX Ví Dụ 1"
    assert list(registration.delegates.values_list("is_contact", flat=True)) == [True, False]
    # The colleague's SMS waits until the contact person has opened a message: tests/registrations/test_opening.py.
    assert sorted(Message.objects.filter(kind="confirmed").values_list("channel", flat=True)) == [
        "email",
        "email",
        "sms",
    ]
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
    register_people(
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
        register_people(
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


@pytest.mark.parametrize("seats", [0, 5])
def test_the_first_version_says_all_that_was_stored_and_when(seats):
    registration = registered(BridgePointFactory(seats=seats), now=NOW, submission_key="b" * 64)
    stored, version = Registration.objects.get(pk=registration.pk), registration.history.get()
    for field in version.tracked_fields:
        assert getattr(version, field.attname) == getattr(stored, field.attname), field.name
    assert (version.history_date, version.history_change_reason, version.history_user) == (NOW, "", None)


def test_the_first_version_is_found_by_its_moment_wherever_its_clock_stands():
    in_vietnam = NOW.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    registration = registered(BridgePointFactory(), now=in_vietnam)
    assert registration.history.filter(history_date=NOW).exists()
    assert Registration.history.as_of(NOW).filter(pk=registration.pk).exists()


def test_the_first_version_names_who_was_signed_in(admin_user, monkeypatch):
    monkeypatch.setattr(Registration, "_history_user", admin_user, raising=False)
    assert registered(BridgePointFactory(), now=NOW).history.get().history_user == admin_user


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


# Lists.


def of_staff(number: int, people: int = 1) -> NewRegistration:
    return NewRegistration(
        organisation=OrganisationData("cooperative", f"HTX Ví Dụ {number}"),
        people=[person(number * 100 + i) for i in range(people)],
        language="vi",
        consent_way=consent.LIST,
        source=Registration.Source.IMPORT,
    )


def traces(registration: Registration) -> tuple:
    """What registering has left behind, without what is random."""
    r, number = registration, registration.number.lower()
    delegates = list(r.delegates.all())
    messages = Message.objects.filter(person__in=[d.person for d in delegates])
    return (
        (r.bridge_point.position, r.state, r.queue_number, r.seats, r.holds_seats, r.confirmed_at, r.consent_version),
        r.history.get().state,
        r.search_text.replace(number, "").replace(number.replace("-", ""), ""),
        [(d.full_name, d.is_contact, d.mobile, d.sort_name) for d in delegates],
        sorted((m.kind, m.channel, m.address) for m in messages),
    )


def everything(conference) -> tuple:
    """The traces of each registration, and the counts of each point."""
    points = conference.bridge_points.order_by("position")
    return (
        [traces(registration) for registration in conference.registrations.order_by("id")],
        [(point.seats_taken, point.waiting_count, point.queue_tail) for point in points],
    )


def test_a_list_does_what_registering_one_after_the_other_does():
    # Twice the same people in different conferences: a group that does not fit, one behind it, a point without limit.
    sizes = [(0, 2), (1, 1), (0, 3), (0, 1), (1, 2), (0, 1)]
    left = []
    for at_once in (False, True):
        conference = ConferenceFactory(slug=f"na-{at_once}".lower())
        points = [
            BridgePointFactory(conference=conference, seats=seats, position=position)
            for position, seats in enumerate((4, None))
        ]
        forms = [(points[point], of_staff(number, people)) for number, (point, people) in enumerate(sizes, start=1)]
        if at_once:
            made = services.register_all(conference=conference, forms=forms, notify=True, now=NOW)
            assert [r.pk for r in made] == list(conference.registrations.order_by("id").values_list("pk", flat=True))
        else:
            for point, form in forms:
                services.register(conference=conference, point=point, form=form, now=NOW)
        left.append(everything(conference))
    assert left[0] == left[1]
    assert [traces[1] for traces in left[1][0]] == [
        "confirmed", "confirmed", "waitlisted", "waitlisted", "confirmed", "waitlisted",
    ]  # fmt: skip


def test_a_list_takes_as_many_statements_for_twenty_as_for_two():
    counts = []
    for number in (2, 20):
        point = BridgePointFactory(seats=None)
        forms = [(point, of_staff(n)) for n in range(1, number + 1)]
        with CaptureQueriesContext(connection) as seen:
            services.register_all(conference=point.conference, forms=forms, notify=False, now=NOW)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_list_for_a_conference_that_is_over_is_refused():
    point = BridgePointFactory()
    with pytest.raises(RegistrationRefused):
        services.register_all(
            conference=point.conference, forms=[(point, of_staff(1))], notify=False, now=point.conference.ends_at
        )


def test_whoever_registers_himself_is_not_on_a_list():
    point = BridgePointFactory()
    form = replace(of_staff(1), source=Registration.Source.WEB)
    with pytest.raises(ValueError, match="staff"):
        services.register_all(conference=point.conference, forms=[(point, form)], notify=False, now=NOW)
