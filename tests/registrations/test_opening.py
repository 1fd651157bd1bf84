"""SMS to colleagues leave once the contact person has opened a message: a form alone makes no stranger's phone ring."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from messaging import announcements, enqueue
from messaging.changed_details import tell_details
from messaging.models import Announcement, Rule
from messaging.notices import tell_fixed_date
from messaging.reminders.planning import plan_due
from outbox import queue
from outbox.models import Message
from registrations import services
from registrations.models import Delegate, Registration
from registrations.services import OrganisationData, Person
from registrations.services.people import replace_people
from staff.messages.changes import forecast_words
from tests.conftest import NOW
from tests.messaging.test_compose import CollectingSMS, sms_sent
from tests.registrations.test_register_page import answers
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, person, register_people, registered
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
CONTACT, COLLEAGUE = "+84900000101", "+84900000102"


@pytest.fixture(autouse=True)
def _collected_sms(settings) -> None:
    sms_sent.clear()
    settings.OUTBOX_CHANNELS = {
        **settings.OUTBOX_CHANNELS,
        "sms": f"{CollectingSMS.__module__}.{CollectingSMS.__name__}",
    }


@pytest.fixture
def point():
    return BridgePointFactory(conference=ConferenceFactory(slug="na"), seats=None)


def by_phone(point, **fields) -> Registration:
    """A cooperative whose people have telephones only."""
    people = [person(101, email=""), person(102, email="")]
    return register_people(
        conference=point.conference, point=point, organisation=OrganisationData("cooperative", "HTX"),
        people=people, language="vi", now=NOW, **fields,
    )  # fmt: skip


def deliver() -> list[str]:
    """The numbers to which SMS left since the last call."""
    sms_sent.clear()
    queue.deliver(clock=timezone.now)
    return sorted(envelope.address for envelope in sms_sent)


def opened(client: Client, text: str) -> None:
    """Follow the first personal link in ``text``, as the contact person does."""
    assert client.get(re.search(r"http://diemcau\.test(/[rj]/\S+)", text)[1]).status_code == 200


def test_a_cooperative_with_a_phone_alone_has_its_own_sms_at_once_and_its_people_theirs_once_it_is_opened(point):
    by_phone(point)
    assert deliver() == [CONTACT]
    opened(Client(), sms_sent[0].text)
    assert deliver() == [COLLEAGUE]
    # Once: opening it again sends nothing, nor does a link that is no longer marked.
    opened(Client(), sms_sent[0].text)
    assert deliver() == []


def test_three_posts_with_fifty_numbers_send_three_sms(client, point):
    for post in range(3):
        crowd = {
            f"people-{n}-{field}": value
            for n in range(1, 50)
            for field, value in (("full_name", f"Người {n}"), ("phone", f"09{post}{n:07d}"))
        }
        sent = answers(point, organisation_name=f"HTX {post}", phone=f"0988 000 00{post}", email="", **crowd)
        # The page that follows is opened by whoever fills in the form, and shows every link.
        page = client.post("/na/register/", sent, follow=True)
        assert page.status_code == 200
        assert "Tin nhắn SMS gửi các đại biểu khác" in page.content.decode()
        for path in re.findall(r'href="(/[rj]/[^"]+)"', page.content.decode()):
            client.get(path)
    assert len(deliver()) == 3


@pytest.mark.parametrize("mark", ["x", "AAAAAA", "ộ", ""])
def test_a_guessed_mark_opens_nothing(client, point, mark):
    registration = by_phone(point)
    client.get(registration.get_absolute_url(), {"m": mark})
    client.get(f"/j/{registration.delegates.first().token}/", {"m": mark})
    assert deliver() == [CONTACT]


def test_the_link_in_the_mail_opens_too_and_after_a_change_of_key(client, point, settings):
    registration = registered(point, now=NOW, people=2)
    deliver()
    letter = next(m for m in mail.outbox if "dai.bieu100@" in m.to[0])
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLM"
    opened(client, letter.body)
    registration.refresh_from_db()
    assert registration.link_opened_at == NOW
    assert deliver() == ["+84900000101"]


@pytest.mark.parametrize("source", ["staff", "import"])
def test_it_is_noted_who_opens_their_mail_also_where_nobody_waits_for_it(client, point, source):
    registration = registered(point, now=NOW, people=2, source=source)
    deliver()
    client.get(registration.get_absolute_url())
    registration.refresh_from_db()
    assert registration.link_opened_at is None
    letter = next(m for m in mail.outbox if "dai.bieu100@" in m.to[0])
    opened(client, letter.body)
    registration.refresh_from_db()
    assert registration.link_opened_at == NOW
    assert deliver() == []


def test_a_colleague_s_own_link_opens_nothing(client, point):
    registered(point, now=NOW, people=2)
    deliver()
    letter = next(m for m in mail.outbox if "dai.bieu101@" in m.to[0])
    opened(client, letter.body)
    assert deliver() == []


@pytest.mark.parametrize("source", ["staff", "import"])
def test_whom_staff_enter_waits_for_nobody(point, source):
    by_phone(point, source=source)
    assert deliver() == [CONTACT, COLLEAGUE]


def test_what_staff_send_again_goes_to_everybody(point):
    registration = by_phone(point)
    assert deliver() == [CONTACT]
    assert services.resend(registration=registration, now=NOW)
    assert deliver() == [CONTACT]
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        assert services.resend(registration=registration, now=timezone.now(), by_staff=True)
        assert deliver() == [CONTACT, COLLEAGUE]


def test_whom_organisers_accept_waits_for_nobody(point):
    point.approval = "yes"
    point.save()
    registration = by_phone(point)
    assert deliver() == [CONTACT]
    services.accept(registration=registration, by=User.objects.create(email="btc@vidu.example"), now=NOW)
    assert deliver() == [CONTACT, COLLEAGUE]


def test_whom_organisers_decline_rings_with_no_colleague(point):
    # A made-up request is declined; those who never heard of it need not hear that either.
    point.approval = "yes"
    point.save()
    registration = by_phone(point)
    assert deliver() == [CONTACT]
    by = User.objects.create(email="btc@vidu.example")
    services.decline(registration=registration, by=by, reason="Không có thật", now=NOW)
    assert deliver() == [CONTACT]


def test_signing_in_with_the_contact_s_address_opens(client, point):
    registration = registered(point, now=NOW, people=2)
    deliver()
    user = User.objects.create(email=registration.contact_email)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    client.force_login(user)
    assert client.get("/accounts/registrations/").status_code == 200
    assert deliver() == ["+84900000101"]


def test_who_is_added_before_the_message_is_opened_waits_as_well(client, point):
    registration = register_people(
        conference=point.conference, point=point, organisation=OrganisationData("cooperative", "HTX"),
        people=[person(101, email="")], language="vi", now=NOW,
    )  # fmt: skip
    assert deliver() == [CONTACT]
    text = sms_sent[0].text
    path = registration.get_absolute_url()
    rows = {"people-1-full_name": "Lê Hai", "people-1-phone": "0900 000 102"}
    assert client.post(f"{path}people/", {**filled_in(client.get(f"{path}people/")), **rows}).status_code == 302
    assert deliver() == []
    opened(client, text)
    assert deliver() == [COLLEAGUE]


def test_a_cancelled_registration_has_nothing_left_to_send(client, point):
    registration = by_phone(point)
    deliver()
    text = sms_sent[0].text
    services.cancel(registration=registration, now=NOW)
    deliver()
    opened(client, text)
    assert not Message.objects.unsent().exists()


@pytest.mark.parametrize("before", [timedelta(days=3), timedelta(hours=20), timedelta(minutes=40)])
def test_reminders_ring_with_no_stranger_either(before):
    # Whatever is posted just before a reminder, or long before it, and never opened.
    registered_at = START - before
    with time_machine.travel(registered_at, tick=False):
        crowded = BridgePointFactory(seats=None)
        for number in (1, 2, 3):
            registered(crowded, now=registered_at, number=number, people=50)
        plan_due(now=registered_at)
    numbers = set()
    for moment in (registered_at + timedelta(minutes=1), START - timedelta(minutes=30), START - timedelta(minutes=9)):
        with time_machine.travel(moment, tick=False):
            plan_due(now=moment)
            numbers |= set(deliver())
    contacts = Delegate.objects.filter(is_contact=True)
    assert numbers == set(contacts.values_list("mobile", flat=True))
    # Mails cost nothing and ring with nobody.
    assert Message.objects.filter(channel="email", kind="reminder").values("person").distinct().count() == 150


def test_a_mail_that_comes_back_is_not_followed_by_an_sms_to_who_waits(point):
    point.conference.reminder_rules.all().delete()
    Rule.objects.create(conference=point.conference, amount=1, unit="days", text="reminder", route="email,sms")
    registered(point, now=NOW, people=2)
    at = point.conference.starts_at - timedelta(days=1)
    with time_machine.travel(at, tick=False):
        plan_due(now=at)
    ways = dict(Message.objects.filter(kind="reminder").values_list("person", "fallback"))
    contact, colleague = Delegate.objects.order_by("-is_contact")
    assert ways == {contact.person: f"sms:{contact.mobile}", colleague.person: ""}


def test_colleagues_get_the_reminder_once_the_contact_person_has_opened_it(point):
    by_phone(point)
    deliver()
    at = point.conference.starts_at - timedelta(days=1)
    with time_machine.travel(at, tick=False):
        plan_due(now=at)
        assert deliver() == [CONTACT]
        text = sms_sent[0].text
    # They are no people without an address.
    assert not Message.objects.filter(state="failed").exists()
    at += timedelta(minutes=11)
    with time_machine.travel(at, tick=False):
        opened(Client(), text)
        plan_due(now=at)
        assert deliver() == [COLLEAGUE, COLLEAGUE]
        assert {envelope.text != text for envelope in sms_sent} == {True}
    assert sorted(Message.objects.filter(address=COLLEAGUE).values_list("kind", flat=True)) == ["confirmed", "reminder"]


@pytest.mark.parametrize("hand", [{"source": "staff"}, {"decided_at": NOW}, {"link_opened_at": NOW}])
def test_colleagues_get_reminders_if_organisers_had_a_hand_in_it(point, hand):
    registration = by_phone(point)
    deliver()
    Registration.objects.filter(pk=registration.pk).update(**hand)
    at = point.conference.starts_at - timedelta(days=1)
    with time_machine.travel(at, tick=False):
        plan_due(now=at)
        assert deliver() == [CONTACT, COLLEAGUE]


@pytest.mark.parametrize("hand", [{}, {"source": "import"}, {"decided_at": NOW}, {"link_opened_at": NOW}])
def test_the_database_knows_who_waits_as_the_registration_does(point, hand):
    registration = by_phone(point)
    Registration.objects.filter(pk=registration.pk).update(**hand)
    registration.refresh_from_db()
    waiting = list(Delegate.objects.filter(Delegate.waits()).values_list("mobile", flat=True))
    assert waiting == ([COLLEAGUE] if registration.colleagues_wait else [])


@pytest.mark.parametrize("how", ["move", "cancel"])
def test_who_has_had_an_sms_hears_what_becomes_of_it(point, how):
    # An announcement, or a reminder from the time when those went to everybody.
    registration = by_phone(point)
    colleague = registration.delegates.get(is_contact=False)
    deliver()
    queue.post([Message(
        key="earlier", channel="sms", address=COLLEAGUE, composer="outbox", kind="announcement", text="x",
        person=colleague.person, due_at=NOW, created_at=NOW, state="sent",
    )])  # fmt: skip
    if how == "cancel":
        services.cancel(registration=registration, now=NOW)
    else:
        services.move(registration=registration, point=BridgePointFactory(conference=point.conference), now=NOW)
    assert deliver() == [CONTACT, COLLEAGUE]


@pytest.mark.parametrize("how", ["move", "cancel"])
def test_who_has_had_none_hears_nothing_of_what_becomes_of_it(point, how):
    registration = by_phone(point)
    deliver()
    if how == "cancel":
        services.cancel(registration=registration, now=NOW)
    else:
        services.move(registration=registration, point=BridgePointFactory(conference=point.conference), now=NOW)
    assert deliver() == [CONTACT]


def test_whom_staff_move_waits_for_nobody(point):
    registration = by_phone(point)
    deliver()
    other = BridgePointFactory(conference=point.conference)
    services.move(registration=registration, point=other, now=NOW, by_staff=True)
    assert deliver() == [CONTACT, COLLEAGUE]


def test_what_staff_send_again_just_after_the_registrant_goes_to_colleagues_too(point):
    registration = by_phone(point)
    assert deliver() == [CONTACT]
    assert services.resend(registration=registration, now=NOW)
    assert deliver() == [CONTACT]
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert services.resend(registration=registration, now=timezone.now(), by_staff=True)
        # The contact person has just had it.
        assert deliver() == [COLLEAGUE]
    registration.refresh_from_db()
    assert not registration.colleagues_wait


def test_opening_costs_an_ordinary_visitor_no_statement(client, point, django_assert_num_queries):
    registration = registered(point, now=NOW)
    Registration.objects.update(link_opened_at=NOW)
    path = registration.get_absolute_url()
    client.get(path)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as plain:
        client.get(path)
    with django_assert_num_queries(len(plain)):
        client.get(path, {"m": registration.opening_mark()})


def test_contact_person_who_does_not_attend_opens_for_all(client, point):
    register_people(
        conference=point.conference, point=point, organisation=OrganisationData("agency", "Sở"),
        people=[person(102, email="")], contact=Person("Trần Thư Ký", phone=CONTACT), language="vi", now=NOW,
    )  # fmt: skip
    assert deliver() == [CONTACT]
    opened(client, sms_sent[0].text)
    assert deliver() == [COLLEAGUE]


def _notice(point, kind: str) -> None:
    """Have organisers do what sends a notice of ``kind``, and let the time pass after which it leaves."""
    conference = point.conference
    if kind == "announcement":
        announcement = Announcement.objects.create(
            conference=conference, subject="Tin", text="x", sms_text="x", route="email+sms", to_confirmed=True
        )
        shown = announcements.preview(announcement)
        by = User.objects.create(email="btc@vidu.example")
        announcements.confirm(announcement=announcement, fingerprint=shown.fingerprint, by=by, now=NOW)
    elif kind == "details":
        point.name = "Hội trường mới"
        point.save()
        tell_details(point=point, now=NOW)
    elif kind == "date_fixed":
        conference.is_tentative = False
        conference.save()
        tell_fixed_date(conference=conference, now=NOW)
    elif kind == "moved":
        conference.starts_at += timedelta(days=1)
        conference.ends_at += timedelta(days=1)
        conference.save()
    else:
        conference.cancelled_at = NOW
        conference.save()


NOTICES = ["announcement", "details", "date_fixed", "moved", "cancelled"]


@pytest.mark.parametrize("kind", NOTICES)
def test_notices_and_announcements_ring_with_no_colleague_before_the_contact_person_has_opened(kind):
    point = BridgePointFactory(conference=ConferenceFactory(slug="na", is_tentative=kind == "date_fixed"), seats=None)
    registration = registered(point, now=NOW, number=3, people=2)
    by_phone(point)
    assert deliver() == [CONTACT, "+84900000300"]
    mail.outbox.clear()
    _notice(point, kind)
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        assert deliver() == [CONTACT, "+84900000300"]
        # Mails ring with nobody.
        assert len(mail.outbox) == 2
        if kind == "cancelled":
            return
        services.release_colleagues(registration=registration, now=timezone.now())
        assert deliver() == ["+84900000301"]
        assert Message.objects.get(address="+84900000301").kind == "confirmed"


@pytest.mark.parametrize("kind", NOTICES)
def test_a_colleague_who_has_had_an_sms_gets_the_notice_as_well(kind):
    point = BridgePointFactory(conference=ConferenceFactory(slug="na", is_tentative=kind == "date_fixed"), seats=None)
    registration = by_phone(point)
    deliver()
    queue.post([Message(
        key="earlier", channel="sms", address=COLLEAGUE, composer="outbox", kind="announcement", text="x",
        person=registration.delegates.get(is_contact=False).person, due_at=NOW, created_at=NOW, state="sent",
    )])  # fmt: skip
    _notice(point, kind)
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        assert deliver() == [CONTACT, COLLEAGUE]


def test_who_takes_the_place_of_a_colleague_hears_of_a_new_time_with_the_confirmation(client, point):
    registration = by_phone(point)
    deliver()
    text = sms_sent[0].text
    colleague = registration.delegates.get(is_contact=False)
    with transaction.atomic():
        replace_people(registration, [(colleague, person(103, email=""))])
    _notice(point, "moved")
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        assert deliver() == [CONTACT]
        opened(client, text)
        assert deliver() == ["+84900000103"]
        assert Message.objects.get(address="+84900000103").kind == "confirmed"


def test_the_previews_say_how_many_get_no_sms_for_that_reason(point):
    registered(point, now=NOW, number=3, people=2)
    by_phone(point)
    announcement = Announcement.objects.create(
        conference=point.conference, subject="Tin", text="x", sms_text="x", route="email+sms", to_confirmed=True
    )
    shown = announcements.preview(announcement)
    assert (shown.people, shown.messages, shown.waiting, shown.unreachable) == (4, {"email": 2, "sms": 2}, 2, 1)
    reasons = [one.why_not for one in announcements.reach(announcement) if one.why_not]
    assert reasons == ["Chưa gửi SMS: người liên hệ của đại biểu chưa mở tin của chúng tôi."]
    counted = enqueue.forecast(announcement)
    assert (counted.people, counted.waiting, counted.silent, counted.unreachable) == (4, 2, 1, 0)
    assert counted.messages == {"email": 2, "sms": 2}
    words = forecast_words(counted, point.conference)
    assert "2 người không nhận SMS: người liên hệ của họ chưa mở tin của chúng tôi." in words
