"""A number of people that looks like a slip is asked about once, and taken when it is meant; nothing typed is lost."""

import re
from uuid import uuid4

import pytest

from attendance.services import check_in
from control import rooms
from control.doubts import asked_about_from
from control.models import FloorQuestion, Hands, Room
from tests.control.test_room_page import report, send
from tests.support.factories import START, BridgePointFactory, OrganiserFactory
from tests.support.floor import open_floor, open_poll, person_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def point():
    point = BridgePointFactory(kind="video_room", short_name="VNPT Một", seats=30)
    open_floor(point.conference)
    return point


@pytest.fixture
def address(point) -> str:
    return f"/room/{rooms.link_of(point=point, now=START).token}/"


def post(client, address: str, **data):
    response = client.post(address, {"uid": str(uuid4()), **data}, follow=True)
    return response.status_code, " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    ("expected", "least"), [((30, 12), 80), ((12, 100), 201), ((None, None), 50), ((None, 60), 121), ((0, 0, 200), 401)]
)
def test_more_than_twice_what_is_expected_and_at_least_50_more_is_asked_about(expected, least):
    assert asked_about_from(*expected) == least


def test_a_head_count_far_beyond_the_seats_is_asked_about_and_taken_when_it_is_meant(client, point, address):
    status, page = post(client, address, say="head_count", people="9999")
    assert (status, Room.objects.filter(head_count=9999).exists()) == (422, False)
    assert "9999 người, có đúng không?" in page
    assert 'value="9999" aria-invalid="true"' in page
    button = re.search(r'name="say" value="(head_count=9999)"', page)[1]
    assert post(client, address, say=button)[0] == 200
    assert Room.objects.get().head_count == 9999
    # Who counts on from there is not asked again.
    post(client, address, say="head_count", people="10001")
    assert Room.objects.get().head_count == 10001


def test_a_head_count_that_a_room_may_hold_is_taken_at_once(client, point, address):
    post(client, address, say="head_count", people="79")
    assert Room.objects.get().head_count == 79


@pytest.mark.parametrize("typed", ["", "-3", "20001", "²", "nhiều", "9" * 5000])
def test_what_is_no_number_of_people_is_said_at_its_field_and_stays_there(client, point, address, typed):
    status, page = post(client, address, say="head_count", people=typed)
    assert status == 422
    assert f'value="{typed}" aria-invalid="true" aria-describedby="people-doubt" autofocus' in page
    assert "Vui lòng nhập một số từ 0 đến 20000." in page
    assert not Room.objects.exclude(head_count=None).exists()


def test_hands_far_beyond_the_people_present_are_asked_about_and_taken_when_they_are_meant(client, point, address):
    poll = open_poll(point.conference)
    post(client, address, say="head_count", people="30")
    status, page = post(client, address, say=f"hands={poll.pk}:1", hands="500")
    assert (status, Hands.objects.count()) == (422, 0)
    assert "500 cánh tay, có đúng không?" in page
    assert page.count('value="500" autofocus') == 1
    assert '<button type="submit" class="btn btn-secondary" data-sure name="sure" value="500">' in page
    # Another number than the one that was asked about is asked about anew.
    assert post(client, address, say=f"hands={poll.pk}:1", hands="600", sure="500")[0] == 422
    post(client, address, say=f"hands={poll.pk}:1", hands="500", sure="500")
    assert Hands.objects.get().count == 500


def test_who_is_checked_in_at_the_door_is_present_before_anybody_has_counted(client, point, address):
    poll = open_poll(point.conference)
    for number in (1, 2):
        check_in(delegate=person_at(point, number), by=OrganiserFactory(), now=START)
    page = client.get(address).content.decode()
    assert 'id="hands-1" data-asked-from="52"' in page
    assert post(client, address, say=f"hands={poll.pk}:0", hands="52")[0] == 422


def test_the_script_of_the_page_hears_from_which_number_on_to_ask_and_takes_what_it_sends(client, point, address):
    row = report("head_count", "9999")
    answer = send(client, address, row).json()
    assert answer["outcomes"] == {row["uid"]: "taken"}
    assert answer["now"]["people_from"] == 19999
    assert client.get(f"{address}live/").json()["people_from"] == 19999


@pytest.mark.parametrize(
    ("typed", "wrong"), [({"name": "", "text": "Giá?"}, "ask-name"), ({"name": "Lý Văn Ví", "text": ""}, "ask-text")]
)
def test_a_question_of_a_room_that_is_not_taken_stays_typed_with_the_error_at_its_field(
    client, point, address, typed, wrong
):
    status, page = post(client, address, say="question=", unit="HTX Ví Dụ", **typed)
    assert (status, FloorQuestion.objects.count()) == (422, 0)
    for words in filter(None, ("HTX Ví Dụ", *typed.values())):
        assert words in page
    form = page[page.index('id="ask"') :]
    assert form.index(f'id="{wrong}"') < form.index("autofocus") < form.index('id="ask-error"')


def test_a_question_of_a_room_that_comes_too_late_stays_typed(client, point, address, clock):
    clock.shift(24 * 3600)
    status, page = post(client, address, say="question=", name="Lý Văn Ví", unit="", text="Bao giờ có giá?")
    assert (status, FloorQuestion.objects.count()) == (422, 0)
    assert ">Bao giờ có giá?</textarea>" in page
    assert '<details class="dc-card" id="ask" open>' in page


def test_another_question_on_a_page_that_a_browser_went_back_to_is_another_question(client, point, address):
    delegate, uid = person_at(point), str(uuid4())
    for text in ("Giá?", "Khi nào?"):
        client.post(address, {"uid": uid, "say": "question=", "name": "Lý Văn Ví", "text": text})
        client.post(f"/j/{delegate.token}/floor/", {"ask": "1", "uid": uid, "text": text})
    assert FloorQuestion.objects.count() == 4
