"""Registering again: only the earlier contact person hears of it."""

from datetime import timedelta

import pytest
from django.core import mail

from outbox import queue
from outbox.models import Message
from registrations import services
from registrations.models import Registration
from registrations.services import OrganisationData, Person
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, register_people

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)
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
