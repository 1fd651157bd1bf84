"""Zoom's calls: signed or refused, each noted once, rooms as rooms, nothing personal in the log."""

import hashlib
import hmac
import json
import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from attendance import meeting_calls
from attendance.models import Attendance, MeetingHook, MeetingStay
from control.models import Room
from control.public import zoom as view
from tests.conftest import NOW
from tests.support.factories import START, BridgePointFactory, ConnectionFactory, OrganiserFactory, registered
from tests.support.meetings import SECRET, call, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
EIGHT, NINE = "2027-07-19T01:00:00Z", "2027-07-19T02:00:00Z"


@pytest.fixture
def point(db):
    point = BridgePointFactory(kind="online", name="Trực tuyến")
    ConnectionFactory(bridge_point=point, web_url="https://us02web.zoom.vidu.example/j/85012345678?pwd=vidu")
    return point


@pytest.fixture
def hook(point):
    return meeting_calls.set_secret(conference=point.conference, secret=SECRET, by=OrganiserFactory())


@pytest.fixture
def address(hook):
    return f"/hooks/zoom/{hook.token}/"


@pytest.fixture
def delegate(point):
    return registered(point, now=NOW).delegates.get()


def counts(hook):
    hook.refresh_from_db()
    return hook.taken, hook.unknown, hook.refused


def test_the_secret_is_sealed(hook):
    assert SECRET not in hook.sealed_secret
    assert MeetingHook.objects.get().secret == SECRET


def test_zooms_question_whether_the_address_is_ours_is_answered(hook, address):
    said = {"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}}
    answer = send(address, said, now=START)
    right = hmac.new(SECRET.encode(), b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hexdigest()
    assert (answer.status_code, answer.json()) == (
        200,
        {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": right},
    )
    hook.refresh_from_db()
    assert hook.validated_at == START


def test_who_joins_and_leaves_is_noted_with_the_times(hook, address, delegate):
    joined = call("joined", delegate.full_name, at=EIGHT)
    assert send(address, joined, now=START).status_code == 200
    row = Attendance.objects.get()
    assert (row.delegate, row.met_from, row.met_seconds) == (delegate, START, 0)
    assert send(address, call("left", delegate.full_name, at=NINE), now=START).status_code == 200
    row.refresh_from_db()
    assert (row.met_until, row.met_minutes) == (START + timedelta(hours=1), 60)
    assert counts(hook) == (2, 0, 0)


def test_a_call_that_comes_twice_or_too_late_changes_nothing(address, delegate):
    calls = [call("joined", delegate.full_name, at=EIGHT), call("left", delegate.full_name, at=NINE)]
    for said in (*reversed(calls), *calls, calls[0]):
        assert send(address, said, now=START).status_code == 200
    stay = MeetingStay.objects.get()
    assert (stay.joined_at, stay.left_at) == (START, START + timedelta(hours=1))
    assert Attendance.objects.get().met_minutes == 60


def test_a_name_with_what_is_no_letter_is_noted_all_the_same(address):
    assert send(address, call("joined", "Mai\x00 \ud83d", at=EIGHT), now=START).status_code == 200
    assert MeetingStay.objects.get().name == "Mai ?"


def test_who_comes_back_has_two_times(address, delegate):
    for user, event, at in (
        ("1", "joined", "2027-07-19T01:00:00Z"),
        ("1", "left", "2027-07-19T01:10:00Z"),
        ("2", "joined", "2027-07-19T01:20:00Z"),
        ("2", "left", "2027-07-19T01:30:00Z"),
    ):
        send(address, call(event, delegate.full_name, user=user, at=at), now=START)
    assert MeetingStay.objects.count() == 2
    assert Attendance.objects.get().met_minutes == 20


def test_a_person_who_is_in_the_list_as_well_is_not_counted_twice(point, address, delegate):
    from attendance.meeting import store_stays
    from lists.meeting.matching import Match
    from lists.meeting.stays import Stay

    send(address, call("joined", delegate.full_name, at=EIGHT), now=START)
    send(address, call("left", delegate.full_name, at=NINE), now=START)
    stay = Stay("k", delegate.full_name, "", START, START + timedelta(hours=1), Match("person", delegate.pk))
    store_stays(conference=point.conference, point=None, source="zoom", stays=[stay], now=START)
    assert Attendance.objects.get().met_minutes == 60


def test_another_meeting_is_answered_and_shown_and_nothing_else(hook, address, delegate):
    said = call("joined", delegate.full_name, at=EIGHT, id="99999999999")
    assert send(address, said, now=START).status_code == 200
    assert counts(hook) == (0, 1, 0)
    assert hook.unknown_meeting == "99999999999"
    assert not MeetingStay.objects.exists()


def test_other_events_are_answered(hook, address):
    assert send(address, {"event": "meeting.started", "payload": {"object": {"id": "1"}}}, now=START).status_code == 200
    assert counts(hook) == (0, 0, 0)


def test_the_device_of_a_room_connects_the_room(point, address):
    room = BridgePointFactory(conference=point.conference, kind="video_room", name="VNPT Bắc Ninh")
    send(address, call("joined", "VNPT Bac Ninh", at=EIGHT), now=START)
    stay = MeetingStay.objects.get()
    assert (stay.means, stay.room) == ("room", room)
    assert (Room.objects.get(pk=room.pk).state, Room.objects.get(pk=room.pk).since) == ("connected", START)
    assert Room.objects.get(pk=room.pk).last_seen_at is None, "nobody waits for a page that nobody has open"
    assert not Attendance.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"signature": "v0=" + "0" * 64},
        {"signature": ""},
        {"signature": "v1=đ"},
        {"stamp": str(int(START.timestamp()) - 301)},
        {"stamp": str(int(START.timestamp()) + 301)},
        {"stamp": "abc"},
        {"stamp": "²"},
        {"stamp": "9" * 400},
    ],
)
def test_what_is_not_signed_now_is_refused_and_counted(hook, address, headers, delegate):
    if not headers.get("signature", "x").isascii():
        headers["signature"] = headers["signature"].encode().decode("latin-1")
    answer = send(address, call("joined", delegate.full_name, at=EIGHT), now=START, **headers)
    assert answer.status_code == 401
    assert counts(hook) == (0, 0, 1)
    assert not MeetingStay.objects.exists()


