"""What mails and SMS carry beside their words: QR codes, links, who signs; and that what they promise is there."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from django.utils.html import escape

from bridges.models import Connection
from conference.models import Partner
from messaging.compose import compose
from messaging.reminders.planning import plan_due
from outbox import queue
from outbox.channels.base import Channel
from outbox.models import Message
from outbox.sms_length import measure
from registrations import messages, qr, services
from registrations.models import Delegate, Organisation, Registration
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    registered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

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
    mail.outbox.clear()
    sms_sent.clear()
    with time_machine.travel(now, tick=False):
        queue.deliver(clock=timezone.now)


def html_of(letter) -> str:
    return letter.alternatives[0][0]


def letter_to(address: str):
    (letter,) = [letter for letter in mail.outbox if letter.to == [address]]
    return letter


def sms_to(delegate: Delegate) -> str:
    (text,) = [envelope.text for envelope in sms_sent if envelope.address == delegate.mobile]
    return text


def without_address(delegates) -> None:
    for delegate in delegates:
        delegate.email = delegate.phone = ""
        delegate.save()


# --- QR codes ---------------------------------------------------------------------------------------------------------


def pictures(letter) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The pictures that the HTML of a mail as it leaves shows, by Content-ID, and those that are files, by name."""
    message = letter.message()
    found = [part for part in message.walk() if part.get_content_type() == "image/png"]
    shown = {part["Content-ID"].strip("<>"): part.get_payload(decode=True) for part in found if part["Content-ID"]}
    files = {part.get_filename(): part.get_payload(decode=True) for part in found if not part["Content-ID"]}
    return shown, files


def test_the_confirmation_shows_the_qr_code_in_the_html_and_has_it_as_a_file():
    delegate = registered(BridgePointFactory(), now=NOW).delegates.get()
    send()
    letter = letter_to(delegate.email)
    shown, files = pictures(letter)
    assert list(shown.values()) == list(files.values()) == [qr.png(delegate.join_url)]
    (name,) = shown
    assert re.findall(r'src="cid:([^"]+)"', html_of(letter)) == [name]
    assert list(files) == ["ma-qr.png"]
    assert "ma-qr.png" in letter.body


@pytest.mark.parametrize(
    ("kind", "is_said"), [("venue", True), ("video_room", True), ("ecommerce", False), ("online", False)]
)
def test_only_where_there_is_a_room_people_hear_of_a_check_in_desk(kind, is_said):
    delegate = registered(BridgePointFactory(kind=kind), now=NOW).delegates.get()
    send()
    letter = letter_to(delegate.email)
    for text in (letter.body, html_of(letter)):
        assert ("bàn đón tiếp" in text) is is_said
        assert "ma-qr.png" in text
        assert "{desk}" not in text


def test_the_contact_person_gets_the_qr_code_of_each_whose_link_they_pass_on():
    registration = registered(BridgePointFactory(), now=NOW, people=3)
    contact, *others = registration.delegates.order_by("-is_contact", "id")
    without_address(others)
    send()
    letter = letter_to(contact.email)
    _shown, files = pictures(letter)
    assert files == {
        "ma-qr.png": qr.png(contact.join_url),
        **{
            f"ma-qr-{other.full_name.replace('ễ', 'e').replace('ă', 'a').lower().replace(' ', '-')}-{other.pk}.png": (
                qr.png(other.join_url)
            )
            for other in others
        },
    }
    assert "đính kèm" in letter.body


def test_a_contact_person_who_does_not_attend_gets_those_of_others_alone():
    registration = registered(
        BridgePointFactory(), now=NOW, contact=services.Person("Lê Thư Ký", email="tk@vidu.example")
    )
    without_address(registration.delegates.all())
    send()
    shown, files = pictures(letter_to("tk@vidu.example"))
    assert shown == {}
    assert list(files.values()) == [qr.png(registration.delegates.get().join_url)]


def test_mails_without_a_seat_and_reminders_have_no_picture():
    point = BridgePointFactory(seats=1)
    registered(point, now=NOW, number=1)
    waiting = registered(point, now=NOW, number=2)
    send()
    assert pictures(letter_to(waiting.contact_email)) == ({}, {})
    assert "<img" not in html_of(letter_to(waiting.contact_email))
    day_before = START - timedelta(days=1)
    plan_due(now=day_before)
    send(day_before)
    assert mail.outbox
    assert all(pictures(letter) == ({}, {}) for letter in mail.outbox)


