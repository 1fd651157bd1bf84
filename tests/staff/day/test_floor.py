"""The chair's table in the workspace: who sees questions and polls, what one press does, what is refused."""

import re
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conference.models import Conference
from control import floor, questions
from control.floor_presses import Step
from control.models import FloorQuestion, Poll
from control.questions import Asked
from control.taking_back import take_back
from outbox.models import Message
from registrations.models import Delegate
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, UserFactory
from tests.support.floor import ask, open_floor, open_poll, person_at, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
State = FloorQuestion.State


@pytest.fixture
def conference(conference) -> Conference:
    """Everybody may ask there."""
    open_floor(conference)
    return conference


@pytest.fixture
def hall(conference):
    return BridgePointFactory(conference=conference, short_name="Hội trường")


@pytest.fixture
def people(conference, hall) -> list[Delegate]:
    room = BridgePointFactory(conference=conference, short_name="VNPT Một", kind="video_room")
    return [person_at(hall, 1), person_at(room, 2)]


def address(conference, page: str = "floor/") -> str:
    return f"/admin/c/{conference.slug}/day/{page}"


def read(client, conference, page: str = "floor/") -> str:
    response = client.get(address(conference, page))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def press(client, conference, page: str, value: str):
    return client.post(address(conference, f"{page}/press/"), {"press": value}, follow=True)


def button(page: str, step: str) -> str:
    """The value of the first button that does ``step``."""
    found = re.search(rf'name="press" value="({step}:[\d:]+)"', page)
    assert found, step
    return found[1]


def test_a_question_is_chosen_called_and_answered_by_one_press_each(client, conference, people):
    ask(people[1], "Giá?")
    for what, state in (("choose", State.CHOSEN), ("call", State.CALLED), ("answered", State.ANSWERED)):
        page = read(client, conference)
        press(client, conference, "floor", button(page, what))
        assert FloorQuestion.objects.get().state == state
    assert FloorQuestion.objects.get().called_point == people[1].registration.bridge_point
    assert people[1].full_name in read(client, conference)
    point = people[1].registration.bridge_point.label
    noted = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert noted[1].endswith(f"mời từ {point}")
    assert [words.partition(": ")[0] for words in noted] == [f"Câu hỏi từ {point}"] * 3
    assert len(set(noted)) == 3
    history = client.get(f"/admin/c/{conference.slug}/settings/history/").content.decode()
    assert [history.count(words) for words in noted] == [1, 1, 1]


def test_a_step_back_says_what_it_undoes_and_not_that_it_leaves_the_page(client, conference, people):
    question = ask(people[0])
    said = {"choose": "Bỏ chọn", "call": "Bỏ mời", "answered": "Chưa trả lời xong"}
    for what, words in said.items():
        press(client, conference, "floor", button(read(client, conference), what))
        row = read(client, conference).partition('class="dc-floor-columns"')[2]
        assert re.search(rf'value="back:{question.pk}:\d+" class="button dc-plain">\s*{words}\s*<', row), what
        assert "Quay lại" not in row
    for state in (State.CALLED, State.CHOSEN, State.NEW):
        press(client, conference, "floor", button(read(client, conference), "back"))
        assert FloorQuestion.objects.get().state == state
    press(client, conference, "floor", button(read(client, conference), "aside"))
    assert "Xem xét lại" in read(client, conference)


def test_of_two_who_press_the_second_is_told_that_nothing_was_done(client, conference, people):
    question = ask(people[0])
    seen = button(read(client, conference), "choose")
    press(client, conference, "floor", seen)
    page = press(client, conference, "floor", seen.replace("choose", "aside")).content.decode()
    assert "không được thực hiện" in page
    assert FloorQuestion.objects.get(pk=question.pk).state == State.CHOSEN


@pytest.mark.parametrize("value", ["", "x", "choose:1", "fly:1:0", "choose:²:0", f"choose:{'9' * 30}:0", "call:1:0:x"])
def test_a_button_that_there_is_not_is_refused_in_words(client, conference, people, value):
    ask(people[0])
    page = press(client, conference, "floor", value).content.decode()
    assert re.search(r'<li class="(error|warning)">', page)
    assert FloorQuestion.objects.get().state == State.NEW


