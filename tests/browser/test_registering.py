"""Registering in a real browser: rows that grow, a pasted list, the registrant's page, a weak signal, no JavaScript."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from conference.models import Conference, Product
from registrations import services
from registrations.models import Guest, Invitation, Question, Registration

pytestmark = pytest.mark.browser

OWN_PAGE = re.compile(r"/r/[\w-]+/(\?new=1)?$")
WINDOWS = [
    pytest.param({"width": 360}, id="phone"),
    pytest.param({"width": 1280}, id="desk"),
    pytest.param({"width": 360, "javascript": False}, id="phone without JavaScript"),
]


@pytest.fixture
def conference(site) -> Conference:
    """The demo's next conference, with products and questions."""
    conference = Conference.objects.upcoming(timezone.now()).get()
    conference.products.all().delete()
    Product.objects.create(conference=conference, name="Na Chi Lăng")
    Question.objects.filter(conference=conference).delete()
    Question.objects.create(conference=conference, text="Có gian trưng bày?", kind="yes_no", is_required=True)
    Question.objects.create(conference=conference, text="Ăn chay?", kind="yes_no", asked="delegate")
    return conference


def _fill(page, point: int | None = None) -> None:
    if point:
        page.locator(f"[name=point][value='{point}']").check()
    for name, value in {
        "organisation_name": "Siêu thị Ví Dụ",
        "full_name": "Trần Thị Mua",
        "phone": "0900 000 777",
        "email": "mua@vidu.example",
    }.items():
        page.fill(f"[name={name}]", value)
    page.select_option("[name=organisation_kind]", "retail")
    page.locator("select[name^=question-]").first.select_option("yes")
    page.check("[name=consent]")


def _open(page, number: int) -> None:
    page.locator("details.dc-more").nth(number).locator("summary").first.click()


@pytest.mark.parametrize("window", WINDOWS)
def test_a_buyer_brings_four_colleagues(visit, conference, window):
    visitor = visit(**window)
    page = visitor.page
    hall = conference.bridge_points.get(is_hub=True)
    visitor.go(f"/{conference.slug}/register/")
    _fill(page, hall.pk)
    _open(page, 0)
    page.fill("[name=people-0-full_name]", "Lê Văn Hai")
    page.click("[data-add=people]")
    expect(page.locator("[data-rows=people] [data-row]")).to_have_count(2)
    expect(page.locator("[name=people-1-full_name]")).to_be_focused()
    expect(page.locator("[name=people-1-full_name]")).to_have_value("")
    page.fill("[name=people-1-full_name]", "Vũ Thị Ba")
    page.get_by_text("dán vào đây").or_(page.get_by_text("Paste it here")).click()
    page.fill("[name=people_text]", "Đỗ Bốn, Kế toán, 0900 000 778\nNgô Năm; ; ; nam@vidu.example")
    _open(page, 1)
    page.select_option("[name=interests-0-side]", "buys")
    page.select_option("[name=interests-0-product]", label="Na Chi Lăng")
    page.click("[data-add=interests]")
    expect(page.locator("[name=interests-1-side]")).to_have_value("")
    visitor.look("40-register-group")
    page.click("main form button[type=submit]")
    page.wait_for_url(OWN_PAGE)
    registration = Registration.objects.latest("id")
    assert sorted(d.full_name for d in registration.delegates.all()) == [
        "Lê Văn Hai", "Ngô Năm", "Trần Thị Mua", "Vũ Thị Ba", "Đỗ Bốn",
    ]  # fmt: skip
    assert registration.interests.get().side == "buys"
    expect(page.locator("main .dc-qr img")).to_have_count(5)
    visitor.look("41-group-thanks")


@pytest.mark.parametrize("window", WINDOWS)
def test_a_form_that_was_kept_compressed_around_its_token_can_be_sent(visit, conference, window, kept_pages):
    address = f"/{conference.slug}/register/"
    visit(**window).go(address)
    # The next one gets what was kept of the first one's page, and the name of then.
    Conference.objects.update(short_name="Tên mới")
    visitor = visit(**window)
    page = visitor.page
    answer = page.goto(f"{visitor.site}{address}")
    assert answer.headers["content-encoding"] == "gzip"
    expect(page.locator("h1")).not_to_have_text("Tên mới")
    expect(page.locator("footer")).to_be_visible()
    _fill(page)
    page.locator("[name=point]").first.check()
    page.click("main form button[type=submit]")
    page.wait_for_url(OWN_PAGE)


