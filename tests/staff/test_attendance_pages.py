"""Attendance in the administration: found, filtered, taken along; and the way to a conference that has ended."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.utils.translation import gettext
from openpyxl import load_workbook

from attendance import services as attendance
from registrations import services
from registrations.models import Delegate, Invitation
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/attendance/attendance/"
AFTER = START + timedelta(days=1)


@pytest.fixture(autouse=True)
def _afterwards():
    with time_machine.travel(AFTER, tick=False):
        yield


@pytest.fixture
def conference():
    return ConferenceFactory(slug="na-chi-lang", short_name="Na Chi Lăng")


@pytest.fixture
def hall(conference):
    return BridgePointFactory(conference=conference, name="Hội trường huyện")


@pytest.fixture
def there(hall) -> Delegate:
    """Checked in at the hall by somebody."""
    delegate = registered(hall, now=NOW).delegates.get()
    delegate.full_name, delegate.phone = "Lường Thị Đào", "+84912345678"
    delegate.save()
    attendance.check_in(delegate=delegate, by=UserFactory(name="Lý Thị Trực"), now=START + timedelta(minutes=42))
    return delegate


@pytest.fixture
def online(conference) -> Delegate:
    point = BridgePointFactory(conference=conference, kind="online", name="Trực tuyến")
    delegate = registered(point, now=NOW, number=2).delegates.get()
    attendance.record(delegate=delegate, now=START)
    return delegate


@pytest.fixture
def organiser(client, conference):
    user = OrganiserFactory()
    conference.organisers.add(user)
    client.force_login(user)
    return user


def names(response) -> list[str]:
    return [row.delegate.full_name for row in response.context["cl"].result_list]


@pytest.mark.parametrize("query", ["luong thi dao", "0912 345 678", "HTX Ví Dụ 1", "{number}"])
def test_somebody_is_found_by_name_phone_organisation_and_number(client, organiser, there, online, query):
    response = client.get(LIST, {"q": query.format(number=there.registration.number)})
    assert names(response) == ["Lường Thị Đào"]


def test_the_list_says_who_was_checked_in_by_whom(client, organiser, there):
    page = client.get(LIST).content.decode()
    assert "08:42 19/7/2027" in page
    assert "Lý Thị Trực" in page
    assert "HTX Ví Dụ 1" in page


def test_the_list_is_narrowed_by_conference_point_and_way(client, organiser, hall, there, online):
    for query in ({"mode__exact": "in_person"}, {"bridge_point__id__exact": hall.pk}):
        assert names(client.get(LIST, query)) == ["Lường Thị Đào"]
    assert len(names(client.get(LIST, {"conference__id__exact": hall.conference_id}))) == 2


def test_the_chosen_are_exported(client, organiser, there, online):
    rows = [str(pk) for pk in (there.attendance.pk, online.attendance.pk)]
    sent = {"_selected_action": rows, "index": "0"}
    book = load_workbook(BytesIO(client.post(LIST, {**sent, "action": "export_as_xlsx"}).getvalue()))
    table = list(book.active.iter_rows(values_only=True))
    assert len(table) == 3
    assert {row[1] for row in table[1:]} == {"Lường Thị Đào", online.full_name}
    found = next(row for row in table if row[1] == "Lường Thị Đào")
    assert found[4:11] == (
        "0912 345 678", there.registration.number, "Hội trường huyện", "có mặt trực tiếp", "19/07/2027 08:42",
        "19/07/2027 08:42", "Lý Thị Trực",
    )  # fmt: skip
    lines = client.post(LIST, {**sent, "action": "export_as_csv"}).getvalue().decode().splitlines()
    assert len(lines) == 3
    assert any("Lường Thị Đào" in line for line in lines)


def test_of_somebody_erased_the_number_is_left_and_no_export_has_them(client, organiser, there):
    services.erase(registration=there.registration, way="staff", now=AFTER)
    page = client.get(LIST).content.decode()
    assert there.registration.number in page
    assert gettext("erased") in page
    sent = {"_selected_action": [str(there.attendance.pk)], "index": "0", "action": "export_as_csv"}
    assert len(client.post(LIST, sent).getvalue().decode().splitlines()) == 1
    detail = client.get(f"{LIST}{there.attendance.pk}/change/")
    assert there.registration.number in detail.content.decode()


def test_the_page_of_the_registration_says_who_was_there(client, organiser, hall, there):
    absent = registered(hall, now=NOW, number=3)
    address = "/admin/registrations/registration/{}/change/"
    assert "có mặt trực tiếp, 08:42 19/7/2027" in client.get(address.format(there.registration_id)).content.decode()
    assert "có mặt trực tiếp, " not in client.get(address.format(absent.pk)).content.decode()


# --- the way there ----------------------------------------------------------------------------------------------------


def links(html: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', html)


@pytest.mark.parametrize("kind", ["organiser", "coordinator"])
def test_an_ended_conference_keeps_its_way_to_the_overview(client, conference, hall, kind):
    user = OrganiserFactory() if kind == "organiser" else CoordinatorFactory(bridge_point=hall).user
    if kind == "organiser":
        conference.organisers.add(user)
    client.force_login(user)
    overview = f"/admin/c/{conference.slug}/"
    assert client.get("/admin/")["Location"] == (overview if kind == "organiser" else f"{overview}my-point/")
    assert overview in links(client.get("/admin/conferences/").content.decode())
    assert "Na Chi Lăng" in client.get(f"/admin/?conference={conference.pk}", follow=True).content.decode()
    if kind == "organiser":
        page = client.get("/admin/conference/conference/").content.decode()
        assert overview in links(page)


def test_conferences_of_others_that_have_ended_are_not_named(client, conference, hall):
    client.force_login(CoordinatorFactory().user)
    assert "Na Chi Lăng" not in client.get("/admin/").content.decode()


def test_no_page_of_a_coordinator_has_a_dead_link(client, conference, hall, there):
    invitation = Invitation.objects.create(conference=conference, name="Sở Công Thương")
    there.registration.invitation = invitation
    there.registration.save(update_fields=["invitation"])
    client.force_login(CoordinatorFactory(bridge_point=hall).user)
    dead = {}
    for page in (
        f"/admin/registrations/registration/{there.registration_id}/change/",
        f"/admin/bridges/bridgepoint/{hall.pk}/change/",
        f"{LIST}{there.attendance.pk}/change/",
        LIST,
        f"/admin/c/{conference.slug}/",
        f"/admin/delivery/{conference.pk}/person/{there.pk}/",
        f"/admin/lists/conference/{conference.pk}/",
    ):
        response = client.get(page)
        assert response.status_code == 200
        for link in set(links(response.content.decode())):
            if link.startswith("/admin/") and not link.endswith((".docx", "logout/")):
                status = client.get(link.replace("&amp;", "&"), follow=True).status_code
                if status >= 400:
                    dead[page, link] = status
    assert dead == {}
    shown = client.get(f"/admin/registrations/registration/{there.registration_id}/change/").content.decode()
    assert "Sở Công Thương" in shown


def test_the_link_to_a_conference_leads_a_coordinator_to_its_overview(client, conference, hall):
    address = f"/admin/conference/conference/{conference.pk}/change/"
    client.force_login(CoordinatorFactory(bridge_point=hall).user)
    assert client.get(address)["Location"] == f"/admin/c/{conference.slug}/"
    assert client.post(address, {}).status_code == 403
    client.force_login(CoordinatorFactory().user)
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("way", ["page", "point", "action"])
def test_the_export_of_people_says_who_was_there(client, organiser, hall, there, way):
    registered(hall, now=NOW, number=3)
    if way == "action":
        rows = [str(pk) for pk in hall.registrations.values_list("pk", flat=True)]
        sent = {"_selected_action": rows, "index": "0", "action": "export_as_xlsx"}
        response = client.post("/admin/registrations/registration/", sent)
    else:
        where = f"point/{hall.pk}" if way == "point" else f"conference/{hall.conference_id}"
        response = client.get(f"/admin/lists/{where}/delegates.xlsx")
    heading, *table = load_workbook(BytesIO(response.getvalue())).active.iter_rows(values_only=True)
    assert heading[-3:] == ("Điểm danh", "Có mặt từ", "Số phút trong phòng họp")
    assert {row[3]: row[-3:] for row in table} == {
        "Lường Thị Đào": ("có mặt trực tiếp", "19/07/2027 08:42", None),
        "Nguyễn Văn 300": (None, None, None),
    }
