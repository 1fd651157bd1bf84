"""The registrant's own page: see, correct, move, cancel, take the data along, erase, have messages sent again."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bridges.models import BridgePoint, Province
from conference.models import Product
from outbox.models import Message
from registrations import services
from registrations.models import Question, Registration
from registrations.public.own_registration import delegates_of, registration_and_delegates, registration_of
from registrations.services import InterestData
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConnectionFactory,
    UserFactory,
    person,
    register_people,
    registered,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def registration() -> Registration:
    return registered(BridgePointFactory(seats=1), now=NOW)


def state(registration: Registration) -> str:
    return Registration.objects.get(pk=registration.pk).state


def test_the_page_shows_number_point_and_personal_link(client, registration):
    page = client.get(registration.get_absolute_url()).content.decode()
    for part in (registration.number, registration.bridge_point.name, registration.delegates.get().join_url):
        assert part in page


@pytest.mark.parametrize("seats", [0, 1])
def test_whoever_has_one_address_is_not_promised_both_ways(client, seats):
    client.cookies["django_language"] = "en"
    registration = registered(BridgePointFactory(seats=seats), now=NOW)
    page = client.get(f"{registration.get_absolute_url()}?new=1").content.decode()
    assert "or by SMS" in page or "by e-mail or SMS" in page
    assert "e-mail and SMS" not in page


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_people_stand_as_they_were_entered_the_contact_person_first(client, is_confirmed):
    point = BridgePointFactory(seats=3 if is_confirmed else 0)
    registration = registered(point, now=NOW, people=3)
    names = ("Vũ Yên", "Lê Sen", "Đỗ An")
    for delegate, name in zip(registration.delegates.order_by("id"), names, strict=True):
        delegate.full_name, delegate.is_contact = name, name == "Lê Sen"
        delegate.save()
    page = client.get(registration.get_absolute_url()).content.decode()
    data = client.get(f"{registration.get_absolute_url()}data.json").json()
    assert sorted(names, key=page.index) == ["Lê Sen", "Vũ Yên", "Đỗ An"]
    assert [d["full_name"] for d in data["delegates"]] == ["Lê Sen", "Vũ Yên", "Đỗ An"]


def test_the_data_hold_the_notes_of_the_office_and_not_who_wrote_them(client, registration):
    author = UserFactory(name="Lò Thị Mẫu")
    registration.office_notes.create(text="Gọi lại sau 14 giờ", at=NOW, by=author)
    text = client.get(f"{registration.get_absolute_url()}data.json").content.decode()
    assert [note["text"] for note in json.loads(text)["office_notes"]] == ["Gọi lại sau 14 giờ"]
    assert author.name not in text
    assert "Gọi lại sau 14 giờ" not in client.get(registration.get_absolute_url()).content.decode()


def test_the_page_is_kept_from_caches_search_engines_and_other_sites(client, registration):
    response = client.get(registration.get_absolute_url())
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "strict-origin"
    assert 'name="robots" content="noindex"' in response.content.decode()


def test_opening_a_mailed_link_changes_nothing(client, registration):
    url = registration.get_absolute_url()
    before = Message.objects.count()
    for page in ("", "cancel/", "calendar.ics", "correct/", "people/", "move/", "erase/", "data.json"):
        address = f"{url}{page}"
        assert client.get(address).status_code == 200
        assert client.head(address).status_code == 200
    assert client.get(f"{url}resend/").status_code == 405
    assert state(registration) == "confirmed"
    assert Message.objects.count() == before


def test_pressing_cancel_cancels_and_says_so(client, registration):
    url = registration.get_absolute_url()
    response = client.post(f"{url}cancel/", follow=True)
    assert state(registration) == "cancelled"
    assert response.redirect_chain[-1][0] == url
    assert [m.level_tag for m in response.context["messages"]] == ["success"]
    assert "/j/" not in response.content.decode()


def test_cancelling_twice_is_no_error(client, registration):
    url = f"{registration.get_absolute_url()}cancel/"
    for _ in range(2):
        assert client.post(url).status_code == 302
    assert client.get(url).status_code == 200
    assert Message.objects.filter(kind="cancelled", channel="email").count() == 1


def test_after_the_end_cancelling_explains_itself(client, registration):
    url = registration.get_absolute_url()
    with time_machine.travel(START + timedelta(days=1), tick=False):
        response = client.post(f"{url}cancel/", follow=True)
        assert [m.level_tag for m in response.context["messages"]] == ["error"]
        page = response.content.decode()
        assert f"{registration.get_absolute_url()}cancel/" not in page
        assert f"{registration.get_absolute_url()}resend/" not in page
    assert state(registration) == "confirmed"


def test_pressing_resend_sends_again(client, registration):
    client.post(f"{registration.get_absolute_url()}resend/")
    assert Message.objects.filter(kind="confirmed", channel="email").count() == 2


def test_a_waiting_registrant_sees_place_and_other_points(client, registration):
    waiting = registered(registration.bridge_point, now=NOW, number=2)
    BridgePointFactory(conference=registration.conference, name="Đã đầy", seats=0)
    BridgePointFactory(conference=registration.conference, name="Còn chỗ", kind="online", seats=None)
    response = client.get(waiting.get_absolute_url())
    assert response.context["place_in_line"] == "1"
    assert [p.name for p in response.context["alternatives"]] == ["Còn chỗ"]
    assert "/j/" not in response.content.decode()


def test_a_promoted_registrant_finds_his_link_on_the_same_page(client, registration):
    waiting = registered(registration.bridge_point, now=NOW, number=2)
    services.cancel(registration=registration, now=NOW)
    assert waiting.delegates.get().join_url in client.get(waiting.get_absolute_url()).content.decode()


def test_the_page_shows_no_connection_details(client):
    point = ConnectionFactory(meeting_id="900 111 222", password="bi-mat").bridge_point
    page = client.get(registered(point, now=NOW).get_absolute_url()).content.decode()
    assert "hop.vidu.example" not in page
    assert "900 111 222" not in page


@pytest.mark.parametrize("people", [1, 3])
def test_a_page_takes_the_same_statements_for_one_delegate_and_three(client, people, django_assert_num_queries):
    registration = registered(BridgePointFactory(), now=NOW, people=people)
    with django_assert_num_queries(1):
        client.get(registration.get_absolute_url())


@pytest.mark.parametrize(
    ("state", "statements"), [("confirmed", 1), ("waitlisted", 3), ("requested", 1), ("declined", 1), ("cancelled", 1)]
)
def test_a_page_fetches_nothing_one_by_one_whatever_has_become_of_it(
    client, django_assert_num_queries, state, statements
):
    registration = registered(BridgePointFactory(), now=NOW)
    Registration.objects.filter(pk=registration.pk).update(state=state, queue_number=1)
    with django_assert_num_queries(statements):
        client.get(registration.get_absolute_url())


def test_the_page_of_a_registration_whose_people_are_gone_is_still_there(client, registration):
    registration.delegates.all().delete()
    assert registration.number in client.get(registration.get_absolute_url()).content.decode()


def test_the_people_are_read_with_their_registration_as_one_by_one(rf):
    stored = registered(BridgePointFactory(), now=NOW, people=3)
    registration, delegates = registration_and_delegates(rf.get("/"), stored.token)
    alone = registration_of(rf.get("/"), stored.token)
    assert vars(registration).keys() <= vars(alone).keys()
    assert registration.token == alone.token == stored.token
    assert (registration.has_answers, registration.has_interests) == (alone.has_answers, alone.has_interests)
    assert delegates == delegates_of(alone)
    assert all({"email", "mobile", "phone", "position"} <= vars(each).keys() for each in delegates)
    assert all(each.registration is registration for each in delegates)
    for part in ("conference", "bridge_point", "organisation"):
        assert vars(getattr(registration, part)).keys() <= vars(getattr(alone, part)).keys()


def without_tokens(page: str) -> str:
    return re.sub(r'(?<=name="csrfmiddlewaretoken" )value="[^"]+"', "", page)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("when", [NOW, START - timedelta(minutes=20), START + timedelta(days=1)])
@pytest.mark.parametrize("becomes", ["confirmed", "waitlisted", "requested", "declined", "cancelled", "called off"])
def test_a_page_that_is_filled_in_says_what_one_that_is_drawn_anew_says(client, language, when, becomes):
    """Twice each, so that the second is filled into what the first has left; with a session nothing is kept."""
    client.cookies["django_language"] = language
    province = Province.objects.create(code="thu", name="Tỉnh <Thử>", latitude=21, longitude=105)
    point = BridgePointFactory(seats=9, kind="venue", address="Số 1 & 2")
    BridgePointFactory(conference=point.conference, is_open=False)
    addresses = []
    for number, position in enumerate(("Giám đốc", "", "<b>Phó</b> 'A' & \"B\"")):
        registration = registered(point, now=NOW, number=number, people=1 + number)
        registration.delegates.update(position=position)
        organisation = {"province": province, "tax_code": "0100109106"} if number else {}
        type(registration.organisation).objects.filter(pk=registration.organisation_id).update(**organisation)
        fields = {"contact_position": position, "reason": position}
        if becomes in Registration.State.values:
            fields |= {"state": becomes, "queue_number": number}
        Registration.objects.filter(pk=registration.pk).update(**fields)
        addresses.append(registration.get_absolute_url())
    if becomes == "called off":
        type(point.conference).objects.update(cancelled_at=NOW)
    seen = {}
    with time_machine.travel(when, tick=False):
        for address in [*addresses, *addresses]:
            for query in ("", "?new=1"):
                page = without_tokens(client.get(f"{address}{query}").content.decode())
                client.cookies["sessionid"] = "none"
                assert page == without_tokens(client.get(f"{address}{query}").content.decode())
                del client.cookies["sessionid"]
                assert seen.setdefault((address, query), page) == page
    assert len(set(seen.values())) == len(seen)


def test_the_page_of_a_cancelled_conference_says_why_and_says_the_new_reason_once_there_is_one(client, registration):
    conferences = type(registration.conference).objects
    conferences.update(cancelled_at=NOW, cancel_reason="Bão số 5 & lũ")
    assert "<b>Bão số 5 &amp; lũ</b>" in client.get(registration.get_absolute_url()).content.decode()
    conferences.update(cancel_reason="Dời sang tháng sau")
    page = client.get(registration.get_absolute_url()).content.decode()
    assert "<b>Dời sang tháng sau</b>" in page
    assert "Bão số 5" not in page
    conferences.update(cancel_reason="")
    assert "Lý do của ban tổ chức" not in client.get(registration.get_absolute_url()).content.decode()


def test_my_registrations_are_those_of_my_verified_address(client):
    point = BridgePointFactory()
    mine, other = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    user = UserFactory(email=mine.contact_email)
    client.force_login(user)
    assert list(client.get("/accounts/registrations/").context["registrations"]) == []
    EmailAddress.objects.create(user=user, email=mine.contact_email, verified=False, primary=True)
    assert list(client.get("/accounts/registrations/").context["registrations"]) == []
    EmailAddress.objects.update(verified=True)
    assert list(client.get("/accounts/registrations/").context["registrations"]) == [mine]
    assert other.number not in client.get("/accounts/registrations/").content.decode()


def test_a_delegate_comes_to_his_own_link_and_the_contact_person_to_the_page_that_changes(client):
    registration = registered(BridgePointFactory(), now=NOW, people=3)
    contact = registration.delegates.get(is_contact=True)
    colleague, other = registration.delegates.filter(is_contact=False).order_by("id")
    shown = {}
    for delegate in (contact, colleague):
        user = UserFactory(email=delegate.email)
        EmailAddress.objects.create(user=user, email=delegate.email, verified=True, primary=True)
        client.force_login(user)
        shown[delegate] = client.get("/accounts/registrations/").content.decode()
    assert registration.token in shown[contact]
    assert registration.token not in shown[colleague]
    assert contact.token not in shown[colleague]
    assert colleague.token in shown[colleague]
    assert other.token not in shown[colleague]


def test_the_list_of_ones_own_takes_the_same_statements_for_one_and_for_two(client):
    point = BridgePointFactory()
    user = UserFactory(email="lai@vidu.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.force_login(user)
    counts = []
    for _ in range(2):
        Registration.objects.filter(pk=registered(point, now=NOW, number=len(counts)).pk).update(
            contact_email=user.email
        )
        with CaptureQueriesContext(connection) as asked:
            client.get("/accounts/registrations/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_delegate_of_a_group_finds_it_among_his_registrations_once(client):
    registration = registered(BridgePointFactory(), now=NOW, people=3)
    email = registration.delegates.filter(is_contact=False).first().email
    user = UserFactory(email=email)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    client.force_login(user)
    assert list(client.get("/accounts/registrations/").context["registrations"]) == [registration]


def test_my_registrations_ask_for_signing_in(client):
    response = client.get("/accounts/registrations/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


# --- everything is shown --------------------------------------------------------------------------------------------


def filled(registration: Registration) -> Registration:
    """A registration of two, beside ``registration``, in which everything is filled in."""
    BridgePoint.objects.filter(pk=registration.bridge_point_id).update(seats=10)
    conference = registration.conference
    na = Product.objects.create(conference=conference, name="Na Chi Lăng")
    stand = Question.objects.create(conference=conference, text="Có gian hàng?", kind="yes_no")
    meal = Question.objects.create(conference=conference, text="Ăn gì?", asked="delegate")
    return register_people(
        conference=conference,
        point=BridgePoint.objects.get(pk=registration.bridge_point_id),
        organisation=services.OrganisationData("retail", "Siêu thị Ví Dụ", tax_code="0100233488"),
        people=[person(7, answers={meal.pk: "Chay"}), person(8)],
        language="vi",
        interests=[InterestData("buys", product=na, amount="20 tấn", certificates=["vietgap"], ocop_stars=4)],
        answers={stand.pk: "yes"},
        now=NOW,
    )


def test_the_page_shows_all_that_is_stored(client, registration):
    full = filled(registration)
    client.cookies["django_language"] = "en"
    page = client.get(full.get_absolute_url()).content.decode()
    for part in (
        "Siêu thị Ví Dụ", "0100233488", "Na Chi Lăng", "20 tấn", "VietGAP", "OCOP 4", "Có gian hàng?", "Chay",
        "dai.bieu7@vidu.example", "box ticked in the web form", "version 2026-12b", "10:00 1/7/2027",
    ):  # fmt: skip
        assert part in page, part


def test_after_registering_nobody_is_told_about_other_registrations(client, registration):
    again = registered(registration.bridge_point, now=NOW)
    client.cookies["django_language"] = "en"
    for one in (registration, again):
        assert "registered before" not in client.get(f"{one.get_absolute_url()}?new=1").content.decode()


@pytest.mark.parametrize(
    ("fields", "said", "not_said"),
    [
        ({"phone": ""}, "by e-mail, with the calendar entry", "SMS"),
        ({"email": ""}, "by SMS", "e-mail, with"),
        ({}, "by e-mail, with the calendar entry, or by SMS", "nothing of the kind"),
    ],
)
def test_the_thanks_promise_only_the_ways_that_there_are(client, fields, said, not_said):
    point = BridgePointFactory()
    made = register_people(
        conference=point.conference,
        point=point,
        organisation=services.OrganisationData("cooperative", "HTX Ví Dụ"),
        people=[person(3, **fields)],
        language="en",
        now=NOW,
    )
    page = client.get(f"{made.get_absolute_url()}?new=1").content.decode()
    thanks = page.split('<p class="dc-lead dc-noprint">')[1].split("</p>")[0]
    assert said in thanks
    assert not_said not in thanks


def test_a_declined_registrant_reads_the_reason(client):
    point = BridgePointFactory(approval="yes")
    asked = registered(point, now=NOW)
    client.cookies["django_language"] = "en"
    assert "have yet to decide" in client.get(asked.get_absolute_url()).content.decode()
    services.decline(registration=asked, by=None, reason="Chỉ dành cho người mua.", now=NOW)
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "Chỉ dành cho người mua." in page
    assert "/people/" not in page


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(minutes=31), "Nút vào dự sẽ xuất hiện trên trang cá nhân lúc 07:30"),
        (timedelta(minutes=30), "Bấm nút dưới đây để vào dự."),
        (timedelta(minutes=-30), "Bấm nút dưới đây để vào dự."),
    ],
)
def test_once_the_doors_are_open_the_page_says_that_one_can_join(client, before, words):
    registration = registered(BridgePointFactory(kind="online"), now=NOW)
    with time_machine.travel(START - before, tick=False):
        page = client.get(registration.get_absolute_url()).content.decode()
    assert words in page
    assert ("Nút vào dự" in page) is not ("Bấm nút dưới đây" in page)