def test_an_sms_promises_the_qr_code_where_its_link_leads(client):
    registration = registered(BridgePointFactory(), now=NOW)
    by_phone = registered(registration.bridge_point, now=NOW, number=2)
    by_phone.delegates.update(email="")
    send()
    for one in (registration, by_phone):
        text = sms_to(one.delegates.get())
        assert "Link va ma QR: " in text
        page = client.get(re.search(r"http://diemcau.test(/\S+)", text)[1])
        assert "<svg" in page.content.decode()


# --- links ------------------------------------------------------------------------------------------------------------


def test_colleagues_links_are_links_in_html():
    registration = registered(BridgePointFactory(), now=NOW, people=2)
    contact, other = registration.delegates.order_by("-is_contact", "id")
    other.full_name = "<b>Trần</b> An"
    other.email = other.phone = ""
    other.save()
    send()
    html = html_of(letter_to(contact.email))
    assert f'href="{other.join_url}"' in html
    assert "&lt;b&gt;Trần" in html


@pytest.mark.parametrize("change", ["rescheduled", "details", "moved"])
def test_a_contact_person_without_e_mail_has_one_and_the_same_link_by_sms(change):
    point = BridgePointFactory()
    registration = registered(point, now=NOW)
    registration.delegates.update(email="")
    delegate = registration.delegates.get()
    send()
    assert registration.url in sms_to(delegate)
    Message.objects.all().delete()
    message = Message(
        key="x", channel="sms", address=delegate.mobile, composer="messaging", kind=change, person=delegate.person,
        due_at=NOW, created_at=NOW,
    )  # fmt: skip
    queue.post([message])
    send()
    assert registration.url in sms_to(delegate)
    assert "/j/" not in sms_to(delegate)


def test_nothing_speaks_of_an_earlier_link_to_who_never_had_one():
    point = BridgePointFactory()
    registered(point, now=NOW, notify=False)
    conference = point.conference
    conference.starts_at += timedelta(days=1)
    conference.ends_at += timedelta(days=1)
    conference.save()
    send(NOW + timedelta(minutes=2))
    assert "không thay đổi" not in mail.outbox[0].body
    assert "khong doi" not in sms_sent[0].text


# --- a seat elsewhere -------------------------------------------------------------------------------------------------


def test_taking_a_seat_at_another_point_reads_like_a_seat_that_became_free():
    full, other = BridgePointFactory(seats=0), BridgePointFactory(name="Hội trường Bắc Ninh")
    other.conference = full.conference
    other.save()
    registration = registered(full, now=NOW, people=2)
    contact, colleague = registration.delegates.order_by("-is_contact", "id")
    without_address([colleague])
    send()
    services.move(registration=registration, point=other, now=NOW)
    send()
    letter = letter_to(contact.email)
    assert letter.subject.startswith("Đã có chỗ: ")
    assert "đã có chỗ tại Hội trường Bắc Ninh" in letter.body
    assert contact.join_url in letter.body
    assert colleague.join_url in letter.body
    assert "trước vẫn dùng được" not in letter.body
    assert letter.attachments[0].filename == "hoi-nghi.ics"
    assert "da co cho" in sms_to(contact)


def test_moving_with_a_seat_says_that_it_moved():
    point, other = BridgePointFactory(), BridgePointFactory()
    other.conference = point.conference
    other.save()
    registration = registered(point, now=NOW)
    send()
    services.move(registration=registration, point=other, now=NOW)
    send()
    assert mail.outbox[0].subject.startswith("Chuyển điểm cầu: ")


# --- what every mail says ---------------------------------------------------------------------------------------------