@pytest.mark.parametrize("window", WINDOWS)
def test_the_enter_key_registers_and_adds_no_row(visit, conference, window):
    visitor = visit(**window)
    page = visitor.page
    visitor.go(f"/{conference.slug}/register/")
    _fill(page, conference.bridge_points.get(is_hub=True).pk)
    page.press("[name=full_name]", "Enter")
    page.wait_for_url(OWN_PAGE)


@pytest.mark.parametrize("window", WINDOWS)
def test_everything_can_be_changed_from_the_registrants_page(visit, conference, window):
    visitor = visit(**window)
    page = visitor.page
    visitor.go(f"/{conference.slug}/register/")
    _fill(page, next(p for p in conference.bridge_points.all() if p.is_full).pk)
    page.click("main form button[type=submit]")
    page.wait_for_url(OWN_PAGE)
    registration = Registration.objects.latest("id")
    own = registration.get_absolute_url()

    visitor.go(f"{own}people/")
    page.fill("[name=people-1-full_name]", "Lê Văn Hai")
    visitor.look("42-people")
    page.click("main .dc-submit button")
    page.wait_for_url(f"**{own}")
    assert registration.delegates.count() == 2

    visitor.go(f"{own}correct/")
    page.fill("[name=tax_code]", "1")
    visitor.look("43-correct")
    page.click("main .dc-submit button")
    expect(page.locator("#id_tax_code_error")).to_be_visible()
    visitor.look("44-correct-mistake")
    page.fill("[name=tax_code]", "0100233488")
    page.click("main .dc-submit button")
    page.wait_for_url(f"**{own}")
    expect(page.locator("main")).to_contain_text("0100233488")

    visitor.go(f"{own}move/")
    visitor.look("45-move")
    page.locator("main .dc-point form button").first.click()
    page.wait_for_url(f"**{own}")
    registration.refresh_from_db()
    assert registration.state == "confirmed"
    visitor.look("46-own-page")

    with page.expect_download() as download:
        page.click("a[href$='data.json']")
    assert download.value.suggested_filename == f"{registration.number}.json"
    page.click(f"a[href='{own}erase/']")
    visitor.look("47-erase")
    page.click("main form .btn-danger")
    page.wait_for_url("**/r/erased/")
    visitor.look("48-erased")
    visitor.go(own)
    expect(page.locator("main")).to_contain_text("404")


@pytest.mark.parametrize("window", WINDOWS)
def test_an_invited_guest_has_little_to_type(visit, conference, window):
    visitor = visit(**window)
    page = visitor.page
    point = conference.bridge_points.get(is_hub=True)
    invitation = Invitation.objects.create(
        conference=conference, name="Sở Công Thương (ví dụ)", bridge_point=point, text="Trân trọng kính mời Ông/Bà."
    )
    services.keep_seats(invitation=invitation, quota=5, is_active=True, now=timezone.now())
    guest = Guest.objects.create(
        invitation=invitation, name="Trần Khách", organisation="Siêu thị Mẫu", email="khach@vidu.example"
    )
    visitor.go(f"{invitation.get_absolute_url()}?g={guest.sealed}")
    expect(page.locator("main")).to_contain_text("Sở Công Thương (ví dụ)")
    visitor.look("49-invitation")
    page.click("main form button")
    expect(page.locator("[name=full_name]")).to_have_value("Trần Khách")
    visitor.look("50-invited")
    page.select_option("[name=organisation_kind]", "retail")
    page.locator("select[name^=question-]").first.select_option("no")
    page.check("[name=consent]")
    page.click("main form button[type=submit]")
    page.wait_for_url(OWN_PAGE)
    guest.refresh_from_db()
    assert guest.registration == Registration.objects.latest("id")


@pytest.mark.parametrize("window", WINDOWS)
def test_the_link_is_sent_again(visit, conference, window):
    visitor = visit(**window)
    page = visitor.page
    visitor.go(f"/{conference.slug}/register/")
    page.click(f"main a[href='/{conference.slug}/find/']")
    visitor.look("51-find")
    page.fill("[name=address]", "khong-co@vidu.example")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/find/?sent=1")
    visitor.look("52-find-sent")
