"""The registration page: one GET, one POST, one redirect."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from bridges.models import BridgePoint, Province
from common.alphabet import name_key
from outbox.models import Message
from registrations import services
from registrations.models import Delegate, Organisation, Registration
from registrations.public.offer import forget_offer
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, ConferenceFactory, registered
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def point() -> BridgePoint:
    return BridgePointFactory(conference=ConferenceFactory(slug="na"), name="Hội trường Chi Lăng")


def answers(point: BridgePoint, **changes) -> dict:
    """A form filled in well."""
    return {
        "point": point.pk,
        "organisation_kind": "cooperative",
        "organisation_name": "HTX Na Đồng Bành",
        "full_name": "Hoàng Văn Thụ",
        "position": "Giám đốc",
        "phone": "0912 345 678",
        "email": "Thu@ViDu.example",
        "consent": "on",
        **changes,
    }


def test_a_filled_in_form_leads_to_the_thank_you_page(client, point):
    response = client.post("/na/register/", answers(point))
    registration = Registration.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/r/{registration.token}/?new=1")
    page = client.get(response["Location"]).content.decode()
    assert registration.number in page
    assert "<svg" in page
    assert "calendar.ics" in page


def test_what_was_typed_is_kept_in_its_normal_form(client, point):
    client.post("/na/register/", answers(point))
    delegate = Delegate.objects.get()
    assert (delegate.full_name, delegate.email, delegate.phone.as_e164) == (
        "Hoàng Văn Thụ",
        "thu@vidu.example",
        "+84912345678",
    )
    assert delegate.is_contact
    assert delegate.sort_name == name_key("Hoàng Văn Thụ")


@pytest.mark.parametrize("number", ["0912345678", "84912345678", "+84 912.345.678", "(0912) 345-678", "0205 3870 123"])
def test_phone_numbers_are_taken_as_people_write_them(client, point, number):
    assert client.post("/na/register/", answers(point, phone=number)).status_code == 302


@pytest.mark.parametrize("missing", ["phone", "email"])
def test_phone_or_e_mail_is_enough(client, point, missing):
    assert client.post("/na/register/", answers(point, **{missing: ""})).status_code == 302


def test_without_phone_and_e_mail_nobody_could_be_reached(client, point):
    response = client.post("/na/register/", answers(point, phone="", email=""))
    assert response.status_code == 422
    assert "phone" in response.context["form"].errors


def test_without_consent_nothing_is_stored(client, point):
    response = client.post("/na/register/", answers(point, consent=""))
    assert response.status_code == 422
    assert "consent" in response.context["form"].errors
    assert not Organisation.objects.exists()


def test_the_list_of_errors_names_short_labels_and_leaves_out_sentences(client, point):
    response = client.post("/na/register/", answers(point, consent="", full_name=""))
    shown = [words for _place, words in response.context["form"].all_problems]
    assert "Họ và tên: Thông tin này là bắt buộc." in shown
    assert "Cần có sự đồng ý của Ông/Bà thì mới được lưu đăng ký." in shown


def test_consent_is_never_ticked_beforehand(client, point):
    page = client.get("/na/register/").content.decode()
    assert "checked" not in re.search(r"<input[^>]*name=\"consent\"[^>]*>", page).group()


def test_a_browser_asks_for_the_point_before_it_sends_the_form(client, point):
    BridgePointFactory(conference=point.conference)
    page = client.get("/na/register/").content.decode()
    choices = re.findall(r'<input[^>]*name="point"[^>]*>', page)
    assert len(choices) == 2
    assert [" required" in choice for choice in choices] == [True, False]


def test_the_point_in_the_address_is_chosen_already(client, point):
    other = BridgePointFactory(conference=point.conference)
    page = client.get(f"/na/register/?point={other.pk}").content.decode()
    assert re.search(rf'name="point" value="{other.pk}"\s+checked', page)
    assert not re.search(rf'name="point" value="{point.pk}"\s+checked', page)


@pytest.mark.parametrize(
    ("kind", "address", "said"), [("venue", "", "Lạng Sơn"), ("venue", "Số 9", "Số 9"), ("online", "", "")]
)
def test_a_point_says_its_address_or_else_its_province(client, point, kind, address, said):
    point.kind, point.address, point.province = kind, address, Province.objects.get(code="lang-son")
    point.save()
    BridgePointFactory(conference=point.conference)
    page = client.get("/na/register/").content.decode()
    shown = strip_tags(page[page.index(f"<b>{point.name}</b>") :].split("</span>")[0])
    assert (said in shown) if said else ("Lạng Sơn" not in shown)


def test_one_more_point_with_a_province_takes_no_further_statement(client, point):
    counts = []
    for _ in range(2):
        BridgePointFactory(conference=point.conference, province=Province.objects.get(code="lang-son"))
        forget_offer("na")
        caches["pages"].clear()
        with CaptureQueriesContext(connection) as queries:
            client.get("/na/register/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("value", ["0", "x", "9" * 40, "<script>", "-1"])
def test_a_strange_point_in_the_address_chooses_nothing(client, point, value):
    response = client.get(f"/na/register/?point={value}")
    assert response.status_code == 200
    assert "<script>" not in response.content.decode()
    assert not re.search(r'name="point"[^>]*checked', response.content.decode())


def test_a_full_point_says_that_it_leads_to_the_waitlist_and_then_in_which_place(client, point):
    BridgePoint.objects.filter(pk=point.pk).update(seats=1)
    free = BridgePointFactory(conference=point.conference, name="Phòng họp còn chỗ")
    registered(point, now=NOW, number=1)
    registered(point, now=NOW, number=2)
    response = client.post("/na/register/", answers(point))
    response = client.get(response["Location"])
    assert response.context["place_in_line"] == "2"
    assert response.context["alternatives"] == [free]
    assert "Phòng họp còn chỗ" in response.content.decode()
    assert 'class="qr"' not in response.content.decode()


def test_the_same_form_sent_twice_gives_one_registration(client, point):
    client.get("/na/register/")
    first = client.post("/na/register/", answers(point))
    second = client.post("/na/register/", answers(point))
    assert first["Location"] == second["Location"]
    assert Registration.objects.count() == 1
    assert Message.objects.count() == 2
    assert BridgePoint.objects.get().seats_taken == 1


def test_going_back_to_a_new_form_and_sending_the_same_again_gives_one_registration(client, point):
    sent = [filled_in(client.get("/na/register/"), **answers(point)) for _ in range(2)]
    first, second = [client.post("/na/register/", data) for data in sent]
    assert first["Location"] == second["Location"]
    assert Registration.objects.count() == 1


@pytest.mark.parametrize("since", ["cancelled", "moved", "long ago"])
def test_what_is_sent_again_after_a_change_or_much_later_is_meant_anew(client, point, since):
    client.get("/na/register/")
    client.post("/na/register/", answers(point))
    earlier = Registration.objects.get()
    if since == "cancelled":
        services.cancel(registration=earlier, now=NOW)
    elif since == "moved":
        services.move(registration=earlier, point=BridgePointFactory(conference=point.conference), now=NOW)
    else:
        Registration.objects.update(created_at=NOW - timedelta(hours=1))
    again = [client.post("/na/register/", answers(point))["Location"] for _ in range(2)]
    made = Registration.objects.latest("id")
    assert again == [f"{made.get_absolute_url()}?new=1"] * 2
    assert Registration.objects.count() == 2
    assert (made.state, made.bridge_point) == ("confirmed", point)


def test_going_back_and_changing_the_form_makes_a_second_registration(client, point):
    client.get("/na/register/")
    client.post("/na/register/", answers(point))
    client.post("/na/register/", answers(point, full_name="Lương Thị Hai"))
    assert Registration.objects.count() == 2


def test_two_visitors_with_the_same_answers_make_two_registrations(point):
    for browser in (Client(), Client()):
        browser.get("/na/register/")
        browser.post("/na/register/", answers(point))
    assert Registration.objects.count() == 2


def test_a_point_of_another_conference_is_no_choice(client, point):
    response = client.post("/na/register/", answers(BridgePointFactory()))
    assert response.status_code == 422
    assert "point" in response.context["form"].errors
    assert not Registration.objects.exists()


def test_a_closed_point_is_no_choice(client, point):
    closed = BridgePointFactory(conference=point.conference, is_open=False, name="Đã đóng")
    assert "Đã đóng" not in client.get("/na/register/").content.decode()
    assert client.post("/na/register/", answers(closed)).status_code == 422


@pytest.mark.parametrize("address", ["/khong-co/register/", "/khong-co/"])
def test_an_unknown_conference_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_a_conference_not_published_is_not_found(client, point):
    type(point.conference).objects.update(is_published=False)
    assert client.get("/na/register/").status_code == 404
    assert client.post("/na/register/", answers(point)).status_code == 404
    assert client.get("/na/").status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"cancelled_at": NOW},
        {"registration_opens_at": NOW + timedelta(days=1)},
        {"registration_closes_at": NOW - timedelta(days=1)},
        {"starts_at": NOW - timedelta(hours=1)},
        {"starts_at": NOW - timedelta(hours=3), "ends_at": NOW - timedelta(hours=1)},
    ],
)
def test_outside_its_window_the_page_explains_and_takes_nothing(client, point, fields):
    type(point.conference).objects.update(**fields)
    point.conference.refresh_from_db()
    reason = str(point.conference.refusal_at(NOW))
    shown = client.get("/na/register/")
    assert shown.status_code == 200
    assert "<form class" not in shown.content.decode()
    refused = client.post("/na/register/", answers(point))
    assert refused.status_code == 409
    for response in (shown, refused):
        assert response.context["refusal"]
        assert reason.split(".")[0][:20] in response.content.decode()
    assert not Registration.objects.exists()


def test_the_language_of_the_page_is_that_of_the_messages(client, point):
    client.cookies["django_language"] = "en"
    client.post("/na/register/", answers(point))
    assert Registration.objects.get().language == "en"
    assert set(Message.objects.values_list("language", flat=True)) == {"en"}


@pytest.mark.parametrize(("day", "offered"), [(datetime(2025, 6, 30, 1, tzinfo=UTC), 63), (NOW, 34)])
def test_provinces_are_those_of_the_date_of_the_conference(client, point, day, offered):
    type(point.conference).objects.update(starts_at=day + timedelta(days=1), ends_at=day + timedelta(days=2))
    type(point.conference).objects.update(starts_at=day, ends_at=day + timedelta(hours=3))
    with time_machine.travel(day - timedelta(days=1), tick=False):
        form = client.get("/na/register/").context["form"]
    assert form.fields["province"].queryset.count() == offered


def test_at_six_in_the_morning_of_the_reform_the_new_provinces_hold(client, point):
    start = datetime(2025, 6, 30, 23, tzinfo=UTC)  # 06:00 on 1/7/2025 in Vietnam
    type(point.conference).objects.update(starts_at=start, ends_at=start + timedelta(hours=3))
    with time_machine.travel(start - timedelta(days=1), tick=False):
        form = client.get("/na/register/").context["form"]
    assert form.fields["province"].queryset.count() == 34


def test_a_province_is_kept_with_the_organisation(client, point):
    province = Province.objects.valid_on(NOW.date()).get(name="Lạng Sơn")
    client.post("/na/register/", answers(point, province=province.pk))
    assert Organisation.objects.get().province == province


def test_registering_takes_few_statements(client, point, django_assert_max_num_queries):
    BridgePointFactory.create_batch(14, conference=point.conference)
    with django_assert_max_num_queries(20):
        assert client.post("/na/register/", answers(point)).status_code == 302


def test_waiting_takes_few_statements_too(client, point, django_assert_max_num_queries):
    BridgePoint.objects.update(seats=0)
    with django_assert_max_num_queries(20):
        assert client.post("/na/register/", answers(point)).status_code == 302


def test_any_answer_but_a_form_is_not_allowed(client, point):
    assert client.put("/na/register/").status_code == 405
    assert client.delete("/na/register/").status_code == 405


def test_the_page_is_never_cached(client, point):
    assert "no-store" in client.get("/na/register/")["Cache-Control"]


def test_without_a_csrf_token_nothing_is_registered(point):
    from django.test import Client

    assert Client(enforce_csrf_checks=True).post("/na/register/", answers(point)).status_code == 403
    assert not Registration.objects.exists()


def test_the_archive_refuses_with_a_clear_message(client, point):
    type(point.conference).objects.update(
        starts_at=datetime(2021, 7, 19, 1, tzinfo=UTC), ends_at=datetime(2021, 7, 19, 4, 30, tzinfo=UTC)
    )
    client.cookies["django_language"] = "en"
    page = client.get("/na/register/").content.decode()
    assert "19/7/2021" in page
    assert "registration is no longer possible" in page
    assert client.get(reverse("conference:home")).status_code == 200


# --- a point that is chosen already -----------------------------------------------------------------------------------


def chosen_words(client, point) -> str:
    page = client.get(f"/{point.conference.slug}/register/?point={point.pk}").content.decode()
    return " ".join(strip_tags(page.split("dc-once")[1].split("</summary>")[0]).split())


def test_a_point_that_is_chosen_already_says_address_and_seats(client):
    point = BridgePointFactory(name="Hội trường Chi Lăng", address="Số 1 Đường Ví Dụ", seats=12)
    words = chosen_words(client, point)
    for part in ("Hội trường Chi Lăng", "Số 1 Đường Ví Dụ", "Còn 12 chỗ"):
        assert part in words, part


def test_the_way_onto_the_waitlist_leads_to_a_form_that_says_so(client):
    point = BridgePointFactory(name="Hội trường Chi Lăng", seats=0)
    client.cookies["django_language"] = "en"
    assert "Full: you join the waitlist" in chosen_words(client, point)
    assert (
        '<span class="dc-warn">' in client.get(f"/{point.conference.slug}/register/?point={point.pk}").content.decode()
    )
