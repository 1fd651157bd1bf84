"""From the home page to the room, as a cooperative's director goes that way on a phone or at a desk."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from attendance.models import Attendance
from bridges.models import BridgePoint
from conference.models import Conference
from outbox import queue
from registrations.models import Registration

pytestmark = pytest.mark.browser

WINDOWS = [
    pytest.param({"width": 360}, id="phone"),
    pytest.param({"width": 1280}, id="desk"),
    pytest.param({"width": 360, "javascript": False}, id="phone without JavaScript"),
    pytest.param({"width": 1280, "javascript": False}, id="desk without JavaScript"),
]


OWN_PAGE = re.compile(r"/r/[\w-]+/(\?new=1)?$")


def _next_conference() -> Conference:
    return Conference.objects.upcoming(timezone.now()).get()


def _fill(page, **changes: str) -> None:
    fields = {
        "full_name": "Hoàng Thị Na",
        "position": "Chủ nhiệm",
        "phone": "0900 000 999",
        "email": "na.chi.lang@vidu.example",
        "organisation_name": "HTX Na Dai Ví Dụ",
        **changes,
    }
    for name, value in fields.items():
        page.fill(f"[name={name}]", value)
    page.select_option("[name=organisation_kind]", "cooperative")
    page.check("[name=consent]")


@pytest.mark.parametrize("window", WINDOWS)
def test_from_home_to_the_room(visit, window):
    visitor = visit(**window)
    page = visitor.page
    conference = _next_conference()
    point = conference.bridge_points.get(name="Sendo")

    visitor.go("/")
    expect(page.locator("h1")).to_have_text(conference.name)
    visitor.look("01-home")

    page.click(f"main a[href='/{conference.slug}/']")
    expect(page.locator("[id^=point-]")).to_have_count(15)
    visitor.look("02-conference")

    page.locator(f"#point-{point.pk} a").click()
    expect(page.locator(f"[name=point][value='{point.pk}']")).to_be_checked()
    visitor.look("03-register")

    _fill(page)
    page.click("main form button[type=submit]")
    page.wait_for_url(OWN_PAGE)
    registration = Registration.objects.latest("id")
    assert registration.bridge_point == point
    expect(page.locator("main")).to_contain_text(registration.number)
    expect(page.locator("main .dc-qr img").first).to_be_visible()
    visitor.look("04-thank-you")
    with page.expect_download() as download:
        page.click("a[href$='calendar.ics']")
    assert download.value.suggested_filename.endswith(".ics")

    assert queue.deliver(clock=timezone.now)
    visitor.go("/mailbox/")
    expect(page.locator("main li")).not_to_have_count(0)
    visitor.look("05-mailbox")
    page.locator("main li", has_text="+84900000999").get_by_role("link").click()
    visitor.look("06-sms")
    visitor.go("/mailbox/")
    page.locator("main li", has_text="na.chi.lang@vidu.example").get_by_role("link").click()
    visitor.look("07-mail", axe=False)
    delegate = registration.delegates.get()
    page.locator(f"main a[href^='{delegate.join_url}']").first.click()

    expect(page.locator("main")).to_contain_text("Hoàng Thị Na")
    expect(page.locator("main form button")).to_have_count(0)
    if visitor.javascript:
        expect(page.locator("[data-countdown]")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    visitor.look("08-join-before")

    conference.starts_at = timezone.now() + timedelta(minutes=10)
    conference.ends_at = conference.starts_at + timedelta(hours=3)
    conference.save()
    page.reload()
    visitor.look("09-join-open")
    room = point.connection.web_url
    visitor.expect_room(room)
    page.click("main form button[type=submit]")
    page.wait_for_url(room)
    expect(page.locator("body")).to_have_text("The room")
    there = Attendance.objects.get(delegate=delegate)
    assert (there.presses, there.mode) == (1, "online")

    visitor.go(delegate.join_url)
    visitor.look("10-join-again")


@pytest.mark.parametrize("window", WINDOWS)
def test_in_a_hall_and_on_a_waitlist(visit, window):
    visitor = visit(**window)
    page = visitor.page
    conference = _next_conference()
    hall = conference.bridge_points.get(is_hub=True)
    full = next(point for point in conference.bridge_points.all() if point.is_full)

    visitor.go(f"/{conference.slug}/register/?point={full.pk}")
    _fill(page)
    page.click("main form button[type=submit]")
    page.wait_for_url(OWN_PAGE)
    waiting = Registration.objects.latest("id")
    assert waiting.state == "waitlisted"
    expect(page.locator("main")).to_contain_text(str(waiting.place_in_line))
    visitor.look("11-waitlist")
    visitor.go(waiting.delegates.get().join_url)
    visitor.look("12-join-waitlist")

    visitor.go(f"/{conference.slug}/register/?point={hall.pk}")
    _fill(page, full_name="Nông Văn Chi")
    page.click("main form button[type=submit]")
    page.wait_for_url(OWN_PAGE)
    registration = Registration.objects.latest("id")
    visitor.go(registration.delegates.get().join_url)
    expect(page.locator("main .dc-qr img").first).to_be_visible()
    expect(page.locator("main a[href^='https://www.google.com/maps/']")).to_be_visible()
    visitor.look("13-join-hall")

    visitor.go(f"{registration.get_absolute_url()}cancel/")
    visitor.look("14-cancel")
    page.click("main form button[type=submit]")
    page.wait_for_url(f"**{registration.get_absolute_url()}")
    visitor.look("15-cancelled")
    registration.refresh_from_db()
    assert registration.state == "cancelled"
    visitor.go(registration.delegates.get().join_url)
    visitor.look("16-join-cancelled")


@pytest.mark.parametrize("window", WINDOWS)
def test_mistakes_lose_nothing(visit, window):
    visitor = visit(**window)
    page = visitor.page
    conference = _next_conference()
    before = Registration.objects.count()

    visitor.go(f"/{conference.slug}/register/")
    # The browser itself asks for the point; not every browser does.
    page.evaluate("document.querySelector('main form').noValidate = true")
    _fill(page, phone="12")
    page.click("main form button[type=submit]")
    for name in ("point", "phone"):
        field = page.locator(f"#id_{name}")
        message = page.locator(f"#id_{name}_error")
        expect(message).to_be_visible()
        assert f"id_{name}_error" in field.get_attribute("aria-describedby")
        # Beside the field: nothing but its label and its help stands between them.
        box, error = field.bounding_box(), message.bounding_box()
        assert error["y"] - (box["y"] + box["height"]) < 80
    assert Registration.objects.count() == before
    for name, value in {"phone": "12", "full_name": "Hoàng Thị Na", "organisation_name": "HTX Na Dai Ví Dụ"}.items():
        expect(page.locator(f"[name={name}]")).to_have_value(value)
    expect(page.locator("[name=organisation_kind]")).to_have_value("cooperative")
    expect(page.locator("[name=consent]")).to_be_checked()
    visitor.look("17-mistakes")

    page.fill("[name=phone]", "0900 000 999")
    page.locator(f"[name=point][value='{BridgePoint.objects.get(conference=conference, name='Voso').pk}']").check()
    page.click("main form button[type=submit]")
    page.wait_for_url(OWN_PAGE)
    assert Registration.objects.count() == before + 1


@pytest.mark.parametrize("window", WINDOWS)
def test_the_archive_refuses_in_words(visit, window):
    visitor = visit(**window)
    past = Conference.objects.get(slug="na-chi-lang-2021")
    visitor.go("/")
    visitor.page.click(f"main a[href='/{past.slug}/']")
    expect(visitor.page.locator("main")).to_contain_text("19")
    visitor.look("18-archive")
    visitor.go(f"/{past.slug}/register/")
    expect(visitor.page.locator("main form")).to_have_count(0)
    visitor.look("19-archive-register")
    visitor.go("/r/no-such-token/")
    visitor.look("20-not-found")


@pytest.mark.parametrize("window", WINDOWS)
def test_the_other_language_and_back(visit, window):
    visitor = visit(**window)
    page = visitor.page
    conference = _next_conference()
    visitor.go(f"/{conference.slug}/?from=mail")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    expect(page.locator("#points")).to_contain_text("điểm cầu")
    page.click("header button[name=language][value=en]")
    page.wait_for_url(f"**/{conference.slug}/?from=mail")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#points")).to_have_text("Bridge points")
    visitor.look("21-conference-english")
    visitor.go("/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    visitor.look("22-home-english")
    page.click("header button[name=language][value=vi]")
    expect(page.locator("html")).to_have_attribute("lang", "vi")


def test_with_the_keyboard_alone(visit):
    visitor = visit(width=1280)
    page = visitor.page
    conference = _next_conference()
    visitor.go(f"/{conference.slug}/register/")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    expect(skip).to_have_attribute("href", "#main")
    assert skip.bounding_box()["y"] >= 0
    page.screenshot(path=str(_folder() / "23-skip-link.png"))
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()

    # From the skip link on, the focus is seen wherever it goes.
    page.reload()
    unseen, visited = [], 0
    focused = """() => {
        const e = document.activeElement, label = e.closest("label") || e, s = getComputedStyle(e);
        if (e === document.body) return null;
        const ringed = style => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
            || style.boxShadow !== "none";
        return {name: e.outerHTML.slice(0, 100), seen: ringed(s) || ringed(getComputedStyle(label))};
    }"""
    for _step in range(200):
        page.keyboard.press("Tab")
        if (state := page.evaluate(focused)) is None:
            break
        visited += 1
        if not state["seen"]:
            unseen.append(state["name"])
    assert visited > 15
    assert unseen == []


def _folder():
    from tests.support.visitor import SCREENSHOTS

    folder = SCREENSHOTS / "1280-light"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("window", WINDOWS[:2])
def test_pages_about_the_account(visit, window):
    visitor = visit(**window)
    page = visitor.page
    for name, path in {
        "24-sign-in": "/accounts/login/",
        "25-sign-up": "/accounts/signup/",
        "26-code": "/accounts/login/code/",
        "27-password-reset": "/accounts/password/reset/",
    }.items():
        visitor.go(path)
        visitor.look(name)
    visitor.go("/accounts/login/?next=/accounts/registrations/")
    page.fill("[name=login]", "htx@diemcau.example")
    page.fill("[name=password]", "diem-cau-demo")
    page.click("main form button[type=submit]:not([form])")
    page.wait_for_url("**/accounts/registrations/")
    expect(page.locator("main li")).to_have_count(1)
    visitor.look("28-my-registrations")
    for name, path in {
        "29-addresses": "/accounts/email/",
        "30-password": "/accounts/password/change/",
        "31-second-factor": "/accounts/2fa/",
    }.items():
        visitor.go(path)
        visitor.look(name)
