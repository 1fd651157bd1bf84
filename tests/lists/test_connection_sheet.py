"""The sheet that comes with the connections: link, ID, password, server, coordinator with phone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bridges.models import BridgePoint, Connection, Coordinator
from lists import points
from lists.models import ImportJob
from lists.reading import Row
from messaging import changed_details
from outbox.models import Message
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)
from tests.support.lists import checked, notes, started, verdicts, xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]

HEADINGS = ("STT", "Điểm cầu", "Link", "ID", "Mật khẩu", "Server", "Đầu mối", "Số điện thoại")


def sheet(*rows, headings=HEADINGS) -> bytes:
    return xlsx(
        headings, [[number, *row, *[None] * (len(headings) - 1 - len(row))] for number, row in enumerate(rows, 1)]
    )


@pytest.fixture
def connected(point) -> BridgePoint:
    ConnectionFactory(
        bridge_point=point, web_url="", meeting_id="111 111", password="MatKhauCu", server="cu.vidu.example"
    )
    return point


def plan_of(point, *rows, headings=HEADINGS) -> ImportJob:
    return checked(point.conference, sheet(*rows, headings=headings), kind="points")


def connection_of(point) -> Connection:
    return Connection.objects.get(bridge_point=point)


def test_the_plan_shows_what_becomes_of_each_detail_and_changes_nothing_yet(connected):
    job = plan_of(connected, (connected.name, "https://hop.vidu.example/1", "222 222", "MatKhauMoi"))
    assert verdicts(job) == ["changed"]
    shown = notes(job)
    for words in (
        "web link: “–” becomes “https://hop.vidu.example/1”.",
        "meeting ID: “111 111” becomes “222 222”.",
        "password: “MatKhauCu” becomes “MatKhauMoi”.",
    ):
        assert words in shown
    assert "server" not in shown
    assert connection_of(connected).password == "MatKhauCu"


def test_applied_it_writes_what_the_sheet_says_and_nothing_else(connected):
    Connection.objects.update(instructions="Gọi trước 15 phút", technician_name="Anh Kỹ")
    started(plan_of(connected, (connected.name, None, 222222, "MatKhauMoi")))
    stored = connection_of(connected)
    assert (stored.meeting_id, stored.password, stored.server) == ("222222", "MatKhauMoi", "cu.vidu.example")
    assert (stored.instructions, stored.technician_name) == ("Gọi trước 15 phút", "Anh Kỹ")
    assert BridgePoint.history.filter(id=connected.pk).count() == 1


def test_the_same_sheet_twice_changes_nothing(connected):
    row = (connected.name, "hop.vidu.example/1", "222 222", "MatKhauMoi", "mcu.vidu.example", "Anh Kỹ", "0912345678")
    started(plan_of(connected, row))
    assert connection_of(connected).web_url == "https://hop.vidu.example/1"
    assert verdicts(plan_of(connected, row)) == ["same"]


def test_what_somebody_changed_between_plan_and_press_is_shown_again_and_not_overwritten(connected):
    job = plan_of(connected, (connected.name, None, None, "MatKhauMoi"))
    Connection.objects.update(password="MatKhauKhac")
    job = started(job)
    assert job.state == "checked"
    assert connection_of(connected).password == "MatKhauKhac"
    assert "“MatKhauKhac” becomes “MatKhauMoi”" in notes(job)


def test_what_others_changed_of_the_rest_meanwhile_stays(connected):
    job = plan_of(connected, (connected.name, None, None, "MatKhauMoi"))
    Connection.objects.update(server="moi.vidu.example")
    BridgePoint.objects.update(seats=77)
    started(job)
    assert (connection_of(connected).server, connection_of(connected).password) == ("moi.vidu.example", "MatKhauMoi")
    assert BridgePoint.objects.get(pk=connected.pk).seats == 77


@pytest.mark.parametrize("name", ["Điểm cầu Bắc Ninh", "Điểm cầu tỉnh Bắc Ninh", "Phòng họp trực tuyến VNPT Bắc Ninh"])
def test_a_point_is_found_by_what_others_call_it_which_the_plan_says(connected, name):
    job = plan_of(connected, (name, None, None, "MatKhauMoi"))
    assert verdicts(job) == ["changed"]
    assert f"Taken for “{connected.name}”." in notes(job)


def test_a_name_that_fits_two_points_fits_none(connected):
    BridgePointFactory(conference=connected.conference, name="Trung tâm Bắc Ninh", short_name="VNPT TP Bắc Ninh")
    assert verdicts(plan_of(connected, ("Điểm cầu Bắc Ninh", None, None, "MatKhauMoi"))) == ["refused"]


def test_a_new_point_must_not_be_taken_for_one_that_is_there(connected):
    headings = ("STT", "Điểm cầu", "Loại")
    job = plan_of(connected, ("Điểm cầu Bắc Ninh", "Hội trường"), headings=headings)
    assert verdicts(job) == ["new"]


def test_two_rows_about_one_point_under_two_names_are_one_too_many(connected):
    job = plan_of(connected, (connected.name, None, "1"), (connected.short_name, None, "2"))
    assert verdicts(job) == ["changed", "refused"]


@pytest.mark.parametrize("url", ["https://192.168.1.5/hop", "ftp://hop.vidu.example", "https://"])
def test_a_link_that_nobody_can_open_is_refused_in_words(connected, url):
    job = plan_of(connected, (connected.name, url))
    assert verdicts(job) == ["refused"]
    assert notes(job).startswith("web link: ")


def test_a_coordinator_with_an_e_mail_address_is_appointed_and_told(connected):
    headings = ("STT", "Điểm cầu", "Đầu mối", "Điện thoại", "E-mail")
    row = (connected.name, "Lê Thị Mối", "0912 345 678", "moi@gmail.con")
    assert "“moi@gmail.con”: is moi@gmail.com meant?" in notes(plan_of(connected, row, headings=headings))
    row = (connected.name, "Lê Thị Mối", "0912 345 678", "Moi@ViDu.example")
    job = plan_of(connected, row, headings=headings)
    assert "Lê Thị Mối moi@vidu.example becomes coordinator" in notes(job)
    started(job)
    made = connected.coordinators.get().user
    assert (made.name, made.phone.as_e164) == ("Lê Thị Mối", "+84912345678")
    assert Message.objects.filter(kind="appointed", address="moi@vidu.example").count() == 1
    assert verdicts(plan_of(connected, row, headings=headings)) == ["same"]


def test_the_phone_of_a_coordinator_who_is_there_is_set(connected):
    user = CoordinatorFactory(bridge_point=connected, user=UserFactory(is_staff=True, name="Lê Thị Mối")).user
    job = plan_of(connected, (connected.name, None, None, None, None, "lê thị mối", "0912345678"))
    assert "Phone of Lê Thị Mối: “–” becomes “+84912345678”." in notes(job)
    started(job)
    user.refresh_from_db()
    assert user.phone.as_e164 == "+84912345678"
    assert connection_of(connected).technician_name == ""


def test_a_number_that_a_coordinator_has_proved_stays(connected):
    user = UserFactory(is_staff=True, name="Lê Thị Mối", phone="+84987654321", phone_verified_at=NOW)
    CoordinatorFactory(bridge_point=connected, user=user)
    job = plan_of(connected, (connected.name, None, None, None, None, "Lê Thị Mối", "0912345678"))
    assert "which stays" in notes(job)
    assert verdicts(job) == ["same"]


@pytest.mark.parametrize(
    "cell", ["Nguyễn Văn Kỹ - 0912 345 678", "Nguyễn Văn Kỹ (0912345678)", "Nguyễn Văn Kỹ, +84 912 345 678"]
)
def test_who_has_no_e_mail_address_becomes_the_technical_contact_with_the_number_in_one_cell(connected, cell):
    job = plan_of(connected, (connected.name, None, None, None, None, cell))
    assert "no e-mail address" in notes(job)
    started(job)
    stored = connection_of(connected)
    assert (stored.technician_name, stored.technician_phone.as_e164) == ("Nguyễn Văn Kỹ", "+84912345678")
    assert not Coordinator.objects.exists()


def test_people_of_a_room_wait_to_be_told_what_the_sheet_has_changed(connected):
    registered(connected, now=NOW, number=1)
    changed_details.dismiss_details(point=connected)
    started(plan_of(connected, (connected.name, None, None, "MatKhauMoi")))
    fresh = BridgePoint.objects.select_related("conference").get(pk=connected.pk)
    assert changed_details.points_with_news([fresh], NOW) == [fresh]


def test_applying_a_stranger_sheet_leaves_other_conferences_alone(connected):
    other = ConnectionFactory(bridge_point=BridgePointFactory(name=connected.name), password="Rieng").bridge_point
    started(plan_of(connected, (connected.name, None, None, "MatKhauMoi")))
    assert connection_of(other).password == "Rieng"


def test_the_plan_takes_the_same_statements_for_one_row_and_for_three(connected):
    def statements(rows) -> int:
        with CaptureQueriesContext(connection) as queries:
            points.plan(connected.conference, rows)
        return len(queries)

    CoordinatorFactory(bridge_point=connected)
    rows = [
        Row(2, {"name": connected.name, "password": "1", "coordinator_name": "A", "coordinator_phone": "0912345678"})
    ]
    at_one = statements(rows)
    for line in (3, 4):
        other = ConnectionFactory(bridge_point=BridgePointFactory(conference=connected.conference)).bridge_point
        CoordinatorFactory(bridge_point=other)
        rows.append(Row(line, {"name": other.name, "password": "2", "coordinator_phone": "0912345679"}))
    assert statements(rows) == at_one


def test_the_plan_shows_the_columns_that_say_something(client, connected):
    user = OrganiserFactory()
    connected.conference.organisers.add(user)
    job = plan_of(connected, (connected.name, None, None, "MatKhauMoi"))
    client.force_login(user)
    client.cookies["django_language"] = "en"
    page = client.get(f"/admin/lists/import/{job.pk}/")
    assert [str(heading) for heading in page.context["headings"]] == ["name", "connection"]
    assert "“MatKhauCu” becomes “MatKhauMoi”" in page.content.decode()
