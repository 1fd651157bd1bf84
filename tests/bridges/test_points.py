"""Bridge points: copying, appointing coordinators, what the public sees."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError

from accounts.models import User
from bridges import services
from bridges.models import BridgePoint, Connection, Province
from bridges.provinces import rows
from common.search import fold
from outbox import queue
from outbox.models import Message
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    UserFactory,
    registered,
)
from tests.support.sign_in import sign_in_by_code

pytestmark = pytest.mark.django_db


# --- provinces --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "count"), [(date(2021, 7, 19), 63), (date(2025, 6, 30), 63), (date(2025, 7, 1), 34), (date(2027, 1, 1), 34)]
)
def test_provinces_are_those_of_their_time(day, count):
    assert Province.objects.valid_on(day).count() == count


def test_the_code_of_a_province_is_its_name_without_accents():
    for row in rows():
        assert re.sub(r"-20\d\d$", "", row["code"]) == re.sub(r"\W+", "-", fold(row["name"]))


def test_provinces_stand_in_the_order_of_the_alphabet():
    shown = [province.name for province in Province.objects.valid_on(date(2027, 7, 19))]
    assert shown[2:9] == ["Cà Mau", "Cao Bằng", "Cần Thơ", "Đà Nẵng", "Đắk Lắk", "Điện Biên", "Đồng Nai"]
    assert shown[10:15] == ["Gia Lai", "Hà Nội", "Hà Tĩnh", "Hải Phòng", "Huế"]


def test_a_province_that_was_merged_exists_no_more():
    assert Province.objects.valid_on(date(2021, 7, 19)).filter(name="Bắc Giang").exists()
    assert not Province.objects.valid_on(date(2027, 7, 19)).filter(name="Bắc Giang").exists()


def test_the_table_in_the_database_is_the_one_in_the_file():
    assert Province.objects.count() == len(list(rows()))


# --- copying ----------------------------------------------------------------------------------------------------------


def copied(point: BridgePoint) -> BridgePoint:
    target = ConferenceFactory()
    services.copy_points(source=point.conference, target=target)
    return target.bridge_points.get()


def test_a_copy_takes_everything_but_people_and_join_details():
    point = ConnectionFactory(
        bridge_point__kind="video_room",
        bridge_point__seats=7,
        bridge_point__host_name="VNPT",
        bridge_point__address="Số 1",
        bridge_point__notes="Cổng sau",
        bridge_point__is_open=False,
        meeting_id="111",
    ).bridge_point
    point.line_test = "passed"
    point.save()
    coordinator = CoordinatorFactory(bridge_point=point).user
    copy = copied(point)
    for name in ("kind", "name", "short_name", "host_name", "address", "notes", "seats", "is_open", "position"):
        assert getattr(copy, name) == getattr(point, name), name
    assert [c.user for c in copy.coordinators.all()] == [coordinator]
    assert copy.connection.shown_details() == []
    assert copy.connection.web_url == ""
    assert copy.line_test == "untested"


def test_a_copy_has_all_its_seats_free():
    point = BridgePointFactory(seats=1)
    registered(point, now=NOW, number=1)
    registered(point, now=NOW, number=2)
    copy = copied(point)
    assert (copy.seats_taken, copy.waiting_count, copy.queue_tail) == (0, 0, 0)


def test_a_province_of_the_same_name_is_taken_over_to_the_new_map():
    old = Province.objects.valid_on(date(2021, 7, 19)).get(name="Hải Phòng")
    copy = copied(BridgePointFactory(province=old))
    assert copy.province.name == "Hải Phòng"
    assert copy.province in Province.objects.valid_on(date(2027, 7, 19))


def test_a_province_that_is_gone_leaves_its_place_on_the_map():
    gone = Province.objects.valid_on(date(2021, 7, 19)).get(name="Bắc Giang")
    copy = copied(BridgePointFactory(province=gone, address="Bắc Giang"))
    assert copy.province is None
    assert copy.coordinates == (gone.latitude, gone.longitude)
    assert copy.address == "Bắc Giang"


# --- appointing -------------------------------------------------------------------------------------------------------


def appoint(point: BridgePoint, email: str = "Moi@ViDu.example "):
    return services.appoint(point=point, email=email, name="Đầu mối mới", now=NOW)


def test_a_coordinator_appointed_by_e_mail_gets_an_account_without_password():
    coordinator = appoint(BridgePointFactory())
    user = coordinator.user
    assert (user.email, user.name, user.is_staff, user.is_superuser) == ("moi@vidu.example", "Đầu mối mới", True, False)
    assert not user.has_usable_password()


def test_appointing_tells_the_person_once():
    point = BridgePointFactory(name="Điểm cầu Bắc Ninh")
    for _ in range(3):
        appoint(point)
    message = Message.objects.get()
    assert (message.channel, message.address) == ("email", "moi@vidu.example")
    queue.deliver(clock=lambda: NOW)
    (letter,) = mail.outbox
    assert "Điểm cầu Bắc Ninh" in letter.subject
    assert "http://diemcau.test/accounts/login/code/" in letter.body
    assert point.coordinators.count() == 1


def test_a_second_point_is_told_of_too():
    for point in (BridgePointFactory(), BridgePointFactory()):
        appoint(point)
    assert Message.objects.filter(kind="appointed").count() == 2
    assert User.objects.filter(email="moi@vidu.example").count() == 1


def test_an_appointed_coordinator_signs_in_with_a_mailed_code(client):
    point = BridgePointFactory()
    appoint(point)
    sign_in_by_code(client, "moi@vidu.example")
    assert client.get("/admin/bridges/bridgepoint/").context["cl"].result_count == 1


def test_an_existing_account_keeps_its_name_and_password():
    user = UserFactory(email="moi@vidu.example", name="Tên cũ")
    user.set_password("mat-khau-cu-17")
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    assert appoint(BridgePointFactory()).user == user
    user.refresh_from_db()
    assert (user.name, user.is_staff) == ("Tên cũ", True)
    assert user.check_password("mat-khau-cu-17")


def test_who_signed_up_with_another_s_address_does_not_get_into_the_administration_with_him(client):
    intruder = UserFactory(email="moi@vidu.example")
    intruder.set_password("mat-khau-ke-gian")
    intruder.save()
    EmailAddress.objects.create(user=intruder, email=intruder.email, verified=False, primary=True)
    appoint(BridgePointFactory())
    sign_in_by_code(client, "moi@vidu.example")  # the true owner of the address
    client.logout()
    client.post("/accounts/login/", {"login": "moi@vidu.example", "password": "mat-khau-ke-gian"})
    assert client.get("/admin/bridges/bridgepoint/").status_code == 302


# --- what the public sees ---------------------------------------------------------------------------------------------


def page(client, point: BridgePoint, now=NOW) -> str:
    with time_machine.travel(now, tick=False):
        return client.get(point.conference.get_absolute_url()).content.decode()


def test_the_conference_s_page_lists_its_points_by_kind(client):
    conference = ConferenceFactory(slug="na")
    for kind in ("online", "venue", "ecommerce", "video_room", "venue"):
        BridgePointFactory(conference=conference, kind=kind)
    BridgePointFactory()
    groups = client.get("/na/").context["groups"]
    assert [(group.kind, len(points)) for group, points in groups] == [
        ("venue", 2),
        ("video_room", 1),
        ("ecommerce", 1),
        ("online", 1),
    ]


def test_no_public_page_shows_connection_details(client):
    point = ConnectionFactory(meeting_id="900 111", password="bi-mat", technician_phone="+84912345678").bridge_point
    shown = page(client, point)
    for secret in ("hop.vidu.example", "900 111", "bi-mat", "912 345 678"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("seats", "taken", "words"),
    [(5, 0, "5 of 5 seats left"), (5, 3, "2 of 5 seats left"), (1, 1, "Full"), (None, 3, "No seat limit")],
)
def test_the_seats_left_are_shown(client, seats, taken, words):
    point = BridgePointFactory(seats=seats)
    for number in range(taken):
        registered(point, now=NOW, number=number + 1)
    client.cookies["django_language"] = "en"
    assert words in page(client, point)


def test_a_point_without_a_map_place_does_not_break_the_page(client):
    point = BridgePointFactory(kind="online", seats=None)
    BridgePointFactory(conference=point.conference, latitude=21.0, longitude=105.8)
    assert point.name in page(client, point)


def test_names_are_inert_on_the_page_and_on_the_map(client):
    point = BridgePointFactory(name="<script>alert(1)</script>", latitude=21.0, longitude=105.8)
    BridgePointFactory(conference=point.conference, name='" onload="x', latitude=20.0, longitude=106.0)
    shown = page(client, point)
    assert "<script>alert" not in shown
    assert '" onload="x' not in shown


def test_the_archive_shows_the_conference_as_it_was_and_offers_no_registration(client):
    start = datetime(2021, 7, 19, 1, tzinfo=UTC)
    conference = ConferenceFactory(slug="cu", starts_at=start, ends_at=start + timedelta(hours=3))
    province = Province.objects.valid_on(date(2021, 7, 19)).get(name="Bắc Giang")
    point = BridgePointFactory(conference=conference, province=province, name="Phòng họp cũ")
    shown = page(client, point)
    assert "Phòng họp cũ" in shown
    assert "Bắc Giang" in shown
    assert "/cu/register/" not in shown


# --- checks of one point ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"), [("latitude", 91), ("longitude", -181), ("seats", 1_000_001), ("kind", "spaceship")]
)
def test_impossible_values_are_refused(field, value):
    point = BridgePointFactory.build(conference=ConferenceFactory(), **{field: value})
    with pytest.raises(ValidationError) as caught:
        point.full_clean()
    assert field in caught.value.error_dict


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://a.example/", "file:///etc/passwd", "data:text/html,x"])
def test_a_room_is_a_web_address(url):
    connection = Connection(bridge_point=BridgePointFactory(), web_url=url)
    with pytest.raises(ValidationError):
        connection.full_clean()


def test_a_conference_has_one_main_hall():
    point = BridgePointFactory(is_hub=True)
    other = BridgePointFactory(conference=point.conference)
    other.is_hub = True
    with suppress(ValidationError):
        other.full_clean()
        other.save()
    assert BridgePoint.objects.filter(conference=point.conference, is_hub=True).count() == 1


# --- where ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "province", "said"),
    [
        ("12 đường Trần Phú", "Phú Thọ", "12 đường Trần Phú, Phú Thọ"),
        ("Số 1, tỉnh PHÚ THỌ", "Phú Thọ", "Số 1, tỉnh PHÚ THỌ"),
        ("12 đường Trần Phú", "", "12 đường Trần Phú"),
        ("", "Phú Thọ", ""),
    ],
)
def test_an_address_says_its_province_once(address, province, said):
    point = BridgePoint(address=address, province=Province(name=province) if province else None)
    assert point.whole_address == said


def test_pages_entries_and_mails_say_in_which_province_an_address_is(client):
    phu_tho = Province.objects.get(name="Phú Thọ", valid_to=None)
    point = BridgePointFactory(kind="video_room", address="12 đường Trần Phú", province=phu_tho, conference__slug="na")
    with time_machine.travel(NOW, tick=False):
        registration = registered(point, now=NOW)
        queue.deliver(clock=lambda: NOW, channels=["email"])
        own = registration.get_absolute_url()
        for address in ("/na/", "/na/register/", own, registration.delegates.get().join_url, f"{own}calendar.ics"):
            page = client.get(address).content.decode().replace("\\,", ",").replace("\r\n ", "")
            assert "12 đường Trần Phú, Phú Thọ" in page, address
    assert "Địa chỉ: 12 đường Trần Phú, Phú Thọ\n" in mail.outbox[0].body
