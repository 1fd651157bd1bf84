"""The overview of a conference: how it stands, and what needs attention."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import translation

from bridges.models import BridgePoint, Province
from conference.models import Partner
from control.models import Cue
from control.slides import asking
from messaging import sms_limits
from outbox import channel_state, queue
from outbox.models import BadAddress, Message
from registrations import services
from registrations.models import Invitation, Registration
from registrations.services.new_registration import OrganisationData
from reports import attention, numbers
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    person,
    register_people,
    registered,
)

pytestmark = pytest.mark.django_db

#: A moment at which a point must be ready.
EVE = START - timedelta(days=1)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"), time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organiser():
    return OrganiserFactory()


@pytest.fixture
def conference(organiser):
    return ConferenceFactory(short_name="Na Chi Lăng", organisers=[organiser])


@pytest.fixture
def hall(conference):
    return BridgePointFactory(conference=conference, name="Hội trường huyện", seats=10, line_test="passed")


def seen(user, conference, now=NOW):
    return numbers.overview(numbers.scope_of(user, conference), now)


def needs(user, conference, now=NOW) -> dict[str, attention.Item]:
    """What is to be done; without what is missing before a conference is published, which has tests of its own."""
    found = attention.gather(seen(user, conference, now), now)
    return {item.code: item for item in found if not item.code.startswith("missing_")}


def start_page(client, user, query="", language="en"):
    client.force_login(user)
    client.cookies["django_language"] = language
    return client.get(f"/admin/{query}", follow=True)


def with_everything(point, number):
    """Three kinds of registration, an invitation, a bad address and a failed message at ``point``."""
    registered(point, now=NOW, number=number * 10 + 1, people=2)
    shared = OrganisationData("business", "Công ty Ví Dụ", tax_code="0100109106", province=Province.objects.first())
    register_people(
        conference=point.conference, point=point, organisation=shared, language="vi", now=NOW,
        people=[person(number * 1000, email="", phone="")],
        invitation=Invitation.objects.create(conference=point.conference, name=f"Sở {number}"),
    )  # fmt: skip
    Message.objects.filter(topic=f"point/{point.pk}").update(state="failed")


# --- what was put off -------------------------------------------------------------------------------------------------


def test_details_that_nobody_was_told_of_are_something_to_do(client, organiser, conference):
    point = BridgePointFactory(conference=conference, name="Hội trường cũ")
    registered(point, now=NOW)
    queue.deliver(clock=lambda: NOW)
    assert "untold" not in needs(organiser, conference)
    point.refresh_from_db()
    point.name = "Hội trường mới"
    point.save()
    item = needs(organiser, conference)["untold"]
    assert (item.url, item.is_urgent) == (f"/admin/details/{point.pk}/", True)
    client.force_login(organiser)
    client.post(item.url, {"dismiss": "1"})
    assert "untold" not in needs(organiser, conference)


# --- which conference -------------------------------------------------------------------------------------------------


def test_another_conference_is_chosen_by_its_number_also_one_that_is_over(client, organiser, conference):
    past = START - timedelta(days=400)
    over = ConferenceFactory(starts_at=past, ends_at=past + timedelta(hours=3), organisers=[organiser])
    assert start_page(client, organiser, f"?conference={over.pk}").context["conference"] == over


@pytest.mark.parametrize("given", ["{foreign}", "999999", "x", "-1", "1" * 30, "٣"])
def test_a_conference_that_is_not_his_is_not_found(client, organiser, conference, given):
    foreign = ConferenceFactory(organisers=[OrganiserFactory()])
    assert start_page(client, organiser, f"?conference={given.format(foreign=foreign.pk)}").status_code == 404


def test_a_coordinator_sees_his_own_points_and_counts_nobody_else(client, conference, hall):
    other = BridgePointFactory(conference=conference, name="Phòng họp khác")
    registered(hall, now=NOW, number=1, people=2)
    registered(other, now=NOW, number=2)
    Message.objects.filter(topic=f"point/{other.pk}").update(state="failed")
    coordinator = CoordinatorFactory(bridge_point=hall).user
    client.force_login(coordinator)
    response = client.get(reverse("workspace:overview", args=[conference.slug]))
    page = response.content.decode()
    assert "Hội trường huyện" in page
    assert "Phòng họp khác" not in page
    found = response.context["overview"]
    assert (found.came_in, found.totals["confirmed"].people) == (1, 2)
    assert [item.code for item in response.context["attention"]] == []
    assert f"/admin/conference/conference/{conference.pk}/change/" not in page


# --- seats ------------------------------------------------------------------------------------------------------------


def test_seats_are_told_apart_as_taken_held_kept_free_and_waiting(organiser, conference, hall):
    registered(hall, now=NOW, number=1, people=3)
    BridgePoint.objects.filter(pk=hall.pk).update(approval="yes")
    hall.refresh_from_db()
    registered(hall, now=NOW, number=2, people=2)
    BridgePoint.objects.filter(pk=hall.pk).update(approval="no", seats_reserved=4)
    hall.refresh_from_db()
    registered(hall, now=NOW, number=3, people=2)
    (seats,) = seen(organiser, conference).seats
    assert (seats.taken, seats.held, seats.kept, seats.free, seats.waiting) == (3, 2, 4, 1, 2)
    assert seats.over == 0


def test_a_request_that_holds_nothing_is_counted_but_takes_no_seat(organiser, conference, hall):
    conference.holds_seats = False
    conference.save()
    BridgePoint.objects.filter(pk=hall.pk).update(approval="yes")
    registered(BridgePoint.objects.get(pk=hall.pk), now=NOW, people=2)
    found = seen(organiser, conference)
    assert (found.seats[0].held, found.seats[0].requests, found.seats[0].free) == (0, 1, 10)
    assert found.requests == 1


def test_each_number_leads_to_the_registrations_that_it_counts(client, organiser, hall):
    registered(hall, now=NOW, number=1, people=9)
    registered(hall, now=NOW, number=2, people=5)
    page = start_page(client, organiser).content.decode().replace("&amp;", "&")
    for state in ("confirmed", "waitlisted"):
        (address,) = set(re.findall(rf'"(/admin/c/[^"]*/people/\?point=[^"]*={state})"', page))
        lines = client.get(address).context["lines"]
        assert [row.registration.state for row, *_rest in lines] == [state]


def test_a_point_without_limit_has_no_free_seats_and_no_bar(client, organiser, conference):
    point = BridgePointFactory(conference=conference, kind="online", seats=None)
    registered(point, now=NOW)
    response = start_page(client, organiser)
    assert response.context["overview"].seats[0].free is None
    assert b"dc-ov-bar" not in response.content
    assert b"no seat limit" in response.content


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_registrations_are_counted_by_day_of_vietnam_with_empty_days_between(organiser, conference, hall):
    late = NOW.replace(hour=18)
    registered(hall, now=late - timedelta(days=3), number=1)
    registered(hall, now=NOW, number=2)
    days = seen(organiser, conference).days
    # 18:00 UTC is the next morning here.
    assert [(day.first.day, day.count) for day in days] == [(29, 1), (30, 0), (1, 1)]


def test_many_days_are_drawn_by_the_week_and_none_is_lost(organiser, conference, hall):
    registered(hall, now=NOW - timedelta(days=90), number=1)
    registered(hall, now=NOW - timedelta(days=2), number=2)
    registered(hall, now=NOW, number=3)
    found = seen(organiser, conference)
    assert found.by_week
    assert all(day.first.weekday() == 0 for day in found.days)
    assert sum(day.count for day in found.days) == 3


def test_who_comes_is_counted_by_kind_province_and_inviter_without_the_cancelled(organiser, conference, hall):
    province = Province.objects.first()
    inviter = Invitation.objects.create(conference=conference, name="Sở Công Thương")
    for number, kind in enumerate(["business", "business", "agency"]):
        register_people(
            conference=conference, point=hall, language="vi", now=NOW, people=[person(number), person(number + 50)],
            organisation=OrganisationData(kind, f"Đơn vị {number}", province=province if number else None),
            invitation=inviter if number == 2 else None,
        )  # fmt: skip
    services.cancel(registration=registered(hall, now=NOW, number=7), now=NOW)
    found = seen(organiser, conference)
    assert [(row.registrations, row.people) for row in found.by_kind] == [(2, 4), (1, 2)]
    assert {row.label: row.registrations for row in found.by_province} == {province.name: 2, "no province given": 1}
    assert {row.label: row.registrations for row in found.by_inviter} == {
        "Sở Công Thương": 1,
        "came without an invitation": 2,
    }
    assert found.by_point_kind == [("hall", {"confirmed": 6, "cancelled": 1})]
    assert found.came_in == 4


def test_the_drawing_says_in_words_and_in_a_table_what_it_shows(client, organiser, hall):
    registered(hall, now=NOW - timedelta(days=2), number=1)
    registered(hall, now=NOW, number=2)
    page = start_page(client, organiser).content.decode()
    (drawing,) = re.findall(r'<svg class="dc-ov-columns".*?</svg>', page, re.DOTALL)
    assert 'role="img" aria-labelledby="ov-days-title ov-days-desc"' in drawing
    assert '<title id="ov-days-title">Registrations a day</title>' in drawing
    assert "From 29/6/2027 to 1/7/2027 2 came in, the most (1) on 29/6/2027." in drawing
    assert drawing.count("<rect") == 2
    assert re.findall(r'<th scope="row">([\d/]+)</th>\s*<td class="dc-num">(\d+)</td>', page) == [
        ("29/6/2027", "1"),
        ("30/6/2027", "0"),
        ("1/7/2027", "1"),
    ]


def test_names_of_people_are_inert_in_the_drawings(client, organiser, conference, hall):
    inviter = Invitation.objects.create(conference=conference, name="<script>alert(1)</script>")
    registered(hall, now=NOW, invitation=inviter)
    assert "<script>alert" not in start_page(client, organiser).content.decode()


# --- what needs attention ---------------------------------------------------------------------------------------------


def test_a_conference_in_order_needs_nothing(client, organiser, conference, hall):
    CoordinatorFactory(bridge_point=hall, user__phone="+84912345678")
    hall.address, hall.province = "Số 1 đường Ví Dụ", Province.objects.first()
    hall.save()
    Partner.objects.create(conference=conference, name="Sở Công Thương", role="host")
    registered(hall, now=NOW)
    assert needs(organiser, conference) == {}
    assert b"Nothing at the moment." in start_page(client, organiser).content


def test_people_without_a_usable_address_are_counted_and_listed(client, organiser, conference, hall):
    registered(hall, now=NOW, number=1)
    addressless = person(7, email="", phone="+842053870123")
    bounced = person(8, phone="")
    register_people(
        conference=conference, point=hall, organisation=OrganisationData("other", "HTX"), language="vi", now=NOW,
        people=[person(9), addressless, bounced],
    )  # fmt: skip
    BadAddress.objects.create(channel="email", address=bounced.email, since=NOW)
    item = needs(organiser, conference)["unreachable"]
    assert item.text == "2 people cannot be reached"
    client.force_login(organiser)
    page = client.get(item.url).content.decode()
    assert addressless.full_name in page
    assert [row.full_name for row in client.get(item.url).context["shown"]] == [
        addressless.full_name,
        bounced.full_name,
    ]


def test_whose_sms_waits_for_the_contact_person_has_no_wrong_number_and_is_told_apart(
    client, organiser, conference, hall
):
    registration = register_people(
        conference=conference, point=hall, organisation=OrganisationData("other", "HTX"), language="vi", now=NOW,
        people=[person(1), person(2, email="")],
    )  # fmt: skip
    found = needs(organiser, conference)
    assert "unreachable" not in found
    assert found["silent"].text == "1 person gets no message until their contact person opens our link"
    client.force_login(organiser)
    response = client.get(found["silent"].url)
    assert not list(response.context["shown"])
    assert [one.full_name for one in response.context["silent"]] == [person(2).full_name]
    assert "Số của những người này không sai." in response.content.decode()
    Registration.objects.filter(pk=registration.pk).update(link_opened_at=NOW)
    assert needs(organiser, conference) == {}


def test_without_an_sms_channel_a_mobile_number_reaches_nobody(organiser, conference, hall, settings):
    register_people(
        conference=conference, point=hall, organisation=OrganisationData("other", "HTX"), language="vi", now=NOW,
        people=[person(1, email="")],
    )  # fmt: skip
    assert "unreachable" not in needs(organiser, conference)
    settings.OUTBOX_CHANNELS = {"email": settings.OUTBOX_CHANNELS["email"]}
    assert "unreachable" in needs(organiser, conference)


def test_two_days_before_the_start_a_point_must_have_details_and_a_tested_line(organiser, conference):
    room = BridgePointFactory(conference=conference, kind="video_room", name="Phòng họp Bắc Ninh")
    early = START - timedelta(days=2, minutes=1)
    assert needs(organiser, conference, early) == {}
    found = needs(organiser, conference, START - timedelta(days=2))
    assert set(found) == {"details", "line"}
    assert all(item.is_urgent for item in found.values())
    assert found["details"].url == reverse("workspace:point", args=[room.conference.slug, room.pk])
    ConnectionFactory(bridge_point=room)
    BridgePoint.objects.filter(pk=room.pk).update(line_test="passed")
    assert needs(organiser, conference, EVE) == {}


def test_empty_details_are_none(organiser, conference):
    room = BridgePointFactory(conference=conference, kind="video_room", line_test="passed")
    ConnectionFactory(bridge_point=room, web_url="", technician_name="Ông Kỹ Thuật")
    assert "details" in needs(organiser, conference, EVE)


def test_people_whom_starting_now_leaves_waiting_for_a_link_are_something_to_do(organiser, conference, hall):
    online = BridgePointFactory(conference=conference, kind="online", name="Trực tuyến")
    coordinator = CoordinatorFactory(bridge_point=hall).user
    registered(online, now=NOW, people=2)
    early = START - timedelta(days=2, minutes=1)
    assert "no_link" not in needs(organiser, conference, early)
    item = needs(organiser, conference, EVE)["no_link"]
    assert (item.url, item.is_urgent) == (reverse("workspace:point", args=[conference.slug, online.pk]), True)
    assert ("2 people" in item.text, "Trực tuyến" in item.text) == (True, True)
    # Who runs another point has nothing to do with it.
    assert "no_link" not in needs(coordinator, conference, EVE)
    assert "no_link" not in needs(organiser, conference, START + timedelta(minutes=30))
    conference.reminder_rules.filter(text="starting").update(is_active=False)
    assert "no_link" not in needs(organiser, conference, EVE)
    conference.reminder_rules.filter(text="starting").update(is_active=True)
    ConnectionFactory(bridge_point=online)
    assert "no_link" not in needs(organiser, conference, EVE)


def test_a_hall_needs_no_details_and_people_at_home_no_line_test(organiser, conference, hall):
    online = BridgePointFactory(conference=conference, kind="online", line_test="untested")
    ConnectionFactory(bridge_point=online)
    assert needs(organiser, conference, EVE) == {}


def test_a_failed_line_test_is_told_at_once_and_is_urgent_two_days_before(organiser, conference, hall):
    BridgePoint.objects.filter(pk=hall.pk).update(line_test="failed")
    assert not needs(organiser, conference)["line"].is_urgent
    assert needs(organiser, conference, EVE)["line"].is_urgent


def test_failed_messages_count_while_nothing_else_reached_the_person(organiser, conference, hall):
    registered(hall, now=NOW)
    said = Message.objects.filter(topic=f"point/{hall.pk}")
    said.filter(channel="email").update(state="failed")
    said.filter(channel="sms").update(state="sent")
    assert "failed" not in needs(organiser, conference)
    said.update(state="failed")
    item = needs(organiser, conference)["failed"]
    assert item.text == f"{said.count()} messages failed and reached nobody by another way"
    assert item.url == f"/admin/delivery/{conference.pk}/"


def test_sms_that_wait_for_the_next_hour_are_said_and_lead_to_the_registrations(organiser, conference, hall):
    registered(hall, now=NOW)
    Message.objects.filter(channel="sms").update(error=sms_limits.HELD_BACK)
    item = needs(organiser, conference)["held_back"]
    assert item.text == "1 SMS waits for the next hour: registering has caused more than usual"
    assert item.url == f"/admin/c/{conference.slug}/people/"
    Message.objects.filter(channel="sms").update(state="sent")
    assert "held_back" not in needs(organiser, conference)


def test_an_uncertain_message_counts_until_it_was_sent_again(organiser, conference, hall):
    registered(hall, now=NOW)
    message = Message.objects.filter(channel="sms").first()
    Message.objects.filter(pk=message.pk).update(state="uncertain")
    assert needs(organiser, conference)["uncertain"].text == "1 message may or may not have arrived"
    message.pk, message.key, message.state = None, f"{message.key}/again-1", "sent"
    message.save()
    assert "uncertain" not in needs(organiser, conference)


def test_a_channel_that_stopped_stands_first_and_one_that_rests_is_left_out(organiser, conference, hall):
    channel_state.rest("email", "busy", NOW)
    assert needs(organiser, conference) == {}
    registered(hall, now=NOW)
    Message.objects.filter(channel="sms").update(state="uncertain")
    channel_state.stop("sms", "Hết tiền", NOW)
    found = attention.gather(seen(organiser, conference), NOW)
    assert [item.code for item in found][:2] == ["stopped", "uncertain"]
    assert "Hết tiền" in found[0].text


def test_requests_lead_to_the_list_of_requests(client, organiser, conference, hall):
    BridgePoint.objects.filter(pk=hall.pk).update(approval="yes")
    registered(BridgePoint.objects.get(pk=hall.pk), now=NOW)
    item = needs(organiser, conference)["requests"]
    assert item.text == "1 registration waits for your decision"
    client.force_login(organiser)
    ((row, *_rest),) = client.get(item.url).context["lines"]
    assert row.registration.state == "requested"


def test_a_point_over_its_limit_is_told_with_the_seats_kept_for_invitations(organiser, conference, hall):
    BridgePoint.objects.filter(pk=hall.pk).update(seats_taken=8, seats_reserved=2)
    assert "over" not in needs(organiser, conference)
    BridgePoint.objects.filter(pk=hall.pk).update(seats_taken=9)
    assert "1 seat more" in needs(organiser, conference)["over"].text


def test_a_group_that_holds_back_all_others_since_seats_were_cut_is_told(organiser, conference, hall):
    BridgePoint.objects.filter(pk=hall.pk).update(seats=3)
    hall.refresh_from_db()
    registered(hall, now=NOW, people=3)
    group = registered(hall, now=NOW, people=2, number=2)
    assert "too_big" not in needs(organiser, conference)
    BridgePoint.objects.filter(pk=hall.pk).update(seats=1)
    item = needs(organiser, conference)["too_big"]
    assert group.number in item.text
    assert item.url.endswith(f"?q={group.number}")


def test_a_tentative_date_is_told_from_seven_days_before_in_its_own_conference(organiser, conference, hall):
    start = NOW + timedelta(days=8)
    other = ConferenceFactory(
        is_tentative=True, starts_at=start, ends_at=start + timedelta(days=1), organisers=[organiser]
    )
    assert "tentative" not in needs(organiser, other)
    item = needs(organiser, other, NOW + timedelta(days=1))["tentative"]
    assert item.url == f"/admin/c/{other.slug}/content/when/"
    assert "tentative" not in needs(organiser, conference, NOW + timedelta(days=1))


def test_slides_that_are_missing_at_the_time_limit_are_something_to_do(organiser, conference):
    cue = Cue.objects.create(conference=conference, title="Báo cáo", minutes=10)
    limit = NOW + timedelta(days=1)
    asking.set_due(conference=conference, due_at=limit)
    asking.ask(cue=cue, email="dien.gia@vidu.example", phone="", now=NOW)
    assert "slides" not in needs(organiser, conference)
    item = needs(organiser, conference, limit)["slides"]
    assert item.text.startswith("1 speaker has sent no slides")
    assert item.url == f"/admin/c/{conference.slug}/day/slides/"
    asking.withdraw(cue=cue, now=NOW)
    assert "slides" not in needs(organiser, conference, limit)
    asking.set_due(conference=conference, due_at=conference.ends_at + timedelta(hours=1))
    assert needs(organiser, conference)["slides_due"].url == item.url


@pytest.mark.parametrize(
    ("what", "first", "second"),
    [
        ("tax code", {"tax_code": "0100109106"}, {"tax_code": "0100109106"}),
        ("phone", {"phone": "+84912345678"}, {"phone": "+84912345678"}),
        ("e-mail address", {"email": "a@vidu.example"}, {"email": "a@vidu.example"}),
    ],
)
def test_what_two_registrations_share_is_told_and_listed(client, organiser, conference, hall, what, first, second):
    made = []
    for number, fields in enumerate((first, second)):
        contact = person(number, **{k: v for k, v in fields.items() if k != "tax_code"})
        owner = OrganisationData("other", f"Đơn vị {number}", tax_code=fields.get("tax_code", ""))
        made.append(
            register_people(
                conference=conference, point=hall, organisation=owner, people=[contact], language="vi", now=NOW
            )
        )
    item = needs(organiser, conference)["doubles"]
    client.force_login(organiser)
    client.cookies["django_language"] = "en"
    response = client.get(item.url)
    ((label, _value, rows),) = response.context["groups"]
    assert label == what
    assert [row.number for row in rows] == [registration.number for registration in made]
    services.cancel(registration=made[0], now=NOW)
    assert "doubles" not in needs(organiser, conference)


def test_the_same_address_in_two_conferences_is_no_double(organiser, conference, hall):
    other = BridgePointFactory(conference=ConferenceFactory(organisers=[organiser]))
    registered(hall, now=NOW)
    registered(other, now=NOW)
    assert needs(organiser, conference) == {}


def test_a_conference_that_is_over_or_cancelled_wants_no_preparation(organiser, conference):
    BridgePointFactory(conference=conference, kind="video_room")
    assert needs(organiser, conference, conference.ends_at) == {}
    conference.cancelled_at = NOW
    conference.save()
    assert needs(organiser, conference, EVE) == {}


def test_every_link_of_what_needs_attention_leads_somewhere(client, organiser, conference, hall):
    conference.is_tentative = True
    conference.save()
    with_everything(hall, 1)
    with_everything(hall, 2)
    BridgePoint.objects.filter(pk=hall.pk).update(seats=1, line_test="failed", kind="video_room")
    channel_state.stop("sms", "Hết tiền", EVE)
    found = needs(organiser, conference, EVE)
    assert set(found) == {"stopped", "failed", "tentative", "details", "line", "over", "unreachable", "doubles"}
    client.force_login(organiser)
    for item in found.values():
        # The page about the messages is another room's; here it is enough that its address is one.
        if resolve(item.url.partition("?")[0]).url_name != "delivery":
            assert client.get(item.url, follow=True).status_code == 200, item


# --- cost -------------------------------------------------------------------------------------------------------------


def _queries(client, address) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_the_overview_asks_as_often_for_three_of_everything_as_for_one(client, organiser, conference, hall):
    with_everything(hall, 1)
    client.force_login(organiser)
    address = f"/admin/c/{conference.slug}/"
    client.get(address)
    one = _queries(client, address)
    for number in (2, 3):
        point = BridgePointFactory(conference=conference, kind="video_room", line_test="failed")
        ConnectionFactory(bridge_point=point)
        ConferenceFactory(is_tentative=True, organisers=[organiser])
        for again in range(3):
            with_everything(point, number * 10 + again)
    assert _queries(client, address) == one
    assert one <= 34


@pytest.mark.parametrize("name", ["unreachable", "doubles"])
def test_the_lists_ask_as_often_for_three_rows_as_for_one(client, organiser, conference, hall, name):
    with_everything(hall, 1)
    with_everything(hall, 2)
    client.force_login(organiser)
    address = f"/admin/c/{conference.slug}/{name}/"
    client.get(address)
    one = _queries(client, address)
    for number in range(3, 8):
        registered(hall, now=NOW, number=1)
        with_everything(hall, number)
    assert _queries(client, address) == one


# --- who may see the lists --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["unreachable", "doubles"])
def test_lists_of_another_conference_are_not_found_and_a_coordinator_sees_his_rows(client, conference, hall, name):
    other = BridgePointFactory(conference=conference)
    with_everything(other, 1)
    with_everything(other, 2)
    address = f"/admin/c/{conference.slug}/{name}/"
    client.force_login(OrganiserFactory())
    assert client.get(address).status_code == 404
    client.force_login(CoordinatorFactory(bridge_point=hall).user)
    response = client.get(address)
    assert response.status_code == 200
    assert Registration.objects.filter(bridge_point=other).exists()
    assert not list(response.context["shown"])
    client.logout()
    assert client.get(address).status_code == 302
