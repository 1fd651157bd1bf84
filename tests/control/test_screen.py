"""The screen in the hall: what it shows of questions and polls, and of people only what the organisers allow."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from control import floor
from control.floor_presses import Step
from tests.control.test_polls import PollStep, press
from tests.support.factories import START, BridgePointFactory, ConferenceFactory
from tests.support.floor import ask, open_floor, open_poll, person_at, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "with_floor")]


@pytest.fixture
def delegate(conference):
    return person_at(BridgePointFactory(conference=conference, short_name="VNPT Một", kind="video_room"))


@pytest.fixture
def address(conference) -> str:
    return f"/screen/{floor.floor_of(conference).token}/"


def read(address: str) -> str:
    response = Client().get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_what_is_new_is_not_shown_what_is_chosen_comes_next_and_what_is_called_stands_large(delegate, address):
    question = ask(delegate, "Giá?")
    assert "Giá?" not in read(address)
    step(question, Step.CHOOSE)
    assert "<li>Giá?" in read(address)
    step(question, Step.CALL)
    page = read(address)
    assert '<p class="dc-screen-words">Giá?</p>' in page
    assert "VNPT Một" in page
    step(question, Step.ANSWERED)
    assert "Giá?" not in read(address)


def test_of_whoever_asks_it_says_the_point_and_the_name_only_if_it_may(conference, delegate, address):
    step(ask(delegate), Step.CHOOSE)
    page = read(address)
    assert not [words for words in (delegate.full_name, delegate.email, "HTX Ví Dụ 1") if words in page]
    floor.set_names(conference=conference, names="person")
    assert f"{delegate.full_name}, HTX Ví Dụ 1, VNPT Một" in read(address)


def test_an_open_poll_is_shown_without_numbers_and_its_result_once_it_is_published(conference, delegate, address):
    from control import polls

    poll = open_poll(conference)
    polls.vote(delegate=delegate, poll=poll.pk, option=0, now=START)
    page = read(address)
    assert "<li>Sáng</li>" in page
    assert "%" not in page.partition("<main")[2]
    press(poll, PollStep.CLOSE)
    assert "Sáng" not in read(address)
    press(poll, PollStep.PUBLISH)
    assert "100 %" in read(address)


def test_one_press_withdraws_the_link(conference, address):
    floor.renew_link(conference=conference)
    for path in (address, f"{address}live/", "/screen/xxxxxxxxxxxxxxxxxxxxxx/"):
        assert Client().get(path).status_code == 404
    assert Client().get(f"/screen/{floor.floor_of(conference).token}/").status_code == 200


def test_an_unchanged_screen_costs_one_statement_and_a_304(conference, delegate, address):
    question = ask(delegate)
    mark = Client().get(f"{address}live/")["ETag"]
    with CaptureQueriesContext(connection) as queries:
        response = Client().get(f"{address}live/", headers={"if-none-match": mark})
    assert (response.status_code, len(queries)) == (304, 1)
    step(question, Step.CHOOSE)
    assert Client().get(f"{address}live/", headers={"if-none-match": mark}).status_code == 200


def test_of_another_conference_it_shows_nothing(address):
    foreign = ConferenceFactory()
    open_floor(foreign)
    step(ask(person_at(BridgePointFactory(conference=foreign), 5), "Ở nơi khác?"), Step.CHOOSE)
    open_poll(foreign)
    page = read(address)
    assert "Ở nơi khác?" not in page
    assert "Họp khi nào?" not in page
