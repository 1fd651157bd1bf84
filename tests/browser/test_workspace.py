"""The workspace of a conference in a browser: every page by eye and by axe, and what people do most, in presses."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from bridges.models import BridgePoint, Connection
from conference.models import Conference
from registrations.models import Delegate, Guest, Invitation, Registration
from tests.support.visitor import violations
from tests.support.world import ROLES
from tests.test_access_matrix import GET, rows

pytestmark = pytest.mark.browser

ORGANISER, COORDINATOR = "bantochuc@diemcau.example", "bacninh@diemcau.example"
LEADER = "lanhdao@diemcau.example"


def sign_in(visitor, email: str) -> None:
    """Sign in as ``email``, and land where staff land."""
    visitor.go("/admin/")
    visitor.page.fill("[name=login]", email)
    visitor.page.fill("[name=password]", "diem-cau-demo")
    visitor.page.click("main form button[type=submit]:not([form])")
    visitor.page.wait_for_url(re.compile(r"/admin/"))


def _names(point: BridgePoint) -> dict[str, object]:
    """What stands in the addresses of the access matrix, of the demo's next conference and its ``point``."""
    conference = point.conference
    registration = Registration.objects.filter(bridge_point=point).first()
    return {
        "slug": conference.slug,
        "conference": conference.pk,
        "point": point.pk,
        "hall": point.pk,
        "round": conference.test_rounds.first().pk,
        "registration": registration.pk,
        "requested": registration.pk,
        "waiting": registration.pk,
        "delegate": Delegate.objects.filter(registration=registration).first().pk,
        "invitation": Invitation.objects.filter(conference=conference).first().pk,
        "rule": conference.reminder_rules.first().pk,
        "announcement": conference.announcements.first().pk,
        "cue": conference.cues.first().pk,
    }


def addresses(role: str) -> list[str]:
    """The pages of the workspace that ``role`` may read, with {names} in them; files to download are left out."""
    mine = (row for row, statuses in rows(GET).items() if statuses[ROLES.index(role)] == 200)
    pages = [row for row in mine if row.startswith(("/admin/c/", "/admin/conferences/", "/admin/help/"))]
    return [row for row in pages if not re.search(r"\.\w+$|/(live|html)/$", row)]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    ("email", "role"),
    [(ORGANISER, "organiser here"), (COORDINATOR, "coordinator here"), (LEADER, "leader")],
    ids=["organiser", "coordinator", "leader"],
)
def test_every_page_of_the_workspace_fits_and_is_for_everybody(visit, width, email, role):
    visitor = visit(width=width)
    sign_in(visitor, email)
    point = BridgePoint.objects.get(
        short_name="VNPT Bắc Ninh", conference__cancelled_at=None, conference__slug__gt="na-chi-lang-2022"
    )
    names, faults = _names(point), []
    for row in addresses(role):
        try:
            address = row.format(**names)
        except KeyError:
            # The demo has none of it, such as an import that waits.
            continue
        response = visitor.page.goto(f"{visitor.site}{address}")
        if response is None or response.status != 200:
            faults.append(f"{address}: {response and response.status}")
            continue
        if visitor.scrolls_sideways():
            faults.append(f"{address} is wider than {width} px")
        for scheme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = violations(visitor.page, colours_only=scheme == "dark")
            faults += [f"{address}, {scheme}: {fault}" for fault in found]
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize("width", [360, 800, 1024, 1280])
def test_the_parts_of_a_show_of_two_days_do_not_widen_the_page(visit, width):
    conference = Conference.objects.published().order_by("-starts_at").first()
    Conference.objects.filter(pk=conference.pk).update(ends_at=conference.ends_at + timedelta(days=1))
    visitor = visit(width=width)
    sign_in(visitor, ORGANISER)
    visitor.go(f"/admin/c/{conference.slug}/day/show/cues/")
    expect(visitor.page.locator("select[name$=-day]").first).to_be_visible()
    assert not visitor.scrolls_sideways()
    if width >= 960:
        assert visitor.page.evaluate(_CUT) == []


# Selects that cut one of their names, and fields that stand out of their cell.
_CUT = """() => {
  const canvas = document.createElement("canvas").getContext("2d");
  return [...document.querySelectorAll(".dc-rows-table select")].filter(field => {
    const style = getComputedStyle(field);
    canvas.font = style.font;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 16;
    return [...field.options].some(one => canvas.measureText(one.text).width > room);
  }).concat([...document.querySelectorAll(".dc-rows-table td :is(input, select, textarea)")].filter(field =>
    field.getBoundingClientRect().right > field.closest("td").getBoundingClientRect().right
  )).map(field => field.name);
}"""


def test_the_parts_of_a_show_name_points_and_ways_in_full(visit):
    visitor = visit(width=1280)
    sign_in(visitor, ORGANISER)
    conference = Conference.objects.filter(cues__point__isnull=False).order_by("-starts_at").first()
    visitor.go(f"/admin/c/{conference.slug}/day/show/cues/")
    assert visitor.page.evaluate(_CUT) == []
    visitor.look("92-show-parts")


def test_a_stroke_leads_into_the_search_and_finds_somebody(visit):
    visitor = visit()
    sign_in(visitor, ORGANISER)
    conference = Conference.objects.published().order_by("-starts_at").first()
    visitor.go(f"/admin/c/{conference.slug}/")
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type("bac ninh")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("main")).to_contain_text("VNPT Bắc Ninh")
    visitor.look("60-workspace-search")


