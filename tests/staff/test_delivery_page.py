"""The delivery page: counts, people, what comes next, sending again and to a corrected address."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bridges.models import Connection, TestRound
from messaging import sms_limits
from messaging.delivery import counts as delivery_counts
from messaging.delivery.counts import Filter
from messaging.delivery.scope import scope_of
from messaging.models import Announcement, Rule
from messaging.reminders import planning
from messaging.time_words import moment_words
from outbox import channel_state, queue
from outbox.channels.base import Channel, Refused
from outbox.models import BadAddress, ChannelState, Message
from registrations import services
from registrations.models import Delegate, Guest, Invitation
from registrations.services import Person
from staff.workspace.access import workspace_url
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

pytestmark = pytest.mark.django_db

refused: set[str] = set()


class Picky(Channel):
    """Refuses the addresses in ``refused``."""

    def send(self, envelope) -> str:
        if envelope.address in refused:
            raise Refused("Thuê bao không tồn tại", bad_address=True)
        return ""


@pytest.fixture(autouse=True)
def _picky_sms(settings) -> None:
    refused.clear()
    settings.OUTBOX_CHANNELS = {**settings.OUTBOX_CHANNELS, "sms": f"{__name__}.Picky"}


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


def url(name: str, conference, *args, **query: str) -> str:
    address = reverse(f"messaging:{name}", args=[conference.pk, *args])
    return f"{address}?{Filter(**query).query()}" if query else address


def words(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def counts(response) -> dict[str, dict[str, dict[str, int]]]:
    """Label → channel → column → count, zeros left out."""
    return {
        section.label: {
            line.channel: {column: count for column, _label, count, _url, _mark in line.cells if count}
            for line in lines
        }
        for section, lines in response.context["sections"]
    }


def names(response) -> list[str]:
    return sorted(row.name for row in response.context["rows"])


def failed_sms(conference, number: int = 1) -> Delegate:
    """A registration whose SMS was refused and whose mail arrived."""
    registration = registered(BridgePointFactory(conference=conference), now=NOW, number=number)
    delegate = registration.delegates.get()
    refused.add(delegate.mobile)
    send()
    return delegate


def test_every_message_is_counted_by_channel_and_state(organiser, conference):
    failed_sms(conference, 1)
    registered(BridgePointFactory(conference=conference), now=NOW, number=2)
    registered(BridgePointFactory(), now=NOW, number=3)
    (found,) = counts(organiser.get(url("delivery", conference))).values()
    assert [dict(sorted(columns.items())) for columns in found.values()] == [
        {"queued": 1, "sent": 1},
        {"failed": 1, "queued": 1},
    ]


def test_all_messages_stand_above_the_single_ones(organiser, conference):
    point = BridgePointFactory(conference=conference, seats=1)
    registered(point, now=NOW, number=1)
    registered(point, now=NOW, number=2)
    found = counts(organiser.get(url("delivery", conference)))
    assert [sum(sum(c.values()) for c in section.values()) for section in found.values()] == [4, 2, 2]


def test_rules_announcements_and_notices_are_called_by_their_words(organiser, conference):
    registration = registered(BridgePointFactory(conference=conference), now=NOW)
    rule = Rule.objects.get(conference=conference, unit="days", amount=1)
    announcement = Announcement.objects.create(conference=conference, subject="Đổi giờ ăn trưa", sms_text="x", text="x")
    topic = Message.objects.first().topic
    person = registration.delegates.get().person
    for kind, occasion in (
        ("reminder", rule.occasion),
        ("announcement", announcement.occasion),
        ("rescheduled", f"notice/{conference.pk}/2"),
        ("reminder", "rule/999999"),
    ):
        Message.objects.create(
            key=occasion, channel="email", address="a@vidu.example", kind=kind, occasion=occasion, topic=topic,
            person=person, due_at=NOW, created_at=NOW,
        )  # fmt: skip
    found = list(counts(organiser.get(url("delivery", conference))))
    assert len(found) == 6
    assert [label for label in found if rule.when_words() in label]
    assert "Đổi giờ ăn trưa" in found
    assert [label for label in found if label.endswith("(2)")]


def test_notices_that_were_withdrawn_before_they_left_are_one_line(organiser, conference):
    registration = registered(BridgePointFactory(conference=conference), now=NOW)
    topic, person = Message.objects.first().topic, registration.delegates.get().person
    states = {1: ["cancelled", "cancelled"], 2: ["cancelled"], 3: ["sent", "cancelled"]}
    for part, found in states.items():
        for number, state in enumerate(found):
            Message.objects.create(
                key=f"{part}/{number}", channel="email", address="a@vidu.example", kind="rescheduled", state=state,
                occasion=f"notice/{conference.pk}/{part}", topic=topic, person=person, due_at=NOW, created_at=NOW,
            )  # fmt: skip
    page = organiser.get(url("delivery", conference))
    sections = [section.code for section, _lines in page.context["sections"]]
    assert [code for code in sections if code.startswith("notice/")] == [f"notice/{conference.pk}/3"]
    assert "2 lần thông báo đã thu hồi trước khi gửi." in page.content.decode()
    asked = organiser.get(url("delivery", conference, occasion=f"notice/{conference.pk}/1"))
    assert [section.code for section, _lines in asked.context["sections"]] == [f"notice/{conference.pk}/1"]


def test_the_same_counts_by_bridge_point(organiser, conference):
    first = BridgePointFactory(conference=conference, name="Điểm một", short_name="")
    second = BridgePointFactory(conference=conference, name="Điểm hai", short_name="")
    registered(first, now=NOW, number=1, people=2, source="staff")
    registered(second, now=NOW, number=2)
    found = counts(organiser.get(f"{url('delivery', conference)}?by=point"))
    assert [sum(sum(c.values()) for c in found[name].values()) for name in ("Điểm một", "Điểm hai")] == [4, 2]
    found = counts(organiser.get(url("delivery", conference, point=str(second.pk))))
    assert sum(sum(c.values()) for section in found.values() for c in section.values()) == 2
    found = counts(organiser.get(f"{url('delivery', conference, occasion='moved')}&by=point"))
    assert found == {}


def test_the_bar_says_the_same_in_words_and_is_full(organiser, conference):
    failed_sms(conference)
    response = organiser.get(url("delivery", conference))
    ((_section, lines),) = response.context["sections"]
    for line in lines:
        assert line.tally.words in response.content.decode()
        assert sum(float(width) for _column, _start, width in line.tally.bar()) == pytest.approx(100, abs=0.1)


def test_the_pages_take_the_same_statements_at_two_rows_and_at_four(organiser, conference):
    conference_rules = conference.reminder_rules.count()

    def add(number: int) -> None:
        failed_sms(conference, number)
        point = BridgePointFactory(conference=conference)
        ConnectionFactory(bridge_point=point, technician_email="a@vidu.example")
        CoordinatorFactory(bridge_point=point)
        registered(point, now=NOW, number=number + 10)
        Announcement.objects.create(
            conference=conference, subject="x", text="x", sms_text="x", state="confirmed", send_at=START
        )
        rule = Rule.objects.create(conference=conference, amount=number + 20, unit="hours")
        rule.points.set([point])

    def statements() -> dict[str, int]:
        addresses = [
            url("delivery", conference),
            f"{url('delivery', conference)}?by=point",
            url("people", conference),
            url("people", conference, state="failed", q="nguyen"),
            url("people", conference, state="unreached"),
            url("person", conference, Delegate.objects.order_by("id").first().pk),
            url("resend", conference, state="failed"),
        ]
        found = {}
        for address in addresses:
            organiser.get(address)
            with CaptureQueriesContext(database) as queries:
                assert organiser.get(address).status_code == 200
            found[address] = len(queries)
        return found

    # One receiver alone is read with conference and point by one statement, several by three.
    add(1)
    add(2)
    at_two = statements()
    add(3)
    add(4)
    assert statements() == at_two
    assert max(at_two.values()) <= 25, at_two
    assert conference.reminder_rules.count() == conference_rules + 4


def test_the_counts_come_from_one_statement_over_the_outbox(conference, django_assert_num_queries):
    for number in (1, 2, 3):
        registered(BridgePointFactory(conference=conference), now=NOW, number=number)
    scope = scope_of(conference.organisers.get(), conference.pk)
    called = delivery_counts.Names(scope)
    with django_assert_num_queries(1):
        delivery_counts.count_messages(scope, called)


def test_the_table_asks_again_every_three_seconds_while_something_leaves_and_then_stops(organiser, conference):
    registered(BridgePointFactory(conference=conference), now=NOW)
    page = organiser.get(url("delivery", conference)).content.decode()
    assert 'data-hx-trigger="every 3s"' in page
    assert "includeIndicatorStyles" in page
    part = organiser.get(url("delivery", conference), headers={"HX-Request": "true"}).content.decode()
    assert re.match(r'\s*<div id="delivery"\s+data-hx-get=', part)
    assert "<html" not in part
    send()
    part = organiser.get(url("delivery", conference), headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in part
    assert 'data-hx-swap-oob="innerHTML"' in part


def test_what_waits_for_its_time_is_asked_for_seldom(organiser, conference):
    registered(BridgePointFactory(conference=conference), now=NOW)
    Message.objects.update(due_at=NOW + timedelta(hours=3))
    page = organiser.get(url("delivery", conference)).content.decode()
    assert 'data-hx-trigger="every 60s"' in page
    assert "13:00, 1/7/2027" in page


def test_a_table_whose_reader_has_signed_out_loads_the_page_anew(client, conference):
    response = client.get(url("delivery", conference), headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Refresh"]) == (204, "true")


def test_a_channel_in_trouble_is_named_with_its_reason_and_tried_at_once_if_so_wished(organiser, conference):
    channel_state.stop("sms", "Tài khoản hết tiền", NOW)
    page = organiser.get(url("delivery", conference)).content.decode()
    for part in ("Tài khoản hết tiền", "10:15:00", url("try_now", conference)):
        assert part in page
    organiser.post(url("try_now", conference), {"channel": "sms"})
    assert ChannelState.objects.get().retry_at == NOW
    assert "Tài khoản" not in organiser.get(url("people", conference)).content.decode()


def test_what_goes_out_next_is_told_for_each_channel_with_the_quiet_hours(organiser, conference, settings):
    settings.QUIET_HOURS = "22:00-07:00"
    conference.reminder_rules.all().delete()
    Rule.objects.create(conference=conference, text="reminder", amount=120, unit="minutes")
    Rule.objects.create(conference=conference, text="reminder", amount=30, unit="days")
    Rule.objects.create(conference=conference, text="reminder", amount=1, unit="days", is_active=False)
    response = organiser.get(url("delivery", conference))
    ((_one, departures),) = response.context["upcoming"]
    assert departures == [("e-mail", "06:00, 19/7/2027", False), ("SMS", "07:00, 19/7/2027", True)]


def test_an_announcement_that_waits_for_its_time_is_told_and_a_draft_is_not(organiser, conference):
    conference.reminder_rules.all().delete()
    for state, subject in (("draft", "Bản nháp"), ("confirmed", "Nhắc mang mẫu")):
        Announcement.objects.create(
            conference=conference, subject=subject, text="x", sms_text="x", state=state, send_at=NOW + timedelta(days=1)
        )
    response = organiser.get(url("delivery", conference))
    assert [one.label for one, _departures in response.context["upcoming"]] == ["Nhắc mang mẫu"]


@pytest.mark.parametrize("field", [{"is_published": False}, {"cancelled_at": NOW}])
def test_nothing_goes_out_next_for_a_conference_that_is_cancelled_or_not_published(organiser, conference, field):
    type(conference).objects.update(**field)
    assert organiser.get(url("delivery", conference)).context["upcoming"] == []


def test_what_is_written_after_the_cancellation_for_later_is_told(organiser, conference):
    type(conference).objects.update(cancelled_at=NOW)
    for subject, minutes in (("Trước", -1), ("Sau", 1)):
        Announcement.objects.create(
            conference=conference, subject=subject, text="x", sms_text="x", state="confirmed",
            confirmed_at=NOW + timedelta(minutes=minutes), send_at=NOW + timedelta(days=1),
        )  # fmt: skip
    response = organiser.get(url("delivery", conference))
    assert [one.label for one, _departures in response.context["upcoming"]] == ["Sau"]


def test_a_number_leads_to_exactly_these_people(organiser, conference):
    failed = failed_sms(conference, 1)
    registered(BridgePointFactory(conference=conference), now=NOW, number=2)
    response = organiser.get(url("people", conference, channel="sms", state="failed"))
    (row,) = response.context["rows"]
    assert (row.name, row.unit, row.position) == (failed.full_name, "HTX Ví Dụ 1", "Giám đốc")
    assert (row.message.address, row.error) == (failed.mobile, "Thuê bao không tồn tại")
    assert row.state in response.content.decode()


@pytest.mark.parametrize(
    "q", ["nguyen van 100", "HTX vi du 1", "0900 000 100", "+84900000100", "dai.bieu100@vidu", "NGUYỄN 100 dụ"]
)
def test_people_are_found_without_accents_by_name_unit_number_and_address(organiser, conference, q):
    for number in (1, 2):
        registered(BridgePointFactory(conference=conference), now=NOW, number=number)
    response = organiser.get(url("people", conference, q=q))
    assert set(names(response)) == {"Nguyễn Văn 100"}


def test_technicians_and_coordinators_are_found_too(organiser, conference):
    point = BridgePointFactory(conference=conference)
    technician = ConnectionFactory(
        bridge_point=point, technician_name="Đỗ Kỹ Thuật", technician_email="kt@vidu.example"
    )
    coordinator = CoordinatorFactory(bridge_point=point, user__name="Lê Đầu Mối")
    for person in (f"technician/{technician.pk}", f"coordinator/{coordinator.pk}"):
        Message.objects.create(
            key=person, channel="email", address="x@vidu.example", kind="details", occasion="details/1/1",
            topic=f"point/{point.pk}", person=person, due_at=NOW, created_at=NOW,
        )  # fmt: skip
    assert names(organiser.get(url("people", conference, q="do ky"))) == ["Đỗ Kỹ Thuật"]
    assert names(organiser.get(url("people", conference, q="le dau"))) == ["Lê Đầu Mối"]


def test_a_hundred_people_stand_on_a_page(organiser, conference):
    registered(BridgePointFactory(conference=conference, seats=None), now=NOW, people=60, source="staff")
    assert len(organiser.get(url("people", conference)).context["rows"]) == 100
    assert len(organiser.get(f"{url('people', conference)}?page=2").context["rows"]) == 20


@pytest.mark.parametrize(
    "query", ["state=no-such", "point=999999", "point=²", "point=99999999999999999999", "channel=x"]
)
def test_a_filter_that_means_nothing_shows_nothing(organiser, conference, query):
    registered(BridgePointFactory(conference=conference), now=NOW)
    assert organiser.get(f"{url('people', conference)}?{query}").context["rows"] == []
    assert organiser.get(f"{url('delivery', conference)}?{query}").status_code == 200


def test_whom_another_way_reached_is_not_among_those_whom_nothing_reached(organiser, conference):
    delegate = failed_sms(conference)
    assert names(organiser.get(url("people", conference, state="unreached"))) == []
    Message.objects.filter(channel="email").update(state="failed")
    assert set(names(organiser.get(url("people", conference, state="unreached")))) == {delegate.full_name}
    assert organiser.get(url("delivery", conference)).context["unreached"] == 1


def test_one_message_is_sent_again(organiser, conference):
    delegate = failed_sms(conference)
    refused.clear()
    message = Message.objects.get(channel="sms")
    for _ in range(2):
        organiser.post(url("resend", conference), {"message": message.pk})
    send()
    assert list(Message.objects.filter(channel="sms").order_by("id").values_list("state", flat=True)) == [
        "failed",
        "sent",
    ]
    assert not BadAddress.objects.exists()
    page = organiser.get(url("people", conference, channel="sms", state="failed"))
    assert [row.message.sent_again for row in page.context["rows"]] == [True]
    assert names(page) == [delegate.full_name]


def test_what_makes_no_sense_any_more_is_not_sent_again_and_says_why(organiser, conference):
    failed_sms(conference)
    message = Message.objects.get(channel="sms")
    Message.objects.filter(pk=message.pk).update(expires_at=NOW)
    assert words(organiser.post(url("resend", conference), {"message": message.pk}, follow=True))
    Message.objects.filter(pk=message.pk).update(expires_at=START, kind="waitlisted")
    assert words(organiser.post(url("resend", conference), {"message": message.pk}, follow=True))
    assert Message.objects.filter(channel="sms").count() == 1


def test_what_has_not_been_sent_is_not_sent_again(organiser, conference):
    registered(BridgePointFactory(conference=conference), now=NOW)
    organiser.post(url("resend", conference), {"message": Message.objects.first().pk})
    assert Message.objects.count() == 2


def test_all_that_failed_is_sent_again_after_a_question_and_once(organiser, conference):
    for number in (1, 2):
        failed_sms(conference, number)
    refused.clear()
    question = url("resend", conference, channel="sms", state="failed")
    assert organiser.get(question).context["count"] == 2
    assert Message.objects.filter(key__contains="again").count() == 0
    organiser.post(question)
    send()
    organiser.post(question)
    send()
    assert (
        sorted(Message.objects.filter(channel="sms").values_list("state", flat=True)) == ["failed"] * 2 + ["sent"] * 2
    )


def test_many_are_sent_again_in_portions(organiser, conference, monkeypatch):
    monkeypatch.setattr("messaging.delivery.resend.AT_ONCE", 2)
    for number in (1, 2, 3):
        failed_sms(conference, number)
    question = url("resend", conference, state="failed")
    organiser.post(question)
    assert Message.objects.filter(key__contains="again").count() == 2
    organiser.post(question)
    assert Message.objects.filter(key__contains="again").count() == 3


def test_a_corrected_number_gets_what_failed_and_what_waits(organiser, conference):
    delegate = failed_sms(conference)
    waiting = Message.objects.get(channel="sms")
    waiting.pk, waiting.key, waiting.state, waiting.kind = None, "other", "queued", "reminder"
    waiting.save()
    page = url("address", conference, "delegate", delegate.pk)
    response = organiser.post(page, {"email": delegate.email, "phone": "0912 345 678"})
    assert response.url == url("person", conference, delegate.pk)
    delegate.refresh_from_db()
    assert (str(delegate.phone.as_e164), delegate.mobile) == ("+84912345678", "+84912345678")
    assert delegate.registration.contact_phone.as_e164 == "+84912345678"
    assert delegate.registration.contact_email == delegate.email
    assert delegate.history.count() >= 1
    send()
    sent = Message.objects.filter(channel="sms", state="sent")
    assert {(m.kind, m.address) for m in sent} == {("confirmed", "+84912345678"), ("reminder", "+84912345678")}


def test_whoever_is_not_the_contact_person_leaves_the_registration_as_it_is(organiser, conference):
    registration = registered(BridgePointFactory(conference=conference), now=NOW, people=2)
    other = registration.delegates.get(is_contact=False)
    organiser.post(url("address", conference, "delegate", other.pk), {"email": "Khac@Vidu.example"})
    other.refresh_from_db()
    before = registration.contact_email
    registration.refresh_from_db()
    assert (other.email, str(other.phone)) == ("khac@vidu.example", "")
    assert registration.contact_email == before


def test_whoever_has_only_a_phone_now_gets_by_sms_what_failed_by_mail(organiser, conference):
    registration = registered(BridgePointFactory(conference=conference), now=NOW)
    Message.objects.filter(channel="sms").delete()
    Message.objects.update(state="failed")
    delegate = registration.delegates.get()
    organiser.post(url("address", conference, "delegate", delegate.pk), {"email": "", "phone": "0912345678"})
    send()
    assert list(Message.objects.filter(state="sent").values_list("channel", "address")) == [("sms", "+84912345678")]


@pytest.mark.parametrize(
    "data",
    [{"email": "", "phone": ""}, {"email": "no address"}, {"phone": "12"}, {"phone": "chữ"}, {"email": "a@b\n.vn"}],
)
def test_an_address_that_is_none_is_asked_for_again_and_changes_nothing(organiser, conference, data):
    delegate = failed_sms(conference)
    response = organiser.post(url("address", conference, "delegate", delegate.pk), data)
    assert response.status_code == 422
    assert response.context["form"].errors
    assert Delegate.objects.get().mobile == delegate.mobile
    assert not Message.objects.filter(key__contains="again").exists()


def test_the_address_of_a_technician_is_corrected_and_of_a_coordinator_is_not(organiser, conference):
    point = BridgePointFactory(conference=conference)
    technician = ConnectionFactory(bridge_point=point, technician_name="Kỹ Thuật", technician_email="cu@vidu.example")
    coordinator = CoordinatorFactory(bridge_point=point)
    Message.objects.create(
        key="details/1/technician/1/email", channel="email", address="cu@vidu.example", composer="messaging",
        kind="details", occasion="details/1/1", topic=f"point/{point.pk}", person=f"technician/{technician.pk}",
        state="failed", due_at=NOW, created_at=NOW, expires_at=START,
    )  # fmt: skip
    page = url("address", conference, "technician", technician.pk)
    organiser.post(page, {"name": "Kỹ Thuật", "email": "moi@vidu.example"})
    assert Connection.objects.get().technician_email == "moi@vidu.example"
    send()
    assert [letter.to for letter in mail.outbox] == [["moi@vidu.example"]]
    page = url("address", conference, "coordinator", coordinator.pk)
    assert organiser.get(page).context["form"] is None
    assert organiser.post(page, {"email": "moi@vidu.example"}).status_code == 422
    coordinator.user.refresh_from_db()
    assert coordinator.user.email != "moi@vidu.example"
    assert organiser.get(url("address", conference, "user", coordinator.user.pk)).status_code == 404


def test_a_person_has_a_page_with_all_that_was_said_in_order_and_without_his_link(organiser, conference):
    delegate = failed_sms(conference)
    page = organiser.get(url("person", conference, delegate.pk))
    assert [row.message.channel for row in page.context["rows"]] == ["email", "sms"]
    html = page.content.decode()
    assert "(liên kết cá nhân)" in html
    assert "Thuê bao không tồn tại" in html
    assert delegate.token not in html
    assert delegate.registration.token not in html


def test_no_page_shows_a_personal_link(organiser, conference):
    delegate = failed_sms(conference)
    pages = [url(name, conference) for name in ("delivery", "people", "resend")]
    for address in (*pages, url("address", conference, "delegate", delegate.pk)):
        html = organiser.get(address).content.decode()
        assert delegate.token not in html
        assert delegate.registration.token not in html


def test_what_the_outbox_says_itself_is_said_in_the_language_of_the_reader(organiser, conference):
    delegate = failed_sms(conference)
    for error in delivery_counts._OUR_ERRORS:
        Message.objects.filter(channel="sms").update(error=error)
        row = organiser.get(url("person", conference, delegate.pk)).context["rows"][1]
        assert row.error == str(delivery_counts._OUR_ERRORS[error])
        assert row.error != error


def test_no_stored_reason_is_shown_in_english(organiser, conference):
    delegate = failed_sms(conference)
    Message.objects.filter(channel="sms").update(state="queued", error=sms_limits.HELD_BACK)
    pages = (
        url("people", conference, state="queued"),
        url("person", conference, delegate.pk),
        workspace_url("registration", conference, delegate.registration_id),
    )
    for address in pages:
        page = organiser.get(address).content.decode()
        assert "Số tin nhắn SMS nhiều hơn bình thường: tin này chờ sang giờ sau." in page
        assert sms_limits.HELD_BACK not in page


def test_reminders_of_test_rounds_are_told_apart_by_time_and_by_which_they_are(organiser, conference):
    person = registered(BridgePointFactory(conference=conference), now=NOW).delegates.get().person
    topic = Message.objects.first().topic
    rounds = [
        TestRound.objects.create(conference=conference, name="Vòng gấp", starts_at=NOW + timedelta(hours=hours))
        for hours in (1, 2)
    ]
    occasions = [f"test_round/{one.pk}/2" for one in rounds]
    for occasion in [*occasions, f"test_round/{rounds[0].pk}/1", f"test_round/{rounds[0].pk}/3", "test_round/99999/2"]:
        Message.objects.create(
            key=occasion, channel="email", address="a@vidu.example", kind="test_round", occasion=occasion, topic=topic,
            person=person, due_at=NOW, created_at=NOW,
        )  # fmt: skip
    found = set(counts(organiser.get(url("delivery", conference))))
    assert found >= {
        "Nhắc vòng thử – Vòng gấp, 11:00, 1/7/2027 (trước một giờ)",
        "Nhắc vòng thử – Vòng gấp, 12:00, 1/7/2027 (trước một giờ)",
        "Nhắc vòng thử – Vòng gấp, 11:00, 1/7/2027 (trước một ngày)",
        "Nhắc vòng thử – Vòng gấp, 11:00, 1/7/2027 (đổi giờ)",
        "Nhắc vòng thử (trước một giờ)",
    }


def test_every_state_has_words(conference):
    registered(BridgePointFactory(conference=conference), now=NOW)
    message = Message.objects.first()
    for state in Message.State.values:
        message.state = state
        assert delivery_counts.state_words(message, NOW)


@pytest.fixture
def two_points(conference):
    """Somebody at each of two points, and the coordinator of the first."""
    mine, other = BridgePointFactory(conference=conference), BridgePointFactory(conference=conference)
    here = registered(mine, now=NOW, number=1).delegates.get()
    there = registered(other, now=NOW, number=2).delegates.get()
    return CoordinatorFactory(bridge_point=mine).user, here, there


def test_a_coordinator_sees_and_sends_again_what_went_to_his_own_points(client, conference, two_points):
    coordinator, here, there = two_points
    client.force_login(coordinator)
    send()
    (found,) = counts(client.get(url("delivery", conference))).values()
    assert [sum(columns.values()) for columns in found.values()] == [1, 1]
    assert set(names(client.get(url("people", conference)))) == {here.full_name}
    assert names(client.get(url("people", conference, q="nguyen van 200"))) == []
    assert client.get(url("person", conference, there.pk)).status_code == 404
    assert client.get(url("address", conference, "delegate", there.pk)).status_code == 404
    foreign, own = (Message.objects.get(person=d.person, channel="email") for d in (there, here))
    assert client.post(url("resend", conference), {"message": foreign.pk}).status_code == 404
    client.post(url("resend", conference), {"message": own.pk})
    assert Message.objects.filter(key__contains="again").get().person == here.person


def test_a_coordinator_sends_again_only_what_failed_at_his_own_points(client, conference, two_points):
    coordinator, here, _there = two_points
    Message.objects.update(state="failed")
    client.force_login(coordinator)
    client.post(url("resend", conference, state="failed"))
    assert set(Message.objects.filter(key__contains="again").values_list("person", flat=True)) == {here.person}


@pytest.fixture
def moved_away(conference, two_points):
    """The coordinator of the first point, and a delegate who moved from there to the second."""
    coordinator, here, there = two_points
    send()
    registration = services.move(
        registration=here.registration, point=there.registration.bridge_point, now=NOW + timedelta(minutes=1)
    )
    return coordinator, registration.delegates.get()


def test_who_has_moved_away_is_no_longer_the_coordinator_s_to_see_or_write_to(client, conference, moved_away):
    coordinator, gone = moved_away
    client.force_login(coordinator)
    old = Message.objects.get(person=gone.person, channel="email", kind="confirmed")
    assert names(client.get(url("people", conference))) == []
    assert names(client.get(url("people", conference, q=old.address))) == []
    assert client.get(url("person", conference, gone.pk)).status_code == 404
    assert client.post(url("resend", conference), {"message": old.pk}).status_code == 404
    Message.objects.update(state="failed")
    page = client.get(url("delivery", conference))
    assert page.context["unreached"] == 0
    client.post(url("resend", conference, state="failed"))
    assert not Message.objects.filter(key__contains="again").exists()
    # What they were told there still counts.
    assert counts(page) != {}


def test_who_has_moved_here_is_the_coordinator_s_with_all_that_he_was_told(client, conference, moved_away):
    _coordinator, gone = moved_away
    client.force_login(CoordinatorFactory(bridge_point=gone.registration.bridge_point).user)
    page = client.get(url("person", conference, gone.pk))
    old = next(row.message for row in page.context["rows"] if row.can_resend)
    assert client.post(url("resend", conference), {"message": old.pk, "from": "person"}).status_code == 302


def test_a_coordinator_sees_the_contact_person_and_the_staff_of_his_point(client, conference, two_points):
    coordinator, here, there = two_points
    point = here.registration.bridge_point
    contact = Person("Thư Ký", email="thu.ky@vidu.example")
    for at, number in ((point, 3), (there.registration.bridge_point, 4)):
        registered(at, now=NOW, number=number, contact=contact)
    technician = ConnectionFactory(bridge_point=point, technician_name="Kỹ Thuật", technician_email="kt@vidu.example")
    own = point.coordinators.get()
    for person in (f"technician/{technician.pk}", f"coordinator/{own.pk}", f"user/{coordinator.pk}", "user/999999"):
        Message.objects.create(
            key=person, channel="email", address="x@vidu.example", kind="details", topic=f"point/{point.pk}",
            person=person, due_at=NOW, created_at=NOW,
        )  # fmt: skip
    client.force_login(coordinator)
    found = [row.message.person for row in client.get(url("people", conference, channel="email")).context["rows"]]
    assert f"user/{coordinator.pk}" in found
    assert f"technician/{technician.pk}" in found
    assert f"coordinator/{own.pk}" in found
    assert len({name for name in found if name.startswith("contact/")}) == 1
    assert "user/999999" not in found


def test_erased_people_are_counted_and_not_listed(organiser, conference):
    registration = registered(BridgePointFactory(conference=conference), now=NOW, number=1)
    registered(BridgePointFactory(conference=conference), now=NOW, number=2)
    send()
    old = Message.objects.filter(person=registration.delegates.get().person).first()
    services.erase(registration=registration, way="by_hand", now=NOW)
    assert set(names(organiser.get(url("people", conference)))) == {"Nguyễn Văn 200"}
    assert organiser.post(url("resend", conference), {"message": old.pk}).status_code == 404
    (found,) = counts(organiser.get(url("delivery", conference))).values()
    assert sum(sum(columns.values()) for columns in found.values()) == 4


def test_channels_are_tried_by_organisers_only(client, conference, two_points):
    client.force_login(two_points[0])
    assert client.post(url("try_now", conference), {"channel": "sms"}).status_code == 404


def test_the_page_of_the_conference_leads_there(organiser, conference):
    page = organiser.get(reverse("admin:conference_conference_change", args=[conference.pk])).content.decode()
    assert url("delivery", conference) in page


def test_a_coordinator_finds_it_on_the_page_of_his_point(client, conference, two_points):
    client.force_login(two_points[0])
    point = two_points[1].registration.bridge_point
    page = client.get(reverse("admin:bridges_bridgepoint_change", args=[point.pk])).content.decode()
    assert url("delivery", conference, point=str(point.pk)) in page


def test_a_guest_stands_in_the_list_with_his_organisation_and_no_page_for_his_address(organiser, conference):
    invitation = Invitation.objects.create(
        conference=conference, name="Sở Công Thương", bridge_point=BridgePointFactory(conference=conference)
    )
    Guest.objects.create(invitation=invitation, name="Lê Khách", organisation="HTX Khách", email="khach@vidu.example")
    services.invite(invitation=invitation, now=NOW)
    (row,) = organiser.get(url("people", conference)).context["rows"]
    assert (row.name, row.unit, row.address_url) == ("Lê Khách", "HTX Khách", "")


# --- true words -------------------------------------------------------------------------------------------------------


def test_in_the_minute_of_grace_the_page_says_that_messages_wait(organiser, conference):
    registered(BridgePointFactory(conference=conference), now=NOW)
    Message.objects.update(due_at=NOW + timedelta(seconds=50))
    page = organiser.get(reverse("messaging:delivery", args=[conference.pk])).content.decode()
    assert "Đang gửi" not in page
    assert moment_words(NOW + timedelta(seconds=50)) in page
    assert "every 3s" in page, "it looks again soon, for they leave soon"


def test_quiet_hours_are_said_to_hold_back_what_rings_and_not_mail(organiser, conference, settings):
    settings.QUIET_HOURS = "22:00-07:00"
    page = organiser.get(reverse("messaging:delivery", args=[conference.pk])).content.decode()
    assert "Không gửi tin SMS, Zalo trong khoảng 22:00 – 07:00" in page
    assert "e-mail vẫn gửi" in page


# --- whom nothing reaches ---------------------------------------------------------------------------------------------


def due_reminder(conference) -> None:
    conference.reminder_rules.all().delete()
    Rule.objects.create(conference=conference, amount=1, unit="days")
    planning.plan_due(now=START - timedelta(days=1))


def test_whoever_has_no_usable_address_for_a_reminder_is_counted_and_listed(organiser, conference):
    point = BridgePointFactory(conference=conference)
    delegate = registered(point, now=NOW).delegates.get()
    reached = registered(point, now=NOW, number=2).delegates.get()
    delegate.phone = ""
    delegate.save()
    BadAddress.objects.create(channel="email", address=delegate.email, since=NOW)
    Message.objects.all().delete()
    due_reminder(conference)
    page = organiser.get(url("delivery", conference))
    assert page.context["unreached"] == 1
    listed = organiser.get(url("people", conference, state=delivery_counts.UNREACHED))
    assert names(listed) == [delegate.full_name]
    assert [row.error for row in listed.context["rows"]] == ["Không có địa chỉ dùng được."]
    assert set(Message.objects.filter(state="queued").values_list("person", flat=True)) == {reached.person}
    assert planning.plan_due(now=START - timedelta(hours=23)) == 0
    assert Message.objects.filter(state="failed").count() == 1


def test_whoever_gets_an_address_after_all_is_told_and_no_longer_unreached(organiser, conference):
    delegate = registered(BridgePointFactory(conference=conference), now=NOW).delegates.get()
    Delegate.objects.update(email="", phone="", mobile="")
    Message.objects.all().delete()
    due_reminder(conference)
    assert organiser.get(url("delivery", conference)).context["unreached"] == 1
    delegate.save()
    assert planning.plan_due(now=START - timedelta(hours=23)) == 2
    assert organiser.get(url("delivery", conference)).context["unreached"] == 0
    assert not Message.objects.filter(state="failed").exists()


def test_whoever_is_reached_by_no_message_before_its_time_has_passed_counts_as_unreached(organiser, conference):
    delegate = registered(BridgePointFactory(conference=conference), now=NOW).delegates.get()
    Message.objects.all().delete()
    due_reminder(conference)
    queue.tidy(START + timedelta(minutes=1))
    assert set(Message.objects.values_list("state", flat=True)) == {"expired"}
    assert organiser.get(url("delivery", conference)).context["unreached"] == 1
    assert set(names(organiser.get(url("people", conference, state=delivery_counts.UNREACHED)))) == {delegate.full_name}
    Message.objects.filter(channel="sms").update(state="sent")
    assert organiser.get(url("delivery", conference)).context["unreached"] == 0
