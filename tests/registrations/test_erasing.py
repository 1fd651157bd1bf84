"""Erasing personal data: nothing of the person stays anywhere, the counts stay."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client

from accounts import messages as account_messages
from accounts.models import User
from attendance.models import Attendance
from attendance.services import record
from bridges.models import BridgePoint
from conference.models import Conference, Product
from demo.models import MailboxItem
from outbox import queue
from outbox.models import BadAddress, Message
from registrations import services
from registrations.models import (
    Answer,
    Delegate,
    Erasure,
    Guest,
    Interest,
    Invitation,
    Organisation,
    Question,
    Registration,
)
from registrations.services import Change, InterestData, NewRegistration, OrganisationData, Person
from tests.conftest import NOW
from tests.registrations.test_seats import counters, kinds, states
from tests.support.factories import START, BridgePointFactory, UserFactory, person, register_people, registered

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
#: Everything that is known about the people who are erased; each word occurs nowhere else.
WORDS = (
    "Xứng", "xung", "Liênhệ", "lienhe", "Đivắng", "divang", "Quagiai", "quagiai", "Cũkỹ", "cuky", "Vườnnhà", "vuonnha",
    "0100109106", "900011111", "900022222", "900033333", "900044444", "Chứcvụ", "Ăngì", "Mậtong", "Lýdo", "Kháchmời",
    "khachmoi",
)  # fmt: skip
CONTACT = Person("Trần Liênhệ", "Chứcvụ", "+84900022222", "lienhe@vidu.example")


def everything() -> str:
    """Every text of every table."""
    held = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            held += [value for row in cursor for value in row if isinstance(value, str)]
    return "\n".join(held).replace(" ", "")


def found() -> list[str]:
    text = everything()
    return [word for word in WORDS if word in text]


def log(thing, words: str) -> None:
    LogEntry.objects.create(
        user=UserFactory(),
        content_type=ContentType.objects.get_for_model(thing),
        object_id=str(thing.pk),
        object_repr=str(thing)[:200],
        action_flag=CHANGE,
        change_message=words,
    )


@pytest.fixture
def registration() -> Registration:
    """A registration that has been through everything that leaves traces."""
    point = BridgePointFactory(seats=3)
    conference = point.conference
    asked = Question.objects.create(conference=conference, text="Món?", asked="organisation")
    each = Question.objects.create(conference=conference, text="Món nào?", asked="delegate")
    invitation = Invitation.objects.create(conference=conference, name="Sở", bridge_point=point)
    guest = Guest.objects.create(
        invitation=invitation, name="Lê Kháchmời", phone="+84900044444", email="khachmoi@vidu.example"
    )
    services.invite(invitation=invitation, now=NOW)
    made = services.register(
        conference=conference,
        point=point,
        now=NOW,
        form=NewRegistration(
            organisation=OrganisationData("household", "HTX Vườnnhà", tax_code="0100109106"),
            people=[
                Person("Nguyễn Xứng", "Chứcvụ", "+84900011111", "xung@vidu.example", {each.pk: "Ăngì cũng được"}),
                Person("Nguyễn Đivắng", "", "+84900033333", "divang@vidu.example"),
            ],
            contact=CONTACT,
            interests=[InterestData("sells", other="Mậtong", amount="Mậtong 2 tấn", season="Mậtong")],
            answers={asked.pk: "Ăngì"},
            language="vi",
            invitation=invitation,
            guest=guest,
        ),
    )
    queue.deliver(clock=lambda: NOW)
    stays, leaves = made.delegates.order_by("pk")
    for delegate in (stays, leaves):
        log(delegate, f"{delegate.full_name} → {delegate.email}")
    log(made, "Trần Liênhệ")
    log(made.organisation, "HTX Vườnnhà")
    log(invitation, '[{"added": {"name": "khách", "object": "Lê Kháchmời"}}]')
    log(guest, "Lê Kháchmời")
    # An address and a name of before, which only messages and histories remember.
    changed = Change(Person("Nguyễn Cũkỹ", "Chứcvụ", "+84900011111", "cuky@vidu.example"), stays.pk, same=True)
    services.change_people(registration=made, people=[changed], now=LATER)
    queue.deliver(clock=lambda: LATER)
    changed = Change(Person("Nguyễn Xứng", "Chứcvụ", "+84900011111", "xung@vidu.example"), stays.pk, same=True)
    services.change_people(registration=made, people=[changed], now=LATER + timedelta(hours=1))
    Registration.objects.filter(pk=made.pk).update(reason="Lýdo riêng", submission_key="k" * 64)
    for address in ("xung@vidu.example", "cuky@vidu.example", "divang@vidu.example", "khachmoi@vidu.example"):
        BadAddress.objects.create(channel="email", address=address, since=NOW)
        MailboxItem.objects.create(
            channel="email", address=address, raw=f"Kính gửi Nguyễn Xứng, {address}", received_at=NOW
        )
    Message.objects.create(
        key="again", channel="email", address="quagiai@vidu.example", person=stays.person, due_at=NOW, created_at=NOW,
        text="Kính gửi Quagiai", error="xung@vidu.example: no such user", fallback="sms:+84900011111",
    )  # fmt: skip
    return Registration.objects.get(pk=made.pk)


def erase(registration: Registration, now=LATER, way=Erasure.Way.REGISTRANT) -> None:
    services.erase(registration=registration, way=way, now=now)


def test_the_example_has_left_traces_everywhere(registration):
    assert sorted(found()) == sorted(WORDS)


def test_nothing_about_an_erased_registration_stays_in_any_table(registration):
    erase(registration)
    assert found() == []


def test_nothing_stays_when_the_time_has_come(registration):
    services.erase_due(now=registration.conference.erased_from)
    assert found() == []


def test_the_histories_of_erased_people_are_gone(registration):
    delegate = registration.delegates.get()
    erase(registration)
    assert not registration.history.exists()
    assert not delegate.history.exists()
    assert not Delegate.history.filter(registration_id=registration.pk).exists()


def test_the_counts_stay(registration):
    erase(registration)
    registration.refresh_from_db()
    assert (registration.state, registration.seats, registration.erased_at) == ("cancelled", 1, LATER)
    assert registration.delegates.count() == 1
    assert registration.organisation.kind == "household"
    assert Interest.objects.filter(registration=registration, side="sells").count() == 1
    assert Message.objects.filter(person=registration.delegates.get().person).exists()
    assert not Answer.objects.exists()


def test_a_product_of_the_conference_stays_known():
    point = BridgePointFactory()
    product = Product.objects.create(conference=point.conference, name="Na Chi Lăng")
    registration = registered(point, now=NOW, interests=[InterestData("sells", product=product)])
    erase(registration)
    assert Interest.objects.get().product == product


def test_the_seat_goes_to_the_next_in_line_and_he_alone_is_told():
    point = BridgePointFactory(seats=1)
    erased, waiting = registered(point, now=NOW), registered(point, now=NOW, number=2)
    erase(erased)
    assert states(erased, waiting) == ["cancelled", "confirmed"]
    assert kinds(waiting, state="queued", channel="email") == ["promoted"]
    assert kinds(erased, state="queued") == []
    assert counters(point) == (1, 0)


def test_the_links_of_erased_people_are_dead(client, registration):
    delegate = registration.delegates.get()
    addresses = [f"/j/{delegate.token}/", registration.get_absolute_url()]
    erase(registration)
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    fresh = Delegate.objects.get(pk=delegate.pk)
    assert not Delegate.objects.by_token(fresh.token).exists()


def test_no_new_links_are_made_for_erased_people(registration):
    erase(registration)
    services.renew_links(registration=registration, now=LATER)
    fresh = Registration.objects.get(pk=registration.pk)
    assert not Registration.objects.by_token(fresh.token).exists()


def test_the_report_has_numbers_only(registration):
    said = Message.objects.count()
    erase(registration, way=Erasure.Way.STAFF)
    report = Erasure.objects.get()
    assert (report.conference, report.at, report.way) == (registration.conference, LATER, "staff")
    assert (report.registrations, report.delegates, report.messages) == (1, 1, said)


def test_erasing_twice_is_erasing_once(registration):
    erase(registration)
    erase(registration, now=LATER + timedelta(days=1))
    assert Erasure.objects.count() == 1
    assert Registration.objects.get(pk=registration.pk).erased_at == LATER


def test_others_keep_everything():
    point = BridgePointFactory()
    erased, other = registered(point, now=NOW), registered(point, now=NOW, number=2)
    queue.deliver(clock=lambda: NOW)
    erase(erased)
    other.refresh_from_db()
    delegate = other.delegates.get()
    assert (other.contact_name, delegate.email) == ("Nguyễn Văn 200", "dai.bieu200@vidu.example")
    assert Organisation.objects.filter(name="HTX Ví Dụ 2").exists()
    assert Delegate.objects.by_token(delegate.token).get() == delegate
    assert Message.objects.get(person=delegate.person, channel="email").text
    assert other.history.exists()


def test_somebody_erased_afterwards_was_there_all_the_same():
    point = BridgePointFactory()
    registration = registered(point, now=NOW)
    record(delegate=registration.delegates.get(), now=START)
    erase(registration, now=point.conference.ends_at + timedelta(days=1))
    assert states(registration) == ["confirmed"]
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 1
    assert Attendance.objects.count() == 1


def test_a_declined_registration_can_be_erased():
    request = registered(BridgePointFactory(approval="yes"), now=NOW)
    services.decline(registration=request, by=None, reason="Riêng tư", now=NOW)
    erase(request)
    request.refresh_from_db()
    assert (request.state, request.contact_name, request.reason) == ("declined", "", "")


# When the time has come.


def test_data_are_erased_so_many_days_after_the_conference_and_not_before():
    point = BridgePointFactory(conference__erase_after_days=30)
    registration = registered(point, now=NOW)
    due = point.conference.ends_at + timedelta(days=30)
    assert services.erase_due(now=due - timedelta(seconds=1)) == 0
    assert services.erase_due(now=due) == 1
    registration.refresh_from_db()
    assert (registration.contact_name, registration.state) == ("", "confirmed")
    assert BridgePoint.objects.get(pk=point.pk).seats_taken == 1


def test_it_happens_once():
    point = BridgePointFactory(conference__erase_after_days=1)
    for number in (1, 2):
        registered(point, now=NOW, number=number)
    due = point.conference.erased_from
    assert services.erase_due(now=due) == 2
    assert services.erase_due(now=due + timedelta(days=1)) == 0
    assert Conference.objects.get(pk=point.conference_id).erased_at == due
    report = Erasure.objects.get()
    assert (report.way, report.registrations) == ("automatic", 2)


def test_whoever_was_erased_before_is_not_counted_again():
    point = BridgePointFactory(conference__erase_after_days=1)
    first = registered(point, now=NOW)
    registered(point, now=NOW, number=2)
    erase(first)
    assert services.erase_due(now=point.conference.erased_from) == 1


def test_a_big_conference_is_erased_in_pieces(monkeypatch):
    monkeypatch.setattr("registrations.services.erasing._AT_ONCE", 2)
    point = BridgePointFactory(conference__erase_after_days=1)
    for number in range(1, 6):
        registered(point, now=NOW, number=number)
    assert services.erase_due(now=point.conference.erased_from) == 5
    assert sorted(Erasure.objects.values_list("registrations", flat=True)) == [1, 2, 2]
    assert not Registration.objects.exclude(contact_name="").exists()


def test_guests_who_never_registered_are_erased_with_what_was_sent_to_them():
    point = BridgePointFactory(conference__erase_after_days=1)
    invitation = Invitation.objects.create(conference=point.conference, name="Sở", bridge_point=point)
    Guest.objects.create(invitation=invitation, name="Lê Kháchmời", email="khachmoi@vidu.example")
    services.invite(invitation=invitation, now=NOW)
    queue.deliver(clock=lambda: NOW)
    assert found() == ["Kháchmời", "khachmoi"]
    services.erase_due(now=point.conference.erased_from)
    assert found() == []
    assert Invitation.objects.count() == 1


def test_other_conferences_are_left_alone():
    first = BridgePointFactory(conference__erase_after_days=1)
    second = registered(BridgePointFactory(conference__erase_after_days=100), now=NOW, number=2)
    registered(first, now=NOW)
    assert services.erase_due(now=first.conference.erased_from) == 1
    second.refresh_from_db()
    assert second.contact_name


def test_an_sms_on_its_way_does_not_bring_back_what_was_erased(registration, settings, monkeypatch):
    """The gateway takes its time; meanwhile the person is erased."""
    services.resend(registration=registration, now=LATER)
    sent = []

    def send(channel, envelope):
        sent.append(envelope.text)
        if len(sent) == 1:
            erase(registration)
        return "ref-0900011111"

    settings.OUTBOX_CHANNELS = {**settings.OUTBOX_CHANNELS, "sms": "demo.sms_channel.Gateway"}
    monkeypatch.setattr("demo.sms_channel.Gateway.send", send)
    queue.deliver(clock=lambda: LATER, channels=["sms"])
    assert sent
    assert Message.objects.filter(channel="sms", state="sent", text="", address="", provider_reference="").exists()
    assert found() == []


def test_an_account_by_phone_goes_with_the_last_registration_that_names_it():
    first, second = (registered(BridgePointFactory(), now=NOW, number=1) for _ in range(2))
    phone = first.contact_phone.as_e164
    by_phone = User.objects.create(email=None, phone=phone, phone_verified_at=NOW)
    with_email = UserFactory(phone=phone)
    services.erase(registration=first, way=Erasure.Way.STAFF, now=LATER)
    assert User.objects.filter(pk=by_phone.pk).exists()
    services.erase(registration=second, way=Erasure.Way.STAFF, now=LATER)
    assert list(User.objects.filter(pk__in=[by_phone.pk, with_email.pk])) == [with_email]


# --- what signing in has left -----------------------------------------------------------------------------------------

PHONE = "+84912345678"


@pytest.fixture
def by_phone() -> Registration:
    """Made with a phone only."""
    point = BridgePointFactory()
    return register_people(
        conference=point.conference, point=point, language="vi", now=NOW,
        organisation=OrganisationData("household", "Hộ Ví Dụ"), people=[person(1, phone=PHONE, email="")],
    )  # fmt: skip


def test_the_phone_of_an_erased_person_is_gone_from_the_codes_in_the_outbox(client, by_phone, at_now):
    client.post("/accounts/login/code/", {"phone": PHONE})
    queue.deliver(clock=lambda: NOW)
    Client().post("/accounts/login/code/", {"phone": PHONE})
    assert Message.objects.filter(kind="sign_in_code", address=PHONE).count() == 2
    erase(by_phone)
    assert not Message.objects.filter(address=PHONE).exists()
    queue.deliver(clock=lambda: LATER)
    states = Message.objects.filter(kind="sign_in_code").order_by("id").values_list("state", flat=True)
    assert list(states) == ["sent", "cancelled"]


def test_codes_that_an_earlier_release_sent_are_forgotten_as_well(by_phone, at_now):
    # Release 0.2.0 called an account by its number.
    rows = [
        Message(
            key=f"{state}-{address}", channel="sms", address=address, text="123456", composer="accounts", state=state,
            kind="sign_in_code", person="user/7", due_at=NOW, created_at=NOW, expires_at=LATER,
        )
        for state in ("sent", "queued") for address in (PHONE, "+84912345679")
    ]  # fmt: skip
    Message.objects.bulk_create(rows)
    erase(by_phone)
    found = Message.objects.filter(kind="sign_in_code").order_by("id").values_list("state", "address", "text")
    assert list(found) == [
        ("sent", "", ""),
        ("sent", "+84912345679", "123456"),
        ("cancelled", "", ""),
        ("queued", "+84912345679", "123456"),
    ]


def test_the_phone_of_an_erased_person_is_gone_from_the_sessions(client, by_phone, at_now):
    asked, signed_in, other = client, Client(), Client()
    asked.post("/accounts/login/code/", {"phone": PHONE})
    for browser, address in ((signed_in, {"phone": PHONE}), (other, {"phone": "+84987654321"})):
        browser.post("/accounts/login/code/", address)
    (message,) = Message.objects.filter(kind="sign_in_code", state="queued")
    code = account_messages.compose([message])[message.pk].secrets[0]
    assert signed_in.post("/accounts/login/code/confirm/", {"code": code}).status_code == 302
    erase(by_phone)
    assert [PHONE in str(dict(browser.session)) for browser in (asked, signed_in)] == [False, False]
    assert "+84987654321" in str(dict(other.session))
    assert signed_in.get("/accounts/registrations/").status_code == 302


def test_whoever_erases_themselves_while_signed_in_by_phone_gets_an_answer(client, by_phone, at_now):
    client.post("/accounts/login/code/", {"phone": PHONE})
    (message,) = Message.objects.filter(kind="sign_in_code")
    code = account_messages.compose([message])[message.pk].secrets[0]
    client.post("/accounts/login/code/confirm/", {"code": code})
    response = client.post(f"{by_phone.get_absolute_url()}erase/", {"sure": "on"}, follow=True)
    assert (response.status_code, response.redirect_chain[-1][0]) == (200, "/r/erased/")
    assert client.get("/accounts/registrations/").status_code == 302


def test_whoever_keeps_an_account_stays_signed_in(client, by_phone, at_now):
    user = UserFactory(email="lan@vidu.example", phone=PHONE, phone_verified_at=NOW)
    client.post("/accounts/login/code/", {"phone": PHONE})
    (message,) = Message.objects.filter(kind="sign_in_code")
    code = account_messages.compose([message])[message.pk].secrets[0]
    client.post("/accounts/login/code/confirm/", {"code": code})
    erase(by_phone)
    assert client.get("/accounts/registrations/").context["user"] == user


def test_what_a_guest_s_address_asked_for_is_gone_with_the_guest(client, at_now):
    invitation = Invitation.objects.create(conference=BridgePointFactory().conference, name="Sở")
    Guest.objects.create(invitation=invitation, name="Lê Khách", email="Khach@vidu.example")
    client.post("/accounts/login/code/", {"email": "khach@vidu.example"})
    services.erase_due(now=invitation.conference.erased_from)
    assert "khach@vidu.example" not in str(dict(client.session))
    assert not Message.objects.filter(address__iexact="khach@vidu.example").exists()
