"""Public pages in a browser: long names, another language in mid-form, a list put in, a page left open."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from conference.models import Conference
from registrations import services
from registrations.models import Registration
from registrations.services import NewRegistration, OrganisationData, Person

pytestmark = pytest.mark.browser

LONG = "Nguyễn" + "ễ" * 144
PHONE = {"width": 360}
WINDOWS = [
    pytest.param(PHONE, id="phone"),
    pytest.param({**PHONE, "javascript": False}, id="phone without JavaScript"),
]


@pytest.fixture
def conference(site) -> Conference:
    return Conference.objects.upcoming(timezone.now()).get()


@pytest.fixture
def registration(conference) -> Registration:
    """Two people with names of 150 letters, of an organisation with one of 200."""
    point = conference.bridge_points.filter(kind="online").first() or conference.bridge_points.first()
    form = NewRegistration(
        organisation=OrganisationData("cooperative", "H" * 200),
        people=[Person(LONG, "C" * 150, "+84900000991", f"{'a' * 60}@{'b' * 60}.example"), Person(LONG)],
        language="vi",
    )
    return services.register(conference=conference, point=point, form=form, now=timezone.now())


@pytest.mark.parametrize("width", [360, 1280])
def test_a_name_of_150_letters_widens_no_page(visit, conference, registration, width):
    visitor = visit(width=width)
    own, (first, _second) = registration.get_absolute_url(), registration.delegates.as_entered()
    for page in (f"{own}?new=1", f"{own}people/", f"{own}correct/", f"{own}move/", f"{own}cancel/", f"{own}erase/"):
        visitor.go(page)
        assert not visitor.scrolls_sideways(), page
    visitor.go(f"/j/{first.token}/")
    assert not visitor.scrolls_sideways()
    visitor.go(own)
    visitor.look("60-long-names", axe=False)
    Conference.objects.filter(pk=conference.pk).update(name="N" * 250, short_name="K" * 60, contact_name="L" * 150)
    conference.bridge_points.update(name="P" * 200, address="D" * 250)
    for page in ("/", f"/{conference.slug}/", f"/{conference.slug}/register/", f"/{conference.slug}/find/", own):
        visitor.go(page)
        assert not visitor.scrolls_sideways(), page


@pytest.mark.parametrize("window", WINDOWS)
def test_the_language_changes_and_a_half_filled_form_stays(visit, conference, window):
    visitor = visit(**window)
    page = visitor.page
    point = conference.bridge_points.filter(is_open=True).last()
    visitor.go(f"/{conference.slug}/register/?point={point.pk}")
    page.fill("[name=full_name]", "Trần Thị Mua")
    page.fill("[name=phone]", "12")
    page.locator("details.dc-more").first.locator("summary").first.click()
    page.fill("[name=people-0-full_name]", "Lê Văn Hai")
    page.click(".dc-top button[lang=en]")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("[name=full_name]")).to_have_value("Trần Thị Mua")
    expect(page.locator("[name=phone]")).to_have_value("12")
    expect(page.locator("[name=people-0-full_name]")).to_have_value("Lê Văn Hai")
    expect(page.locator(f"[name=point][value='{point.pk}']")).to_be_checked()
    expect(page.locator(".dc-error")).to_have_count(0)
    # It is remembered.
    visitor.go(f"/{conference.slug}/")
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("window", WINDOWS)
def test_a_list_that_is_put_in_is_told_about_where_it_stands(visit, conference, window):
    visitor = visit(**window)
    page = visitor.page
    visitor.go(f"/{conference.slug}/register/")
    page.fill("[name=full_name]", "Trần Thị Mua")
    page.locator("details.dc-more").first.locator("summary").first.click()
    page.locator("details.dc-fold summary").click()
    page.fill("[name=people_text]", "Đỗ Bốn, Kế toán\nNgô Năm")
    page.click("button[value=pasted]")
    told = page.locator("main [role=status]")
    expect(told).to_contain_text("Đỗ Bốn, Ngô Năm")
    expect(told).to_be_focused()
    expect(told).to_be_in_viewport()
    expect(page.locator("[name=people-1-full_name]")).to_have_value("Ngô Năm")
    expect(page.locator("[name=full_name]")).to_have_value("Trần Thị Mua")


def test_a_page_that_was_left_open_shows_the_new_date(visit, conference, registration):
    visitor = visit(width=360)
    page = visitor.page
    page.clock.install()
    token = registration.delegates.as_entered().first().token
    for address in (f"/j/{token}/", registration.get_absolute_url(), f"/{conference.slug}/"):
        visitor.go(address)
        before = page.locator("[data-fresh]").get_attribute("data-fresh")
        page.clock.fast_forward("20:00")
        expect(page.locator("[data-fresh]")).to_have_attribute("data-fresh", before)
        conference.starts_at += timedelta(days=9)
        conference.ends_at += timedelta(days=9)
        conference.save()
        page.clock.fast_forward("20:00")
        expect(page.locator("[data-fresh]")).not_to_have_attribute("data-fresh", before)
        day = timezone.localtime(conference.starts_at).day
        expect(page.locator("main")).to_contain_text(str(day))
