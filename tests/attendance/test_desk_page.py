"""What a phone at a door gets and may send: pairing, lists, hostile requests, being withdrawn."""

import base64
import hmac
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from attendance import devices
from attendance.guest_list import number_mark
from attendance.models import Attendance, Device, Door, Scan
from bridges.models import BridgePoint
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.doors import Phone, arrival, body, milliseconds
from tests.support.factories import START, BridgePointFactory, ConferenceFactory, OrganiserFactory, registered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day():
    with time_machine.travel(START, tick=False):
        yield


@pytest.fixture
def hall() -> BridgePoint:
    return BridgePointFactory(name="Hội trường Chi Lăng", seats=100)


@pytest.fixture
def phone(hall) -> Phone:
    return Phone(hall, START)


def delegate_of(point: BridgePoint, number: int = 1) -> Delegate:
    return registered(point, now=NOW, number=number).delegates.get()


def unpaired(hall: BridgePoint, role: str = "scan") -> Device:
    door = Door.objects.create(bridge_point=hall, name="Cửa B")
    return devices.make_device(door=door, name="Máy", role=role, by=OrganiserFactory(), now=START)


# --- pairing ----------------------------------------------------------------------------------------------------------


def test_opening_the_link_pairs_nothing_and_pressing_pairs_once(client, hall):
    device = unpaired(hall)
    address = f"/desk/pair/{device.token}/"
    assert client.get(address).status_code == 200
    device.refresh_from_db()
    assert device.paired_at is None
    response = client.post(address)
    assert (response.status_code, response["Location"]) == (302, "/desk/")
    cookie = response.cookies["desk"]
    assert (cookie["samesite"], cookie["httponly"], cookie["path"]) == ("Strict", True, "/desk/")
    device.refresh_from_db()
    assert cookie.value not in (device.secret_hash, "")
    # The link is dead for whoever has seen the code over a shoulder.
    assert Client().get(address).status_code == 410
    assert Client().post(address).status_code == 410


def test_a_link_pairs_for_half_an_hour(client, hall):
    device = unpaired(hall)
    with time_machine.travel(START + timedelta(minutes=31), tick=False):
        assert client.post(f"/desk/pair/{device.token}/").status_code == 410


def test_a_link_of_a_withdrawn_phone_pairs_nothing(client, hall):
    device = unpaired(hall)
    devices.withdraw(device=device, now=START)
    assert client.post(f"/desk/pair/{device.token}/").status_code == 410


# --- the lists --------------------------------------------------------------------------------------------------------


def test_the_list_recognises_codes_and_names_nobody(hall, phone):
    delegate = delegate_of(hall)
    response = phone.client().get("/desk/people.json")
    text = response.content.decode()
    assert response["Cache-Control"] == "no-store"
    assert delegate.full_name not in text
    assert delegate.token not in text
    assert delegate.registration.number not in text
    code, number, point, state, _sealed = response.json()["people"][0]
    assert (code, point, state) == (delegate.token_hash[:16], hall.pk, 0)
    assert number == number_mark(delegate.registration.number)


def test_a_name_is_opened_by_the_code_of_its_person_alone(hall, phone):
    one, other = delegate_of(hall, 1), delegate_of(hall, 2)
    people = {row[0]: row[4] for row in phone.client().get("/desk/people.json").json()["people"]}
    sealed = base64.b64decode(people[one.token_hash[:16]])

    def opened(token: str) -> str:
        extracted = hmac.digest(bytes(32), token.encode(), "sha256")
        key = hmac.digest(extracted, b"diem-cau/desk/name\x01", "sha256")
        return AESGCM(key).decrypt(sealed[:6].ljust(12, b"\0"), sealed[6:], None).decode()

    assert opened(one.token) == f"{one.full_name}\n{one.registration.organisation.name}"
    with pytest.raises(InvalidTag):
        opened(other.token)


