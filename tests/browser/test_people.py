"""The people of a conference in a browser: somebody is found and gets their messages again."""

import pytest
from playwright.sync_api import expect

from conference.models import Conference
from registrations.models import Registration
from tests.browser.test_workspace import ORGANISER, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [360, 1280])
def test_from_the_search_the_messages_go_out_again_in_two_presses(visit, width):
    visitor = visit(width=width)
    sign_in(visitor, ORGANISER)
    conference = Conference.objects.published().order_by("-starts_at").first()
    found = Registration.objects.filter(conference=conference, state="confirmed").order_by("-pk").first()
    visitor.go(f"/admin/c/{conference.slug}/search/?q={found.number}")
    visitor.page.get_by_role("link", name=found.number).click()
    visitor.page.get_by_role("button", name="Gửi lại thông báo").click()
    expect(visitor.page.locator(".messagelist")).to_contain_text(found.contact_email)
    assert not visitor.scrolls_sideways()
    visitor.look(f"65-registration-{width}")
