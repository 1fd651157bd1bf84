"""Measuring the line: what is permitted, what is stored, what it is held against."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bridges.models import BridgePoint
from conference.models import day_version
from control import checks, measuring, rooms
from control.line_needs import measured_words, shortfall_words, shortfalls
from control.models import LineMeasurement
from tests.support.factories import START, BridgePointFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

GOOD = {"download_kbps": 24_000, "upload_kbps": 8_040, "delay_ms": 34.6, "jitter_ms": 4, "loss_percent": 0}


@pytest.fixture
def point() -> BridgePoint:
    return BridgePointFactory(kind="video_room")


@pytest.fixture
def line(point) -> str:
    return f"/room/{rooms.link_of(point=point, now=START).token}/line/"


def permission(client, line: str) -> str:
    return client.post(f"{line}begin/").json()["permission"]


def send(client, line: str, **said):
    return client.post(line, json.dumps(said), content_type="application/json")


def test_a_result_is_stored_once_and_said_in_words(client, point, line):
    permit = permission(client, line)
    for _twice in range(2):
        said = send(client, line, permission=permit, **GOOD).json()
    assert said == {"words": "↓ 24 ↑ 8,0 Mbit/s, trễ 35 ms, dao động 4 ms, mất 0 %", "short": ""}
    measured = LineMeasurement.objects.get()
    assert (measured.bridge_point, measured.measured_at, measured.delay_ms) == (point, START, 35)
    assert day_version(point.conference_id) == 1
    assert said["words"] in client.get(line.removesuffix("line/")).content.decode()


def test_blocks_go_to_and_fro_with_a_permission_without_a_statement_and_not_compressed(client, line):
    permit = permission(client, line)
    with CaptureQueriesContext(connection) as queries:
        down = client.get(f"{line}download/", {"permission": permit}, headers={"Accept-Encoding": "gzip"})
        up = client.post(f"{line}upload/?permission={permit}", b"x" * measuring.BLOCK, content_type="text/plain")
        assert client.get(f"{line}ping/", {"permission": permit}).status_code == 204
    assert len(down.content) == measuring.BLOCK == up.json()["bytes"]
    assert "no-store" in down["Cache-Control"]
    assert len(queries) == 0


def test_without_a_permission_or_with_an_old_one_nothing_moves(client, line, clock):
    permit = permission(client, line)
    clock.shift(timedelta(seconds=61))
    for bad in ("", "x", permit, permit + "x"):
        assert client.get(f"{line}download/", {"permission": bad}).status_code == 403
        assert client.post(f"{line}upload/?permission={bad}", b"x", content_type="text/plain").status_code == 403
    assert send(client, line, permission=permit, **GOOD).status_code == 400


def test_a_permission_is_used_up_below_twenty_megabytes(client, line, monkeypatch):
    assert sum(measuring.MOST_BLOCKS[way] for way in ("down", "up")) * measuring.BLOCK <= 20_000_000
    monkeypatch.setitem(measuring.MOST_BLOCKS, "down", 2)
    permit = permission(client, line)
    assert [client.get(f"{line}download/", {"permission": permit}).status_code for _try in range(3)] == [200, 200, 429]


def test_a_longer_block_is_refused(client, line):
    body = b"x" * (measuring.BLOCK + 1)
    address = f"{line}upload/?permission={permission(client, line)}"
    assert client.post(address, body, content_type="text/plain").status_code == 413


def test_a_room_measures_some_times_an_hour(client, line, monkeypatch):
    monkeypatch.setattr(measuring, "PER_HOUR", 1)
    assert [client.post(f"{line}begin/").status_code for _try in range(2)] == [200, 429]


def test_the_permission_of_another_room_stores_nothing(client, line):
    other = f"/room/{rooms.link_of(point=BridgePointFactory(), now=START).token}/line/"
    assert send(client, line, permission=permission(client, other), **GOOD).status_code == 400
    assert not LineMeasurement.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"delay_ms": -1}, {"loss_percent": 101}, {"jitter_ms": "4"}, {"upload_kbps": None}, {"delay_ms": True},
     {"delay_ms": float("nan")}, {"download_kbps": 1e12}],
)  # fmt: skip
def test_what_no_device_measures_is_refused_in_words(client, line, wrong):
    answer = send(client, line, permission=permission(client, line), **{**GOOD, **wrong})
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"x" * 5000])
def test_what_is_no_result_is_refused(client, line, body):
    assert client.post(line, body, content_type="application/json").status_code == 400


def measured(point, **values) -> LineMeasurement:
    facts = {name: round(value) for name, value in {**GOOD, **values}.items()}
    return LineMeasurement.objects.create(uid=uuid4(), bridge_point=point, measured_at=START, **facts)


def test_a_line_is_held_against_what_its_kind_of_point_needs(point, settings):
    slow = measured(point, upload_kbps=1200, delay_ms=400)
    assert shortfalls(slow, point) == ["upload_kbps", "delay_ms"]
    assert shortfall_words(slow, point) == "tải lên dưới 4,0 Mbit/s, trễ trên 150 ms"
    settings.LINE_NEEDS = {"video_room": {"upload_kbps": 1000}}
    assert shortfalls(slow, point) == ["delay_ms"]
    assert shortfalls(slow, BridgePointFactory(kind="online")) == []
    assert "1,2 Mbit/s" in measured_words(slow)


def test_the_latest_of_each_point_counts(point, django_assert_num_queries):
    other = BridgePointFactory()
    measured(point, delay_ms=1)
    rows = {point.pk: measured(point, delay_ms=2), other.pk: measured(other, delay_ms=3)}
    with django_assert_num_queries(1):
        assert measuring.latest([point.pk, other.pk]) == rows


@pytest.mark.parametrize(
    "needs", [[], {"cinema": {}}, {"venue": 3}, {"venue": {"speed": 1}}, {"venue": {"delay_ms": "fast"}}]
)
def test_a_setting_that_is_not_understood_is_said(settings, needs):
    settings.LINE_NEEDS = {"venue": {"delay_ms": 100}}
    assert checks.line_needs_are_known(None) == []
    settings.LINE_NEEDS = needs
    assert len(checks.line_needs_are_known(None)) == 1
