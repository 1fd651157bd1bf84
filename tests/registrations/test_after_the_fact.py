"""What the public pages say when the conference is cancelled, running or over."""

import html
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext
from icalendar import Calendar

from conference import services as conference_services
from conference.models import Conference, Phase
from messaging.texts.defaults import default
from outbox.models import Message
from registrations import services
from registrations.calendar import invitation
from registrations.models import Registration
from registrations.models.organisation import clean_tax_code
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

CANCELLED = NOW + timedelta(hours=2)
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
OVER = START + timedelta(hours=4)


@pytest.fixture
def registration() -> Registration:
    return registered(BridgePointFactory(seats=1), now=NOW)


@pytest.fixture
def waiting(registration) -> Registration:
    return registered(registration.bridge_point, now=NOW, number=2)


def call_off(registration: Registration) -> None:
    conference_services.cancel(conference=registration.conference, now=CANCELLED)


def page(client, registration: Registration, query: str = "") -> str:
    client.cookies["django_language"] = "en"
    return html.unescape(client.get(f"{registration.get_absolute_url()}{query}").content.decode())


def entry(client, registration: Registration):
    answer = client.get(f"{registration.get_absolute_url()}calendar.ics")
    assert answer.status_code == 200
    calendar = Calendar.from_ical(answer.content)
    (event,) = calendar.walk("VEVENT")
    return calendar["method"], event


# --- cancelled -------------------------------------------------------------------------------------------------------


def test_the_page_says_that_the_conference_is_cancelled_and_offers_nothing_for_the_day(client, registration):
    call_off(registration)
    shown = page(client, registration)
    assert "The conference is cancelled" in shown
    for gone in ("You are registered", "Confirmed", "/j/", 'class="qr"', "calendar.ics", "resend/"):
        assert gone not in shown, gone


def test_a_fresh_registration_of_a_cancelled_conference_is_not_thanked_for_its_seat(client, registration):
    call_off(registration)
    shown = page(client, registration, "?new=1")
    assert "your seat is booked" not in shown
    assert "personal links come by" not in shown


def test_on_the_waitlist_of_a_cancelled_conference_nobody_waits(client, waiting):
    call_off(waiting)
    shown = page(client, waiting)
    assert "The conference is cancelled" in shown
    for gone in ("on the waitlist", "Place in line"):
        assert gone not in shown, gone


@pytest.mark.parametrize("who", ["conference", "registrant"])
def test_the_calendar_file_takes_the_entry_out_as_the_message_did(client, registration, who):
    _method, before = entry(client, registration)
    if who == "conference":
        call_off(registration)
    else:
        services.cancel(registration=registration, now=CANCELLED)
    registration = Registration.objects.select_related("conference", "bridge_point").get(pk=registration.pk)
    method, after = entry(client, registration)
    assert (method, after["status"]) == ("CANCEL", "CANCELLED")
    assert after["uid"] == before["uid"]
    mailed = Calendar.from_ical(invitation(registration, "http://diemcau.test/j/x/", method="CANCEL"))
    assert after["sequence"] == mailed.walk("VEVENT")[0]["sequence"]
    assert after["sequence"] > before["sequence"]


def test_a_conference_that_takes_place_after_all_is_put_back_by_the_file(client, registration):
    call_off(registration)
    _method, cancelled = entry(client, registration)
    conference_services.restore(conference=registration.conference, now=CANCELLED + timedelta(minutes=5))
    method, restored = entry(client, registration)
    assert (method, restored["status"]) == ("PUBLISH", "CONFIRMED")
    assert restored["sequence"] > cancelled["sequence"]


def test_who_never_had_a_seat_has_no_calendar_file(client, waiting):
    call_off(waiting)
    assert client.get(f"{waiting.get_absolute_url()}calendar.ics").status_code == 404


def test_nothing_is_sent_again_about_a_cancelled_conference_and_nobody_is_told_so(client, registration):
    call_off(registration)
    before = Message.objects.count()
    answer = client.post(f"{registration.get_absolute_url()}resend/", follow=True)
    assert Message.objects.count() == before
    assert [message.level_tag for message in answer.context["messages"]] == ["info"]


def test_no_link_is_sent_again_for_a_cancelled_conference(client, registration):
    call_off(registration)
    before = Message.objects.count()
    url = f"/{registration.conference.slug}/find/"
    client.cookies["django_language"] = "en"
    shown = client.get(url).content.decode()
    assert "This conference has been cancelled, so links are not sent again." in shown
    assert "the links for joining and the QR codes no longer work" in shown
    assert "still works" not in shown
    assert 'name="address"' not in shown
    client.post(url, {"address": registration.contact_email})
    client.get(f"{url}?sent=1")
    assert Message.objects.count() == before


def test_the_page_of_a_cancelled_conference_says_whom_to_ask(client, registration):
    Conference.objects.update(contact_name="Chị Hoa", contact_email="hoa@btc.example")
    assert "hoa@btc.example" not in page(client, registration)
    call_off(registration)
    assert "mailto:hoa@btc.example" in page(client, registration)


def test_the_pages_and_the_mail_send_people_with_their_code_to_the_same_place(client, registration):
    words = "at the check-in desk, if there is one"
    assert words in page(client, registration)
    with time_machine.travel(START - timedelta(minutes=10), tick=False):
        assert words in client.get(f"/j/{registration.delegates.first().token}/").content.decode()
    # What the mail says there, at points where people sit in a room together.
    assert "{desk}" in default("confirmed", "email", "en").body
    with translation.override("vi"):
        assert "{desk}" in default("confirmed", "email", "vi").body
        assert "tại bàn đón tiếp (nếu có)" in gettext("Please show the QR code at the check-in desk, if there is one.")
        assert gettext("Please show this QR code at the check-in desk, if there is one.") == (
            "Vui lòng xuất trình mã QR này tại bàn đón tiếp (nếu có)."
        )