def test_ticked_ones_are_merged_under_a_wording_and_separated_again(client, conference, people):
    first, second = (ask(person, f"Giá {n}?") for n, person in enumerate(people))
    data = {"chosen": [f"{first.pk}:0", f"{second.pk}:0"], "wording": "Bao giờ có giá?"}
    page = client.post(address(conference, "floor/merge/"), data, follow=True).content.decode()
    for words in ("Bao giờ có giá?", "Giá 0?", "Giá 1?", people[0].full_name, people[1].full_name):
        assert words in page
    assert read(client, conference).count("Bao giờ có giá?") > 0
    client.post(address(conference, "floor/press/"), {"press": f"separate:{second.pk}:1", "back": first.pk})
    assert FloorQuestion.objects.leading().count() == 2


def test_after_an_answer_in_writing_nothing_is_separated_and_that_is_said(client, conference, people):
    first, second = (ask(person, f"Giá {n}?") for n, person in enumerate(people))
    client.post(address(conference, "floor/merge/"), {"chosen": [f"{first.pk}:0", f"{second.pk}:0"]})
    separate = f"separate:{second.pk}:1"
    page = f"floor/{first.pk}/"
    assert separate in read(client, conference, page)
    client.post(address(conference, page), {"answer": "Tháng 12.", "version": "1"})
    assert "separate:" not in read(client, conference, page)
    answer = press(client, conference, "floor", separate).content.decode()
    assert "Văn bản trả lời đã gửi cho tất cả người hỏi nên không tách ra được nữa." in answer
    assert FloorQuestion.objects.leading().get() == first


def test_one_that_was_taken_back_stands_at_the_end_of_the_table_with_no_button(client, conference, people):
    question = ask(people[0], "Giá?")
    take_back(delegate=people[0], question=question.pk)
    page = read(client, conference)
    assert "Người hỏi đã rút lại (1)" in page
    assert f":{question.pk}:" not in page
    shown = read(client, conference, f"floor/{question.pk}/")
    assert "Đã rút lại" in shown
    assert "<textarea" not in shown


