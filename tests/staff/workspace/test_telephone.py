"""Registering somebody who calls, inside the workspace: the conference is settled, and so are its questions."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from conference.models import Product
from registrations import consent
from registrations.models import Interest, Question, Registration
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    registered,
)
from tests.support.html_forms import filled_in
from tests.support.pages import faults

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def conference():
    return ConferenceFactory(short_name="Na Chi Lăng", erase_after_days=90)


@pytest.fixture
def point(conference):
    return BridgePointFactory(conference=conference, seats=2, name="VNPT Bắc Ninh")


@pytest.fixture
def page(client, conference):
    user = OrganiserFactory()
    conference.organisers.add(user)
    client.force_login(user)
    return client


def address(conference) -> str:
    return reverse("workspace:telephone", args=[conference.slug])


def call(client, at, **changes):
    """The form as somebody fills it in on the telephone; None leaves a field out."""
    data = {
        "point": at.pk,
        "organisation_name": "HTX Na Đồng Mỏ",
        "organisation_kind": "cooperative",
        "full_name": "Hoàng Văn Ví",
        "phone": "0912 345 678",
        "consented": "on",
        **changes,
    }
    shown = filled_in(client.get(address(at.conference)))
    return client.post(
        address(at.conference),
        {name: value for name, value in {**shown, **data}.items() if value is not None},
        follow=True,
    )


def test_only_the_points_of_this_conference_are_offered(page, point, conference):
    other = ConferenceFactory(organisers=[conference.organisers.get()])
    BridgePointFactory(conference=other, name="Sendo của hội nghị khác")
    BridgePointFactory(conference=conference, name="Sendo")
    shown = page.get(address(conference))
    assert [label.split(" (")[0] for _pk, label in shown.context["form"].fields["point"].choices[1:]] == [
        "VNPT Bắc Ninh",
        "Sendo",
    ]
    assert "Sendo của hội nghị khác" not in shown.content.decode()
    assert faults(shown.content.decode()) == []


def test_the_only_point_is_chosen_and_only_what_can_be_full_has_a_waitlist(page, point, conference):
    form = page.get(address(conference)).context["form"]
    assert form["point"].value() == point.pk
    assert "waitlist" in form.fields
    type(point).objects.filter(pk=point.pk).update(seats=None)
    assert "waitlist" not in page.get(address(conference)).context["form"].fields


def test_after_saving_it_says_number_and_state_above_the_form_for_the_next_call(page, point, conference):
    answer = call(page, point)
    made = Registration.objects.get()
    text = answer.content.decode()
    assert made.number in text
    assert "HTX Na Đồng Mỏ" in text
    assert reverse("workspace:registration", args=[conference.slug, made.pk]) in text
    form = answer.context["form"]
    assert (form["point"].value(), form["full_name"].value()) == (point.pk, None)
    assert (made.consent_way, made.source) == (consent.TELEPHONE, "staff")
    assert faults(text) == []


def test_whoever_waits_hears_the_place_in_line(page, point):
    registered(point, now=NOW, people=2)
    registered(point, now=NOW, number=2)
    assert call(page, point).status_code == 422
    with translation.override("vi"):
        answer = call(page, point, waitlist="on")
    assert answer.context["done"]["is_seated"] is False
    assert "2" in answer.context["done"]["state"]


def test_the_result_of_a_call_of_another_conference_is_not_shown(page, point, conference):
    elsewhere = registered(BridgePointFactory(), now=NOW)
    shown = page.get(f"{address(conference)}?done={elsewhere.pk}")
    assert shown.context["done"] is None
    assert page.get(f"{address(conference)}?done=x").context["done"] is None


def test_the_questions_of_this_conference_are_asked_and_those_of_no_other(page, point, conference):
    other = ConferenceFactory(organisers=[conference.organisers.get()])
    BridgePointFactory(conference=other)
    Question.objects.create(conference=other, text="Câu của hội nghị khác")
    own = Question.objects.create(conference=conference, text="Mang bao nhiêu mẫu?", is_required=True)
    shown = page.get(address(conference)).content.decode()
    assert "Mang bao nhiêu mẫu?" in shown
    assert "Câu của hội nghị khác" not in shown
    assert call(page, point).status_code == 422
    call(page, point, **{f"question-{own.pk}": "12 thùng"})
    assert Registration.objects.get().answers.get().value == "12 thùng"


def test_what_they_sell_or_look_for_is_stored(page, point, conference):
    custard_apple = Product.objects.create(conference=conference, name="Na Chi Lăng")
    call(
        page,
        point,
        **{
            "interests-0-side": "sells",
            "interests-0-product": custard_apple.pk,
            "interests-0-amount": "20 tấn",
            "interests-1-side": "buys",
            "interests-1-other": "Thùng giấy",
        },
    )
    assert list(Interest.objects.values_list("side", "product", "other", "amount")) == [
        ("sells", custard_apple.pk, "", "20 tấn"),
        ("buys", None, "Thùng giấy", ""),
    ]


def test_a_product_without_a_name_is_complained_about_and_nothing_typed_is_lost(page, point):
    answer = call(page, point, **{"interests-0-side": "sells", "interests-0-amount": "20 tấn"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "20 tấn" in text
    assert "Hoàng Văn Ví" in text
    assert faults(text) == []
    # The cursor stands in the field that is to blame.
    assert re.search(r'<input[^>]*name="interests-0-other"[^>]* autofocus', text)
    assert not Registration.objects.exists()


def test_another_product_has_its_row_and_nothing_is_stored_or_complained_about(page, point):
    answer = call(page, point, add_row="interests", full_name="", **{"interests-0-side": "sells"})
    assert answer.status_code == 200
    assert [row.prefix for row in answer.context["form"].interest_rows] == ["interests-0", "interests-1"]
    assert "HTX Na Đồng Mỏ" in answer.content.decode()
    assert not Registration.objects.exists()


def test_the_form_sent_twice_registers_once_and_another_product_is_another_form(page, point):
    call(page, point)
    call(page, point)
    assert Registration.objects.count() == 1
    call(page, point, **{"interests-0-side": "sells", "interests-0-other": "Hồng"})
    assert Registration.objects.count() == 2


def test_a_coordinator_enters_at_his_own_points_only(client, point, conference):
    foreign = BridgePointFactory(conference=conference, name="Điểm người khác")
    client.force_login(CoordinatorFactory(bridge_point=point).user)
    assert foreign.name not in client.get(address(conference)).content.decode()
    assert call(client, point, point=foreign.pk).status_code == 422
    call(client, point)
    assert Registration.objects.get().bridge_point == point


def test_it_ends_with_the_conference_and_says_so(page, point, conference):
    user = conference.organisers.get()
    with time_machine.travel(START + timedelta(hours=3)):
        page.force_login(user)
        shown = page.get(address(conference))
        assert shown.context["refusal"]
        assert '<form method="post" class="dc-matter' not in shown.content.decode()


def test_without_a_point_it_says_so_and_leads_to_the_points(page, conference):
    assert reverse("workspace:points", args=[conference.slug]) in page.get(address(conference)).content.decode()


def test_it_is_one_press_from_the_overview(page, point, conference):
    overview = page.get(reverse("workspace:overview", args=[conference.slug])).content.decode()
    assert f'href="{address(conference)}"' in overview


@pytest.mark.parametrize("name", ["overview", "people", "my_point"])
def test_no_page_leads_to_it_once_the_conference_is_over(client, conference, point, name):
    if name == "my_point":
        user = CoordinatorFactory(bridge_point=point).user
    else:
        user = OrganiserFactory()
        conference.organisers.add(user)
    for hours, is_offered in ((-1, True), (3, False)):
        with time_machine.travel(START + timedelta(hours=hours)):
            client.force_login(user)
            shown = client.get(reverse(f"workspace:{name}", args=[conference.slug])).content.decode()
            assert (address(conference) in shown) is is_offered


def test_as_many_queries_for_three_points_as_for_one(page, point, conference, django_assert_num_queries):
    page.get(address(conference))
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        page.get(address(conference))
    for number in range(2):
        BridgePointFactory(conference=conference, name=f"Điểm {number}")
        Product.objects.create(conference=conference, name=f"Na {number}")
        Question.objects.create(conference=conference, text=f"Câu {number}?")
    with django_assert_num_queries(len(one)):
        page.get(address(conference))
