"""What people do most at bridge points, in presses from the start page of the conference, without JavaScript."""

import pytest
from playwright.sync_api import expect

from bridges.models import BridgePoint, Connection
from conference.models import Conference
from tests.browser.test_workspace import COORDINATOR, ORGANISER, sign_in

pytestmark = pytest.mark.browser


class Presses:
    """Presses on a page, counted; typing and choosing are not."""

    def __init__(self, page) -> None:
        self.page = page
        self.count = 0

    def press(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state()
        self.count += 1


def _next_conference() -> Conference:
    return Conference.objects.published().order_by("-starts_at").first()


@pytest.mark.parametrize("width", [360, 1280])
def test_a_password_is_changed_and_the_room_told_in_three_presses(visit, width):
    visitor = visit(width=width, javascript=False)
    sign_in(visitor, ORGANISER)
    point = BridgePoint.objects.get(conference=_next_conference(), short_name="VNPT Bắc Ninh")
    visitor.go(f"/admin/c/{point.conference.slug}/")
    presses = Presses(visitor.page)
    presses.press(f"a[href='/admin/c/{point.conference.slug}/points/{point.pk}/']")
    visitor.page.fill("[name=password]", f"moi-{width}")
    presses.press("form.dc-matter button.default")
    presses.press("[name=tell]")
    expect(visitor.page.locator(".messagelist")).to_be_visible()
    assert Connection.objects.get(bridge_point=point).password == f"moi-{width}"
    assert presses.count == 3


@pytest.mark.parametrize("width", [360, 1280])
def test_the_line_tests_of_fifteen_points_are_three_presses(visit, width):
    visitor = visit(width=width, javascript=False)
    sign_in(visitor, ORGANISER)
    conference = _next_conference()
    conference.bridge_points.update(line_test="untested")
    visitor.go(f"/admin/c/{conference.slug}/")
    presses = Presses(visitor.page)
    presses.press(f".dc-ws-tabs a[href='/admin/c/{conference.slug}/points/']")
    presses.press(f"a[href='/admin/c/{conference.slug}/points/line-tests/']")
    visitor.page.check("#id_bridge_points-0-line_test_2")
    presses.press("button[name=rest]")
    results = list(conference.bridge_points.order_by("position", "id").values_list("line_test", flat=True))
    assert (results[0], set(results[1:]), len(results)) == ("failed", {"passed"}, 15)
    assert presses.count == 3


def test_a_coordinator_stores_a_line_test_in_one_press_and_takes_it_back(visit):
    visitor = visit(width=360, javascript=False)
    sign_in(visitor, COORDINATOR)
    point = BridgePoint.objects.get(conference=_next_conference(), short_name="VNPT Bắc Ninh")
    visitor.go("/admin/")
    presses = Presses(visitor.page)
    presses.press("button[value=passed]")
    assert (BridgePoint.objects.get(pk=point.pk).line_test, presses.count) == ("passed", 1)
    visitor.look("61-my-point")
    presses.press(".messagelist form button")
    assert BridgePoint.objects.get(pk=point.pk).line_test != "passed"


def test_a_press_on_the_map_marks_the_place(visit):
    visitor = visit(width=360, javascript=False)
    sign_in(visitor, ORGANISER)
    point = BridgePoint.objects.get(conference=_next_conference(), short_name="VNPT Bắc Ninh")
    visitor.go(f"/admin/c/{point.conference.slug}/points/{point.pk}/place/")
    visitor.page.click("details summary")
    visitor.page.click("input[type=image]", position={"x": 200, "y": 120})
    visitor.page.wait_for_load_state()
    latitude, longitude = visitor.page.input_value("[name=spot]").split(", ")
    assert float(latitude) > point.province.latitude
    assert float(longitude) > point.province.longitude
    assert BridgePoint.objects.get(pk=point.pk).latitude == point.latitude