def test_on_a_phone_the_page_begins_on_the_first_screen_and_its_tab_is_in_view(visit):
    visitor = visit(width=360)
    sign_in(visitor, ORGANISER)
    conference = Conference.objects.published().order_by("-starts_at").first()
    for page in ("", "points/", "settings/roles/"):
        visitor.go(f"/admin/c/{conference.slug}/{page}")
        height = visitor.page.viewport_size["height"]
        title = visitor.page.locator("#content h1").first.bounding_box()
        assert title["y"] <= 0.45 * min(height, 740), page
        tab = visitor.page.locator(".dc-ws-tabs [aria-current]").bounding_box()
        assert tab["x"] >= 0, page
        assert tab["x"] + tab["width"] <= 360, page
        assert not visitor.scrolls_sideways(), page
        # Nothing is lost: what stands outside is reached by scrolling its own line.
        for name in ("#user-tools", ".dc-ws-tabs ul"):
            assert visitor.page.locator(name).evaluate("line => getComputedStyle(line).overflowX") == "auto"


def test_on_a_phone_every_page_of_staff_has_the_same_head_that_fades_where_it_goes_on(visit):
    visitor = visit(width=360)
    sign_in(visitor, ORGANISER)
    conference = Conference.objects.published().order_by("-starts_at").first()
    heights = set()
    for page in (f"c/{conference.slug}/", "all/", f"c/{conference.slug}/doubles/", f"delivery/{conference.pk}/"):
        visitor.go(f"/admin/{page}")
        heights.add(visitor.page.locator("#header").bounding_box()["height"])
        for line in ("#user-tools", "div.breadcrumbs"):
            assert "gradient" in visitor.page.locator(line).evaluate("line => getComputedStyle(line).maskImage"), page
        assert not visitor.scrolls_sideways(), page
        visitor.page.locator("#user-tools").evaluate("line => line.scrollTo(9999, 0)")
        last = visitor.page.locator("#user-tools button").last.bounding_box()
        assert last["x"] + last["width"] <= 360 - 32, "what stands last is read in full"
    assert len(heights) == 1


def test_on_a_phone_no_tab_lies_on_its_neighbour(visit):
    visitor = visit(width=360)
    sign_in(visitor, ORGANISER)
    conference = Conference.objects.published().order_by("-starts_at").first()
    for page in ("day/show/", "day/start/", "day/polls/"):
        visitor.go(f"/admin/c/{conference.slug}/{page}")
        boxes = [one.bounding_box() for one in visitor.page.locator(".dc-subtabs li").all()]
        assert len(boxes) > 2
        for box, following in pairwise(boxes):
            assert box["x"] + box["width"] <= following["x"] + 0.5, page
        chosen = visitor.page.locator(".dc-subtabs [aria-current]").bounding_box()
        assert chosen["x"] >= 0, page
        assert chosen["x"] + chosen["width"] <= 360, page


def test_a_long_link_among_changed_details_fits_a_phone(visit):
    visitor = visit(width=360)
    sign_in(visitor, ORGANISER)
    conference = Conference.objects.published().order_by("-starts_at").first()
    with_people = Registration.objects.filter(conference=conference, state="confirmed").values("bridge_point")
    connection = Connection.objects.filter(bridge_point__in=with_people, bridge_point__kind="video_room").first()
    before = connection.web_url
    connection.web_url = f"https://hop.vidu.example/{'phong-hop-truc-tuyen' * 6}"
    connection.save()
    visitor.go(f"/admin/details/{connection.bridge_point_id}/")
    expect(visitor.page.locator(".results")).to_contain_text("phong-hop-truc-tuyen")
    assert not visitor.scrolls_sideways()
    connection.web_url = before
    connection.save()


# Words of the headings whose letters stand on more than one line.
TORN = """() => [...document.querySelectorAll('.dc-settings h2')].flatMap(heading => {
  const text = heading.firstChild, found = [];
  for (const word of text.data.matchAll(/\\S+/g)) {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    if (range.getClientRects().length > 1) found.push(word[0]);
  }
  return found;
})"""


def test_on_a_phone_no_heading_of_the_settings_breaks_inside_a_word(visit):
    visitor = visit(width=360)
    sign_in(visitor, ORGANISER)
    conference = Conference.objects.published().order_by("-starts_at").first()
    visitor.go(f"/admin/c/{conference.slug}/settings/")
    assert visitor.page.locator(".dc-settings h2").count() > 3
    assert visitor.page.evaluate(TORN) == []
    assert not visitor.scrolls_sideways()
    visitor.look("60-workspace-settings-phone")


def test_the_way_back_beside_a_button_is_met_with_a_thumb(visit):
    visitor = visit(width=360)
    sign_in(visitor, ORGANISER)
    for address in ("conferences/new/", "c/na-chi-lang-2021/content/when/", "c/na-chi-lang-2021/invitations/new/"):
        visitor.go(f"/admin/{address}")
        box = visitor.page.locator(".dc-buttons > a:not(.button)").bounding_box()
        assert min(box["width"], box["height"]) >= 44, address


def test_on_a_phone_a_guest_shows_no_column_that_says_nothing_of_them(visit):
    visitor = visit(width=360)
    guest = Guest.objects.filter(registration=None).first()
    Guest.objects.filter(pk=guest.pk).update(organisation="", email="khach@vidu.example")
    sign_in(visitor, ORGANISER)
    visitor.go(f"/admin/c/{guest.invitation.conference.slug}/invitations/{guest.invitation_id}/")
    row = visitor.page.locator("tr", has_text="khach@vidu.example")
    expect(row.locator("[data-label='E-mail']")).to_be_visible()
    expect(row.locator("[data-label='Tên đơn vị']")).to_be_hidden()
