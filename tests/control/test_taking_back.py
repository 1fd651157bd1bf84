"""A question that waits is taken back by whoever asked it, on its page; the chair's table goes on to show it."""

from datetime import timedelta

import pytest
from django.test import Client

from control import floor, questions, rooms
from control.floor_presses import Step, answer_in_writing, merge, reword
from control.models import FloorQuestion, Support
from control.presses import PressRefused
from control.public import floor as floor_page
from control.question_table import question_table
from tests.control.test_room_floor import asked
from tests.control.test_room_page import report, send
from tests.support.factories import START, BridgePointFactory
from tests.support.floor import ask, person_at, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "with_floor")]
State = FloorQuestion.State


@pytest.fixture
def room(conference):
    return BridgePointFactory(conference=conference, short_name="VNPT Một", kind="video_room")


@pytest.fixture
def people(room):
    return [person_at(room, number) for number in (1, 2, 3)]


def page_of(delegate) -> str:
    return f"/j/{delegate.token}/floor/"


def press(delegate, question):
    response = Client().post(page_of(delegate), {"take_back": question.pk}, follow=True)
    return " ".join(response.content.decode().split())


def read(delegate) -> str:
    return " ".join(Client().get(page_of(delegate)).content.decode().split())


@pytest.mark.parametrize("before", [(), (Step.CHOOSE,)])
def test_one_that_waits_is_taken_back_by_one_press_on_the_page_of_whoever_asked(conference, people, before):
    question = ask(people[0], "Giá?")
    for what in before:
        step(question, what)
    assert f'name="take_back" value="{question.pk}"' in read(people[0])
    assert 'name="take_back"' not in read(people[1])
    version = floor.version_of(conference.pk)
    page = press(people[0], question)
    assert "Đã rút lại." in page
    assert 'name="take_back"' not in page
    assert FloorQuestion.objects.get().state == State.TAKEN_BACK
    assert floor.version_of(conference.pk) == version + 1
    assert "Giá?" not in read(people[1])
    # A second device that still shows the button says nothing new.
    assert "alert-warning" not in press(people[0], question)


def test_the_chair_s_table_shows_it_as_taken_back_and_nothing_is_done_to_it_any_more(conference, people):
    question = ask(people[0], "Giá?")
    press(people[0], question)
    table = question_table(conference, [])
    assert ([row.question.text for row in table.taken_back], table.new) == (["Giá?"], [])
    for what in (Step.CHOOSE, Step.CALL, Step.ASIDE, Step.BACK, Step.ANSWERED, Step.UP):
        with pytest.raises(PressRefused):
            step(question, what)
    other, now = ask(people[1]), {"conference": conference, "question": question.pk, "version": 1}
    with pytest.raises(PressRefused, match="rút lại"):
        answer_in_writing(**now, answer="Tháng 12.", now=START)
    with pytest.raises(PressRefused, match="rút lại"):
        reword(**now, wording="Bao giờ?")
    with pytest.raises(PressRefused, match="rút lại"):
        merge(conference=conference, questions=[(question.pk, 1), (other.pk, 0)])


@pytest.mark.parametrize("before", [(Step.CHOOSE, Step.CALL), (Step.CHOOSE, Step.CALL, Step.ANSWERED), (Step.ASIDE,)])
def test_one_that_waits_no_more_is_not_taken_back_and_that_is_said(conference, people, before):
    question = ask(people[0])
    for what in before:
        step(question, what)
    state = FloorQuestion.objects.get().state
    assert 'name="take_back"' not in read(people[0])
    assert "không còn chờ" in press(people[0], question)
    assert FloorQuestion.objects.get().state == state


def test_nobody_takes_back_what_another_asked_whether_by_link_or_through_a_room(client, conference, room, people):
    question = ask(people[0])
    assert "không còn nữa" in press(people[1], question)
    address = f"/room/{rooms.link_of(point=room, now=START).token}/"
    row = report("take_back", str(question.pk))
    assert send(client, address, row).json()["outcomes"] == {row["uid"]: "refused"}
    for value in ("x", "²", "9" * 30, ""):
        Client().post(page_of(people[0]), {"take_back": value})
    assert FloorQuestion.objects.get().state == State.NEW


def test_it_frees_a_place_among_those_that_wait_and_counts_as_a_press(conference, people, monkeypatch):
    waiting = [ask(people[0], f"Câu {number}") for number in range(questions.MOST_WAITING)]
    with pytest.raises(questions.NotTaken):
        ask(people[0], "Một câu nữa")
    press(people[0], waiting[0])
    assert ask(people[0], "Một câu nữa").state == State.NEW
    monkeypatch.setattr(floor_page, "PRESSES_PER_HOUR", 1)
    assert Client().post(page_of(people[0]), {"take_back": waiting[1].pk}).status_code == 429
    assert FloorQuestion.objects.get(pk=waiting[1].pk).state == State.NEW


def test_of_merged_ones_the_others_stand_where_it_stood_with_those_who_support_them(conference, people):
    first, second, third = (ask(person, f"Giá {number}?") for number, person in enumerate(people))
    step(first, Step.CHOOSE)
    questions.support(delegate=people[2], question=first.pk, wanted=True, now=START)
    pairs = [(row.pk, FloorQuestion.objects.get(pk=row.pk).version) for row in (first, second, third)]
    merge(conference=conference, questions=pairs)
    press(people[0], first)
    first, second, third = FloorQuestion.objects.order_by("pk")
    assert (first.state, first.merged_into) == (State.TAKEN_BACK, None)
    assert (second.state, second.merged_into, second.words) == (State.CHOSEN, None, "Giá 1?")
    assert third.merged_into == second
    assert questions.supports_of(conference.pk) == {second.pk: 1}
    assert Support.objects.get().delegate == people[2]


def test_one_that_was_merged_into_another_leaves_it_alone(conference, people):
    first, second = (ask(person, f"Giá {number}?") for number, person in enumerate(people[:2]))
    leading = merge(conference=conference, questions=[(first.pk, 0), (second.pk, 0)])
    other = second if leading.pk == first.pk else first
    asker = people[1] if leading.pk == first.pk else people[0]
    press(asker, other)
    other.refresh_from_db()
    leading.refresh_from_db()
    assert (other.state, other.merged_into, leading.state) == (State.TAKEN_BACK, None, State.NEW)


def test_a_room_takes_back_what_it_asked_through_its_queue_and_without_javascript(client, room):
    address = f"/room/{rooms.link_of(point=room, now=START).token}/"
    send(client, address, asked("Giá?"), asked("Khi nào?"))
    by_queue, by_form = FloorQuestion.objects.order_by("pk")
    page = client.get(address).content.decode()
    assert page.count('name="say" value="take_back=') == 2
    row = report("take_back", str(by_queue.pk))
    answer = send(client, address, row).json()
    assert answer["outcomes"] == {row["uid"]: "taken"}
    assert "Đã rút lại." in answer["now"]["questions"]
    uid = "00000000-0000-4000-8000-000000000001"
    client.post(address, {"uid": uid, "say": f"take_back={by_form.pk}"})
    client.post(address, {"uid": uid, "say": "take_back=x"})
    assert set(FloorQuestion.objects.values_list("state", flat=True)) == {State.TAKEN_BACK}


def test_it_can_be_taken_back_after_the_hour_as_well_since_an_answer_in_writing_may_come(people, clock):
    question = ask(people[0])
    clock.shift(timedelta(hours=20))
    press(people[0], question)
    assert FloorQuestion.objects.get().state == State.TAKEN_BACK
