"""Questions from the floor: asking, choosing, calling, merging, order, and who supports what."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from control import floor, questions
from control.floor_presses import Step, answer_in_writing, merge, press, put_in_order, reword
from control.models import FloorQuestion, Support
from control.presses import PressRefused, StalePress
from control.question_table import mark, question_table
from control.questions import MOST_OF_A_ROOM, MOST_WAITING, Asked, NotTaken
from control.questions_shown import own_question, who_words, with_askers
from registrations.models import Delegate
from registrations.signals import ErasedPeople, personal_data_erased
from tests.support.factories import START, BridgePointFactory, ConferenceFactory
from tests.support.floor import ask, open_floor, person_at, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_floor")]
State = FloorQuestion.State


@pytest.fixture
def hall(conference):
    return BridgePointFactory(conference=conference, short_name="Hội trường")


@pytest.fixture
def room(conference):
    return BridgePointFactory(conference=conference, short_name="VNPT Một", kind="video_room")


@pytest.fixture
def people(hall, room) -> list[Delegate]:
    return [person_at(hall, 1), person_at(room, 2), person_at(room, 3)]


def state_of(question: FloorQuestion) -> str:
    return FloorQuestion.objects.get(pk=question.pk).state


def test_what_is_sent_twice_is_one_question(people):
    asked = Asked.of(uuid4(), "Bao giờ có giá?")
    first, second = (questions.ask(delegate=people[0], asked=asked, now=START) for _try in range(2))
    assert (first, FloorQuestion.objects.count()) == (second, 1)


def test_nobody_asks_before_the_doors_open_nor_long_after_the_end_nor_while_the_floor_is_closed(conference, people):
    for minutes in (-31, 4 * 60):
        with pytest.raises(NotTaken):
            questions.ask(delegate=people[0], asked=Asked.of(uuid4(), "?!"), now=START + timedelta(minutes=minutes))
    floor.set_open(conference=conference, is_open=False)
    people[0].registration.conference.refresh_from_db()
    with pytest.raises(NotTaken):
        ask(people[0])
    assert not FloorQuestion.objects.exists()


def test_only_some_of_one_person_wait_and_one_that_was_called_makes_room(people):
    asked = [ask(people[0], f"Câu {n}") for n in range(MOST_WAITING)]
    with pytest.raises(NotTaken, match=str(MOST_WAITING)):
        ask(people[0])
    ask(people[1])
    step(asked[0], Step.CHOOSE)
    step(asked[0], Step.CALL)
    ask(people[0])


@pytest.mark.parametrize("text", ["", "  \n ", "a" * 501, "xấu\x07"])
def test_what_is_no_question_is_refused_in_words(text):
    with pytest.raises(NotTaken) as refused:
        Asked.of(uuid4(), text)
    assert str(refused.value)


def test_a_question_goes_from_new_to_answered_and_each_press_back(people, room):
    question = ask(people[1])
    for what, state in (
        (Step.CHOOSE, State.CHOSEN),
        (Step.CALL, State.CALLED),
        (Step.ANSWERED, State.ANSWERED),
        (Step.BACK, State.CALLED),
    ):
        assert step(question, what).state == state
    called = FloorQuestion.objects.get()
    assert (called.called_point, called.called_at) == (room, START)
    assert step(question, Step.BACK).called_point is None
    assert step(question, Step.ASIDE).state == State.ASIDE
    assert step(question, Step.BACK).state == State.NEW


@pytest.mark.parametrize("what", [Step.CALL, Step.ANSWERED, Step.BACK, Step.UP, Step.SEPARATE])
def test_what_cannot_be_done_to_a_new_question_is_refused(people, what):
    question = ask(people[0])
    with pytest.raises(PressRefused):
        step(question, what)
    assert state_of(question) == State.NEW


def test_a_press_for_a_question_that_has_changed_is_not_carried_out_and_says_how_it_stands(people):
    question = ask(people[0])
    step(question, Step.CHOOSE)
    with pytest.raises(StalePress, match=r"đã chọn|chosen"):
        step(question, Step.ASIDE, version=0)
    assert state_of(question) == State.CHOSEN


def test_a_question_of_another_conference_cannot_be_touched(people):
    question = ask(people[0])
    other = ConferenceFactory()
    with pytest.raises(PressRefused):
        press(conference=other, question=question.pk, step=Step.CHOOSE, version=0, now=START)
    mine = step(question, Step.CHOOSE)
    foreign = BridgePointFactory(conference=other)
    with pytest.raises(PressRefused):
        step(mine, Step.CALL, point=foreign.pk)
    assert state_of(question) == State.CHOSEN


def test_it_is_called_from_the_point_that_was_chosen(people, hall, room):
    question = ask(people[1])
    step(question, Step.CHOOSE)
    assert step(question, Step.CALL, point=hall.pk).called_point == hall


def in_order(conference) -> list[str]:
    rows = FloorQuestion.objects.shown().filter(conference=conference, state=State.CHOSEN)
    return [row.text for row in rows]


def test_chosen_ones_stand_in_the_order_of_choosing_and_are_moved_by_hand(conference, people):
    first, second, third = (ask(people[0], text) for text in "ABC")
    for question in (second, first, third):
        step(question, Step.CHOOSE)
    assert in_order(conference) == ["B", "A", "C"]
    step(third, Step.UP)
    assert in_order(conference) == ["B", "C", "A"]
    step(second, Step.DOWN)
    step(second, Step.DOWN)
    step(second, Step.DOWN)
    assert in_order(conference) == ["C", "A", "B"]
    put_in_order(conference=conference, places={first.pk: 1, second.pk: 2, third.pk: 10**12, 99: 0})
    assert in_order(conference) == ["A", "B", "C"]


def test_merging_keeps_every_asker_their_words_and_each_supporter_once(conference, people):
    rows = [ask(person, f"Giá {n}?") for n, person in enumerate(people)]
    for row in rows[:2]:
        step(row, Step.CHOOSE)
        questions.support(delegate=people[2], question=row.pk, wanted=True, now=START)
    pairs = [(row.pk, FloorQuestion.objects.get(pk=row.pk).version) for row in reversed(rows)]
    leading = merge(conference=conference, questions=pairs, wording="Khi nào công bố giá?")
    assert leading == rows[0]
    table = question_table(conference, [])
    (row,) = table.chosen
    assert not table.new
    assert (row.question.words, row.supports) == ("Khi nào công bố giá?", 1)
    assert {(one.delegate_id, one.text) for one in row.askers} == {
        (person.pk, f"Giá {n}?") for n, person in enumerate(people)
    }
    assert [point.label for point in row.points] == ["Hội trường", "VNPT Một"]
    merged = FloorQuestion.objects.select_related("merged_into").get(pk=rows[2].pk)
    assert own_question(merged).state == State.CHOSEN
    questions.support(delegate=people[2], question=leading.pk, wanted=False, now=START)
    assert not Support.objects.exists()


def test_merged_ones_stay_together_when_their_question_is_merged_again_and_are_separated_one_by_one(conference, people):
    rows = [ask(person, f"Giá {n}?") for n, person in enumerate(people)]
    merge(conference=conference, questions=[(rows[1].pk, 0), (rows[2].pk, 0)])
    step(rows[0], Step.CHOOSE)
    merge(conference=conference, questions=[(rows[0].pk, 1), (rows[1].pk, 1)])
    assert set(FloorQuestion.objects.filter(merged_into=rows[0])) == {rows[1], rows[2]}
    assert step(rows[2], Step.SEPARATE).merged_into is None
    assert state_of(rows[2]) == State.NEW


def test_what_was_seen_otherwise_or_is_answered_is_not_merged(conference, people):
    rows = [ask(person, f"Giá {n}?") for n, person in enumerate(people)]
    with pytest.raises(PressRefused):
        merge(conference=conference, questions=[(rows[0].pk, 0)])
    step(rows[1], Step.CHOOSE)
    with pytest.raises(StalePress):
        merge(conference=conference, questions=[(rows[0].pk, 0), (rows[1].pk, 0)])
    step(rows[1], Step.CALL)
    step(rows[1], Step.ANSWERED)
    with pytest.raises(PressRefused):
        merge(conference=conference, questions=[(rows[0].pk, 0), (rows[1].pk, 3)])
    assert not FloorQuestion.objects.exclude(merged_into=None).exists()


def test_another_wording_is_for_everybody_and_the_words_of_the_asker_stay(conference, people):
    question = ask(people[0], "Giá?")
    reword(conference=conference, question=question.pk, wording="Bao giờ có giá?", version=0)
    found = FloorQuestion.objects.get()
    assert (found.words, found.text) == ("Bao giờ có giá?", "Giá?")


def test_support_is_one_for_each_person_and_can_be_taken_back(people):
    question = step(ask(people[0]), Step.CHOOSE)
    for _try in range(3):
        questions.support(delegate=people[1], question=question.pk, wanted=True, now=START)
    questions.support(delegate=people[2], question=question.pk, wanted=True, now=START)
    assert questions.supports_of(question.conference_id) == {question.pk: 2}
    questions.support(delegate=people[1], question=question.pk, wanted=False, now=START)
    assert questions.supports_of(question.conference_id) == {question.pk: 1}
    assert questions.supported_by(people[2]) == {question.pk}


def test_nobody_supports_what_they_have_asked_themselves_also_if_it_was_merged(people):
    question, other = step(ask(people[0]), Step.CHOOSE), ask(people[1], "Một câu khác thế nào?")
    step(other, Step.CHOOSE)
    merge(conference=question.conference, questions=[(row.pk, 1) for row in (question, other)])
    for delegate in people[:2]:
        with pytest.raises(NotTaken):
            questions.support(delegate=delegate, question=question.pk, wanted=True, now=START)
    assert questions.supports_of(question.conference_id) == {}


def test_what_is_hidden_or_of_another_conference_cannot_be_supported(people):
    hidden = ask(people[0])
    stranger_hall = BridgePointFactory()
    open_floor(stranger_hall.conference)
    stranger = person_at(stranger_hall, 9)
    for delegate, question in ((people[1], hidden.pk), (people[1], 10**9)):
        with pytest.raises(NotTaken):
            questions.support(delegate=delegate, question=question, wanted=True, now=START)
    step(hidden, Step.CHOOSE)
    with pytest.raises(NotTaken):
        questions.support(delegate=stranger, question=hidden.pk, wanted=True, now=START)
    assert not Support.objects.exists()


def test_a_room_asks_for_its_people_each_once_and_not_without_end(conference, room):
    asked = [Asked.of(uuid4(), f"Câu {n}", "Bùi Thị Ví", "HTX Ví Dụ") for n in range(MOST_OF_A_ROOM + 2)]
    taken = questions.ask_for(point=room, asked=asked, now=START)
    assert list(taken.values()) == [True] * MOST_OF_A_ROOM + [False, False]
    assert questions.ask_for(point=room, asked=asked[:1], now=START) == {asked[0].uid: True}
    found = FloorQuestion.objects.filter(conference=conference)
    assert found.count() == MOST_OF_A_ROOM
    assert {(row.person, row.organisation, row.point) for row in found} == {("Bùi Thị Ví", "HTX Ví Dụ", room)}


def test_the_points_that_were_not_heard_yet_come_with_what_waits_there(conference, people, hall, room):
    ask(people[1])
    ask(people[2])
    called = ask(people[0])
    unheard = question_table(conference, [hall, room]).unheard
    assert [(one.point, one.waiting) for one in unheard] == [(room, 2), (hall, 1)]
    step(called, Step.CHOOSE)
    step(called, Step.CALL)
    assert [one.point for one in question_table(conference, [hall, room]).unheard] == [room]
    step(called, Step.ANSWERED)
    assert [one.point for one in question_table(conference, [hall, room]).unheard] == [room]


def test_everybody_reads_the_point_and_the_name_only_where_the_organisers_show_it(conference, people):
    first, second = ask(people[0]), ask(people[1])
    merge(conference=conference, questions=[(first.pk, 0), (second.pk, 0)])
    (question,) = with_askers(FloorQuestion.objects.leading())
    by_point = who_words(question, "point")
    assert "Hội trường; VNPT Một" in by_point
    assert people[0].full_name not in by_point
    assert f"{people[0].full_name}, HTX Ví Dụ 1, Hội trường" in who_words(question, "person")


def test_the_table_costs_the_same_for_one_and_for_many(conference, people, hall, room):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            question_table(conference, [hall, room])
            mark(conference)
        return len(queries)

    step(ask(people[0]), Step.CHOOSE)
    ask(people[1])
    few = cost()
    for person in people:
        ask(person)
        step(ask(person), Step.CHOOSE)
    assert cost() == few <= 9


def test_the_number_that_pages_ask_for_changes_with_what_they_show_and_not_with_support(conference, people):
    question = ask(people[0])
    before = floor.version_of(conference.pk)
    step(question, Step.CHOOSE)
    chosen = floor.version_of(conference.pk)
    questions.support(delegate=people[1], question=question.pk, wanted=True, now=START)
    assert before < chosen == floor.version_of(conference.pk)
    assert mark(conference).startswith(f"{chosen}-")


def erase(conference, people: ErasedPeople, *, everybody: bool = False) -> None:
    personal_data_erased.send(sender=Delegate, conference=conference, people=people, everybody=everybody)


def test_erasing_somebody_deletes_what_was_never_called_and_unlinks_the_rest(conference, people, room):
    hidden, called, shared, _chosen = (ask(people[0], text) for text in "ABCD")
    step(called, Step.CHOOSE)
    step(called, Step.CALL)
    merge(conference=conference, questions=[(shared.pk, 0), (ask(people[1], "E").pk, 0)])
    supported = step(ask(people[1], "G"), Step.CHOOSE)
    questions.support(delegate=people[0], question=supported.pk, wanted=True, now=START)
    typed = Asked.of(uuid4(), "F", people[0].full_name.upper(), "HTX")
    questions.ask_for(point=room, asked=[typed], now=START)
    erase(conference, ErasedPeople(delegates={people[0].pk}, names={people[0].full_name}))
    assert set(FloorQuestion.objects.values_list("text", flat=True)) == {"B", "C", "E", "G"}
    assert not FloorQuestion.objects.filter(delegate=people[0]).exists()
    assert not Support.objects.exists()
    assert FloorQuestion.objects.get(text="E").merged_into == shared
    assert hidden.pk != shared.pk


def test_erasing_everybody_leaves_what_was_said_in_the_hall_without_who(conference, people):
    said = ask(people[0], "A")
    ask(people[1], "B")
    for what in (Step.CHOOSE, Step.CALL, Step.ANSWERED):
        step(said, what)
    erase(conference, ErasedPeople(), everybody=True)
    (left,) = FloorQuestion.objects.all()
    assert (left.text, left.person, left.delegate) == ("A", "", None)


def test_a_written_answer_ends_what_was_not_answered_in_the_hall_only(conference, people):
    waiting, said = ask(people[0]), ask(people[1])
    for what in (Step.CHOOSE, Step.CALL):
        step(said, what)
    with pytest.raises(PressRefused):
        answer_in_writing(conference=conference, question=said.pk, answer="A", version=2, now=START)
    step(said, Step.ANSWERED)
    for question, version in ((said, 3), (waiting, 0)):
        answer_in_writing(conference=conference, question=question.pk, answer="Tháng 12.", version=version, now=START)
    assert (state_of(said), state_of(waiting)) == (State.ANSWERED, State.WRITTEN)
    with pytest.raises(PressRefused):
        step(waiting, Step.BACK)