def test_the_list_is_sent_once_while_nothing_on_it_changes(hall, phone):
    delegate = delegate_of(hall)
    client = phone.client()
    mark = client.get("/desk/people.json")["ETag"]
    assert client.get("/desk/people.json", headers={"If-None-Match": mark}).status_code == 304
    Delegate.objects.filter(pk=delegate.pk).update(full_name="Trần Thị Khác")
    assert client.get("/desk/people.json", headers={"If-None-Match": mark}).status_code == 200


def test_the_list_is_sent_anew_when_people_can_be_checked_in_from_another_time_on(hall, phone):
    client = phone.client()
    answer = client.get("/desk/people.json")
    # The end, until which the list is kept, stays where it is.
    type(hall.conference).objects.update(starts_at=hall.conference.starts_at - timedelta(hours=1))
    anew = client.get("/desk/people.json", headers={"If-None-Match": answer["ETag"]})
    assert anew.status_code == 200
    assert answer.json()["opens"] - anew.json()["opens"] == 3_600_000


def test_the_list_costs_the_same_for_one_and_for_many(hall, phone):
    client = phone.client()

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/desk/people.json")
        return len(queries)

    delegate_of(hall, 1)
    few = cost()
    for number in range(2, 6):
        delegate_of(hall, number)
    assert cost() == few


def test_names_in_clear_are_for_a_phone_that_admits_and_of_its_own_point(hall, phone):
    mine = delegate_of(hall)
    delegate_of(BridgePointFactory(conference=hall.conference), 2)
    assert phone.client().get("/desk/names.json").status_code == 403
    admitting = Phone(hall, START, role="desk").client().get("/desk/names.json").json()
    assert [row[1] for row in admitting["people"]] == [mine.full_name]
    assert admitting["until"] == milliseconds(hall.conference.ends_at + timedelta(hours=24))


def test_lists_end_a_day_after_the_conference_and_sending_a_week_after(hall):
    phone = Phone(hall, START, role="desk")
    phone.send(arrival(delegate_of(hall), START), now=START)
    with time_machine.travel(hall.conference.ends_at + timedelta(hours=25), tick=False):
        assert phone.client().get("/desk/people.json").status_code == 404
        assert phone.client().get("/desk/names.json").status_code == 403
        answer = phone.post(body([], START))
        assert answer.status_code == 200
        # Nobody's code comes back to a phone that has erased them.
        assert (answer.json()["here"], answer.json()["count"]) == ([], 0)
    with time_machine.travel(hall.conference.ends_at + timedelta(days=8), tick=False):
        assert phone.post(body([], START)).status_code == 410


def test_the_page_itself_says_nothing_about_anybody_and_keeps_its_policy(client):
    response = client.get("/desk/")
    policy = response["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.cookies == {}
    worker = client.get("/desk/worker.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert '"/static/desk/desk.js"' in worker.content.decode()


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_a_batch_is_taken_and_answered(hall, phone):
    delegate = delegate_of(hall)
    scan = arrival(delegate, START)
    answer = phone.post(body([scan], START, list=milliseconds(START))).json()
    assert answer["outcomes"] == {scan["uid"]: "here"}
    row = [delegate.token_hash[:16], milliseconds(START), phone.device.door_id, hall.pk, scan["uid"][:8], ""]
    assert (answer["here"], answer["gone"], answer["cancelled"], answer["count"]) == ([row], [], [], 1)
    phone.device.refresh_from_db()
    assert (phone.device.queue_length, phone.device.list_made_at) == (1, START)


@pytest.mark.parametrize(
    "text",
    [
        " ", "no JSON", "[]", "null", "7", '"x"', "{}", '{"scans": []}', '{"clock": 1, "scans": []}', "\xff\xfe",
        '{"clock": true, "scans": []}', json.dumps({"clock": milliseconds(START), "scans": [{}] * 201}), "[" * 5000,
        '{"clock": 1e400, "scans": []}', '{"clock": ' + "9" * 5000 + ', "scans": []}',
    ],
)  # fmt: skip
def test_what_is_no_batch_is_refused(phone, text):
    assert phone.post(text).status_code == 400
    assert not Scan.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"uid": "x"}, {"uid": 7}, {"kind": "hack"}, {"verdict": "fine"}, {"code": "zz"}, {"code": "f" * 63},
        {"code": 7},
        {"at": "now"}, {"at": -1}, {"at": 1e30}, {"kind": "undo"}, {"kind": "walk_in"}, {"kind": "substitute"},
        {"details": "x"}, {"details": {"name": "x" * 151}}, {"details": {"name": 7}}, {"details": {"name": "a\x07"}},
        {"code": ""},
    ],
)  # fmt: skip
def test_one_that_is_nothing_keeps_nobody_else_out(hall, phone, wrong):
    good, bad = arrival(delegate_of(hall), START), {**arrival(delegate_of(hall, 2), START), **wrong}
    answer = phone.post(body([bad, good, 7, None, []], START))
    assert answer.status_code == 200
    assert answer.json()["outcomes"][good["uid"]] == "here"
    assert Scan.objects.count() == 1
    phone.device.refresh_from_db()
    assert phone.device.refused_count == 4


