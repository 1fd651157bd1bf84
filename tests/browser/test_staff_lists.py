"""The lists of the administration fit the screen of an office, and the desk fits a phone."""

import pytest
from playwright.sync_api import Page, expect

from attendance.models import Attendance
from bridges.models import BridgePoint
from registrations.models import Invitation

pytestmark = pytest.mark.browser


def _sign_in(page: Page, email: str) -> None:
    page.fill("[name=login]", email)
    page.fill("[name=password]", "diem-cau-demo")
    page.click("main form button[type=submit]:not([form])")
    page.wait_for_url("**/admin/**")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_lists_fit_and_the_desk_says_who_is_here(visit, width):
    visitor = visit(width=width)
    page = visitor.page
    assert Invitation.objects.exists()
    there = Attendance.objects.filter(mode=Attendance.Mode.IN_PERSON).first()
    assert there is not None
    visitor.go("/admin/registrations/invitation/")
    _sign_in(page, "bantochuc@diemcau.example")
    for name, title in (
        ("registrations/invitation", "70-admin-invitations"),
        ("attendance/attendance", "71-admin-attendance"),
        ("bridges/bridgepoint", "72-admin-points"),
        ("registrations/registration", "73-admin-registrations"),
    ):
        visitor.go(f"/admin/{name}/")
        expect(page.locator("#result_list")).to_be_visible()
        visitor.look(title, axe=False)
        if width == 1280:
            wide = page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('.results'))")
            assert wide <= 1, f"{name} is {wide} pixels too wide"
    visitor.go(f"/admin/registrations/registration/{there.delegate.registration_id}/change/")
    visitor.look("74-admin-registration", axe=False)
    save = page.locator("input[name=_save]")
    assert save.evaluate("e => getComputedStyle(e).textTransform") == "none"
    visitor.go(f"/admin/registrations/registration/{there.delegate.registration_id}/history/")
    visitor.look("75-admin-history", axe=False)
    visitor.go(f"/j/{there.delegate.token}/")
    visitor.look("76-desk", axe=False)
    visitor.go("/admin/")
    visitor.look("77-start", axe=False)


def test_a_bar_of_seats_has_our_colours(visit):
    visitor = visit(width=1280)
    page = visitor.page
    assert BridgePoint.objects.filter(seats__gt=0).exists()
    visitor.go("/admin/bridges/bridgepoint/")
    _sign_in(page, "bantochuc@diemcau.example")
    visitor.go("/admin/bridges/bridgepoint/")
    # A browser draws its own bar, in its own blue, unless it is told not to.
    assert page.locator("progress.dc-seats").first.evaluate("e => getComputedStyle(e).appearance") == "none"
