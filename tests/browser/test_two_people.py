"""Two people at one page of the administration, as it is, with and without JavaScript."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from bridges.models import BridgePoint, Connection, Coordinator
from conference.models import Conference, Partner

pytestmark = pytest.mark.browser

ORGANISER, COORDINATOR = "bantochuc@diemcau.example", "bacninh@diemcau.example"


def _sign_in(page: Page, email: str) -> None:
    page.fill("[name=login]", email)
    page.fill("[name=password]", "diem-cau-demo")
    page.click("main form button[type=submit]:not([form])")


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (360, True), (360, False)])
def test_a_password_that_both_have_changed(visit, width, javascript):
    point = BridgePoint.objects.filter(pk__in=Coordinator.objects.values("bridge_point")).first()
    address = reverse("admin:bridges_bridgepoint_change", args=[point.pk])
    first, second = visit(), visit(width=width, javascript=javascript)
    for visitor, email in ((first, ORGANISER), (second, COORDINATOR)):
        visitor.go(address)
        _sign_in(visitor.page, email)
        expect(visitor.page.locator("[name=connection-0-password]")).to_be_visible()
    password = "[name=connection-0-password]"
    first.page.fill(password, "MatKhauMoi")
    first.page.click("input[name=_save]")
    second.page.fill(password, "MatKhauKhac")
    second.page.select_option("[name=line_test]", "failed")
    second.page.click("input[name=_save]")
    clash = second.page.locator(".dc-clash")
    expect(clash).to_be_visible()
    expect(second.page.locator(password)).to_be_focused()
    expect(second.page.locator(password)).to_have_value("MatKhauKhac")
    second.look(f"two-people-point-{'js' if javascript else 'plain'}", axe=False)
    clash.get_by_label("Giữ nội dung đang lưu").check()
    second.page.click("input[name=_save]")
    expect(clash).to_have_count(0)
    point.refresh_from_db()
    assert (Connection.objects.get(bridge_point=point).password, point.line_test) == ("MatKhauMoi", "failed")


def test_a_line_that_somebody_has_deleted(visit):
    conference = Conference.objects.order_by("-starts_at").first()
    address = reverse("admin:conference_conference_change", args=[conference.pk])
    visitor = visit(width=360)
    visitor.go(address)
    _sign_in(visitor.page, ORGANISER)
    visitor.page.fill("[name=partners-0-duty]", "Chủ trì và chi trả")
    gone = Partner.objects.get(pk=visitor.page.input_value("[name=partners-0-id]"))
    gone.delete()
    visitor.page.fill("[name=summary]", "Hai câu.")
    visitor.page.click("input[name=_save]")
    expect(visitor.page.locator(".dc-clash")).to_be_visible()
    visitor.look("two-people-line", axe=False)
    visitor.page.click("input[name=_save]")
    expect(visitor.page.locator(".messagelist .success")).to_be_visible()
    assert Partner.objects.filter(conference=conference, name=gone.name, duty="Chủ trì và chi trả").exists()


def test_the_choice_stands_below_a_number_that_keeps_its_size(visit):
    conference = Conference.objects.order_by("-starts_at").first()
    point = conference.bridge_points.exclude(seats=None).first()
    first, second = visit(), visit(width=1280)
    for visitor in (first, second):
        visitor.go(reverse("admin:bridges_bridgepoint_change", args=[point.pk]))
        _sign_in(visitor.page, ORGANISER)
        expect(visitor.page.locator("[name=seats]")).to_be_visible()
    field = second.page.locator("[name=seats]")
    before = field.bounding_box()
    for visitor, seats in ((first, point.seats + 1), (second, point.seats + 2)):
        visitor.page.fill("[name=seats]", str(seats))
        visitor.page.click("input[name=_save]")
    clash = second.page.locator(".dc-clash")
    expect(clash).to_be_visible()
    second.look("two-people-number", axe=False)
    after, box = field.bounding_box(), clash.bounding_box()
    assert (after["width"], after["height"]) == (before["width"], before["height"])
    assert box["y"] >= after["y"] + after["height"]
