"""The tab of papers: what comes in and goes out, for each role its own."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from registrations.models import Invitation, Question
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConferenceFactory,
    CoordinatorFactory,
    OrganiserFactory,
    UserFactory,
    registered,
)
from tests.support.lists import checked, people
from tests.support.pages import faults

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def conference():
    return ConferenceFactory(organisers=[OrganiserFactory()])


@pytest.fixture
def point(conference):
    return BridgePointFactory(conference=conference, name="VNPT Bắc Ninh", seats=2)


@pytest.fixture
def leader(conference):
    user = UserFactory(is_staff=True)
    conference.leaders.add(user)
    return user


def papers(conference) -> str:
    return reverse("workspace:papers", args=[conference.slug])


def names(conference) -> str:
    return reverse("workspace:papers_names", args=[conference.slug])


def rows_of(response) -> list[tuple]:
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return list(book.active.iter_rows(values_only=True))


def test_an_organiser_finds_what_comes_in_and_what_goes_out(client, conference, point):
    Invitation.objects.create(conference=conference, name="Sở Công Thương")
    client.force_login(conference.organisers.get())
    page = client.get(papers(conference)).content.decode()
    assert faults(page) == []
    for name, arguments in (
        ("lists:upload", [conference.pk, "people"]),
        ("lists:upload", [conference.pk, "points"]),
        ("lists:conference_xlsx", [conference.pk]),
        ("lists:point_docx", [point.pk]),
        ("lists:letter", [conference.pk]),
    ):
        assert f'"{reverse(name, args=arguments)}"' in page
    assert "Sở Công Thương" in page


def test_nothing_of_another_conference_is_there(client, conference, point):
    user = conference.organisers.get()
    other = ConferenceFactory(organisers=[user])
    BridgePointFactory(conference=other, name="Điểm của hội nghị khác")
    Invitation.objects.create(conference=other, name="Khách của hội nghị khác")
    checked(other, people({"email": "a@vidu.example"}), name="khac.xlsx", by=user)
    client.force_login(user)
    page = client.get(papers(conference)).content.decode()
    assert "hội nghị khác" not in page
    assert "khac.xlsx" not in page


def test_a_list_that_waits_is_found_again(client, conference, point):
    user = conference.organisers.get()
    job = checked(conference, people({"email": "a@vidu.example"}), name="dai-bieu.xlsx", by=user)
    client.force_login(user)
    page = client.get(papers(conference)).content.decode()
    assert f'href="{reverse("lists:job", args=[job.pk])}"' in page


def test_a_new_conference_says_that_there_is_nothing_yet(client, conference):
    client.force_login(conference.organisers.get())
    client.cookies["django_language"] = "en"
    page = client.get(papers(conference)).content.decode()
    assert "There are no bridge points yet." in page
    assert "There are no invitations yet." in page
    assert faults(page) == []


def test_a_coordinator_has_the_papers_of_their_points(client, conference, point):
    BridgePointFactory(conference=conference, name="Điểm người khác")
    client.force_login(CoordinatorFactory(bridge_point=point).user)
    page = client.get(papers(conference)).content.decode()
    assert "Điểm người khác" not in page
    assert reverse("lists:point_xlsx", args=[point.pk]) in page
    assert reverse("lists:upload", args=[conference.pk, "people"]) not in page
    assert faults(page) == []


def test_a_leader_reads_numbers_and_names_and_no_phone_number_or_address(client, conference, point, leader):
    question = Question.objects.create(conference=conference, text="Số Zalo?")
    made = registered(point, now=NOW, people=2)
    made.answers.create(question=question, value="0987 654 321")
    registered(point, now=NOW, number=2)
    client.force_login(leader)
    response = client.get(papers(conference))
    page = response.content.decode()
    assert (response.context["people"], response.context["waiting"]) == (2, 1)
    assert faults(page) == []
    assert "/admin/lists/" not in page
    heads, *lines = rows_of(client.get(names(conference)))
    assert len(lines) == 3
    text = " ".join(str(cell) for line in (heads, *lines) for cell in line)
    assert made.organisation.name in text
    for delegate in made.delegates.all():
        assert delegate.full_name in text
        assert delegate.email not in text if delegate.email else True
    assert "@" not in text
    assert "0987" not in text
    assert not {"Điện thoại", "E-mail", "Số Zalo?"} & set(heads)


def test_a_coordinators_list_without_contacts_has_their_own_people(client, conference, point):
    registered(point, now=NOW, number=1)
    registered(BridgePointFactory(conference=conference), now=NOW, number=2)
    client.force_login(CoordinatorFactory(bridge_point=point).user)
    assert len(rows_of(client.get(names(conference)))) == 2


def test_whoever_runs_nothing_of_it_gets_nothing(client, conference, point):
    client.force_login(ConferenceFactory(organisers=[OrganiserFactory()]).organisers.get())
    assert [client.get(address).status_code for address in (papers(conference), names(conference))] == [404, 404]


def test_a_leader_gets_no_other_paper(client, conference, point, leader):
    client.force_login(leader)
    for name, arguments in (
        ("lists:overview", [conference.pk]),
        ("lists:conference_xlsx", [conference.pk]),
        ("lists:point_docx", [point.pk]),
        ("lists:point_csv", [point.pk]),
        ("lists:letter", [conference.pk]),
        ("lists:upload", [conference.pk, "people"]),
    ):
        assert client.get(reverse(name, args=arguments)).status_code == 404


@pytest.mark.parametrize("role", ["organiser", "leader"])
def test_as_many_queries_for_three_points_and_lists_as_for_one(client, conference, point, leader, role):
    user = leader if role == "leader" else conference.organisers.get()

    def more(number: int) -> None:
        Invitation.objects.create(conference=conference, name=f"Cơ quan {number}")
        checked(conference, people({"email": f"{number}@vidu.example"}), by=user)

    def count() -> int:
        client.get(papers(conference))
        with CaptureQueriesContext(connection) as queries:
            client.get(papers(conference))
        return len(queries)

    client.force_login(user)
    more(1)
    few = count()
    for number in (2, 3):
        more(number)
        registered(BridgePointFactory(conference=conference), now=NOW, number=number)
    assert count() == few
