"""Questions and votes behind a personal link: what is read there, what is pressed, and what scripts achieve."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from control import floor, questions
from control.floor_presses import Step, answer_in_writing
from control.models import Cue, FloorQuestion, Poll, Support, Vote
from control.public import floor as floor_page
from registrations.models import Registration
from tests.support.factories import START, BridgePointFactory, ConferenceFactory
from tests.support.floor import ask, open_floor, open_poll, person_at, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "with_floor")]


@pytest.fixture
def hall(conference):
    return BridgePointFactory(conference=conference, short_name="Hội trường")


@pytest.fixture
def delegate(hall):
    return person_at(hall)


@pytest.fixture
def other(hall):
    return person_at(hall, 2)


def address(delegate) -> str:
    return f"/j/{delegate.token}/floor/"


def read(delegate) -> str:
    response = Client().get(address(delegate))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def send(delegate, **data):
    return Client().post(address(delegate), data, follow=True)


def test_the_personal_page_leads_there_on_the_day_where_the_organisers_opened_it(conference, delegate, clock):
    page = f"/j/{delegate.token}/"
    assert 'href="floor/"' in Client().get(page).content.decode()
    clock.move_to(START - timedelta(minutes=31))
    assert 'href="floor/"' not in Client().get(page).content.decode()
    clock.move_to(START)
    floor.set_open(conference=conference, is_open=False)
    assert 'href="floor/"' not in Client().get(page).content.decode()


def test_the_personal_page_costs_no_statement_more_for_it(conference, delegate):
    page = f"/j/{delegate.token}/"
    Client().get(page)
    with CaptureQueriesContext(connection) as queries:
        Client().get(page)
    assert len(queries) == 1


def test_a_question_is_sent_once_however_often_its_form_is(conference, delegate):
    cue = Cue.objects.create(conference=conference, title="Báo cáo")
    data = {"ask": "1", "uid": str(uuid4()), "text": " Bao giờ\ncó giá? ", "to": "Sở Công Thương", "cue": cue.pk}
    for _try in range(2):
        assert send(delegate, **data).status_code == 200
    (made,) = FloorQuestion.objects.all()
    assert (made.text, made.to, made.cue, made.delegate) == ("Bao giờ có giá?", "Sở Công Thương", cue, delegate)
    assert "Bao giờ có giá?" in read(delegate)


def test_two_people_who_send_the_same_number_ask_two_questions(delegate, other):
    data = {"ask": "1", "uid": str(uuid4()), "text": "Giá?"}
    send(delegate, **data)
    send(other, **data)
    assert FloorQuestion.objects.count() == 2


@pytest.mark.parametrize("data", [{"text": ""}, {"text": "a" * 501}, {"text": "Giá?", "cue": "987654"}])
def test_what_cannot_be_taken_is_said_at_the_field_and_nothing_typed_is_lost(delegate, data):
    response = Client().post(address(delegate), {"ask": "1", "uid": str(uuid4()), "to": "Chủ trì", **data})
    page = response.content.decode()
    assert response.status_code == 422
    assert "dc-error" in page
    assert 'value="Chủ trì"' in page
    assert data["text"] in page
    assert not FloorQuestion.objects.exists()


def test_a_part_of_another_conference_cannot_be_asked_about(delegate):
    foreign = Cue.objects.create(conference=ConferenceFactory(), title="Báo cáo")
    response = Client().post(address(delegate), {"ask": "1", "uid": str(uuid4()), "text": "Giá?", "cue": foreign.pk})
    assert response.status_code == 422


def test_what_is_not_chosen_is_read_by_its_asker_only_and_who_asked_by_nobody(delegate, other):
    question = ask(other, "Bí mật?")
    assert "Bí mật?" not in read(delegate)
    assert "Bí mật?" in read(other)
    step(question, Step.CHOOSE)
    page = read(delegate)
    assert "Bí mật?" in page
    assert "Hội trường" in page
    assert other.full_name not in page


def test_the_name_is_read_where_the_organisers_show_it(conference, delegate, other):
    step(ask(other), Step.CHOOSE)
    floor.set_names(conference=conference, names="person")
    assert other.full_name in read(delegate)


def test_support_is_given_and_taken_back_and_its_number_is_not_shown(delegate, other):
    question = step(ask(other), Step.CHOOSE)
    send(delegate, support=question.pk)
    assert Support.objects.get().delegate == delegate
    third = person_at(other.registration.bridge_point, 7)
    page = read(delegate)
    assert f'name="unsupport" value="{question.pk}"' in page
    assert f'name="support" value="{question.pk}"' in read(third)
    send(delegate, unsupport=question.pk)
    assert not Support.objects.exists()


def test_nobody_is_offered_to_support_what_they_asked(delegate, other):
    question = step(ask(delegate), Step.CHOOSE)
    press = f'name="support" value="{question.pk}"'
    assert press not in read(delegate)
    assert press in read(other)


def test_one_link_that_is_hammered_has_one_vote_and_one_support(conference, delegate, other):
    question, poll = step(ask(other), Step.CHOOSE), open_poll(conference)
    client = Client()
    for number in range(100):
        client.post(address(delegate), {"support": question.pk})
        client.post(address(delegate), {"vote": f"{poll.pk}:{number % 2}"})
    assert (Vote.objects.count(), Support.objects.count()) == (1, 1)
    assert questions.supports_of(conference.pk) == {question.pk: 1}


def test_who_presses_all_the_time_is_asked_to_wait(conference, delegate, monkeypatch):
    monkeypatch.setattr(floor_page, "PRESSES_PER_HOUR", 2)
    poll = open_poll(conference)
    statuses = [Client().post(address(delegate), {"vote": f"{poll.pk}:0"}).status_code for _try in range(3)]
    assert statuses == [302, 302, 429]


def test_links_that_were_made_up_or_withdrawn_open_nothing_and_vote_for_nothing(conference, delegate):
    poll = open_poll(conference)
    token = delegate.token
    forged = [token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), "x" * 22, conference.slug]
    for one in forged:
        for path in (f"/j/{one}/floor/", f"/j/{one}/floor/live/"):
            assert Client().get(path).status_code == 404
        assert Client().post(f"/j/{one}/floor/", {"vote": f"{poll.pk}:0"}).status_code == 404
    Registration.objects.update(state=Registration.State.CANCELLED)
    assert Client().post(address(delegate), {"vote": f"{poll.pk}:0"}).status_code == 404
    assert not Vote.objects.exists()


def test_of_another_conference_nothing_is_read_supported_or_voted_for(delegate):
    foreign = ConferenceFactory()
    open_floor(foreign)
    stranger = person_at(BridgePointFactory(conference=foreign), 9)
    question, poll = step(ask(stranger, "Ở nơi khác?"), Step.CHOOSE), open_poll(foreign)
    assert "Ở nơi khác?" not in read(delegate)
    send(delegate, support=question.pk)
    send(delegate, vote=f"{poll.pk}:0")
    assert (Vote.objects.count(), Support.objects.count()) == (0, 0)


@pytest.mark.parametrize("data", [{}, {"vote": "x"}, {"vote": "1:²"}, {"support": "1" * 40}, {"x": "y"}])
def test_a_press_that_says_nothing_is_refused_in_words(delegate, data):
    assert "alert-error" in send(delegate, **data).content.decode()


def test_a_vote_can_be_changed_until_the_poll_is_closed_and_the_result_is_read_when_it_is_published(
    conference, delegate
):
    from tests.control.test_polls import PollStep, press

    poll = open_poll(conference)
    send(delegate, vote=f"{poll.pk}:0")
    send(delegate, vote=f"{poll.pk}:1")
    assert f'value="{poll.pk}:1" class="btn btn-secondary" id="vote-1" aria-pressed="true"' in read(delegate)
    press(poll, PollStep.CLOSE)
    assert "Họp khi nào?" not in read(delegate)
    assert "alert-warning" in send(delegate, vote=f"{poll.pk}:0").content.decode()
    press(poll, PollStep.PUBLISH)
    assert "100 %" in read(delegate)
    assert Vote.objects.get().option == 1


def test_the_answer_in_writing_is_read_by_whoever_asked(conference, delegate, other):
    question = ask(delegate, "Giá?")
    answer_in_writing(conference=conference, question=question.pk, answer="Tháng 12.", version=0, now=START)
    assert "Tháng 12." in read(delegate)
    assert "Tháng 12." not in read(other)


def test_before_and_after_the_day_nothing_is_asked_but_what_was_answered_stays(conference, delegate, clock):
    question = ask(delegate, "Giá?")
    answer_in_writing(conference=conference, question=question.pk, answer="Tháng 12.", version=0, now=START)
    for minutes in (-40, 5 * 60):
        clock.move_to(START + timedelta(minutes=minutes))
        page = read(delegate)
        assert "<textarea" not in page
        assert "Tháng 12." in page


def test_it_is_sent_again_only_after_a_press_of_the_chair_and_costs_two_statements(conference, delegate, other):
    question = ask(other)
    live = f"{address(delegate)}live/"
    mark = Client().get(live)["ETag"]
    questions.support(delegate=delegate, question=step(question, Step.CHOOSE).pk, wanted=True, now=START)
    mark = Client().get(live)["ETag"]
    questions.support(delegate=delegate, question=question.pk, wanted=False, now=START)
    with CaptureQueriesContext(connection) as queries:
        response = Client().get(live, headers={"if-none-match": mark})
    assert (response.status_code, len(queries)) == (304, 2)
    step(question, Step.CALL)
    assert Client().get(live, headers={"if-none-match": mark}).status_code == 200


def test_the_page_costs_the_same_for_one_question_and_for_many(conference, delegate, other):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            read(delegate)
        return len(queries)

    step(ask(other), Step.CHOOSE)
    ask(delegate)
    open_poll(conference)
    few = cost()
    for person in (delegate, other):
        for _more in range(2):
            step(ask(person), Step.CHOOSE)
            ask(person)
    assert cost() == few


def test_the_file_with_everything_stored_names_questions_supports_and_votes(conference, delegate, other):
    ask(delegate, "Giá?")
    send(delegate, support=step(ask(other), Step.CHOOSE).pk)
    send(delegate, vote=f"{open_poll(conference).pk}:1")
    registration = Registration.objects.get(pk=delegate.registration_id)
    stored = json.loads(Client().get(f"/r/{registration.token}/data.json").content)
    assert [row["text"] for row in stored["floorquestion"]] == ["Giá?"]
    assert [row["option"] for row in stored["vote"]] == [1]
    assert len(stored["support"]) == 1
    assert Poll.objects.count() == 1
