"""The words of the messages, composed when they leave."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone, translation
from phonenumber_field.phonenumber import PhoneNumber

from common.phones import mobile_of
from conference import services as conferences
from messaging.models import Rule, Template
from messaging.notices import GRACE
from messaging.reminders.planning import plan_due
from messaging.time_words import duration_words
from outbox import queue
from outbox.channels.base import Channel
from outbox.models import Message
from registrations import services
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    register_people,
    registered,
)

pytestmark = pytest.mark.django_db

sms_sent: list = []


class CollectingSMS(Channel):
    """Keeps what it is given."""

    def send(self, envelope) -> str:
        sms_sent.append(envelope)
        return ""


@pytest.fixture(autouse=True)
def _collected_sms(settings) -> None:
    sms_sent.clear()
    settings.OUTBOX_CHANNELS = {**settings.OUTBOX_CHANNELS, "sms": f"{__name__}.CollectingSMS"}


def send(now=NOW) -> None:
    with time_machine.travel(now, tick=False):
        queue.deliver(clock=timezone.now)


def html_of(message) -> str:
    return message.alternatives[0][0]


def test_the_confirmation_carries_link_number_place_and_calendar():
    point = BridgePointFactory(name="Hội trường Chi Lăng", address="Huyện Chi Lăng")
    registration = registered(point, now=NOW)
    send()
    (letter,) = mail.outbox
    link = registration.delegates.get().join_url
    for part in (link, registration.url, registration.number, "Hội trường Chi Lăng", "Huyện Chi Lăng", "19/7/2027"):
        assert part in letter.body
        assert part in html_of(letter)
    assert link.startswith("http://diemcau.test/j/")
    assert letter.attachments[0].filename == "hoi-nghi.ics"


def test_the_mail_says_from_whom_it_is_and_where_answers_go():
    registered(BridgePointFactory(conference__short_name="Na Chi Lăng 2027"), now=NOW)
    send()
    (letter,) = mail.outbox
    assert letter.from_email == "=?utf-8?q?Na_Chi_L=C4=83ng_2027?= <no-reply@diemcau.test>"
    assert letter.reply_to == ["btc@vidu.example"]
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    assert letter.extra_headers["Content-Language"] == "vi"


def test_an_sms_has_no_accents_and_the_whole_link():
    registration = registered(BridgePointFactory(name="Phòng họp Đông Đô – tầng 2"), now=NOW)
    send()
    (sms,) = sms_sent
    assert sms.text.isascii()
    assert "Phong hop Dong Do - tang 2" in sms.text
    assert registration.delegates.get().join_url in sms.text


def test_an_english_registrant_is_written_to_in_english():
    point = BridgePointFactory()
    register_people(
        conference=point.conference,
        point=point,
        organisation=services.OrganisationData("business", "Fruit Ltd"),
        people=[services.Person("John Doe", phone="+84900000001", email="john@vidu.example")],
        language="en",
        now=NOW,
    )
    send()
    (letter,) = mail.outbox
    assert letter.subject.startswith("Registered: ")
    assert "Dear John Doe," in letter.body
    assert "Your personal link" in html_of(letter)
    assert letter.extra_headers["Content-Language"] == "en"
    assert "Your link and QR code: " in sms_sent[0].text


def test_others_in_the_group_get_their_own_link_and_not_the_registration_s():
    registration = registered(BridgePointFactory(), now=NOW, people=2)
    send()
    letters = {letter.to[0]: letter.body for letter in mail.outbox}
    contact, other = registration.delegates.order_by("-is_contact")
    assert registration.url in letters[contact.email]
    assert registration.url not in letters[other.email]
    assert other.join_url in letters[other.email]
    assert contact.join_url not in letters[other.email]


def test_the_waitlist_message_tells_the_place_and_holds_no_personal_link():
    point = BridgePointFactory(seats=0)
    registered(point, now=NOW, number=1)
    second = registered(point, now=NOW, number=2)
    send()
    letter = mail.outbox[1]
    assert "2" in letter.body
    assert "/j/" not in letter.body + html_of(letter) + sms_sent[1].text
    assert letter.attachments == []
    assert second.url in sms_sent[1].text


def test_the_cancellation_message_holds_no_personal_link():
    registration = registered(BridgePointFactory(), now=NOW)
    services.cancel(registration=registration, now=NOW)
    send()
    (letter,) = mail.outbox
    assert registration.number in letter.body
    assert "/j/" not in letter.body + html_of(letter) + sms_sent[0].text


@pytest.mark.parametrize("kind", ["confirmed", "waitlisted", "reminder", "promoted"])
def test_what_no_longer_holds_true_is_dropped(kind):
    registration = registered(BridgePointFactory(), now=NOW)
    services.cancel(registration=registration, now=NOW)
    Message.objects.all().delete()
    delegate = registration.delegates.get()
    queue.post([message(delegate, kind)])
    send()
    assert Message.objects.get().state == "cancelled"
    assert mail.outbox == []


def message(delegate: Delegate, kind: str) -> Message:
    return Message(
        key=f"test/{kind}",
        language="en",
        channel="email",
        address=delegate.email,
        composer="messaging",
        kind=kind,
        person=delegate.person,
        due_at=NOW,
        created_at=NOW,
    )


def test_a_cancelled_conference_sends_nothing_but_cancellations():
    point = BridgePointFactory()
    first = registered(point, now=NOW, number=1)
    second = registered(point, now=NOW, number=2)
    services.cancel(registration=second, now=NOW)
    with time_machine.travel(NOW, tick=False):
        point.conference.cancelled_at = NOW
        point.conference.save()
    Message.objects.update(language="en")
    send(NOW + GRACE)
    told = {letter.to[0]: letter.subject for letter in mail.outbox}
    assert told == {
        first.contact_email: f"The conference is cancelled: {point.conference.short_name}",
        second.contact_email: f"Cancelled: {point.conference.short_name} – {point.name}",
    }


def test_the_words_are_those_of_the_moment_of_sending():
    registration = registered(BridgePointFactory(name="Cũ"), now=NOW)
    point = registration.bridge_point
    point.name = "Hội trường mới"
    point.save()
    send()
    assert "Hội trường mới" in mail.outbox[0].body
    assert "Hội trường mới" in mail.outbox[0].subject


def test_a_deleted_delegate_is_written_to_no_more():
    registration = registered(BridgePointFactory(), now=NOW)
    registration.delegates.all().delete()
    send()
    assert mail.outbox == []
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_tentative_date_is_called_so_in_every_message():
    registered(BridgePointFactory(conference=ConferenceFactory(is_tentative=True)), now=NOW)
    Message.objects.update(language="en")
    send()
    assert "(tentative)" in mail.outbox[0].body
    assert "(tentative)" in html_of(mail.outbox[0])
    assert "(tentative)" in sms_sent[0].text


def test_the_hour_in_a_message_is_vietnam_s():
    registered(BridgePointFactory(), now=NOW)
    send()
    assert "08:00–11:00, 19/7/2027" in mail.outbox[0].body
    assert "08:00, 19/7/2027" in sms_sent[0].text


def test_the_stored_text_shows_no_link():
    registration = registered(BridgePointFactory(), now=NOW)
    send()
    assert Message.objects.exists()
    for stored in Message.objects.all():
        assert stored.state == "sent"
        assert "(liên kết cá nhân)" in stored.text
        assert registration.token not in stored.text
        assert registration.delegates.get().token not in stored.text


def test_names_and_texts_of_people_stay_inert_in_html():
    point = BridgePointFactory(name="<b>Điểm</b>", address='" onload="x')
    register_people(
        conference=point.conference,
        point=point,
        organisation=services.OrganisationData("other", "<script>alert(1)</script>{{7*7}}"),
        people=[services.Person("{% load x %}<img src=x onerror=y>", email="a@vidu.example")],
        language="vi",
        now=NOW,
    )
    send()
    html = html_of(mail.outbox[0])
    for active in ("<script", "<img src=x", "<b>Điểm", ' onload="x'):
        assert active not in html
    assert "{{7*7}}" in html
    assert "&lt;script&gt;" in html


def test_no_header_has_a_second_line_whatever_a_conference_and_its_points_are_called():
    conference = ConferenceFactory(short_name="Na\nBcc: x@vidu.example")
    registered(BridgePointFactory(conference=conference, name="Điểm\r\nX-Evil: 1"), now=NOW)
    send()
    (letter,) = mail.outbox
    headers = dict(letter.message().items())
    assert not {name.lower() for name in headers} & {"bcc", "x-evil"}
    assert headers["From"].startswith('"Na Bcc: x@vidu.example" <')


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=7), "in 7 days"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(days=1), "tomorrow"),
        (timedelta(hours=25), "tomorrow"),
        (timedelta(hours=9), "tomorrow"),
        (timedelta(hours=7), "in 7 hours"),
        (timedelta(minutes=60), "in 60 minutes"),
        (timedelta(minutes=10), "in 10 minutes"),
        (timedelta(minutes=9, seconds=20), "in 10 minutes"),
    ],
)
def test_a_reminder_says_how_long_is_left(left, words):
    delegate = registered(BridgePointFactory(), now=NOW).delegates.get()
    Message.objects.all().delete()
    queue.post([message(delegate, "reminder")])
    send(START - left)
    assert words in mail.outbox[0].body


@pytest.mark.parametrize(
    ("minutes", "words"), [(10080, "7 days"), (1440, "1 day"), (120, "2 hours"), (90, "90 minutes")]
)
def test_durations_are_named_in_the_largest_unit_that_fits(minutes, words):
    with translation.override("en"):
        assert duration_words(minutes) == words


@pytest.mark.parametrize(
    ("number", "mobile"), [("0912345678", True), ("+84 912 345 678", True), ("0205 3870 123", False)]
)
def test_mobiles_are_told_from_landlines(number, mobile):
    assert bool(mobile_of(PhoneNumber.from_string(number, region="VN"))) is mobile


def test_without_an_sms_channel_only_mails_are_written(settings):
    settings.OUTBOX_CHANNELS = {"email": settings.OUTBOX_CHANNELS["email"]}
    registered(BridgePointFactory(), now=NOW)
    assert list(Message.objects.values_list("channel", flat=True)) == ["email"]


def test_a_batch_asks_as_much_for_few_mails_as_for_many():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from messaging.compose import compose

    point = BridgePointFactory()
    other = BridgePointFactory(conference=point.conference)
    for number in range(1, 9):
        registered(point if number % 2 else other, now=NOW, people=2, number=number)
    # The contact person's comes first, and names those whom no message reaches.
    batch = list(Message.objects.filter(channel="email").order_by("id"))
    counts = []
    with time_machine.travel(NOW, tick=False):
        for part in (batch[:1], batch[:2], batch[:4], batch):
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert len(compose(part)) == len(part)
            counts.append(len(seen))
    # Conferences and points of several are asked for by themselves, and once.
    assert counts[1] == counts[2] == counts[3] == counts[0] + 2


def test_who_is_alone_in_a_batch_is_told_the_same_as_among_others():
    from messaging.compose import compose

    for number in range(1, 4):
        registered(BridgePointFactory(), now=NOW, people=2, number=number)
    batch = list(Message.objects.all())
    with time_machine.travel(NOW, tick=False):
        together = compose(batch)
        assert len(together) == len(batch)
        assert {number: text for message in batch for number, text in compose([message]).items()} == together


def sms_to(delegate: Delegate) -> str:
    (text,) = [envelope.text for envelope in sms_sent if envelope.address == delegate.mobile]
    return text


def test_an_sms_leads_a_contact_person_without_e_mail_to_his_page_where_all_links_are():
    point = BridgePointFactory()
    by_phone = registered(point, now=NOW, number=1)
    by_phone.delegates.update(email="")
    with_colleague = registered(point, now=NOW, number=2, people=2)
    with_colleague.delegates.filter(is_contact=False).update(email="", phone="", mobile="")
    with_both = registered(point, now=NOW, number=3, people=2, source="staff")
    send()
    for registration in (by_phone, with_colleague):
        assert registration.url in sms_to(registration.delegates.get(is_contact=True))
    for delegate in with_both.delegates.all():
        assert delegate.join_url in sms_to(delegate)
    # On the day one press leads into the room.
    sms_sent.clear()
    with time_machine.travel(START - timedelta(days=1), tick=False):
        plan_due(now=timezone.now())
    send(START - timedelta(days=1))
    contact = by_phone.delegates.get()
    assert contact.join_url in sms_to(contact)


def test_the_stored_sms_shows_no_page_of_a_contact_person():
    registration = registered(BridgePointFactory(), now=NOW)
    registration.delegates.update(email="")
    send()
    kept = Message.objects.get(channel="sms", state="sent").text
    assert registration.token not in kept
    assert "(liên kết cá nhân)" in kept


# --- a reminder after the start ---------------------------------------------------------------------------------------


def reminded_after_the_start(point, **fields) -> None:
    """Send what a rule of five minutes after the start says."""
    point.conference.reminder_rules.all().delete()
    Rule.objects.create(conference=point.conference, timing="after", amount=5, **fields)
    send()
    mail.outbox.clear()
    sms_sent.clear()
    moment = START + timedelta(minutes=5)
    plan_due(now=moment)
    send(moment)


@pytest.mark.parametrize(
    ("language", "in_mail", "in_sms"),
    [
        ("vi", "Hội nghị đã bắt đầu.", "da bat dau: 08:00, 19/7/2027"),
        ("en", "The conference has begun.", "has begun: 08:00, 19/7/2027"),
    ],
)
def test_a_reminder_after_the_start_says_that_it_has_begun(language, in_mail, in_sms):
    point = BridgePointFactory()
    registration = registered(point, now=NOW)
    type(registration).objects.update(language=language)
    CoordinatorFactory(bridge_point=point, user__phone="+84912000001")
    reminded_after_the_start(point, to_coordinators=True)
    to_delegate, to_coordinator = sorted(mail.outbox, key=lambda letter: "phụ trách" in letter.body)
    assert in_mail in to_delegate.body
    assert in_mail in html_of(to_delegate)
    assert "đã bắt đầu. Ông/Bà phụ trách" in to_coordinator.body
    told, staff = sorted((envelope.text for envelope in sms_sent), key=lambda text: "Phu trach" in text)
    assert in_sms in told
    assert "da bat dau" in staff
    for text in (to_delegate.body, to_coordinator.body, told, staff):
        assert not re.search(r"sau (nữa|:)|starts in\b|bat dau sau", text), text


def test_an_own_text_that_counts_down_leaves_that_out_once_it_has_begun():
    point = BridgePointFactory()
    registered(point, now=NOW)
    own = {"conference": point.conference, "kind": "reminder", "language": "vi"}
    body = "Xin chào {name}\n\nCòn {countdown} nữa, {name} ơi\n\nHẹn gặp {name}"
    Template.objects.create(channel="email", subject="Còn {countdown}: {event}", body=body, **own)
    Template.objects.create(channel="sms", body="Con {countdown} nua {link}", **own)
    reminded_after_the_start(point)
    (letter,) = mail.outbox
    assert "Còn" not in letter.subject
    assert "Còn" not in letter.body
    assert "Hẹn gặp" in letter.body
    assert "nữa" not in html_of(letter)
    assert "da bat dau" in sms_sent[0].text
    assert "/j/" in sms_sent[0].text


def test_before_the_start_nothing_says_that_it_has_begun():
    point = BridgePointFactory()
    registered(point, now=NOW)
    send()
    mail.outbox.clear()
    plan_due(now=START - timedelta(days=7))
    send(START - timedelta(days=7))
    assert "bắt đầu sau 7 ngày nữa" in mail.outbox[0].body
    assert "đã bắt đầu" not in mail.outbox[0].body


@pytest.mark.parametrize("reason", ["Bão số 5 đổ bộ", ""])
def test_mail_and_sms_about_a_cancellation_say_the_reason_if_there_is_one(reason):
    point = BridgePointFactory()
    CoordinatorFactory(bridge_point=point)
    registered(point, now=NOW)
    send()
    mail.outbox.clear()
    sms_sent.clear()
    with time_machine.travel(NOW, tick=False):
        conferences.cancel(conference=point.conference, now=NOW, reason=reason)
    send(NOW + GRACE)
    assert len(mail.outbox) == 2
    for letter in mail.outbox:
        assert ("Lý do:" in letter.body) is bool(reason)
        assert reason in letter.body
    (sms,) = sms_sent
    # On the one line of an SMS nothing runs into what follows it.
    assert ("Ly do: Bao so 5 do bo. Lien he: " in sms.text) is bool(reason)
    assert "Lien he: " in sms.text
    assert "  " not in sms.text
