"""Where staff land: the conferences that they have to do with, and a new one."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bridges.models import BridgePoint
from conference.models import Conference
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
)
from tests.support.html_forms import filled_in

pytestmark = pytest.mark.django_db

CONFERENCES = "/admin/conferences/"
NEW = "/admin/conferences/new/"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def organiser(client):
    user = OrganiserFactory()
    client.force_login(user)
    return user


def a_conference(organiser, **facts):
    facts.setdefault("ends_at", facts.get("starts_at", START) + timedelta(hours=3))
    return ConferenceFactory(organisers=[organiser], **facts)


def groups(client) -> dict[str, list[Conference]]:
    context = client.get(CONFERENCES).context
    return {**dict(context["groups"]), "Lưu trữ": list(context["archive"])}


def filled(**changes) -> dict[str, str]:
    usual = {
        "name": "Hội nghị vải thiều Thanh Hà",
        "short_name": "Vải thiều 2028",
        "slug": "",
        "first_day": "2028-06-10",
        "last_day": "",
        "begins": "08:00",
        "ends": "11:30",
        "hall": "Hội trường Thanh Hà",
    }
    return {**usual, **changes}


# --- the list ---------------------------------------------------------------------------------------------------------


def test_conferences_stand_under_what_they_are_at_the_moment(client, organiser):
    running = a_conference(organiser, starts_at=NOW - timedelta(hours=1))
    to_come = a_conference(organiser)
    draft = a_conference(organiser, is_published=False)
    ended = a_conference(organiser, starts_at=NOW - timedelta(days=300))
    cancelled = a_conference(organiser, cancelled_at=NOW)
    assert groups(client) == {
        "Đang diễn ra": [running],
        "Sắp tới": [to_come],
        "Bản nháp": [draft],
        "Lưu trữ": [cancelled, ended],
    }


def test_an_ended_or_cancelled_conference_keeps_its_overview(client, organiser):
    for facts in ({"starts_at": NOW - timedelta(days=300)}, {"cancelled_at": NOW}):
        conference = a_conference(organiser, **facts)
        assert client.get(f"/admin/c/{conference.slug}/").status_code == 200


def test_nobody_sees_the_conferences_of_others(client, organiser):
    ConferenceFactory(short_name="Của người khác", organisers=[OrganiserFactory()])
    assert "Của người khác" not in client.get(CONFERENCES).content.decode()


def test_the_list_asks_as_often_for_many_conferences_as_for_few(client, organiser, django_assert_num_queries):
    def add() -> None:
        a_conference(organiser)
        a_conference(organiser, starts_at=NOW - timedelta(days=300))

    add()
    client.get(CONFERENCES)
    with CaptureQueriesContext(connection) as few:
        client.get(CONFERENCES)
    for _number in range(4):
        add()
    with django_assert_num_queries(len(few)):
        client.get(CONFERENCES)


# --- landing ----------------------------------------------------------------------------------------------------------


def test_who_runs_one_conference_is_inside_it_at_once(client, organiser):
    conference = a_conference(organiser)
    assert client.get("/admin/")["Location"] == f"/admin/c/{conference.slug}/"
    a_conference(organiser)
    assert client.get("/admin/").status_code == 200


def test_who_has_nothing_yet_is_told_so_and_only_organisers_are_offered_a_new_one(client, organiser):
    assert NEW in client.get("/admin/").content.decode()
    client.force_login(UserFactory(is_staff=True))
    page = client.get("/admin/")
    assert page.status_code == 200
    assert NEW not in page.content.decode()


def test_a_leader_reads_the_conference_they_lead_and_may_not_search_it(client):
    leader, conference = UserFactory(is_staff=True), ConferenceFactory()
    conference.leaders.add(leader)
    client.force_login(leader)
    assert client.get("/admin/")["Location"] == f"/admin/c/{conference.slug}/"
    assert client.get(f"/admin/c/{conference.slug}/").status_code == 200
    assert client.get(f"/admin/c/{conference.slug}/search/").status_code == 404


# --- a new one --------------------------------------------------------------------------------------------------------


def test_a_short_form_makes_a_draft_with_its_hall_and_leads_inside(client, organiser):
    response = client.post(NEW, filled())
    conference = Conference.objects.get()
    assert response["Location"] == "/admin/c/vai-thieu-2028/" == f"/admin/c/{conference.slug}/"
    assert list(conference.organisers.all()) == [organiser]
    assert not conference.is_published
    assert conference.starts_at.isoformat() == "2028-06-10T01:00:00+00:00"
    assert conference.ends_at - conference.starts_at == timedelta(hours=3, minutes=30)
    assert BridgePoint.objects.filter(conference=conference, is_hub=True, name="Hội trường Thanh Hà").exists()


def test_without_a_hall_none_is_made_and_several_days_are_taken(client, organiser):
    client.post(NEW, filled(hall="", last_day="2028-06-11"))
    conference = Conference.objects.get()
    assert not BridgePoint.objects.exists()
    assert (conference.ends_at - conference.starts_at).days == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends": "07:00"}, "ends"),
        ({"last_day": "2028-06-09"}, "last_day"),
        ({"first_day": "10/6"}, "first_day"),
        ({"name": ""}, "name"),
        ({"short_name": "!!"}, "slug"),
        ({"slug": "admin"}, "slug"),
        ({"slug": "da-co"}, "slug"),
    ],
)
def test_what_is_wrong_is_said_where_it_is_and_nothing_typed_is_lost(client, organiser, changes, field):
    ConferenceFactory(slug="da-co")
    response = client.post(NEW, filled(**changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert "Hội trường Thanh Hà" in response.content.decode()
    assert Conference.objects.count() == 1


def test_a_coordinator_makes_no_conference(client):
    client.force_login(CoordinatorFactory().user)
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, filled()).status_code == 403


# --- the frame --------------------------------------------------------------------------------------------------------


def test_every_page_says_which_conference_it_is_and_leads_to_its_tabs(client, organiser):
    conference = a_conference(organiser, name="Hội nghị na Chi Lăng")
    for address in (
        f"/admin/c/{conference.slug}/",
        f"/admin/c/{conference.slug}/search/",
        reverse("messaging:delivery", args=[conference.pk]),
        reverse("messaging:texts", args=[conference.pk]),
        reverse("lists:overview", args=[conference.pk]),
    ):
        page = client.get(address).content.decode()
        assert "Hội nghị na Chi Lăng" in page
        assert page.count(f'href="/admin/c/{conference.slug}/points/"') >= 1, address
        assert f'href="{conference.get_absolute_url()}"' in page


def test_the_public_page_of_a_draft_is_not_offered(client, organiser):
    draft = a_conference(organiser, is_published=False)
    assert f'href="{draft.get_absolute_url()}"' not in client.get(f"/admin/c/{draft.slug}/").content.decode()


# --- the search -------------------------------------------------------------------------------------------------------


def test_the_search_finds_without_accents_and_only_in_this_conference(client, organiser):
    conference, other = a_conference(organiser), a_conference(organiser)
    BridgePointFactory(conference=conference, name="VNPT Bắc Ninh")
    BridgePointFactory(conference=other, name="VNPT Bắc Giang")
    page = client.get(f"/admin/c/{conference.slug}/search/", {"q": "bac"}).content.decode()
    assert "VNPT Bắc Ninh" in page
    assert "VNPT Bắc Giang" not in page


@pytest.mark.parametrize("query", ["", " ", "%00", "a" * 5000, "zzzz"])
def test_a_search_for_nothing_says_so(client, organiser, query):
    conference = a_conference(organiser)
    response = client.get(f"/admin/c/{conference.slug}/search/", {"q": query})
    assert response.status_code == 200
    assert response.context["groups"] == []


# --- a date in the past -----------------------------------------------------------------------------------------------


def _said(client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_date_in_the_past_is_taken_and_said(client, organiser):
    response = client.post(NEW, filled(first_day="2020-06-10"))
    assert response.status_code == 302
    said = _said(client, response["Location"])
    assert "Thời gian của hội nghị này đã qua" in said
    assert "10/6/2020" in said
    response = client.post(NEW, filled(slug="to-come"))
    assert "của hội nghị này đã qua" not in _said(client, response["Location"])


def test_a_copy_or_a_change_to_a_date_in_the_past_is_said(client, organiser):
    conference = a_conference(organiser)
    base = f"/admin/c/{conference.slug}/"
    data = {"name": "Cũ", "short_name": "Cũ", "slug": "cu", "starts_at_0": "2020-06-10", "starts_at_1": "08:00"}
    response = client.post(f"{base}settings/duplicate/", data)
    assert "10/6/2020" in _said(client, response["Location"])
    page = client.get(f"{base}content/when/")
    response = client.post(f"{base}content/when/", filled_in(page, starts_at_0="2020-06-10"))
    assert response.status_code == 302
    assert "đã qua" in _said(client, response["Location"])


def test_a_draft_whose_date_has_passed_stays_a_draft_and_is_named(client, organiser):
    draft = a_conference(organiser, is_published=False, starts_at=NOW - timedelta(days=300))
    found = groups(client)
    assert (found["Bản nháp"], found["Lưu trữ"]) == ([draft], [])
    assert "bản nháp, ngày đã qua" in _said(client, CONFERENCES)
    page = _said(client, f"/admin/c/{draft.slug}/")
    assert "bản nháp, ngày đã qua" in page
    assert "Đây là bản nháp và ngày đã qua" in page


def test_coordinators_see_a_draft_in_which_they_have_a_point(client):
    coordinator = CoordinatorFactory(
        bridge_point__conference__is_published=False, user__is_staff=True, user__email="dau@vidu.example"
    )
    client.force_login(coordinator.user)
    assert groups(client)["Bản nháp"] == [coordinator.bridge_point.conference]


def test_what_is_wrong_is_said_of_the_day_the_time_and_the_name_that_is_wrong(client, organiser):
    assert list(client.post(NEW, filled(last_day="2028-06-09")).context["form"].errors) == ["last_day"]
    assert "Ngày cuối không được trước" in client.post(NEW, filled(last_day="2028-06-09")).content.decode()
    assert list(client.post(NEW, filled(ends="07:00")).context["form"].errors) == ["ends"]
    # The address follows from the short name, and is not asked for beside it.
    assert list(client.post(NEW, filled(short_name="")).context["form"].errors) == ["short_name"]


def test_a_new_conference_takes_times_as_people_write_them(client, organiser):
    assert client.post(NEW, filled(begins="8h", ends="11 giờ 30")).status_code == 302
    answer = client.post(NEW, filled(slug="khac", begins="sáng"))
    assert "8h30" in str(answer.context["form"].errors["begins"])


def test_the_address_asked_for_is_called_that_of_the_web_page(client, organiser):
    assert "Địa chỉ trang web" in client.get(NEW).content.decode()