def test_a_mail_names_the_conference_its_end_and_who_signs():
    conference = ConferenceFactory(name="Hội nghị kết nối tiêu thụ na Chi Lăng", short_name="Na Chi Lăng 2027")
    Partner.objects.create(conference=conference, name="Sở Công Thương tỉnh Lạng Sơn", role=Partner.Role.HOST)
    Partner.objects.create(conference=conference, name="VNPT", role=Partner.Role.INFRASTRUCTURE)
    registered(BridgePointFactory(conference=conference), now=NOW)
    send()
    (letter,) = mail.outbox
    for part in ("Hội nghị kết nối tiêu thụ na Chi Lăng", "08:00–11:00, 19/7/2027"):
        assert part in letter.body
        assert part in html_of(letter)
    assert letter.body.endswith("Trân trọng,\nBan tổ chức Na Chi Lăng 2027\nSở Công Thương tỉnh Lạng Sơn\n")
    assert "Ban tổ chức Na Chi Lăng 2027<br>Sở Công Thương tỉnh Lạng Sơn" in html_of(letter)


def test_a_conference_of_several_days_says_the_day_of_its_end():
    conference = ConferenceFactory(ends_at=START + timedelta(days=1, hours=3))
    registered(BridgePointFactory(conference=conference), now=NOW)
    send()
    assert "08:00, 19/7/2027 – 11:00, 20/7/2027" in mail.outbox[0].body


def test_the_sms_of_who_waits_says_so():
    waiting = registered(BridgePointFactory(seats=0), now=NOW)
    send()
    assert "danh sach cho" in sms_to(waiting.delegates.get())


def test_the_usual_sms_fit_into_one_part():
    conference = ConferenceFactory(short_name="HN Na Chi Lang 2027")
    point = BridgePointFactory(conference=conference, short_name="VNPT Bắc Ninh", seats=1)
    registered(point, now=NOW, number=1)
    registered(point, now=NOW, number=2)
    send()
    day_before = START - timedelta(days=1)
    plan_due(now=day_before)
    confirmed, waitlisted = (envelope.text for envelope in sms_sent)
    send(day_before)
    (reminder,) = {envelope.text.partition("http")[0] for envelope in sms_sent}
    assert "vao ngay mai" in reminder
    for text in (confirmed, waitlisted, *(envelope.text for envelope in sms_sent)):
        assert measure(text).parts == 1, text


# --- around the start -------------------------------------------------------------------------------------------------


def starting_to(point, *, planned_at, sent_at) -> None:
    point.conference.reminder_rules.exclude(text="starting").delete()
    send()
    with time_machine.travel(planned_at, tick=False):
        plan_due(now=planned_at)
    send(sent_at)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_leaves_after_the_start_says_that_it_has_begun(language):
    point = BridgePointFactory()
    registration = registered(point, now=NOW)
    type(registration).objects.update(language=language)
    starting_to(point, planned_at=START - timedelta(minutes=10), sent_at=START + timedelta(seconds=96))
    begun, about = {"vi": ("đã bắt đầu", "sắp bắt đầu"), "en": ("has begun", "is about to start")}[language]
    (letter,) = mail.outbox
    for text in (letter.subject, letter.body, html_of(letter)):
        assert begun in text
        assert about not in text
    assert {"vi": "da bat dau", "en": "has begun"}[language] in sms_sent[0].text
    assert registration.delegates.get().join_url in letter.body


def test_what_leaves_before_the_start_says_that_it_is_about_to():
    point = BridgePointFactory()
    registered(point, now=NOW)
    moment = START - timedelta(minutes=10)
    starting_to(point, planned_at=moment, sent_at=moment)
    assert "sắp bắt đầu" in mail.outbox[0].subject
    assert "đã bắt đầu" not in mail.outbox[0].body


def test_half_an_hour_after_the_start_nobody_is_called_any_more():
    point = BridgePointFactory()
    registered(point, now=NOW)
    starting_to(point, planned_at=START - timedelta(minutes=10), sent_at=START + timedelta(minutes=30))
    assert mail.outbox == []
    assert set(Message.objects.filter(kind="starting").values_list("state", flat=True)) == {"expired"}


def test_whoever_has_an_online_point_without_a_link_hears_nothing_until_there_is_one():
    point = BridgePointFactory(kind="online", seats=None)
    registered(point, now=NOW)
    moment = START - timedelta(minutes=10)
    starting_to(point, planned_at=moment, sent_at=moment)
    assert (mail.outbox, sms_sent) == ([], [])