def test_what_cannot_be_merged_any_more_is_said_and_what_was_typed_and_ticked_stays(client, conference, people):
    first, second = (ask(person) for person in people)
    step(second, Step.CHOOSE)
    data = {"chosen": [f"{first.pk}:0", f"{second.pk}:0"], "wording": "Bao giờ có giá?"}
    response = client.post(address(conference, "floor/merge/"), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert ">Bao giờ có giá?</textarea>" in page
    assert page.count(" checked") == 2
    assert not FloorQuestion.objects.exclude(merged_into=None).exists()


def test_numbers_that_are_typed_put_the_chosen_ones_in_order(client, conference, people):
    first, second = (ask(people[0], text) for text in ("Câu A", "Câu B"))
    for question in (first, second):
        step(question, Step.CHOOSE)
    data = {f"place-{first.pk}": "2", f"place-{second.pk}": "1", "place-x": "1", f"place-{10**30}": "1"}
    client.post(address(conference, "floor/order/"), data)
    page = read(client, conference)
    assert page.index("Câu B") < page.index("Câu A")
    press(client, conference, "floor", f"up:{first.pk}:1")
    page = read(client, conference)
    assert page.index("Câu A") < page.index("Câu B")


def test_another_wording_is_stored_and_a_stale_one_is_kept_in_the_form(client, conference, people):
    question = ask(people[0], "Giá?")
    page = address(conference, f"floor/{question.pk}/")
    client.post(page, {"wording": "Bao giờ có giá?", "version": "0"})
    assert FloorQuestion.objects.get().wording == "Bao giờ có giá?"
    response = client.post(page, {"wording": "Cách khác?", "version": "0"})
    assert response.status_code == 422
    assert "Cách khác?" in response.content.decode()
    assert FloorQuestion.objects.get().wording == "Bao giờ có giá?"


def test_an_answer_in_writing_is_sent_to_everybody_who_asked_and_says_what_is_true_when_it_leaves(
    client, conference, people
):
    from messaging.compose import compose

    first, second = (ask(person, "Giá?") for person in people)
    client.post(address(conference, "floor/merge/"), {"chosen": [f"{first.pk}:0", f"{second.pk}:0"]})
    Message.objects.all().delete()
    page = address(conference, f"floor/{first.pk}/")
    client.post(page, {"answer": "Tháng 11.", "version": "1"})
    client.post(page, {"answer": "Tháng 12, xem https://vidu.example.", "version": "2"})
    queued = list(Message.objects.filter(state=Message.State.QUEUED, channel="email"))
    assert {message.person for message in queued} == {person.person for person in people}
    assert Message.objects.filter(state=Message.State.CANCELLED).count() == len(people)
    contents = compose(queued)
    assert len(contents) == len(people)
    for content in contents.values():
        assert "Tháng 12" in content.text
        assert "Giá?" in content.text
        assert "/floor/" in content.text
        assert "/floor/" not in content.stored_text()
        assert 'href="https://vidu.example"' in content.html


def test_the_answer_is_not_sent_to_whoever_was_erased_nor_once_it_is_gone(client, conference, people):
    from messaging.compose import compose

    question = ask(people[0], "Giá?")
    client.post(address(conference, f"floor/{question.pk}/"), {"answer": "Tháng 12.", "version": "0"})
    queued = list(Message.objects.filter(kind="question_answered", state=Message.State.QUEUED))
    assert compose(queued)
    FloorQuestion.objects.all().delete()
    assert compose(queued) == {}


def test_a_question_asked_in_a_room_is_answered_without_a_message(client, conference, hall):
    hall.conference = conference
    asked = Asked.of(uuid4(), "Giá?", "Bùi Thị Ví", "HTX Ví Dụ")
    questions.ask_for(point=hall, asked=[asked], now=START)
    question = FloorQuestion.objects.get()
    client.post(address(conference, f"floor/{question.pk}/"), {"answer": "Tháng 12.", "version": "0"})
    assert FloorQuestion.objects.get().answer == "Tháng 12."
    assert not Message.objects.filter(kind="question_answered").exists()


def test_an_empty_answer_is_refused_at_the_field(client, conference, people):
    question = ask(people[0])
    response = client.post(address(conference, f"floor/{question.pk}/"), {"answer": " ", "version": "0"})
    assert response.status_code == 422
    assert re.search(r'<textarea name="answer"[^>]* autofocus', response.content.decode())
    assert FloorQuestion.objects.get().state == State.NEW


def test_the_floor_is_opened_and_closed_in_one_press_each_and_the_history_says_by_whom(client, organiser):
    conference = ConferenceFactory(organisers=[organiser])
    client.post(address(conference, "floor/set/"), {"set": "open"})
    conference.refresh_from_db()
    assert conference.takes_questions
    assert conference.history.latest().history_user == organiser
    client.post(address(conference, "floor/set/"), {"set": "close"})
    conference.refresh_from_db()
    assert not conference.takes_questions


def test_names_are_shown_and_the_screen_is_withdrawn_in_one_press_each(client, conference):
    former = floor.floor_of(conference).url
    assert former in read(client, conference)
    client.post(address(conference, "floor/set/"), {"set": "names", "names": "person"})
    client.post(address(conference, "floor/set/"), {"set": "names", "names": "phone"})
    client.post(address(conference, "floor/set/"), {"set": "screen"})
    found = floor.floor_of(conference)
    assert (found.names, found.url == former) == ("person", False)
    gone = client.get(f"/screen/{former.rstrip('/').rpartition('/')[2]}/")
    assert gone.status_code == 404
    assert "Liên kết màn hình hội trường này không còn hiệu lực" in gone.content.decode()


def test_before_the_screen_goes_dark_it_is_asked_in_a_fold_that_needs_no_script(client, conference):
    page = read(client, conference)
    fold = page.partition('<details class="dc-sure">')[2].partition("</details>")[0]
    assert page.count('name="set" value="screen"') == fold.count('name="set" value="screen"') == 1


def test_a_question_is_entered_for_somebody_and_what_is_wrong_is_said_at_the_field(client, conference, hall):
    data = {"name": "Lý Văn Ví", "unit": "", "text": "Giá?", "point": hall.pk}
    client.post(address(conference, "floor/ask/"), data)
    assert FloorQuestion.objects.get().name == "Lý Văn Ví"
    foreign = BridgePointFactory()
    for wrong in ({"text": ""}, {"point": foreign.pk}, {"name": ""}):
        response = client.post(address(conference, "floor/ask/"), {**data, **wrong})
        assert response.status_code == 422
        form = response.content.decode().partition('<details class="dc-card" id="ask" open>')[2]
        assert form.partition("</form>")[0].count(" autofocus") == 1
    assert FloorQuestion.objects.count() == 1


def test_a_leader_reads_and_presses_nothing(client, conference, people):
    question, poll = ask(people[0], "Giá?"), open_poll(conference)
    leader = UserFactory(is_staff=True)
    conference.leaders.add(leader)
    client.force_login(leader, backend="django.contrib.auth.backends.ModelBackend")
    for page in ("floor/", "polls/", f"floor/{question.pk}/"):
        assert 'name="press"' not in read(client, conference, page)
    assert client.post(address(conference, f"floor/{question.pk}/"), {"answer": "A"}).status_code == 404
    press(client, conference, "polls", f"close:{poll.pk}:1")
    assert Poll.objects.get().state == Poll.State.OPEN


def test_a_question_of_another_conference_is_not_found(client, conference, people):
    foreign = ConferenceFactory()
    open_floor(foreign)
    question = ask(person_at(BridgePointFactory(conference=foreign), 9))
    assert client.get(address(conference, f"floor/{question.pk}/")).status_code == 404
    press(client, conference, "floor", f"choose:{question.pk}:0")
    assert FloorQuestion.objects.get(pk=question.pk).state == State.NEW


def test_a_poll_is_made_opened_closed_and_published(client, conference, people):
    from control import polls

    data = {"question": "Họp khi nào?", "options": "Sáng\r\n\r\nChiều \r\n"}
    client.post(address(conference, "polls/make/"), data)
    press(client, conference, "polls", button(read(client, conference, "polls/"), "open"))
    poll = Poll.objects.get()
    assert (poll.options, poll.state) == (["Sáng", "Chiều"], Poll.State.OPEN)
    polls.vote(delegate=people[0], poll=poll.pk, option=1, now=START)
    page = read(client, conference, "polls/")
    assert "0 + 1" in page
    for what in ("close", "publish"):
        press(client, conference, "polls", button(read(client, conference, "polls/"), what))
    assert Poll.objects.get().result == [[0, 0], [0, 1]]


def test_a_poll_that_cannot_be_made_says_why_and_keeps_what_was_typed(client, conference):
    response = client.post(address(conference, "polls/make/"), {"question": "Họp khi nào?", "options": "Sáng"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Họp khi nào?" in page
    # The browser begins at the field that is wrong, wherever it stands.
    assert re.search(
        r'<details class="dc-card" id="make" open>.*<textarea [^>]*name="options"[^>]* autofocus', page, re.S
    )
    assert not Poll.objects.exists()


@pytest.mark.parametrize("value", ["", "fly:1:0", "open:x:y", "open:987654:0"])
def test_a_button_of_no_poll_is_refused_in_words(client, conference, value):
    page = press(client, conference, "polls", value).content.decode()
    assert re.search(r'<li class="(error|warning)">', page)


@pytest.mark.parametrize("page", ["floor/", "polls/"])
def test_the_table_is_sent_again_only_after_something_has_changed(client, conference, people, page):
    ask(people[0])
    poll = open_poll(conference)
    live = address(conference, f"{page}live/")
    mark = client.get(live)["ETag"]
    assert client.get(live, headers={"if-none-match": mark}).status_code == 304
    if page == "floor/":
        ask(people[1])
    else:
        from control import polls

        polls.vote(delegate=people[0], poll=poll.pk, option=0, now=START)
    assert client.get(live, headers={"if-none-match": mark}).status_code == 200


@pytest.mark.parametrize("page", ["floor/", "polls/"])
def test_the_page_costs_the_same_for_one_row_and_for_three(client, conference, people, page):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            read(client, conference, page)
        return len(queries)

    step(ask(people[0]), Step.CHOOSE)
    ask(people[1])
    first = open_poll(conference)
    cost()
    few = cost()
    for person in people:
        step(ask(person), Step.CHOOSE)
        ask(person)
    press(client, conference, "polls", f"close:{first.pk}:1")
    open_poll(conference)
    assert cost() <= few
