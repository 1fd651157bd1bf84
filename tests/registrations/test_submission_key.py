"""Registering again: only the earlier contact person hears of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail

from outbox import queue
from outbox.models import Message
from registrations import services
from registrations.messages import REGISTERED_AGAIN
from registrations.models import Organisation, Registration
from registrations.services import NewRegistration, OrganisationData, Person
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, register_people

pytestmark = pytest.mark.django_db

LATER, MINUTE = NOW + timedelta(days=1), timedelta(minutes=1)
TAX = "0100109106"
FIRST = Person("Nguyễn Văn Trước", "", "+84900000001", "truoc@vidu.example")


@pytest.fixture
def point():
    return BridgePointFactory()


def register(point, who: Person, *, tax_code: str = "", now=NOW, **fields) -> Registration:
    return register_people(
        conference=point.conference,
        point=point,
        organisation=OrganisationData("cooperative", "HTX Ví Dụ", tax_code=tax_code),
        people=[who],
        language="vi",
        now=now,
        **fields,
    )


def own_pages() -> list[tuple[str, str]]:
    rows = Message.objects.filter(kind="own_page", channel="email")
    return list(rows.order_by("id").values_list("person", "address"))


@pytest.mark.parametrize(
    ("contact", "tax_code"),
    [
        (Person("Trần Thị Sau", "", "+84900000002", FIRST.email), ""),
        (Person("Trần Thị Sau", "", FIRST.phone, "sau@vidu.example"), ""),
        (Person("Trần Thị Sau", "", "+84900000002", "sau@vidu.example"), TAX),
    ],
)
def test_the_same_address_phone_or_tax_code_sends_the_earlier_contact_his_link(point, contact, tax_code):
    first = register(point, FIRST, tax_code=TAX)
    queue.deliver(clock=lambda: NOW)
    mail.outbox.clear()
    second = register(point, contact, tax_code=tax_code, now=LATER)
    queue.deliver(clock=lambda: LATER)
    pages = [letter for letter in mail.outbox if first.url in letter.body]
    assert [letter.to for letter in pages] == [[FIRST.email]]
    assert "/j/" not in pages[0].body
    assert second.url not in pages[0].body
    assert own_pages() == [(first.delegates.get().person, FIRST.email)]


def test_whoever_registers_again_learns_nothing_of_the_earlier_registration(point):
    first = register(point, FIRST, tax_code=TAX)
    second = register(point, Person("Trần Thị Sau", email="sau@vidu.example"), tax_code=TAX, now=LATER)
    queue.deliver(clock=lambda: LATER)
    theirs = [letter for letter in mail.outbox if letter.to == ["sau@vidu.example"]]
    assert len(theirs) == 1
    for secret in (first.number, first.token, FIRST.full_name, FIRST.email):
        assert secret not in theirs[0].body
    assert second.state == "confirmed"


def test_a_new_organisation_sends_nobody_anything_else(point):
    register(point, FIRST, tax_code=TAX)
    register(point, Person("Trần Thị Sau", "", "+84900000002", "sau@vidu.example"), tax_code="", now=LATER)
    register(point, Person("Chỉ Có Tên", email="ten@vidu.example"), now=LATER)
    assert own_pages() == []


def test_other_conferences_and_cancelled_registrations_are_left_alone(point):
    cancelled = register(point, FIRST)
    services.cancel(registration=cancelled, now=NOW)
    register(BridgePointFactory(conference=ConferenceFactory()), FIRST)
    register(point, FIRST, now=LATER)
    assert own_pages() == []


def test_nobody_hears_of_a_list_that_is_taken_over_silently(point):
    register(point, FIRST)
    register(point, FIRST, now=LATER, notify=False, source="import")
    assert own_pages() == []


def test_the_earlier_contact_who_does_not_attend_is_told_as_contact(point):
    first = register(point, Person("Đi Họp", email="hop@vidu.example"), contact=FIRST)
    register(point, Person("Trần Thị Sau", email=FIRST.email), now=LATER)
    assert own_pages() == [(f"contact/{first.pk}", FIRST.email)]


def test_the_same_form_sent_twice_is_not_registering_again(point):
    register(point, FIRST, submission_key="k" * 64)
    register(point, FIRST, submission_key="k" * 64)
    assert own_pages() == []
    assert Registration.objects.count() == 1


# --- whoever registers again and again --------------------------------------------------------------------------------


def hints(channel: str) -> list[str]:
    rows = Message.objects.filter(occasion=REGISTERED_AGAIN, channel=channel)
    return list(rows.order_by("id").values_list("address", flat=True))


def test_each_further_registration_tells_an_address_once_with_the_link_of_the_latest(point):
    made = [register(point, FIRST, now=NOW + number * MINUTE) for number in range(6)]
    assert (hints("email"), hints("sms")) == ([FIRST.email] * 5, [])
    told = Message.objects.filter(occasion=REGISTERED_AGAIN).order_by("id").values_list("person", flat=True)
    assert list(told) == [one.delegates.get().person for one in made[:5]]


def test_other_contacts_of_the_same_tax_code_each_hear_once_also_of_somebody_with_many_registrations(point):
    other = Person("Lê Thị Khác", "", "+84900000009", "khac@vidu.example")
    register(point, other, tax_code=TAX)
    for number in range(5):
        register(point, FIRST, tax_code=TAX, now=NOW + number * MINUTE)
    Message.objects.all().delete()
    register(point, Person("Trần Thị Sau", email="sau@vidu.example"), tax_code=TAX, now=LATER)
    assert sorted(hints("email")) == [other.email, FIRST.email]


def test_one_registration_tells_three_contacts_at_most(point):
    for number in range(5):
        register(point, Person("Lê Thị Khác", email=f"khac{number}@vidu.example"), now=NOW + number * MINUTE)
    Organisation.objects.update(tax_code=TAX)
    register(point, FIRST, tax_code=TAX, now=LATER)
    assert sorted(hints("email")) == [f"khac{number}@vidu.example" for number in (2, 3, 4)]


def test_a_number_without_mail_hears_of_further_registrations_once_a_day(point):
    """SMS to a number are limited by the hour: the confirmations of the further ones need them."""
    by_phone = replace(FIRST, email="")
    first = register(point, by_phone)
    for number in range(1, 6):
        register(point, by_phone, now=NOW + number * MINUTE)
    assert hints("sms") == [FIRST.phone]
    assert Message.objects.get(occasion=REGISTERED_AGAIN).person == first.delegates.get().person
    assert Message.objects.filter(channel="sms", kind="confirmed").count() == 6
    register(point, by_phone, now=LATER)
    assert hints("sms") == [FIRST.phone] * 2
    assert FIRST.phone[3:] not in "".join(Message.objects.values_list("key", flat=True))


def test_at_another_conference_the_number_hears_on_the_same_day(point):
    by_phone = replace(FIRST, email="")
    for one in (point, BridgePointFactory(conference=ConferenceFactory())):
        register(one, by_phone)
        register(one, by_phone, now=NOW + MINUTE)
    assert hints("sms") == [FIRST.phone] * 2


def test_a_list_of_many_with_one_phone_tells_it_once_a_day(point):
    owner, people = OrganisationData("cooperative", "HTX Ví Dụ"), [replace(FIRST, email="")]
    form = NewRegistration(owner, people, "vi", source="import")
    forms = [(point, form)] * 3
    services.register_all(conference=point.conference, forms=forms, notify=True, now=NOW)
    assert hints("sms") == [FIRST.phone]