def test_whose_link_is_taken_away_after_the_message_was_planned_is_told_so():
    point = ConnectionFactory(bridge_point__kind="online", bridge_point__seats=None).bridge_point
    registered(point, now=NOW)
    moment = START - timedelta(minutes=10)
    point.conference.reminder_rules.exclude(text="starting").delete()
    send()
    with time_machine.travel(moment, tick=False):
        plan_due(now=moment)
    Connection.objects.update(web_url="", meeting_id="", password="", server="", account="", sip_address="", dial_in="")
    Connection.objects.update(instructions="")
    send(moment)
    for text in (mail.outbox[0].body, html_of(mail.outbox[0])):
        assert "Chưa có liên kết vào phòng" in text
    assert "Chua co lien ket vao phong" in sms_sent[0].text


def test_an_online_point_with_a_link_says_nothing_of_it():
    point = ConnectionFactory().bridge_point
    registered(point, now=NOW)
    moment = START - timedelta(minutes=10)
    starting_to(point, planned_at=moment, sent_at=moment)
    assert "Chưa có liên kết" not in mail.outbox[0].body
    assert "Chua co" not in sms_sent[0].text


def test_thanks_are_true_for_who_did_not_come():
    point = BridgePointFactory()
    registration = registered(point, now=NOW)
    message = Message(
        key="x", channel="email", address="a@vidu.example", composer="messaging", kind="follow_up",
        person=registration.delegates.get().person, due_at=NOW, created_at=NOW,
    )  # fmt: skip
    Message.objects.all().delete()
    queue.post([message])
    send(START + timedelta(days=1))
    (letter,) = mail.outbox
    assert "cảm ơn" in letter.body
    assert "đã tham dự" not in letter.body


@pytest.mark.parametrize(("before", "is_tentative"), [(timedelta(hours=1), True), (timedelta(minutes=10), False)])
def test_nothing_is_tentative_once_the_doors_are_open(before, is_tentative):
    registered(BridgePointFactory(conference=ConferenceFactory(is_tentative=True)), now=NOW)
    send(START - before)
    assert ("(dự kiến)" in mail.outbox[0].body) is is_tentative


# --- to those who look after a point ----------------------------------------------------------------------------------


def test_coordinators_hear_plainly_that_the_conference_is_cancelled():
    connection = ConnectionFactory(
        bridge_point__name="VNPT Bắc Ninh", meeting_id="987 654", technician_email="kt@vidu.example"
    )
    point = connection.bridge_point
    coordinator = CoordinatorFactory(bridge_point=point, user__phone="+84912000001")
    conference = point.conference
    conference.cancelled_at = NOW
    conference.save()
    send(NOW + timedelta(minutes=2))
    for address in (coordinator.user.email, "kt@vidu.example"):
        letter = letter_to(address)
        assert letter.subject.startswith("Thông báo hủy hội nghị")
        for text in (letter.body, html_of(letter)):
            assert "đã bị hủy và sẽ không được tổ chức" in text
            assert "VNPT Bắc Ninh do Ông/Bà phụ trách không cần kết nối nữa" in text
            assert "987 654" not in text
            assert "có thay đổi" not in text
    assert "da huy" in sms_sent[0].text


def test_coordinators_hear_what_a_new_time_is():
    point = BridgePointFactory()
    coordinator = CoordinatorFactory(bridge_point=point)
    conference = point.conference
    conference.starts_at += timedelta(days=1)
    conference.ends_at += timedelta(days=1)
    conference.save()
    send(NOW + timedelta(minutes=2))
    assert "Thời gian mới: 08:00, 20/7/2027" in letter_to(coordinator.user.email).body


def test_of_two_quick_moves_one_is_told():
    """The first message is in the hands of a worker when the second move withdraws it."""
    point, second, third = (BridgePointFactory(seats=5) for _ in range(3))
    for other in (second, third):
        other.conference = point.conference
        other.save()
    registration = registered(point, now=NOW)
    send()
    services.move(registration=registration, point=second, now=NOW)
    in_hand = list(Message.objects.filter(kind="moved"))
    later = NOW + timedelta(seconds=1)
    services.move(registration=registration, point=third, now=later)
    assert compose(in_hand) == {}
    send(later)
    assert [third.name in letter.body for letter in mail.outbox] == [True]


# --- what strangers type ----------------------------------------------------------------------------------------------


