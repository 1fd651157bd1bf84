"""What people are told when a conference moves or is cancelled, or when a bridge point has new details."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from bridges.models import BridgePoint, Connection
from conference import services as conferences
from messaging import changed_details, message_kinds, notices
from messaging.models import KnownDetails, KnownTime, Rule
from messaging.notices import GRACE
from messaging.reminders import planning, rule_changes
from outbox import queue
from outbox.channels.base import Channel
from outbox.channels.email import EmailChannel
from outbox.models import Message
from registrations import services
from registrations.models import Delegate, Guest, Invitation
from staff.messages.changes import cancellation_facts
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    registered,
)
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

sms_sent: list = []
SECOND = timedelta(seconds=1)


class CollectingSMS(Channel):
    """Keeps what it is given."""

    def send(self, envelope) -> str:
        sms_sent.append(envelope)
        return ""


@pytest.fixture(autouse=True)
def _collected_sms(settings) -> None:
    sms_sent.clear()
    settings.OUTBOX_CHANNELS = {**settings.OUTBOX_CHANNELS, "sms": f"{__name__}.CollectingSMS"}


def send(now) -> None:
    with time_machine.travel(now, tick=False):
        queue.deliver(clock=timezone.now)


def moved(conference, to, now):
    with time_machine.travel(now, tick=False):
        conference.refresh_from_db()
        length = conference.ends_at - conference.starts_at
        conference.starts_at, conference.ends_at = to, to + length
        conference.save()


def plan(now) -> int:
    with time_machine.travel(now, tick=False):
        return planning.plan_due(now=now)


@pytest.fixture
def conference():
    """A conference with one registration whose confirmation has arrived."""
    point = BridgePointFactory(conference__short_name="Na Chi Lăng")
    registered(point, now=NOW)
    send(NOW)
    mail.outbox.clear()
    sms_sent.clear()
    return point.conference


def test_a_moved_conference_is_told_once_after_the_grace(conference):
    moved(conference, START + timedelta(days=1), NOW)
    send(NOW + GRACE - SECOND)
    assert mail.outbox == []
    send(NOW + GRACE)
    send(NOW + 2 * GRACE)
    (letter,) = mail.outbox
    assert "20/7/2027" in letter.body
    assert "19/7/2027" in letter.body
    assert [attachment.mimetype for attachment in letter.attachments] == ["text/calendar; method=PUBLISH"]
    assert len(sms_sent) == 1


def test_a_conference_moved_back_within_the_grace_sends_nothing_at_all(conference):
    moved(conference, START + timedelta(days=1), NOW)
    moved(conference, START, NOW + GRACE / 2)
    send(NOW + 10 * GRACE)
    assert mail.outbox == []
    assert sms_sent == []
    assert KnownTime.objects.get().pending_starts_at is None


def test_a_date_set_back_while_the_notice_leaves_is_corrected(conference, monkeypatch):
    for number in range(2, 5):
        registered(conference.bridge_points.get(), now=NOW, number=number)
    send(NOW)
    mail.outbox.clear()
    moved(conference, START + timedelta(days=1), NOW)
    really_send = EmailChannel.send

    def set_back_after(channel, envelope) -> str:
        answer = really_send(channel, envelope)
        if len(mail.outbox) == 1:
            moved(conference, START, NOW + GRACE + SECOND)
        return answer

    monkeypatch.setattr(EmailChannel, "send", set_back_after)
    send(NOW + GRACE)
    wrong = [letter for letter in mail.outbox if "20/7/2027" in letter.subject]
    assert len(wrong) == Message.objects.filter(kind="rescheduled", channel="email", state="sent").count() == 4
    mail.outbox.clear()
    send(NOW + 3 * GRACE)
    assert len(mail.outbox) == 4
    assert all("19/7/2027" in letter.subject for letter in mail.outbox)


def test_saving_something_else_while_the_notice_leaves_neither_stops_nor_repeats_it(conference):
    for number in range(2, 5):
        registered(conference.bridge_points.get(), now=NOW, number=number)
    moved(conference, START + timedelta(days=1), NOW)
    held = Message.objects.filter(kind="rescheduled", channel="email").first()
    Message.objects.filter(pk=held.pk).update(state="claimed", lease_until=NOW + 2 * GRACE)
    with time_machine.travel(NOW + GRACE, tick=False):
        conference.refresh_from_db()
        conference.save()
    send(NOW + 2 * GRACE)
    assert list(Message.objects.filter(kind="rescheduled").values_list("state", flat=True)) == ["sent"] * 8


def published(conference, is_published, now) -> None:
    with time_machine.travel(now, tick=False):
        conference.refresh_from_db()
        conference.is_published = is_published
        conference.save()


def test_a_conference_moved_while_it_was_not_published_is_told_when_it_is_again(conference):
    published(conference, False, NOW)
    moved(conference, START + timedelta(days=3), NOW)
    send(NOW + 10 * GRACE)
    assert mail.outbox == []
    published(conference, True, NOW + 10 * GRACE)
    send(NOW + 11 * GRACE - SECOND)
    assert mail.outbox == []
    send(NOW + 11 * GRACE)
    (letter,) = mail.outbox
    assert "22/7/2027" in letter.subject
    assert "19/7/2027" in letter.body
    assert len(sms_sent) == 1


def test_a_conference_hidden_in_the_grace_tells_when_it_is_published_again(conference):
    moved(conference, START + timedelta(days=3), NOW)
    published(conference, False, NOW + SECOND)
    send(NOW + 10 * GRACE)
    assert mail.outbox == []
    published(conference, True, NOW + 10 * GRACE)
    send(NOW + 11 * GRACE)
    assert len(mail.outbox) == 1


def test_a_conference_set_back_before_it_is_published_again_tells_nobody_and_keeps_its_reminders(conference):
    now = _queued_reminder(conference)
    published(conference, False, now)
    moved(conference, START + timedelta(days=3), now)
    assert set(Message.objects.filter(kind="reminder").values_list("state", flat=True)) == {"cancelled"}
    moved(conference, START, now + SECOND)
    published(conference, True, now + SECOND)
    send(now + 10 * GRACE)
    assert {m.kind for m in Message.objects.filter(sent_at__gte=now)} == {"reminder"}


def test_a_conference_cancelled_while_it_was_not_published_is_told_when_it_is_again(conference):
    published(conference, False, NOW)
    with time_machine.travel(NOW, tick=False):
        conferences.cancel(conference=conference, now=NOW)
    send(NOW + 10 * GRACE)
    assert mail.outbox == []
    published(conference, True, NOW + 10 * GRACE)
    send(NOW + 11 * GRACE)
    (letter,) = mail.outbox
    assert [attachment.mimetype for attachment in letter.attachments] == ["text/calendar; method=CANCEL"]


def test_publishing_a_conference_for_the_first_time_tells_nobody():
    point = BridgePointFactory(conference__is_published=False)
    CoordinatorFactory(bridge_point=point)
    moved(point.conference, START + timedelta(days=3), NOW)
    published(point.conference, True, NOW)
    send(NOW + 10 * GRACE)
    assert not Message.objects.filter(kind__in=message_kinds.NOTICES).exists()


def test_a_conference_moved_twice_within_the_grace_is_told_once_with_the_last_time(conference):
    moved(conference, START + timedelta(days=1), NOW)
    moved(conference, START + timedelta(days=2), NOW + GRACE / 2)
    send(NOW + 10 * GRACE)
    (letter,) = mail.outbox
    assert "21/7/2027" in letter.body
    assert "20/7/2027" not in letter.body


def test_saving_something_else_after_the_notice_has_left_tells_nobody_again(conference):
    moved(conference, START + timedelta(days=1), NOW)
    send(NOW + GRACE)
    with time_machine.travel(NOW + 2 * GRACE, tick=False):
        conference.purpose = "Khác"
        conference.save()
    send(NOW + 10 * GRACE)
    assert len(mail.outbox) == 1


def test_a_late_confirmation_still_leaves_with_the_new_time():
    point = BridgePointFactory()
    registered(point, now=NOW)
    moved(point.conference, START + timedelta(days=1), NOW)
    send(NOW + SECOND)
    (letter,) = mail.outbox
    assert "20/7/2027" in letter.body
    assert Message.objects.get(kind="confirmed", channel="email").state == "sent"


def _queued_reminder(conference):
    """The reminder of the day before is in the outbox and has not left."""
    now = START - timedelta(days=1)
    assert plan(now) == 2
    return now


def test_unsent_reminders_of_a_moved_conference_vanish(conference):
    now = _queued_reminder(conference)
    moved(conference, START + timedelta(days=5), now)
    assert set(Message.objects.filter(kind="reminder").values_list("state", flat=True)) == {"cancelled"}
    send(now + GRACE)
    (notice,) = mail.outbox
    assert "24/7/2027" in notice.subject


def test_unsent_reminders_come_back_when_the_conference_is_moved_back_in_time(conference):
    now = _queued_reminder(conference)
    moved(conference, START + timedelta(days=5), now)
    moved(conference, START, now + GRACE / 2)
    send(now + GRACE)
    assert {m.kind for m in Message.objects.filter(state="sent", sent_at__gte=now)} == {"reminder"}
    assert len(mail.outbox) == 1


def test_a_reminder_that_somebody_withdrew_before_does_not_come_back(conference):
    now = _queued_reminder(conference)
    queue.withdraw(person=[Delegate.objects.get().person])
    moved(conference, START + timedelta(days=5), now)
    moved(conference, START, now + GRACE / 2)
    send(now + GRACE)
    assert mail.outbox == []


def test_the_reminders_of_a_moved_conference_fire_anew_for_the_new_time(conference):
    now = _queued_reminder(conference)
    moved(conference, START + timedelta(days=5), now)
    send(now + GRACE)
    mail.outbox.clear()
    assert plan(START + timedelta(days=4)) == 2
    send(START + timedelta(days=4))
    assert "24/7/2027" in mail.outbox[0].body


def test_a_cancelled_conference_takes_itself_out_of_calendars_and_sends_nothing_else(conference):
    now = _queued_reminder(conference)
    conferences.cancel(conference=conference, now=now)
    Message.objects.filter(kind="called_off").update(due_at=now + GRACE)
    send(now + GRACE)
    (letter,) = mail.outbox
    assert [attachment.mimetype for attachment in letter.attachments] == ["text/calendar; method=CANCEL"]
    assert "STATUS:CANCELLED" in letter.attachments[0].content
    unsent = Message.objects.filter(kind="reminder")
    assert {(m.state, m.error) for m in unsent} == {("cancelled", notices.WITHDRAWN)}
    assert plan(START - timedelta(minutes=60)) == 0


def test_a_cancellation_taken_back_in_time_sends_nothing_of_it_and_all_the_rest():
    point = BridgePointFactory()
    registered(point, now=NOW)
    with time_machine.travel(NOW, tick=False):
        conferences.cancel(conference=point.conference, now=NOW)
        conferences.restore(conference=point.conference, now=NOW)
    send(NOW + 10 * GRACE)
    assert {m.kind for m in Message.objects.filter(state="sent")} == {"confirmed"}
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("change", ["cancelled", "moved"])
def test_a_reminder_whose_moment_passed_within_a_change_that_was_taken_back_goes_out(conference, change):
    fires_at = START - timedelta(days=1)
    before, after = fires_at - 20 * SECOND, fires_at + 20 * SECOND
    if change == "cancelled":
        with time_machine.travel(before, tick=False):
            conferences.cancel(conference=conference, now=before)
        with time_machine.travel(after, tick=False):
            conferences.restore(conference=conference, now=after)
    else:
        moved(conference, START + timedelta(days=1), before)
        moved(conference, START, after)
    plan(after + SECOND)
    due = Message.objects.unsent().filter(kind__in=["reminder", *message_kinds.NOTICES], channel="email")
    assert [message.kind for message in due] == ["reminder"]


def test_whoever_hears_that_it_takes_place_after_all_is_not_reminded_at_once(conference):
    fires_at = START - timedelta(days=1)
    before, after = fires_at - 5 * GRACE, fires_at + 20 * SECOND
    with time_machine.travel(before, tick=False):
        conferences.cancel(conference=conference, now=before)
    send(before + GRACE)
    with time_machine.travel(after, tick=False):
        conferences.restore(conference=conference, now=after)
    plan(after + SECOND)
    due = Message.objects.unsent().filter(kind__in=["reminder", *message_kinds.NOTICES], channel="email")
    assert [message.kind for message in due] == ["restored"]


def test_a_cancellation_taken_back_after_people_heard_of_it_is_told(conference):
    with time_machine.travel(NOW, tick=False):
        conferences.cancel(conference=conference, now=NOW)
    send(NOW + GRACE)
    mail.outbox.clear()
    with time_machine.travel(NOW + 2 * GRACE, tick=False):
        conferences.restore(conference=conference, now=NOW)
    send(NOW + 4 * GRACE)
    (letter,) = mail.outbox
    assert "08:00, 19/7/2027" in letter.body
    assert [m.kind for m in Message.objects.filter(kind__in=message_kinds.NOTICES, channel="email").order_by("id")] == [
        "called_off",
        "restored",
    ]


@pytest.fixture
def room():
    """A point with connection details, a technician and one registration whose confirmation has arrived."""
    point = BridgePointFactory(kind="video_room", name="VNPT Bắc Ninh", conference__organisers=[OrganiserFactory()])
    ConnectionFactory(
        bridge_point=point,
        password="matkhau-cu",
        technician_name="Kỹ Thuật",
        technician_email="ky.thuat@vidu.example",
        technician_phone="+84900009999",
    )
    registered(point, now=NOW)
    send(NOW)
    mail.outbox.clear()
    sms_sent.clear()
    return point


def changed(point, **details):
    connection = Connection.objects.get(bridge_point=point)
    for name, value in details.items():
        setattr(connection, name, value)
    connection.save()


def to(address: str):
    return [letter for letter in mail.outbox if letter.to == [address]]


def test_changed_details_are_told_once_and_only_what_changed(room):
    delegate = Delegate.objects.get()
    link = delegate.join_url
    changed(room, web_url="https://hop.vidu.example/phong-2")
    assert changed_details.tell_details(point=room, now=NOW) == 4
    assert changed_details.tell_details(point=room, now=NOW) == 0
    send(NOW)
    (letter,) = to(delegate.email)
    assert "https://hop.vidu.example/phong-2" not in letter.body
    assert "matkhau-cu" not in letter.body
    assert link in letter.body
    assert Delegate.objects.get().join_url == link
    (for_technician,) = to("ky.thuat@vidu.example")
    assert "https://hop.vidu.example/phong-2" in for_technician.body
    assert "matkhau-cu" in for_technician.body


def test_delegates_hear_which_connection_details_changed_and_read_none_of_them(room):
    delegate = Delegate.objects.get()
    secrets = {
        "meeting_id": "900 100", "password": "matkhau-moi", "server": "mcu.vidu.example", "account": "phong-hop-2",
        "sip_address": "sip:2@vidu.example", "dial_in": "024 7300 0000", "instructions": "Bấm phím 5",
        "web_url": "https://hop.vidu.example/phong-2",
    }  # fmt: skip
    changed(room, **secrets)
    room.address = "Số 1 phố Mới"
    room.save()
    changed_details.tell_details(point=room, now=NOW)
    send(NOW)
    (letter,), (for_technician,) = to(delegate.email), to("ky.thuat@vidu.example")
    for name, value in secrets.items():
        assert value not in letter.body + letter.alternatives[0][0], name
        assert value in for_technician.body, name
        assert str(Connection._meta.get_field(name).verbose_name) in letter.body
    assert "Số 1 phố Mới" in letter.body
    assert not any("matkhau-moi" in sms.text for sms in sms_sent if sms.address == delegate.mobile)


def test_delegates_hear_which_detail_is_no_longer_used(room):
    changed(room, password="")
    changed_details.tell_details(point=room, now=NOW)
    send(NOW)
    (letter,) = to(Delegate.objects.get().email)
    assert "mật khẩu: không còn dùng" in letter.body


def test_the_link_of_before_leads_to_the_new_room(room, client):
    link = Delegate.objects.get().join_url.removeprefix("http://diemcau.test")
    changed(room, web_url="https://hop.vidu.example/phong-2")
    changed_details.tell_details(point=room, now=NOW)
    with time_machine.travel(START, tick=False):
        assert client.post(link).url == "https://hop.vidu.example/phong-2"


def test_no_stored_text_shows_a_link_or_a_password(room):
    changed(room, web_url="https://hop.vidu.example/phong-2", password="mật khẩu mới", instructions="a\n\n\n\nb")
    changed_details.tell_details(point=room, now=NOW)
    send(NOW)
    said = list(Message.objects.filter(kind="details"))
    assert len(said) == 4
    for message in said:
        assert message.state == "sent"
        for secret in ("phong-2", "mật khẩu mới", "mat khau moi", Delegate.objects.get().token):
            assert secret not in message.text + message.subject, message.channel
    assert any("mat khau moi" in envelope.text for envelope in sms_sent)


def test_a_second_change_before_the_first_left_makes_one_message_with_both(room):
    changed(room, web_url="https://hop.vidu.example/phong-2")
    changed_details.tell_details(point=room, now=NOW)
    changed(room, meeting_id="900 100")
    changed_details.tell_details(point=room, now=NOW)
    send(NOW)
    (letter,) = to("ky.thuat@vidu.example")
    assert "phong-2" in letter.body
    assert "900 100" in letter.body


def test_details_dismissed_are_told_to_nobody(room):
    changed(room, web_url="https://hop.vidu.example/phong-2")
    assert changed_details.points_with_news([room], NOW) == [room]
    changed_details.dismiss_details(point=room)
    assert changed_details.points_with_news([room], NOW) == []
    send(NOW)
    assert mail.outbox == []


def test_a_point_without_people_has_nobody_to_tell():
    point = BridgePointFactory()
    connection = ConnectionFactory(bridge_point=point)
    connection.password = "moi"
    connection.save()
    assert changed_details.points_with_news([point], NOW) == []
    assert KnownDetails.objects.get(bridge_point=point).known["password"] == "moi"


@pytest.mark.parametrize("how", ["over", "cancelled", "unpublished"])
def test_nobody_is_asked_to_tell_of_a_conference_that_does_not_lie_ahead(room, how):
    changed(room, password="moi")
    now = START + timedelta(days=1) if how == "over" else NOW
    if how == "cancelled":
        room.conference.cancelled_at = NOW
    room.conference.is_published = how != "unpublished"
    assert changed_details.points_with_news([room], now) == []


@pytest.fixture
def organiser(room, client):
    with time_machine.travel(NOW, tick=False):
        client.force_login(room.conference.organisers.get())
    return client


def _page(point) -> str:
    return reverse("admin:bridges_bridgepoint_change", args=[point.pk])


def _save(client, point, **details):
    with time_machine.travel(NOW, tick=False):
        page = client.get(_page(point))
        return client.post(_page(point), filled_in(page, **details))


def test_saving_new_details_asks_whether_people_are_told(organiser, room):
    response = _save(organiser, room, **{"connection-0-password": "matkhau-moi"})
    assert response.url == reverse("messaging:details", args=[room.pk])
    with time_machine.travel(NOW, tick=False):
        page = organiser.get(response.url).content.decode()
    assert "matkhau-cu" in page
    assert "matkhau-moi" in page
    assert Message.objects.filter(kind="details").count() == 0


def _who_is_told(client, room) -> str:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    with time_machine.travel(NOW, tick=False):
        page = client.get(reverse("messaging:details", args=[room.pk]))
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def test_the_question_counts_delegates_and_the_technician_apart_and_names_whom_nobody_reaches(organiser, room):
    registered(room, now=NOW, people=2)
    changed(room, password="matkhau-moi", technician_email="", technician_phone="")
    unreached = Delegate.objects.order_by("-id").first()
    Delegate.objects.filter(pk=unreached.pk).update(full_name="Trần Thị Ví", email="", phone="", mobile="")
    said = _who_is_told(organiser, room)
    assert "2 delegates get the message." in said
    assert "1 delegate has no usable address: Trần Thị Ví." in said
    assert "The technical contact, Kỹ Thuật, has neither an e-mail address nor a mobile number here." in said
    assert "cannot be reached" not in said


def test_a_technician_whom_nobody_reaches_is_not_counted_among_the_delegates(organiser, room):
    changed(room, password="matkhau-moi", technician_email="", technician_phone="")
    said = _who_is_told(organiser, room)
    assert "1 delegate gets the message." in said
    assert "no usable address" not in said


def test_saving_something_else_asks_nothing(organiser, room):
    assert _save(organiser, room, short_name="Bắc Ninh").url == reverse("admin:bridges_bridgepoint_changelist")


def test_pressing_tell_tells_and_pressing_again_does_not(organiser, room):
    changed(room, password="matkhau-moi")
    with time_machine.travel(NOW, tick=False):
        for _ in range(2):
            organiser.post(reverse("messaging:details", args=[room.pk]), {"tell": "1"})
    assert Message.objects.filter(kind="details").count() == 4


def test_the_technician_alone_is_told_and_delegates_are_not(organiser, room):
    changed(room, password="matkhau-moi")
    question = reverse("messaging:details", args=[room.pk])
    with time_machine.travel(NOW, tick=False):
        assert 'name="technician"' in organiser.get(question).content.decode()
        organiser.post(question, {"technician": "1"})
    assert changed_details.changed_names(room) == []
    send(NOW)
    assert [letter.to for letter in mail.outbox] == [["ky.thuat@vidu.example"]]
    assert "matkhau-moi" in mail.outbox[0].body


def test_the_page_says_that_the_technician_alone_was_told_and_tells_the_delegates_too_if_so_wished(organiser, room):
    registered(room, now=NOW, number=2)
    changed(room, password="matkhau-moi")
    question = reverse("messaging:details", args=[room.pk])
    with time_machine.travel(NOW, tick=False):
        organiser.post(question, {"technician": "1"})
    send(NOW)
    said = _who_is_told(organiser, room)
    assert "(password) was written to the technical contact alone, last at 10:00, 1/7/2027." in said
    assert "Delegates have not been told. 2 delegates get the message." in said
    assert "know its details" not in said
    mail.outbox.clear()
    with time_machine.travel(NOW, tick=False):
        for _ in range(2):
            organiser.post(question, {"delegates": "1"})
    send(NOW)
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted(Delegate.objects.values_list("email", flat=True))
    assert "matkhau-moi" not in mail.outbox[0].body
    assert "know its details" in _who_is_told(organiser, room)
    words = organiser.get(f"/admin/c/{room.conference.slug}/settings/history/").content.decode()
    assert words.count("Delegates, too, were told of the changed details.") == 1


def test_where_all_were_told_or_nobody_was_the_page_offers_no_telling_of_delegates(organiser, room):
    question = reverse("messaging:details", args=[room.pk])
    for button in ("dismiss", "tell"):
        changed(room, password=f"matkhau-{button}")
        with time_machine.travel(NOW, tick=False):
            organiser.post(question, {button: "1"})
            assert 'name="delegates"' not in organiser.get(question).content.decode()
            organiser.post(question, {"delegates": "1"})
    assert Message.objects.filter(kind="details").count() == 4


def test_delegates_who_wait_for_an_earlier_notice_hear_of_it_although_the_next_is_for_the_technician(room):
    changed(room, web_url="https://hop.vidu.example/phong-2")
    changed_details.tell_details(point=room, now=NOW)
    changed(room, password="matkhau-moi")
    changed_details.tell_details(point=room, now=NOW, only_technician=True)
    send(NOW)
    assert len(to(Delegate.objects.get().email)) == 1
    changed(room, password="matkhau-3")
    assert changed_details.tell_details(point=room, now=NOW, only_technician=True) == 2
    send(NOW)
    assert len(to(Delegate.objects.get().email)) == 1


@pytest.mark.parametrize("button", ["tell", "technician"])
def test_a_notice_stands_in_the_history_as_one_line(organiser, room, button):
    changed(room, password="matkhau-moi")
    with time_machine.travel(NOW, tick=False):
        for _ in range(2):
            organiser.post(reverse("messaging:details", args=[room.pk]), {button: "1"})
    words = organiser.get(f"/admin/c/{room.conference.slug}/settings/history/").content.decode()
    said = "Đã báo cho đại biểu và cán bộ kỹ thuật" if button == "tell" else "Chỉ báo cho cán bộ kỹ thuật"
    assert words.count(said) == 1


def test_the_warning_stays_until_somebody_decides(organiser, room):
    changed(room, password="matkhau-moi")
    question = reverse("messaging:details", args=[room.pk])
    with time_machine.travel(NOW, tick=False):
        assert question in organiser.get(_page(room)).content.decode()
        organiser.post(question, {"dismiss": "1"})
        organiser.get(_page(room))
        assert question not in organiser.get(_page(room)).content.decode()


def test_a_coordinator_of_the_point_may_tell_and_another_may_not(room, client):
    changed(room, password="matkhau-moi")
    question = reverse("messaging:details", args=[room.pk])
    with time_machine.travel(NOW, tick=False):
        client.force_login(CoordinatorFactory(bridge_point__conference=room.conference).user)
        assert client.post(question, {"tell": "1"}).status_code == 404
        client.force_login(CoordinatorFactory(bridge_point=room).user)
        assert client.get(question).status_code == 200
        client.post(question, {"tell": "1"})
    assert Message.objects.filter(kind="details").count() == 4


def test_moving_a_conference_in_the_administration_says_how_many_messages_leave_when(organiser, room):
    page = reverse("admin:conference_conference_change", args=[room.conference_id])
    with time_machine.travel(NOW, tick=False):
        form = filled_in(organiser.get(page), starts_at_0="20/7/2027", ends_at_0="20/7/2027")
        response = organiser.post(page, form, follow=True)
        words = [str(m) for m in response.context["messages"]]
    # Two channels each for the delegate and the technician.
    assert any("4 " in text and "10:01:00" in text for text in words), words


def test_asking_for_many_points_takes_three_statements(django_assert_num_queries):
    conference = ConferenceFactory()
    for number in (1, 2, 3):
        point = BridgePointFactory(conference=conference)
        registered(point, now=NOW, number=number)
        ConnectionFactory(bridge_point=point)
    points = list(BridgePoint.objects.select_related("conference"))
    with django_assert_num_queries(3):
        assert len(changed_details.points_with_news(points, NOW)) == 3


@pytest.mark.parametrize("end", ["switched off", "deleted"])
def test_a_rule_that_ends_while_the_date_is_moved_stays_away_when_it_is_set_back(conference, end):
    now = _queued_reminder(conference)
    moved(conference, START + timedelta(days=5), now)
    for rule in Rule.objects.all():
        if end == "deleted":
            rule_changes.delete_rule(rule=rule)
            continue
        rule.is_active = False
        rule.save()
        rule_changes.apply_change(rule=rule, now=now)
    moved(conference, START, now + GRACE / 2)
    send(now + GRACE)
    assert mail.outbox == []


def test_a_rule_that_is_switched_off_stays_off_when_the_conference_comes_back(conference):
    now = _queued_reminder(conference)
    Rule.objects.get(unit="days", amount=1).save()
    for rule in Rule.objects.all():
        rule.is_active = False
        rule.save()
        rule_changes.apply_change(rule=rule, now=now)
    moved(conference, START + timedelta(days=5), now)
    moved(conference, START, now + GRACE / 2)
    send(now + GRACE)
    assert mail.outbox == []


@pytest.fixture
def waiting():
    """A conference whose only registration is on the waitlist and knows it."""
    point = BridgePointFactory(conference__short_name="Na Chi Lăng", seats=0)
    registered(point, now=NOW)
    send(NOW)
    mail.outbox.clear()
    sms_sent.clear()
    return point.conference


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", ["rescheduled", "restored", "reminder", "starting"])
def test_somebody_without_a_seat_hears_of_no_link_and_that_he_still_waits(waiting, kind, language):
    Message.objects.update(kind=kind, state="queued", language=language)
    send(NOW)
    (letter,), (sms,) = mail.outbox, sms_sent
    html = letter.alternatives[0][0]
    for text in (letter.body, html, sms.text):
        lowered = text.lower()
        assert not any(
            word in lowered for word in ("liên kết", "personal link", "link:", "link khong doi", "your link")
        )
    place = "Số thứ tự chờ: 1." if language == "vi" else "place in line: 1."
    assert place in letter.body
    assert place in html
    assert ("danh sach cho, thu tu: 1." if language == "vi" else "place in line: 1.") in sms.text


def test_whoever_has_a_seat_hears_that_his_link_stays_and_nothing_of_a_waitlist(conference):
    moved(conference, START + timedelta(days=1), NOW)
    send(NOW + GRACE)
    (letter,), (sms,) = mail.outbox, sms_sent
    link = Delegate.objects.get().join_url
    stays = "\nLiên kết trong các thư, tin nhắn trước vẫn dùng được."
    assert re.search(re.escape(link) + r"(\?m=\w+)?" + stays, letter.body)
    assert sms.text.endswith(f"Link: {link}")
    assert "chờ" not in letter.body
    assert "cho:" not in sms.text


@pytest.fixture
def guest():
    """A guest who has their invitation, to no point yet, and has not answered."""
    invitation = Invitation.objects.create(conference=ConferenceFactory(), name="Sở Công Thương")
    made = Guest.objects.create(
        invitation=invitation, name="Lê Khách", email="khach@vidu.example", phone="+84900012345"
    )
    services.invite(invitation=invitation, now=NOW)
    send(NOW)
    mail.outbox.clear()
    sms_sent.clear()
    return made


def test_a_guest_who_has_not_answered_hears_that_the_conference_moves(guest):
    moved(guest.invitation.conference, START + timedelta(days=1), NOW)
    send(NOW + GRACE)
    (letter,), (sms,) = mail.outbox, sms_sent
    assert (letter.to, sms.address) == (["khach@vidu.example"], "+84900012345")
    for text in (letter.body, letter.alternatives[0][0], sms.text):
        assert "20/7/2027" in text
    assert guest.url in letter.body
    assert guest.url in sms.text
    assert not any(words in letter.body for words in ("có hiệu lực", "Liên kết cá nhân", "Điểm cầu:"))
    assert "Link" not in sms.text
    stored = Message.objects.filter(kind="rescheduled")
    assert {m.topic for m in stored} == {f"conference/{guest.invitation.conference_id}"}
    assert not any(guest.url in m.text for m in stored)


def test_a_guest_who_has_not_answered_hears_that_the_conference_is_cancelled_and_that_it_is_not(guest):
    conference = guest.invitation.conference
    with time_machine.travel(NOW, tick=False):
        conferences.cancel(conference=conference, now=NOW)
    send(NOW + GRACE)
    (letter,) = mail.outbox
    assert guest.url not in letter.body
    with time_machine.travel(NOW + 2 * GRACE, tick=False):
        conferences.restore(conference=conference, now=NOW + 2 * GRACE)
    send(NOW + 4 * GRACE)
    assert len(mail.outbox) == 2
    assert guest.url in mail.outbox[1].body


def test_an_invitation_that_has_not_left_is_withdrawn_with_the_conference_and_comes_back_with_it(guest):
    services.invite(invitation=guest.invitation, now=NOW + SECOND, again=True)
    with time_machine.travel(NOW + SECOND, tick=False):
        conferences.cancel(conference=guest.invitation.conference, now=NOW + SECOND)
        assert Message.objects.unsent().filter(kind="invited").count() == 0
        conferences.restore(conference=guest.invitation.conference, now=NOW + SECOND)
    send(NOW + 2 * GRACE)
    (letter,) = mail.outbox
    assert guest.url in letter.body


@pytest.mark.parametrize("how", ["never invited", "out of use", "registered"])
def test_who_was_never_invited_is_no_longer_or_has_answered_is_no_guest_to_tell(guest, how):
    point = BridgePointFactory(conference=guest.invitation.conference)
    if how == "never invited":
        Guest.objects.update(invited_at=None)
    elif how == "out of use":
        Invitation.objects.update(is_active=False)
    else:
        Guest.objects.update(registration=registered(point, now=NOW))
    moved(guest.invitation.conference, START + timedelta(days=1), NOW)
    assert not Message.objects.filter(kind="rescheduled", person=guest.person).exists()


def test_a_guest_who_answers_before_the_notice_leaves_is_not_asked_to_answer(guest):
    point = BridgePointFactory(conference=guest.invitation.conference)
    moved(guest.invitation.conference, START + timedelta(days=1), NOW)
    Guest.objects.update(registration=registered(point, now=NOW))
    send(NOW + GRACE)
    told = Message.objects.filter(kind="rescheduled", person=guest.person)
    assert {message.state for message in told} == {"cancelled"}


def test_a_guest_of_a_point_hears_of_it_as_one_of_the_point(guest):
    point = BridgePointFactory(conference=guest.invitation.conference)
    Invitation.objects.update(bridge_point=point)
    moved(guest.invitation.conference, START + timedelta(days=1), NOW)
    assert set(Message.objects.filter(kind="rescheduled").values_list("topic", flat=True)) == {f"point/{point.pk}"}


def test_no_notice_asks_for_an_answer_once_registration_has_closed(guest):
    type(guest.invitation.conference).objects.update(registration_closes_at=NOW)
    moved(guest.invitation.conference, START + timedelta(days=1), NOW)
    send(NOW + GRACE)
    (letter,) = mail.outbox
    assert "20/7/2027" in letter.body
    assert guest.url not in letter.body


def test_guests_are_counted_before_a_conference_is_cancelled(guest):
    assert cancellation_facts(guest.invitation.conference)[0].startswith("Có 1 người")
