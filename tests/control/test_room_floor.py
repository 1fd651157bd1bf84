"""Questions and polls on the page of a room: asked for its people, hands, and when it is called."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from control import floor, rooms
from control.floor_presses import Step, answer_in_writing
from control.models import FloorQuestion, Hands, RoomReport
from tests.control.test_polls import PollStep, press
from tests.control.test_room_page import report, send
from tests.support.factories import START, BridgePointFactory
from tests.support.floor import ask, open_floor, open_poll, person_at, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def point():
    point = BridgePointFactory(kind="video_room", short_name="VNPT Một")
    open_floor(point.conference)
    return point


@pytest.fixture
def address(point) -> str:
    return f"/room/{rooms.link_of(point=point, now=START).token}/"


def read(client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def asked(text: str = "Giá?", name: str = "Bùi Thị Ví", **fields) -> dict:
    return report("question", json.dumps({"name": name, "unit": "HTX Ví Dụ", "text": text}), **fields)


def test_a_question_for_somebody_in_the_room_comes_through_the_queue_once(client, point, address):
    row = asked()
    for _try in range(2):
        assert send(client, address, row).json()["outcomes"] == {row["uid"]: "taken"}
    (made,) = FloorQuestion.objects.all()
    assert (made.person, made.organisation, made.text, made.point) == ("Bùi Thị Ví", "HTX Ví Dụ", "Giá?", point)
    # Names of people are not kept in the log of presses, which is not erased.
    assert not RoomReport.objects.exists()
    assert "Bùi Thị Ví" in read(client, address)


@pytest.mark.parametrize(
    "row",
    [
        asked(text=""),
        asked(name=" "),
        asked(text="a" * 501),
        report("question", "{"),
        report("question", "[]"),
        report("question", '"x"'),
        {**asked(), "uid": "no"},
    ],
)
def test_what_is_no_question_is_refused_by_its_number_and_the_rest_is_taken(client, point, address, row):
    good = report("state", "ready")
    outcomes = send(client, address, good, row).json()["outcomes"]
    assert outcomes == {good["uid"]: "taken", row["uid"]: "refused"}
    assert not FloorQuestion.objects.exists()


def test_while_the_floor_is_closed_a_room_asks_nothing_and_shows_nothing(client, point, address):
    floor.set_open(conference=point.conference, is_open=False)
    row = asked()
    answer = send(client, address, row).json()
    assert (answer["outcomes"], answer["now"]["questions"]) == ({row["uid"]: "refused"}, None)
    assert answer["now"]["floor"] is False
    assert 'id="ask" hidden' in read(client, address)


def test_hands_come_through_the_queue_and_those_of_a_closed_poll_are_refused(client, point, address):
    poll = open_poll(point.conference)
    row = report("hands", f"{poll.pk}:0:12")
    answer = send(client, address, row).json()
    assert answer["outcomes"] == {row["uid"]: "taken"}
    assert 'value="12"' in answer["now"]["questions"]
    assert Hands.objects.get().count == 12
    press(poll, PollStep.CLOSE, -1)
    late = report("hands", f"{poll.pk}:0:13")
    answer = send(client, address, late).json()
    assert answer["outcomes"] == {late["uid"]: "refused"}
    assert "Họp khi nào?" not in answer["now"]["questions"]
    assert Hands.objects.get().count == 12


def test_without_javascript_it_asks_and_counts_as_well(client, point, address):
    poll = open_poll(point.conference)
    uid = str(uuid4())
    for _try in range(2):
        client.post(address, {"uid": uid, "say": "question=", "name": "Lý Văn Ví", "unit": "", "text": "Giá?"})
    client.post(address, {"uid": uid, "say": f"hands={poll.pk}:1", "hands": "4"})
    client.post(address, {"uid": uid, "say": f"hands={poll.pk}:1", "hands": "5"})
    assert FloorQuestion.objects.get().name == "Lý Văn Ví"
    assert (Hands.objects.get().option, Hands.objects.get().count) == (1, 5)


@pytest.mark.parametrize(
    "data",
    [
        {"say": "question=", "name": "", "text": "Giá?"},
        {"say": "question=", "name": "Lý Văn Ví", "text": ""},
        {"say": "hands=x:0", "hands": "4"},
        {"say": "hands=987654:0", "hands": "4"},
        {"say": "hands=1:0", "hands": ""},
    ],
)
def test_a_press_that_is_not_taken_is_said_in_words(client, point, address, data):
    page = client.post(address, {"uid": str(uuid4()), **data}, follow=True).content.decode()
    assert "alert-error" in page or "alert-warning" in page or 'class="dc-error" id="ask-error"' in page
    assert not FloorQuestion.objects.exists()
    assert not Hands.objects.exists()


def test_the_room_reads_that_it_is_called_without_the_name_of_whoever_asked_by_their_own_link(client, point, address):
    delegate = person_at(point)
    question = ask(delegate, "Bao giờ có giá?")
    assert "Bao giờ có giá?" not in read(client, address)
    step(question, Step.CHOOSE)
    mark = client.get(f"{address}live/")["ETag"]
    step(question, Step.CALL)
    now = client.get(f"{address}live/", headers={"if-none-match": mark}).json()
    assert "Bao giờ có giá?" in now["questions"]
    assert delegate.full_name not in now["questions"]
    floor.set_names(conference=point.conference, names="person")
    assert delegate.full_name in client.get(f"{address}live/").json()["questions"]


def test_another_room_is_not_called_and_does_not_read_what_this_one_asked(client, point, address):
    other = BridgePointFactory(conference=point.conference, kind="video_room")
    there = f"/room/{rooms.link_of(point=other, now=START).token}/"
    send(client, address, asked("Giá?"))
    step(FloorQuestion.objects.get(), Step.CHOOSE)
    step(FloorQuestion.objects.get(), Step.CALL)
    assert "Giá?" not in read(client, there)


def test_what_was_answered_in_writing_is_read_on_the_page_of_the_room(client, point, address):
    send(client, address, asked())
    question = FloorQuestion.objects.get()
    answer_in_writing(
        conference=point.conference, question=question.pk, answer="Tháng 12.", version=question.version, now=START
    )
    assert "Tháng 12." in read(client, address)


def test_a_look_costs_the_same_for_one_question_and_for_many(client, point, address):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{address}live/")
        return len(queries)

    def called(number: int) -> None:
        send(client, address, asked(f"Câu {number}"), asked(f"Câu khác {number}"))
        question = FloorQuestion.objects.get(text=f"Câu {number}")
        step(question, Step.CHOOSE)
        step(question, Step.CALL)

    open_poll(point.conference)
    called(1)
    # The first look shows a sign of life.
    cost()
    few = cost()
    called(2)
    called(3)
    assert cost() == few
