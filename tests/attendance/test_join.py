"""The personal join page: opening it shows, pressing it records and leads to the room."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest
import time_machine
from django.test import Client

from attendance import services
from attendance.models import Attendance
from attendance.services import JoinPhase, NotOpen, join_phase
from bridges import lines
from bridges.models import BridgePoint, Connection, Province
from registrations import qr
from registrations import services as registrations
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConnectionFactory,
    OrganiserFactory,
    SpareLineFactory,
    UserFactory,
    registered,
)
from tests.support.races import at_once

pytestmark = pytest.mark.django_db

OPENS = START - timedelta(minutes=30)
END = START + timedelta(hours=3)
SECRETS = {
    "meeting_id": "900 111 222",
    "password": "bi-mat-17",
    "server": "mcu.vidu.example",
    "sip_address": "900@mcu.vidu.example",
    "instructions": "Bấm số 5 để vào phòng",
}


@pytest.fixture
def online() -> BridgePoint:
    return ConnectionFactory(**SECRETS).bridge_point


@pytest.fixture
def hall() -> BridgePoint:
    return BridgePointFactory(name="Hội trường Chi Lăng", address="Huyện Chi Lăng", latitude=21.65, longitude=106.57)


def delegate_of(point: BridgePoint, number: int = 1) -> Delegate:
    return registered(point, now=NOW, number=number).delegates.get()


class Visitor:
    """Opens and presses one personal link at given moments."""

    def __init__(self, client, delegate: Delegate) -> None:
        self.client, self.address = client, f"/j/{delegate.token}/"

    def see(self, now=START):
        with time_machine.travel(now, tick=False):
            return self.client.get(self.address)

    def press(self, now=START, **data):
        with time_machine.travel(now, tick=False):
            return self.client.post(self.address, data)


# --- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        (OPENS - timedelta(microseconds=1), JoinPhase.BEFORE),
        (OPENS, JoinPhase.OPEN),
        (END, JoinPhase.OPEN),
        (END + services.OVERRUN - timedelta(microseconds=1), JoinPhase.OPEN),
        (END + services.OVERRUN, JoinPhase.OVER),
    ],
)
def test_the_door_opens_and_closes_at_its_minute(online, now, phase):
    assert join_phase(delegate_of(online).registration, now) is phase


def test_before_opening_the_page_tells_when_and_what_to_prepare(client, online):
    type(online.conference).objects.update(preparation="Thử loa\n\nThử micro\n")
    visitor = Visitor(client, delegate_of(online))
    response = visitor.see(OPENS - timedelta(minutes=5))
    page = response.content.decode()
    assert 'data-fresh="before.' in page
    assert "<ul><li>Thử loa</li><li>Thử micro</li></ul>" in page
    assert 'data-countdown="2027-07-19T07:30:00+07:00"' in page
    assert "<form method" not in page.split("<main")[1]


def test_before_opening_nothing_about_the_room_is_shown(client, online):
    page = Visitor(client, delegate_of(online)).see(OPENS - timedelta(minutes=5)).content.decode()
    for secret in [*SECRETS.values(), "hop.vidu.example"]:
        assert secret not in page


def test_before_opening_a_press_records_nothing_and_leads_nowhere(client, online):
    visitor = Visitor(client, delegate_of(online))
    response = visitor.press(OPENS - timedelta(seconds=1))
    assert (response.status_code, response["Location"]) == (302, visitor.address)
    assert not Attendance.objects.exists()


def test_after_the_end_a_press_records_nothing(client, online):
    visitor = Visitor(client, delegate_of(online))
    after = END + services.OVERRUN
    assert visitor.press(after)["Location"] == visitor.address
    page = visitor.see(after).content.decode()
    assert not Attendance.objects.exists()
    for secret in [*SECRETS.values(), "hop.vidu.example"]:
        assert secret not in page


# --- pressing ---------------------------------------------------------------------------------------------------------


def test_opening_the_page_never_records(client, online):
    visitor = Visitor(client, delegate_of(online))
    for _ in range(3):
        assert visitor.see().status_code == 200
    with time_machine.travel(START, tick=False):
        client.head(visitor.address)
    assert not Attendance.objects.exists()


def test_a_press_records_and_leads_to_the_room(client, online):
    delegate = delegate_of(online)
    response = Visitor(client, delegate).press()
    assert (response.status_code, response["Location"]) == (302, "https://hop.vidu.example/phong-1")
    attendance = Attendance.objects.get()
    assert (attendance.delegate, attendance.bridge_point, attendance.conference) == (
        delegate,
        online,
        online.conference,
    )
    assert (attendance.mode, attendance.first_at, attendance.checked_in_by) == ("online", START, None)


def test_the_address_alone_is_the_key_a_press_needs_no_cookie_and_no_form_token(client, online):
    """So a newcomer's page sets no cookie; whoever knows the address could press without another's browser."""
    strict = Client(enforce_csrf_checks=True)
    visitor = Visitor(strict, delegate_of(online))
    page = visitor.see()
    assert not page.cookies
    assert "csrfmiddlewaretoken" not in page.content.decode()
    assert visitor.press()["Location"] == "https://hop.vidu.example/phong-1"
    assert Attendance.objects.count() == 1


def test_however_often_it_is_pressed_there_is_one_row(client, online):
    visitor = Visitor(client, delegate_of(online))
    for minutes in range(3):
        visitor.press(START + timedelta(minutes=minutes))
    attendance = Attendance.objects.get()
    assert (attendance.presses, attendance.first_at) == (3, START)
    assert attendance.last_at == START + timedelta(minutes=2)


def test_the_same_link_leads_to_the_room_as_it_is_now(client, online):
    visitor = Visitor(client, delegate_of(online))
    visitor.press()
    Connection.objects.update(web_url="https://hop.vidu.example/phong-moi")
    assert visitor.press()["Location"] == "https://hop.vidu.example/phong-moi"


def test_without_a_room_yet_the_page_says_so_and_a_press_records_nothing(client):
    point = BridgePointFactory(kind="online", seats=None)
    visitor = Visitor(client, delegate_of(point))
    assert '<form method="post">' not in visitor.see().content.decode()
    assert visitor.press()["Location"] == visitor.address
    assert not Attendance.objects.exists()


def test_the_page_may_send_its_button_on_to_another_site(client, online):
    visitor = Visitor(client, delegate_of(online))
    policy = {rule.split()[0]: rule.split()[1:] for rule in visitor.see()["Content-Security-Policy"].split(";")}
    assert set(policy["form-action"]) == {"'self'", "https:", "http:"}
    assert policy["script-src"] == ["'self'"]


def test_when_the_door_is_open_the_details_of_the_own_point_are_shown(client, online):
    page = Visitor(client, delegate_of(online)).see().content.decode()
    for secret in SECRETS.values():
        assert secret in page


def without_tokens(page: str) -> str:
    return re.sub(r'(?<=name="csrfmiddlewaretoken" )value="[^"]+"', "", page)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("now", [OPENS - timedelta(minutes=5), START, END + services.OVERRUN])
@pytest.mark.parametrize("kind", ["online", "venue"])
def test_a_page_that_is_filled_in_says_what_one_that_is_drawn_anew_says(client, language, now, kind):
    client.cookies["django_language"] = language
    point = ConnectionFactory(bridge_point__kind=kind, **SECRETS).bridge_point
    seen = {}
    for number, position in enumerate(("Giám đốc", "", "<b>Phó</b> & 'C'", "Kế toán")):
        delegate = delegate_of(point, number)
        Delegate.objects.filter(pk=delegate.pk).update(position=position, full_name=f"Trần <{number}>")
        if number == 3:
            registrations.cancel(registration=delegate.registration, now=NOW)
        visitor = Visitor(client, delegate)
        for presses in range(2):
            page = without_tokens(visitor.see(now).content.decode())
            client.cookies["sessionid"] = "none"
            assert page == without_tokens(visitor.see(now).content.decode())
            del client.cookies["sessionid"]
            seen[number, presses] = page
            if now == START:
                visitor.press(now)
    assert len(set(seen.values())) == (7 if now == START else 4)


@pytest.mark.parametrize("now", [OPENS - timedelta(minutes=5), START])
def test_a_page_takes_one_statement(client, online, now, django_assert_num_queries):
    visitor = Visitor(client, delegate_of(online))
    with django_assert_num_queries(1):
        visitor.see(now)


def test_a_hall_that_is_looked_for_on_a_map_takes_no_more_statements(client, django_assert_num_queries):
    province = Province.objects.first()
    visitor = Visitor(client, delegate_of(BridgePointFactory(kind="venue", province=province)))
    with django_assert_num_queries(1):
        page = visitor.see(OPENS - timedelta(minutes=5)).content.decode()
    assert quote_plus(province.name) in page


@pytest.mark.parametrize("presses", [0, 1])
def test_a_press_takes_two_statements_the_first_time_and_again(client, online, presses, django_assert_num_queries):
    visitor = Visitor(client, delegate_of(online))
    for _ in range(presses):
        visitor.press()
    with django_assert_num_queries(2):
        visitor.press()


def test_personal_links_follow_to_the_spare_line_at_the_press_and_back(client, online):
    SpareLineFactory(bridge_point=online, meeting_id="900 222 333")
    visitor, by = Visitor(client, delegate_of(online)), UserFactory()
    assert visitor.press()["Location"] == "https://hop.vidu.example/phong-1"
    lines.move_to_spare(point=online, by=by, now=START)
    assert visitor.press()["Location"] == "https://du-phong.vidu.example/phong-2"
    page = visitor.see().content.decode()
    assert "900 222 333" in page
    assert SECRETS["meeting_id"] not in page
    lines.move_back(point=online, by=by, now=START)
    assert visitor.press()["Location"] == "https://hop.vidu.example/phong-1"
    assert SECRETS["meeting_id"] in visitor.see().content.decode()


def test_details_of_other_points_are_never_shown(client, online):
    other = ConnectionFactory(
        bridge_point__conference=online.conference, web_url="https://khac.vidu.example/", meeting_id="ma-phong-khac"
    )
    visitor = Visitor(client, delegate_of(online))
    for now in (NOW, START, END + services.OVERRUN):
        page = visitor.see(now).content.decode()
        assert "khac.vidu.example" not in page
        assert other.meeting_id not in page
    for address in ("/", f"/{online.conference.slug}/", f"/{online.conference.slug}/register/"):
        with time_machine.travel(NOW, tick=False):
            page = client.get(address).content.decode()
        assert "vidu.example/" not in page
        assert "bi-mat" not in page


# --- cancelled --------------------------------------------------------------------------------------------------------


def test_a_cancelled_registration_s_link_is_dead_at_once(client, online):
    delegate = delegate_of(online)
    registrations.cancel(registration=delegate.registration, now=NOW)
    visitor = Visitor(client, delegate)
    for response in (visitor.see(), visitor.press()):
        assert response.status_code == 410
        for secret in [*SECRETS.values(), "hop.vidu.example"]:
            assert secret not in response.content.decode()
    assert not Attendance.objects.exists()


def test_a_cancelled_conference_s_links_lead_nowhere(client, online):
    visitor = Visitor(client, delegate_of(online))
    type(online.conference).objects.update(cancelled_at=NOW)
    assert (visitor.see().status_code, visitor.press().status_code) == (410, 410)
    assert not Attendance.objects.exists()


def test_the_link_of_a_cancelled_conference_says_why(client, online):
    visitor = Visitor(client, delegate_of(online))
    type(online.conference).objects.update(cancelled_at=NOW, cancel_reason="Bão số 5 & lũ")
    assert "<b>Bão số 5 &amp; lũ</b>" in visitor.see().content.decode()
    type(online.conference).objects.update(cancel_reason="Dời sang tháng sau")
    page = visitor.see().content.decode()
    assert "<b>Dời sang tháng sau</b>" in page
    assert "Bão số 5" not in page


def test_who_waits_has_no_way_in(client):
    point = ConnectionFactory(bridge_point__seats=0, **SECRETS).bridge_point
    visitor = Visitor(client, delegate_of(point))
    for response in (visitor.see(), visitor.press()):
        assert response.status_code != 302
        assert "bi-mat-17" not in response.content.decode()
    assert not Attendance.objects.exists()


# --- the hall ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", [NOW, START])
def test_a_hall_shows_address_map_and_qr_code(client, hall, now):
    delegate = delegate_of(hall)
    page = Visitor(client, delegate).see(now).content.decode()
    assert "Huyện Chi Lăng" in page
    assert "https://www.google.com/maps/search/?api=1&amp;query=21.65%2C106.57" in page
    assert f'class="qr" src="{qr.address(delegate.join_url)}"' in page
    assert delegate.full_name in page


def test_a_hall_without_coordinates_is_looked_for_by_its_address(client):
    point = BridgePointFactory(name="Phòng họp", address="Số 1 Trần Hưng Đạo & Lê Lợi", kind="video_room")
    response = Visitor(client, delegate_of(point)).see()
    (address,) = re.findall(r'href="(https://www\.google\.com/maps[^"]*)"', response.content.decode())
    assert parse_qs(urlsplit(unescape(address)).query)["query"] == ["Số 1 Trần Hưng Đạo & Lê Lợi"]


def test_an_online_point_has_no_map(client, online):
    assert "google" not in Visitor(client, delegate_of(online)).see().content.decode()


def test_in_a_hall_with_a_room_one_may_join_from_home(client):
    point = ConnectionFactory(bridge_point__kind="video_room").bridge_point
    visitor = Visitor(client, delegate_of(point))
    assert visitor.press()["Location"] == "https://hop.vidu.example/phong-1"
    assert Attendance.objects.get().mode == "online"


# --- the service ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", [OPENS - timedelta(seconds=1), END + services.OVERRUN])
def test_recording_outside_the_doors_is_refused(hall, now):
    with pytest.raises(NotOpen):
        services.record(delegate=delegate_of(hall), now=now)


def test_each_delegate_of_a_group_is_recorded_for_himself(client, online):
    registration = registered(online, now=NOW, people=3)
    for delegate in registration.delegates.all()[:2]:
        Visitor(client, delegate).press()
    assert Attendance.objects.count() == 2


def test_after_the_date_was_moved_a_press_begins_anew_at_the_point_of_now(online):
    delegate = delegate_of(online)
    services.record(delegate=delegate, now=START)
    services.record(delegate=delegate, now=START)
    conference, delay = online.conference, timedelta(days=3)
    conference.starts_at, conference.ends_at = conference.starts_at + delay, conference.ends_at + delay
    conference.save()
    other = BridgePointFactory(conference=conference)
    registrations.move(registration=delegate.registration, point=other, now=NOW)
    services.record(delegate=Delegate.objects.get(pk=delegate.pk), now=START + delay)
    row = Attendance.objects.get()
    assert (row.first_at, row.last_at, row.presses) == (START + delay, START + delay, 1)
    assert (row.bridge_point, row.conference, row.mode) == (other, conference, "online")


def test_who_presses_again_after_moving_stays_where_they_were_first(online):
    delegate = delegate_of(online)
    services.record(delegate=delegate, now=START)
    other = BridgePointFactory(conference=online.conference)
    registrations.move(registration=delegate.registration, point=other, now=NOW)
    services.record(delegate=Delegate.objects.get(pk=delegate.pk), now=START + timedelta(minutes=1))
    row = Attendance.objects.get()
    assert (row.bridge_point, row.first_at, row.presses) == (online, START, 2)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_make_one_row():
    delegate = delegate_of(ConnectionFactory().bridge_point)
    delegate = Delegate.objects.select_related("registration__conference", "registration__bridge_point").get(
        pk=delegate.pk
    )
    press = lambda: services.record(delegate=delegate, now=START)  # noqa: E731
    at_once(press, press, press)
    assert Attendance.objects.get().presses == 3


def test_doors_may_open_earlier(online):
    type(online.conference).objects.update(doors_open_minutes=120)
    registration = Delegate.objects.get(pk=delegate_of(online).pk).registration
    assert join_phase(registration, START - timedelta(minutes=120)) is JoinPhase.OPEN


def test_the_page_is_kept_from_caches_and_search_engines(client, online):
    response = Visitor(client, delegate_of(online)).see()
    assert "no-store" in response["Cache-Control"]
    assert 'content="noindex"' in response.content.decode()


# --- what the page says around the door -------------------------------------------------------------------------------


def test_the_code_is_a_picture_that_can_be_saved_until_the_end(client, hall):
    delegate = delegate_of(hall)
    visitor = Visitor(client, delegate)
    assert 'href="qr.png"' in visitor.see().content.decode()
    with time_machine.travel(START, tick=False):
        response = client.get(f"{visitor.address}qr.png")
    assert response.content.startswith(b"\x89PNG")
    assert response.content == qr.png(delegate.join_url, scale=12)
    assert "attachment" in response["Content-Disposition"]
    over = END + timedelta(hours=2)
    page = visitor.see(over).content.decode()
    assert "qr.png" not in page
    assert "maps" not in page
    with time_machine.travel(over, tick=False):
        assert client.get(f"{visitor.address}qr.png").status_code == 404


@pytest.mark.parametrize("moment", [OPENS - timedelta(minutes=10), START + timedelta(minutes=10)])
def test_who_was_checked_in_reads_since_when(client, hall, moment):
    delegate = delegate_of(hall)
    services.check_in(delegate=delegate, by=OrganiserFactory(), now=OPENS - timedelta(minutes=18))
    assert "07:12" in Visitor(client, delegate).see(moment).content.decode()


def test_who_is_recorded_as_present_is_not_told_what_to_do_if_they_cannot_come(client, settings):
    settings.LANGUAGE_CODE = "vi"
    point = ConnectionFactory(bridge_point=BridgePointFactory(name="Hội trường Chi Lăng")).bridge_point
    delegate, other = (delegate_of(point, number) for number in (1, 2))
    services.check_in(delegate=delegate, by=OrganiserFactory(), now=START)
    here, awaited = (Visitor(client, one).see(START).content.decode() for one in (delegate, other))
    for page in (here, awaited):
        assert 'class="btn btn-secondary"' in page
    assert ("Nếu không thể tới" in here, "Nếu không thể tới" in awaited) == (False, True)


def test_the_page_leads_to_the_conference_and_the_calendar_and_only_the_contact_person_to_the_registration(
    client, hall
):
    registration = registered(hall, now=NOW, people=2)
    pages = {d.is_contact: Visitor(client, d).see(NOW).content.decode() for d in registration.delegates.all()}
    for page in pages.values():
        assert f'href="/{hall.conference.slug}/"' in page
        assert 'href="calendar.ics"' in page
    assert registration.get_absolute_url() in pages[True]
    assert registration.token not in pages[False]
    colleague = registration.delegates.get(is_contact=False)
    with time_machine.travel(NOW, tick=False):
        text = client.get(f"/j/{colleague.token}/calendar.ics").content.decode().replace("\r\n ", "")
    assert colleague.token in text
    assert registration.token not in text