def test_ten_megabytes_are_refused_before_they_are_read(phone):
    text = body([], START, rest="x" * 10_000_000)
    assert phone.post(text).status_code == 413
    # Whoever lies about the length is cut off where they said.
    assert phone.post(text, **{"Content-Length": "10"}).status_code in (400, 413)


@pytest.mark.parametrize(
    ("headers", "kind", "status"),
    [
        ({"Origin": "https://evil.example"}, "application/json", 403),
        ({"Origin": "null"}, "application/json", 403),
        ({"Origin": ""}, "application/json", 403),
        ({"Origin": "http://["}, "application/json", 403),
        ({"Origin": "http://testserver"}, "text/plain", 415),
        ({"Origin": "http://testserver"}, "application/x-www-form-urlencoded", 415),
    ],
)
def test_another_site_cannot_send_in_the_name_of_a_phone(hall, phone, headers, kind, status):
    text = body([arrival(delegate_of(hall), START)], START)
    assert phone.client().post("/desk/scans/", text, content_type=kind, headers=headers).status_code == status
    assert not Scan.objects.exists()


def test_a_post_without_a_form_token_is_taken_from_the_page_itself(hall, phone):
    client = Client(enforce_csrf_checks=True, headers={"Origin": "http://testserver"})
    client.cookies["desk"] = phone.secret
    answer = client.post("/desk/scans/", body([arrival(delegate_of(hall), START)], START), "application/json")
    assert answer.status_code == 200


def test_a_stranger_is_not_paired_and_a_withdrawn_phone_has_to_wipe(hall, phone):
    assert Client(headers={"Origin": "http://testserver"}).post(
        "/desk/scans/", body([], START), "application/json"
    ).status_code == 401  # fmt: skip
    devices.withdraw(device=phone.device, now=START)
    scan = body([arrival(delegate_of(hall), START)], START)
    assert phone.post(scan).status_code == 410
    assert phone.client().get("/desk/people.json").status_code == 410
    assert not Attendance.objects.exists()


def test_a_door_of_another_point_cannot_be_named(hall, phone):
    other = Door.objects.create(bridge_point=BridgePointFactory(conference=ConferenceFactory()), name="Cửa lạ")
    phone.post(body([arrival(delegate_of(hall), START, door=other.pk)], START))
    assert Scan.objects.get().door == phone.device.door


@pytest.mark.parametrize(("language", "name"), [("vi", "Đón tiếp"), ("en", "Reception")])
def test_the_page_is_installed_under_a_name_in_its_language(client, settings, language, name):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = client.get("/desk/").content.decode()
    address = re.search(r'rel="manifest" href="/static/([^"]+)"', page)[1]
    made = json.loads(Path(finders.find(address)).read_text(encoding="utf-8"))
    assert (made["lang"], made["short_name"]) == (language, name)