def test_a_name_is_never_a_link_in_the_mail_of_the_organisers():
    registration = registered(BridgePointFactory(), now=NOW, people=3)
    contact, *others = registration.delegates.order_by("-is_contact", "id")
    without_address(others)
    names = ("QUÀ https://evil.example/qua", "evil.com: http://diemcau.test.evil.example/j/")
    for other, name in zip(others, names, strict=True):
        Delegate.objects.filter(pk=other.pk).update(full_name=name)
    Organisation.objects.update(name="HTX https://evil.example/htx")
    send()
    shown = html_of(letter_to(contact.email))
    assert all(escape(name) in shown for name in names)
    addresses = re.findall(r'href="([^"]*)"', shown)
    assert all(address.startswith(("http://diemcau.test/", "mailto:", "tel:")) for address in addresses), addresses
    for other in others:
        assert f'href="{other.join_url}">{other.join_url}</a>' in shown


def registered_at(point, *, number: int, **contact) -> Registration:
    """A registration whose contact is reached by ``contact`` alone; nothing of what it is told has been sent."""
    registration = registered(point, now=NOW, number=number)
    contact = {"email": "", "mobile": ""} | contact
    registration.delegates.update(**contact)
    Registration.objects.filter(pk=registration.pk).update(
        contact_email=contact["email"], contact_phone=contact["mobile"]
    )
    Message.objects.all().delete()
    registration.refresh_from_db()
    return registration


def tell_of_another(registration: Registration) -> None:
    """Send what the contact of ``registration`` hears when somebody of the same details registers."""
    other = registered(registration.bridge_point, now=NOW, number=77)
    Message.objects.all().delete()
    queue.post(messages.to_earlier_contacts(other, now=NOW, numbers=[registration.pk]))
    send()


def test_whoever_asked_for_the_link_reads_nothing_of_another_registration():
    registration = registered_at(BridgePointFactory(), number=1, email="mot@vidu.example", mobile="+84900000001")
    queue.post(messages.own_page(registration, now=NOW, occasion="x"))
    send()
    body = letter_to("mot@vidu.example").body
    assert "yêu cầu gửi lại liên kết" in body
    assert "có thêm một đăng ký" not in body
    (sms,) = sms_sent
    assert f"Ong/Ba da dang ky, so {registration.number}. Xem hoac sua: http" in sms.text


def test_the_mail_about_another_registration_holds_for_another_organisation_and_for_more_than_two():
    registration = registered_at(BridgePointFactory(), number=1, email="mot@vidu.example")
    tell_of_another(registration)
    body = letter_to("mot@vidu.example").body
    why = next(line for line in body.split("\n") if "nhận được thông báo này" in line)
    assert "cùng địa chỉ e-mail, số điện thoại hoặc mã số thuế" in why
    assert "hủy đăng ký không cần đến" in why
    assert not any(words in why for words in ("một trong hai", "đơn vị", "yêu cầu gửi lại liên kết"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", "co dang ky moi trung thong tin voi so {} cua Ong/Ba. Xem hoac sua: "),
        ("en", "a new registration has details of yours, no. {}. See or change it: "),
    ],
)
def test_the_sms_about_another_registration_says_so_in_one_part(settings, language, words):
    settings.SITE_URL = "https://diemcau.langson.gov.vn"
    point = BridgePointFactory(conference=ConferenceFactory(short_name="HN Na Chi Lăng 2027"))
    registration = registered_at(point, number=1, mobile="+84900000001")
    Registration.objects.update(language=language)
    tell_of_another(registration)
    (sms,) = sms_sent
    assert words.format(registration.number) in sms.text
    assert registration.url in sms.text
    assert measure(sms.text).parts == 1, sms.text


def test_a_second_registration_tells_the_first_that_one_may_be_too_much():
    point = BridgePointFactory(seats=9)
    first = registered(point, now=NOW)
    Registration.objects.update(contact_email="mot@vidu.example")
    first.delegates.update(email="mot@vidu.example")
    Message.objects.all().delete()
    second = registered(point, now=NOW)
    second.contact_email = "mot@vidu.example"
    Message.objects.all().delete()
    queue.post(messages.to_earlier_contacts(second, now=NOW, numbers=messages.find_earlier(second)))
    send()
    body = letter_to("mot@vidu.example").body
    assert "có thêm một đăng ký" in body
    assert first.url in body
