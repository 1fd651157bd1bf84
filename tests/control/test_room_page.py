"""The page of a room: its link, its presses with and without JavaScript, its sign of life."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from control import rooms
from control.models import Room, RoomReport
from control.public import room as room_page
from tests.support.factories import START, BridgePointFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def point():
    return BridgePointFactory(
        kind="video_room", conference__contact_phone="+84900000009", conference__contact_name="Ban tổ chức"
    )


@pytest.fixture
def address(point) -> str:
    return f"/room/{rooms.link_of(point=point, now=START).token}/"


def send(client, address: str, *reports: dict, sent: float = 1_000_000):
    body = json.dumps({"sent": sent, "reports": reports})
    return client.post(f"{address}reports/", body, content_type="application/json")


def report(kind: str, value: str, at: float = 1_000_000, **fields) -> dict:
    return {"uid": str(uuid4()), "kind": kind, "value": value, "at": at, **fields}


def test_the_page_is_for_its_room_and_nobody_keeps_it(client, point, address):
    response = client.get(address)
    assert point.name in response.content.decode()
    assert "tel:+84900000009" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    assert Room.objects.count() == RoomReport.objects.count() == 0


def test_a_withdrawn_link_opens_nothing_more(client, point, address):
    rooms.renew_link(point=point, now=START)
    assert client.get(address).status_code == 404
    assert client.get(f"{address}live/").status_code == 404
    assert send(client, address, report("state", "lost")).status_code == 404


def test_a_press_without_javascript_counts_once_however_often_it_is_sent(client, point, address):
    uid = str(uuid4())
    for _try in range(2):
        assert client.post(address, {"uid": uid, "say": "state=connected"}, follow=True).status_code == 200
    client.post(address, {"uid": uid, "say": "head_count", "people": "20"})
    room = Room.objects.get()
    assert (room.state, room.head_count, RoomReport.objects.count()) == ("connected", 20, 2)


@pytest.mark.parametrize(
    "data", [{}, {"uid": "x", "say": "state=lost"}, {"uid": str(uuid4()), "say": "head_count", "people": "-3"}]
)
def test_a_press_that_says_nothing_is_refused_in_words(client, point, address, data):
    response = client.post(address, data, follow=True)
    page = response.content.decode()
    assert "alert-error" in page or "Vui lòng nhập một số" in page
    assert RoomReport.objects.count() == 0


def test_a_queue_keeps_the_time_of_each_press_whatever_the_clock_of_the_device_says(client, point, address):
    # The clock of the device stands at some hour of 1970; the press was a minute and a half before it sends.
    row = report("state", "lost", at=1_000_000 - 90_000)
    answer = send(client, address, row).json()
    assert answer["outcomes"] == {row["uid"]: "taken"}
    assert answer["now"]["state"] == "lost"
    assert RoomReport.objects.get().happened_at == START - timedelta(seconds=90)
    assert send(client, address, row).json()["outcomes"] == {row["uid"]: "known"}


def test_a_press_in_the_future_happened_now(client, point, address):
    send(client, address, report("state", "lost", at=9_000_000))
    assert RoomReport.objects.get().happened_at == START


def test_what_is_no_report_is_named_and_the_rest_is_taken(client, point, address):
    good = report("state", "ready")
    bad = [report("state", "silent"), report("head_count", "many"), report("x", "y"), {"uid": "no"}, "text", {}]
    outcomes = send(client, address, good, *bad).json()["outcomes"]
    assert outcomes[good["uid"]] == "taken"
    assert {outcomes[bad[0]["uid"]], outcomes["no"]} == {"refused"}
    assert RoomReport.objects.count() == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"reports": 3}', b"[" * 60_000, b'{"reports": [' + b"1," * 40_000 + b"1]}"]
)
def test_what_is_no_list_is_refused_in_words(client, point, address, body):
    response = client.post(f"{address}reports/", body, content_type="application/json")
    assert (response.status_code, bool(response.json()["error"])) == (400, True)


def test_who_sends_all_the_time_is_asked_to_wait(client, point, address, monkeypatch):
    monkeypatch.setattr(room_page, "BATCHES_PER_HOUR", 2)
    statuses = [send(client, address, report("state", "ready")).status_code for _try in range(3)]
    assert statuses == [200, 200, 429]


def test_asking_how_the_room_stands_is_the_sign_of_life(client, point, address, clock):
    send(client, address, report("state", "connected"))
    clock.shift(30)
    client.get(f"{address}live/")
    assert Room.objects.get().last_seen_at == START + timedelta(seconds=30)


def test_an_unchanged_room_costs_few_statements_and_a_304(client, point, address, clock):
    send(client, address, report("state", "connected"))
    mark = client.get(f"{address}live/")["ETag"]
    clock.shift(12)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(f"{address}live/", headers={"If-None-Match": mark})
    # The link with its room, the sign of life, the run of show, the programme since there is none.
    assert (response.status_code, response.content, len(queries)) == (304, b"", 4)
    send(client, address, report("help", "yes"))
    assert client.get(f"{address}live/", headers={"If-None-Match": mark}).json()["help"] is True


def test_what_is_on_and_what_comes_next_stands_on_the_page(client, point, address):
    items = [("Khai mạc", -5), ("Tham luận", 20), ("Bế mạc", 60)]
    for title, at in items:
        point.conference.programme.create(
            starts_at=START + timedelta(minutes=at), title=title, speaker="Sở Công Thương"
        )
    body = client.get(f"{address}live/").json()
    assert (body["on"], body["next"]) == (
        ["07:55 – Khai mạc (Sở Công Thương)"],
        ["08:20 – Tham luận (Sở Công Thương)"],
    )
