"""What a real browser tells of an address that is a key, and that the forms on such pages are taken."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from conference.models import Conference
from registrations.models import Registration

pytestmark = pytest.mark.browser


def test_no_request_of_the_browser_tells_a_personal_link_and_every_form_of_the_page_posts(visit):
    conference = Conference.objects.upcoming(timezone.now()).get()
    registration = Registration.objects.filter(conference=conference, state="confirmed").latest("id")
    token, join_token = registration.token, registration.delegates.first().token
    visitor = visit()
    page = visitor.page
    referrers: list[str] = []
    posts: list[tuple[str, str]] = []

    def note(request) -> None:
        headers = request.all_headers()
        referrers.append(headers.get("referer", ""))
        if request.method == "POST":
            posts.append((request.url.removeprefix(visitor.site), headers.get("origin", "")))

    visitor.context.on("requestfinished", note)
    for address in (f"/r/{token}/", f"/j/{join_token}/", f"/r/{token}/cancel/"):
        visitor.go(address)
        expect(page.locator("h1")).to_be_visible()
    # A form that is checked against forgery, and one that is not.
    page.locator("main form[method=post] button[type=submit]").first.click()
    page.wait_for_url(f"**/r/{token}/")
    registration.refresh_from_db()
    assert registration.state == "cancelled"
    page.locator("form[action='/i18n/setlang/'] button").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")

    assert posts == [(f"/r/{token}/cancel/", visitor.site), ("/i18n/setlang/", visitor.site)]
    assert len(referrers) > 5
    assert set(referrers) <= {"", f"{visitor.site}/"}
