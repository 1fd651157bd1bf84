"""What an organiser does most, from the overview of the conference: at most three presses, and no tall form."""

import pytest
from playwright.sync_api import expect

from bridges.models import BridgePoint, Connection
from conference.models import Conference
from outbox.models import Message
from registrations.models import Registration
from tests.browser.test_workspace import ORGANISER, sign_in

pytestmark = pytest.mark.browser

#: No form is taller than this (pixels) at 1280 pixels of width.
TALLEST = 1500


class Hand:
    """The presses of an organiser who begins at the overview; choices and typing are no presses."""

    def __init__(self, visitor, conference: Conference) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.conference = conference
        self.presses = 0
        visitor.go(f"/admin/c/{conference.slug}/")

    def press(self, what) -> None:
        """Press what the locator finds; no form of the page that follows is too tall, and the page not too wide."""
        what.click()
        self.page.wait_for_load_state()
        self.presses += 1
        assert not self.visitor.scrolls_sideways(), self.page.url
        if self.visitor.width == 1280:
            heights = self.page.eval_on_selector_all("main form", "forms => forms.map(form => form.offsetHeight)")
            assert max(heights, default=0) <= TALLEST, (self.page.url, heights)

    def tab(self, name: str):
        """The tab of that name."""
        return self.page.locator(".dc-ws-tabs").get_by_role("link", name=name, exact=True)

    def link(self, name: str):
        """The first link of that name below the frame."""
        return self.page.locator("main").get_by_role("link", name=name, exact=True).first

    def button(self, name: str):
        """The button of that name below the frame."""
        return self.page.locator("main").get_by_role("button", name=name, exact=True).first


@pytest.fixture(params=[360, 1280])
def hand(visit, request) -> Hand:
    visitor = visit(width=request.param)
    sign_in(visitor, ORGANISER)
    return Hand(visitor, Conference.objects.published().order_by("-starts_at").first())


def test_the_lines_of_all_points_are_tested_on_one_page(hand):
    hand.press(hand.tab("Điểm cầu"))
    hand.press(hand.link("Thử đường truyền"))
    rows = hand.page.locator("fieldset.dc-choice")
    expect(rows).to_have_count(15)
    for row in rows.all():
        row.get_by_text("Đạt").click()
    hand.press(hand.button("Lưu"))
    assert hand.presses == 3
    assert BridgePoint.objects.filter(conference=hand.conference, line_test="passed").count() == 15


def test_a_password_is_changed_and_the_room_told(hand):
    point = hand.conference.bridge_points.get(short_name="VNPT Bắc Ninh")
    hand.press(hand.link(point.label))
    hand.page.fill("[name=password]", "mat-khau-moi-27")
    hand.press(hand.button("Lưu"))
    assert Connection.objects.get(bridge_point=point).password == "mat-khau-moi-27"
    before = Message.objects.count()
    hand.press(hand.page.locator("main button[name=tell], main input[name=tell]"))
    assert hand.presses == 3
    assert Message.objects.count() > before


def test_somebody_is_registered_by_telephone(hand):
    hand.press(hand.link("Đăng ký qua điện thoại"))
    page = hand.page
    page.select_option("[name=point]", str(hand.conference.bridge_points.get(name="Sendo").pk))
    for name, value in {"organisation_name": "HTX Thử Máy", "full_name": "Lò Văn Thử", "phone": "0912000888"}.items():
        page.fill(f"[name={name}]", value)
    page.select_option("[name=organisation_kind]", "cooperative")
    page.check("[name=consented]")
    hand.press(hand.button("Đăng ký"))
    expect(page.locator("main")).to_contain_text("HTX Thử Máy · Sendo")
    if hand.visitor.width == 1280:
        # With the result of the call above the form.
        assert page.evaluate("document.documentElement.scrollHeight") <= TALLEST
    assert hand.presses == 2
    assert Registration.objects.filter(organisation__name="HTX Thử Máy").count() == 1


def test_a_draft_for_some_of_the_people_stays_low_when_everything_is_unfolded(hand):
    hand.press(hand.tab("Tin nhắn"))
    hand.press(hand.link("Gửi tin"))
    hand.press(hand.link("Soạn tin"))
    page = hand.page
    for name, value in {"subject": "Chỗ đỗ xe", "text": "Kính gửi {name},\n\n" * 6, "sms_text": "Moi den som."}.items():
        page.fill(f"[name={name}]", value)
    page.check("[name=to_confirmed]")
    page.locator("details.dc-more summary").click()
    points = page.locator("[name=points]")
    expect(points).to_have_count(15)
    for box in points.all():
        box.check()
    hand.press(hand.button("Lưu bản nháp"))
    page.locator("details.dc-more summary").click()
    assert not hand.visitor.scrolls_sideways()
    if hand.visitor.width == 1280:
        assert page.locator("main form.dc-editor").evaluate("form => form.offsetHeight") <= TALLEST