def test_a_body_that_was_changed_on_the_way_is_refused(address):
    stamp = str(int(START.timestamp()))
    body = json.dumps(call("joined", "A", at=EIGHT)).encode()
    right = "v0=" + hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": right}
    answer = Client().post(address, body + b" ", content_type="application/json", headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b"null", b"[" * 50_000, b'{"event": "meeting.participant_joined"}',
        b'{"event": "meeting.participant_joined", "payload": {"object": {"id": 1, "participant": []}}}',
        b'{"event": "endpoint.url_validation", "payload": 1}',
        b'{"event": "endpoint.url_validation", "payload": {"plainToken": ["x"]}}',
        b'{"event": ["x"]}',
    ],
)  # fmt: skip
def test_a_signed_body_that_is_nothing_breaks_nothing(address, body):
    assert send(address, body, now=START).status_code in (200, 400)
    assert not MeetingStay.objects.exists()


def test_a_body_that_is_too_big_is_not_read(address):
    assert send(address, b"{" + b" " * view.MOST_BYTES, now=START).status_code == 413


def test_without_a_secret_and_under_another_address_there_is_nothing(point, hook, address):
    assert send("/hooks/zoom/AAAAAAAAAAAAAAAAAAAAAA/", {}, now=START).status_code == 404
    meeting_calls.set_secret(conference=point.conference, secret="", by=OrganiserFactory())
    assert send(address, call("joined", "A", at=EIGHT), now=START, secret="").status_code == 404


def test_whoever_tries_in_vain_is_stopped_and_does_not_write(hook, address, monkeypatch):
    monkeypatch.setattr(view, "REFUSED_PER_HOUR", 2)
    answers = [send(address, {}, now=START, signature="v0=x").status_code for _ in range(4)]
    assert answers == [401, 401, 429, 429]
    assert counts(hook)[2] == 2


def test_too_many_calls_are_told_to_wait(address, monkeypatch):
    monkeypatch.setattr(view, "CALLS_PER_HOUR", 1)
    said = {"event": "meeting.started"}
    assert [send(address, said, now=START).status_code for _ in range(2)] == [200, 429]


def test_nothing_personal_stands_in_the_log(address, delegate, caplog):
    with caplog.at_level(logging.DEBUG):
        send(address, call("joined", delegate.full_name, at="never", email="a@vidu.example"), now=START)
        send(address, call("joined", delegate.full_name, at=EIGHT, email="a@vidu.example"), now=START, signature="v0=x")
    said = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    assert delegate.full_name not in said
    assert "vidu.example" not in said


def test_a_call_costs_the_same_with_many_people(point, address):
    def statements(number):
        people = registered(point, now=NOW, people=number, number=number).delegates.all()
        said = call("joined", people[0].full_name, user=str(number), at=EIGHT)
        with CaptureQueriesContext(connection) as queries:
            assert send(address, said, now=START).status_code == 200
        return len(queries)

    statements(2)
    assert statements(1) == statements(5)


def test_whoever_has_learned_the_address_uses_up_no_calls_of_zoom(hook, address, delegate, monkeypatch):
    monkeypatch.setattr(view, "CALLS_PER_HOUR", 1)
    for _call in range(3):
        assert Client().post(address, "{}", content_type="application/json").status_code == 401
    assert send(address, call("joined", delegate.full_name, at=EIGHT), now=START).status_code == 200
    assert send(address, call("left", delegate.full_name, at=NINE), now=START).status_code == 429
