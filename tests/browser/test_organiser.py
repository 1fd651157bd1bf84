"""An organiser makes a conference from nothing, on the public site and in the administration as they are."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from playwright.sync_api import Page, expect

from bridges.models import BridgePoint, Connection, Coordinator
from conference.models import Conference
from lists.models import ImportJob

pytestmark = pytest.mark.browser

NAME = "Hội nghị trực tuyến xúc tiến thương mại vải thiều Thanh Hà"


def _sign_in(page: Page, email: str) -> None:
    page.fill("[name=login]", email)
    page.fill("[name=password]", "diem-cau-demo")
    page.click("main form button[type=submit]:not([form])")


def _save(page: Page) -> None:
    page.click("input[name=_save]")
    expect(page.locator(".messagelist .success")).to_be_visible()


def _describe(page: Page, day: str) -> None:
    """The conference itself, its partners and its programme."""
    for name, value in {
        "name": NAME,
        "short_name": "Vải thiều Thanh Hà",
        "summary": "Kết nối vùng trồng vải thiều với người mua.",
        "purpose": "Tiêu thụ vải thiều.",
        "starts_at_0": day,
        "starts_at_1": "08:00",
        "ends_at_0": day,
        "ends_at_1": "11:30",
        "preparation": "Mẫu vải thiều",
        "contact_name": "Ban tổ chức",
        "contact_email": "btc@vidu.example",
        "partners-0-name": "Sở Công Thương",
        "partners-0-duty": "Mời người mua",
        "programme-0-title": "Khai mạc",
        "programme-0-starts_at_0": day,
        "programme-0-starts_at_1": "08:00",
    }.items():
        page.fill(f"[name={name}]", value)
    page.check("[name=is_tentative]")
    page.select_option("[name=partners-0-role]", "organiser")


def _points(page: Page) -> None:
    page.select_option("[name=bridge_points-0-kind]", "venue")
    page.fill("[name=bridge_points-0-name]", "Hội trường huyện Thanh Hà")
    page.fill("[name=bridge_points-0-seats]", "80")
    page.check("[name=bridge_points-0-is_hub]")
    page.locator("#bridge_points-group .add-row a").click()
    page.select_option("[name=bridge_points-1-kind]", "online")
    page.fill("[name=bridge_points-1-name]", "Trực tuyến cá nhân")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_conference_from_nothing(visit, width):
    visitor = visit(width=width)
    page = visitor.page
    start = timezone.localtime(timezone.now() + timedelta(days=40))
    day = f"{start.day}/{start.month}/{start.year}"

    visitor.go("/admin/")
    page.wait_for_url(re.compile(r"/accounts/login/\?next="))
    _sign_in(page, "bantochuc@diemcau.example")
    page.wait_for_url("**/admin/")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    visitor.look("40-admin", axe=False)

    visitor.go("/admin/all/")
    page.click("#content-main a[href='/admin/conference/conference/add/']")
    _describe(page, day)
    _points(page)
    visitor.look("41-admin-new-conference", axe=False)
    _save(page)
    conference = Conference.objects.get(name=NAME)
    assert conference.slug == "vai-thieu-thanh-ha"
    assert timezone.localtime(conference.starts_at).strftime("%d/%m/%Y %H:%M") == f"{start:%d/%m/%Y} 08:00"
    assert [organiser.email for organiser in conference.organisers.all()] == ["bantochuc@diemcau.example"]
    assert [partner.name for partner in conference.partners.all()] == ["Sở Công Thương"]
    assert [item.title for item in conference.programme.all()] == ["Khai mạc"]
    hall, online = conference.bridge_points.all()
    assert (hall.kind, hall.seats, hall.is_hub) == ("venue", 80, True)
    assert (online.kind, online.seats) == ("online", None)

    _run_a_point(visitor, online)

    public = f"/{conference.slug}/"
    visitor.go(public)
    expect(page.locator("h1")).not_to_have_text(NAME)
    visitor.go(f"/admin/conference/conference/{conference.pk}/change/")
    page.check("[name=is_published]")
    visitor.look("43-admin-conference", axe=False)
    _save(page)
    visitor.go(public)
    expect(page.locator("h1")).to_have_text(NAME)
    expect(page.locator("main")).to_contain_text("Sở Công Thương")
    expect(page.locator("main")).to_contain_text("Khai mạc")
    expect(page.locator("main")).not_to_contain_text("hop.vidu.example")
    visitor.look("44-new-conference")

    _duplicate(visitor, conference)


def _run_a_point(visitor, point: BridgePoint) -> None:
    """Its connection details, and who runs it."""
    page = visitor.page
    visitor.go(f"/admin/bridges/bridgepoint/?conference__id__exact={point.conference_id}")
    visitor.look("45-admin-points", axe=False)
    page.click(f"#result_list a[href*='/bridgepoint/{point.pk}/change/']")
    page.fill("[name=connection-0-web_url]", "https://hop.vidu.example/vai-thieu")
    page.fill("[name=connection-0-meeting_id]", "900 111 222")
    page.fill("[name=connection-0-password]", "vidu-222")
    page.fill("[name=coordinators-0-email]", "thanhha@vidu.example")
    page.fill("[name=coordinators-0-name]", "Phạm Thị Mẫu")
    visitor.look("42-admin-point", axe=False)
    _save(page)
    assert Connection.objects.get(bridge_point=point).web_url == "https://hop.vidu.example/vai-thieu"
    coordinator = Coordinator.objects.get(bridge_point=point).user
    assert (coordinator.email, coordinator.name, coordinator.is_staff) == ("thanhha@vidu.example", "Phạm Thị Mẫu", True)


def _duplicate(visitor, conference: Conference) -> None:
    page = visitor.page
    visitor.go(f"/admin/conference/conference/{conference.pk}/change/")
    page.click(f"a[href='/admin/conference/conference/{conference.pk}/duplicate/']")
    page.fill("[name=name]", f"{NAME} lần hai")
    page.fill("[name=short_name]", "Vải thiều lần hai")
    page.fill("[name=slug]", "")
    start = timezone.localtime(conference.starts_at) + timedelta(days=365)
    page.fill("[name=starts_at_0]", f"{start.day}/{start.month}/{start.year}")
    page.fill("[name=starts_at_1]", "09:00")
    visitor.look("46-admin-duplicate", axe=False)
    page.click("#content-main input[type=submit], #content input[type=submit]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    copy = Conference.objects.get(slug="vai-thieu-lan-hai")
    assert date_format(timezone.localtime(copy.starts_at), "H:i") == "09:00"
    assert not copy.is_published
    assert copy.partners.count() == copy.programme.count() == 1
    assert [point.name for point in copy.bridge_points.all()] == ["Hội trường huyện Thanh Hà", "Trực tuyến cá nhân"]
    assert [c.user.email for c in Coordinator.objects.filter(bridge_point__conference=copy)] == ["thanhha@vidu.example"]
    assert set(Connection.objects.filter(bridge_point__conference=copy).values_list("web_url", flat=True)) == {""}


@pytest.mark.parametrize("width", [360, 1280])
def test_what_organiser_and_coordinator_work_with(visit, width):
    organiser = visit(width=width)
    organiser.go("/admin/")
    _sign_in(organiser.page, "bantochuc@diemcau.example")
    organiser.page.wait_for_url("**/admin/")
    for name, path in {
        "50-admin-conferences": "conference/conference/",
        "51-admin-points": "bridges/bridgepoint/",
        "52-admin-registrations": "registrations/registration/",
        "53-admin-attendance": "attendance/attendance/",
    }.items():
        organiser.go(f"/admin/{path}")
        organiser.look(name, axe=False)
    organiser.go("/admin/registrations/registration/?q=hoang van vi")
    expect(organiser.page.locator("#result_list tbody tr")).not_to_have_count(0)
    organiser.page.locator("#result_list tbody th a").first.click()
    expect(organiser.page.locator("main")).to_contain_text("Hoàng Văn Ví")
    organiser.look("54-admin-registration", axe=False)
    organiser.page.click("a.historylink")
    organiser.look("55-admin-history", axe=False)

    coordinator = visit(width=width)
    coordinator.go("/admin/")
    _sign_in(coordinator.page, "bacninh@diemcau.example")
    # Whoever has one conference is inside it.
    coordinator.page.wait_for_url("**/admin/c/**")
    coordinator.look("56-admin-coordinator", axe=False)
    coordinator.go("/admin/bridges/bridgepoint/")
    expect(coordinator.page.locator("#result_list tbody tr")).to_have_count(1)
    coordinator.page.locator("#result_list tbody th a").first.click()
    coordinator.look("57-admin-coordinator-point", axe=False)


def test_one_long_word_in_a_list_does_not_push_what_becomes_of_it_out_of_view(visit):
    visitor = visit()
    page = visitor.page
    conference = Conference.objects.published().first()
    row = {"full_name": "X" * 150, "organisation": "HTX " + "Y" * 190, "email": f"{'z' * 60}@vidu.example"}
    cells = [row["full_name"], "", row["organisation"], "", "", row["email"]]
    usual = ["Nguyễn Thị Ánh Tuyết", "Phó giám đốc", "HTX Na", "VNPT Bắc Ninh", "0912345678", "anh.tuyet@vidu.example"]
    plan = [
        {"signature": [2, "refused", None], "verdict": "refused", "notes": [f"“{'W' * 90}”"], "cells": cells},
        {"signature": [3, "new", None], "verdict": "new", "notes": [], "cells": usual},
    ]
    job = ImportJob.objects.create(
        conference=conference,
        kind="people",
        file_name="ds.xlsx",
        rows=[[2, row]],
        plan=plan,
        options={"found": ["Họ và tên"]},
        counts={"new": 1, "changed": 0, "same": 0, "refused": 1, "rows": 2},
        created_at=timezone.now(),
    )
    visitor.go(f"/accounts/login/?next={reverse('lists:job', args=[job.pk])}")
    _sign_in(page, "bantochuc@diemcau.example")
    expect(page.locator(".dc-lists-verdict")).to_have_count(2)
    scroller = page.locator(".dc-lists-scroll")
    assert scroller.evaluate("box => box.scrollWidth <= box.clientWidth")
    visitor.look("58-admin-list", axe=False)


def test_the_page_of_a_list_that_is_read_tells_by_itself_when_it_cannot_be_used(visit):
    visitor = visit(width=360)
    page = visitor.page
    now = timezone.now()
    job = ImportJob.objects.create(
        conference=Conference.objects.published().first(),
        kind="people",
        state="reading",
        file_name="danh-sach-dai-bieu-cac-xa.xlsx",
        content=b"PK",
        created_at=now,
        started_at=now,
    )
    visitor.go(f"/accounts/login/?next={reverse('lists:job', args=[job.pk])}")
    _sign_in(page, "bantochuc@diemcau.example")
    expect(page.get_by_role("heading", name="Đang đọc tệp")).to_be_visible()
    visitor.look("59-admin-list-is-read", axe=False)
    ImportJob.objects.update(state="refused", error="Bảng rộng hơn 256 cột.", content=None)
    expect(page.get_by_role("heading", name="Không dùng được tệp này")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text("Bảng rộng hơn 256 cột.")
    visitor.look("60-admin-list-refused", axe=False)