def test_the_form_says_who_gets_sms_and_what_is_wrong_with_a_tax_code(client, registration):
    url = f"/{registration.conference.slug}/register/"
    page_words = html.unescape(client.get(url).content.decode())
    assert "Số di động Việt Nam sẽ nhận liên kết qua SMS; số nước ngoài nhận qua e-mail." in page_words
    with pytest.raises(ValidationError, match=r"^\['Mã số thuế chưa đúng\. Vui lòng kiểm tra lại"):
        clean_tax_code("0100109107")


def test_nobody_need_cancel_what_is_cancelled(client, registration):
    call_off(registration)
    assert "cancel/" not in page(client, registration)


# --- over ------------------------------------------------------------------------------------------------------------


def test_after_the_end_nobody_is_asked_to_show_a_code_at_the_door(client, registration):
    with time_machine.travel(OVER, tick=False):
        shown = page(client, registration)
    assert "This conference is over" in shown
    for gone in ("at the check-in desk", "Press this link", 'class="qr"', "calendar.ics", "You are registered"):
        assert gone not in shown, gone
    assert "What we have stored" in shown


def test_after_the_end_nobody_waits(client, waiting):
    with time_machine.travel(OVER, tick=False):
        shown = page(client, waiting)
    assert "This conference is over" in shown
    for gone in ("on the waitlist", "Place in line"):
        assert gone not in shown, gone


def test_until_the_end_the_code_is_there(client, registration):
    with time_machine.travel(START + timedelta(hours=1), tick=False):
        assert 'class="qr"' in page(client, registration)


def test_a_cancelled_registration_says_so_whatever_becomes_of_the_conference(client, registration):
    services.cancel(registration=registration, now=NOW)
    call_off(registration)
    assert "This registration is cancelled" in page(client, registration)


def test_no_link_is_sent_again_after_the_end(client, registration):
    client.cookies["django_language"] = "en"
    with time_machine.travel(OVER, tick=False):
        shown = client.get(f"/{registration.conference.slug}/find/").content.decode()
    assert "This conference is over" in shown
    assert 'name="address"' not in shown


# --- tentative -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "is_said"),
    [
        (NOW, True),
        (START - timedelta(minutes=31), True),
        (START - timedelta(minutes=10), False),
        (START + timedelta(minutes=10), False),
        (OVER, False),
    ],
)
def test_a_date_is_tentative_until_the_doors_open(client, registration, moment, is_said):
    Conference.objects.update(is_tentative=True)
    conference = registration.conference
    (delegate,) = registration.delegates.all()
    addresses = [
        "/",
        f"/{conference.slug}/",
        f"/{conference.slug}/register/",
        registration.get_absolute_url(),
        f"/j/{delegate.token}/",
    ]
    client.cookies["django_language"] = "en"
    with time_machine.travel(moment, tick=False):
        said = {address: "Date is tentative" in client.get(address).content.decode() for address in addresses}
    assert said == dict.fromkeys(addresses, is_said)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "The next conference"),
        (START + timedelta(minutes=10), "Taking place now"),
    ],
)
def test_the_home_page_calls_a_conference_what_it_is(client, registration, moment, words):
    client.cookies["django_language"] = "en"
    with time_machine.travel(moment, tick=False):
        shown = client.get("/").content.decode()
    eyebrow = shown.split('<p class="dc-eyebrow">')[1].split("</p>")[0].strip()
    assert eyebrow == words


def test_a_cancelled_conference_is_not_the_next_one(client, registration):
    call_off(registration)
    client.cookies["django_language"] = "en"
    shown = client.get("/").content.decode()
    assert "The next conference" not in shown
    other = BridgePointFactory(
        conference__starts_at=START + timedelta(days=9), conference__ends_at=OVER + timedelta(days=9)
    )
    shown = client.get("/").content.decode()
    hero = shown.split('aria-labelledby="next"')[1].split("</section>")[0]
    assert other.conference.name in hero
    assert registration.conference.name in shown


# --- days -------------------------------------------------------------------------------------------------------------


def test_a_conference_over_midnight_names_both_days(client, registration):
    start, end = datetime(2027, 7, 19, 20, 47, tzinfo=VIETNAM), datetime(2027, 7, 20, 0, 17, tzinfo=VIETNAM)
    Conference.objects.update(starts_at=start, ends_at=end)
    for address in (registration.get_absolute_url(), f"/{registration.conference.slug}/register/"):
        shown = " ".join(strip_tags(client.get(address).content.decode()).split())
        assert "Thứ Hai, 19/7/2027, 20:47 – Thứ Ba, 20/7/2027, 00:17" in shown, address
    hero = " ".join(strip_tags(client.get("/").content.decode()).split())
    assert "Thứ Hai, 20:47 – Thứ Ba, 20/7, 00:17" in hero
    assert "20:47–" not in hero


def test_the_leaf_of_the_calendar_names_the_month_as_people_write_it(client, registration):
    leaf = client.get("/").content.decode().split('class="dc-bloc"')[1].split("</time>")[0]
    assert "<span>7/2027</span>" in leaf


def test_an_unpublished_conference_is_not_open_for_registration(registration):
    conference = registration.conference
    conference.is_published = False
    assert conference.phase_at(NOW) == Phase.UNPUBLISHED
    assert conference.refusal_at(NOW)
    assert conference.phase_at(OVER) == Phase.OVER
