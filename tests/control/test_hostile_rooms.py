"""What somebody may send to rooms and doors who wants harm: refused in words, and what is good beside it is taken."""

import json
from uuid import uuid4

import pytest

from attendance.models import Scan
from control import rooms
from control.models import LineMeasurement, Room, RoomReport
from tests.attendance.test_scans import delegate_of
from tests.support.doors import Phone, arrival, body
from tests.support.factories import START, BridgePointFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def point():
    return BridgePointFactory(kind="video_room")


@pytest.fixture
def address(point) -> str:
    return f"/room/{rooms.link_of(point=point, now=START).token}/"


def good() -> dict:
    return {"uid": str(uuid4()), "kind": "state", "value": "connected", "at": 1_000_000}


@pytest.mark.parametrize(
    "wrong",
    [
        {"uid": 7}, {"uid": None}, {"uid": []}, {"uid": {"a": 1}}, {"uid": True}, {"uid": "x"}, {"uid": "\x00"},
        {"kind": 7}, {"kind": None}, {"kind": {}}, {"kind": "hack"}, {"kind": "state\x00"},
        {"value": "on fire"}, {"value": None}, {"value": []}, {"value": "9" * 5000}, {"value": "\ud800"},
        {"kind": "head_count", "value": "9" * 5000}, {"kind": "head_count", "value": "-1"},
        {"at": None}, {"at": "now"}, {"at": []}, {"at": 1e308 * 10}, {"at": float("nan")}, {"at": -1e308},
    ],
)  # fmt: skip
def test_a_report_that_is_nothing_keeps_no_other_out(client, address, wrong):
    fine, bad = good(), {**good(), **wrong}
    text = json.dumps({"sent": 1_000_000, "reports": [bad, 7, None, [], fine]})
    response = client.post(f"{address}reports/", text, content_type="application/json")
    assert response.status_code == 200
    assert response.json()["outcomes"][fine["uid"]] == "taken"
    assert RoomReport.objects.count() == 1
    assert Room.objects.get().state == "connected"


@pytest.mark.parametrize("sent", [None, "now", [], float("nan"), float("inf"), -1e308])
def test_a_clock_that_is_none_is_refused_and_nothing_happens(client, address, sent):
    text = json.dumps({"sent": sent, "reports": [good()]})
    response = client.post(f"{address}reports/", text, content_type="application/json")
    assert response.status_code == 200
    assert set(response.json()["outcomes"].values()) == {"refused"}
    assert not RoomReport.objects.exists()


@pytest.mark.parametrize("rest", ["reports/", "line/", "line/upload/"])
def test_ten_megabytes_are_refused(client, address, rest):
    text = json.dumps({"sent": 1_000_000, "reports": [good()], "rest": "x" * 10_000_000})
    response = client.post(f"{address}{rest}", text, content_type="application/json")
    assert response.status_code in (400, 413)
    assert not RoomReport.objects.exists()
    assert not LineMeasurement.objects.exists()


def test_a_press_from_ten_megabytes_of_form_is_refused(client, address):
    response = client.post(address, {"uid": str(uuid4()), "say": "state=lost", "rest": "x" * 10_000_000})
    assert response.status_code in (400, 413)
    assert not RoomReport.objects.exists()


@pytest.mark.parametrize("token", ["x", "a" * 22, "a" * 500, "%00", "..%2f..", "é"])
def test_a_forged_or_cut_link_opens_nothing(client, address, token):
    for rest in ("", "live/", "line/"):
        assert client.get(f"/room/{token}/{rest}").status_code in (400, 404, 405)
    assert client.post(f"/room/{token}/reports/", "{}", content_type="application/json").status_code in (400, 404)
    cut = address.removeprefix("/room/").rstrip("/")[:-1]
    assert client.get(f"/room/{cut}/").status_code == 404


# --- phones -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def hall():
    return BridgePointFactory(kind="venue", seats=100)


def test_another_phone_cannot_take_the_identifier_of_a_scan_for_something_else(hall):
    front, other = Phone(hall, START, door="Cửa trước"), Phone(hall, START, door="Cửa sau")
    first = arrival(delegate_of(hall), START)
    front.send(first, now=START)
    forged = arrival(delegate_of(hall, 2), START, uid=first["uid"])
    assert other.send(forged, now=START).outcomes == {first["uid"]: "conflict"}
    assert Scan.objects.get().door == front.device.door
    other.device.refresh_from_db()
    assert other.device.refused_count == 1


@pytest.mark.parametrize("secret", ["", "x", "x" * 5000, r'"\001"', r'"\351"'])
def test_a_forged_secret_is_no_phone(hall, secret):
    """By the header as it is sent: Python's cookies take no control characters."""
    client, headers = Phone(hall, START).client(), {"cookie": f"desk={secret}"}
    text = body([arrival(delegate_of(hall), START)], START)
    sent = client.post("/desk/scans/", text, content_type="application/json", headers=headers)
    assert sent.status_code == 401
    assert client.get("/desk/people.json", headers=headers).status_code == 401
    assert not Scan.objects.exists()
