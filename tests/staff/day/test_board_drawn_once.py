"""The board is drawn once for all who see the same, each with their own form token, and nobody sees another's."""

import re
from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.test import Client

from bridges.models import BridgePoint
from common import kept_parts
from conference.models import Conference
from control import rooms, wall
from control.rooms import Report
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    ConnectionFactory,
    CoordinatorFactory,
    OrganiserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
_FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture
def conference():
    return ConferenceFactory(organisers=[OrganiserFactory(), OrganiserFactory()])


@pytest.fixture
def points(conference):
    points = [
        BridgePointFactory(conference=conference, kind="video_room", name=f"Phòng họp {name}")
        for name in ("Một", "Hai")
    ]
    for point in points:
        ConnectionFactory(bridge_point=point)
    return points


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def board(client: Client, conference: Conference) -> str:
    response = client.get(f"/admin/c/{conference.slug}/day/board/live/")
    assert response.status_code == 200
    return response.content.decode()


def say(point: BridgePoint, value: str) -> None:
    rooms.note_reports(point=point, reports=[Report(uuid4(), "state", value, START)], now=START)


@pytest.fixture
def drawn():
    """The templates that were drawn for parts."""
    with patch("common.kept_parts.render_to_string", wraps=kept_parts.render_to_string) as render:
        yield lambda: [call.args[0] for call in render.call_args_list]


def test_of_two_organisers_the_second_reads_what_was_drawn_for_the_first(conference, points, drawn):
    one, other = (board(signed_in(user), conference) for user in conference.organisers.all())
    assert _FORM_TOKEN.sub("", one) == _FORM_TOKEN.sub("", other)
    assert len(drawn()) == 1


def test_each_has_a_token_of_their_own_that_their_forms_are_taken_with(conference, points):
    clients = [Client(enforce_csrf_checks=True) for _ in range(2)]
    tokens = []
    for client, user in zip(clients, conference.organisers.all(), strict=True):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        tokens.append(set(_FORM_TOKEN.findall(board(client, conference))))
        assert len(tokens[-1]) == 1
    assert not tokens[0] & tokens[1]
    address = f"/admin/c/{conference.slug}/day/board/{points[0].pk}/say/"
    for place, status in ((0, 302), (1, 403)):
        data = {"say": "state=ready", "csrfmiddlewaretoken": next(iter(tokens[place]))}
        assert clients[0].post(address, data).status_code == status


def test_it_is_drawn_anew_when_a_room_reports(conference, points, drawn):
    client = signed_in(conference.organisers.first())
    before = board(client, conference)
    say(points[0], "connected")
    assert board(client, conference) != before
    assert len(drawn()) == 2


def test_it_is_drawn_anew_when_a_room_falls_silent(conference, points, clock):
    client = signed_in(conference.organisers.first())
    say(points[0], "connected")
    points[0].room.last_seen_at = START
    points[0].room.save()
    before = board(client, conference)
    clock.shift(timedelta(seconds=90))
    assert board(client, conference) != before


def test_nobody_sees_points_that_are_not_theirs(conference, points):
    organiser = board(signed_in(conference.organisers.first()), conference)
    assert "Phòng họp Một" in organiser
    for mine, others in (points, reversed(points)):
        coordinator = CoordinatorFactory(bridge_point=mine).user
        page = board(signed_in(coordinator), conference)
        assert mine.name in page
        assert others.name not in page


def test_leaders_get_no_buttons_and_no_numbers_whoever_looked_before(conference, points):
    board(signed_in(conference.organisers.first()), conference)
    leader = OrganiserFactory()
    conference.leaders.add(leader)
    page = board(signed_in(leader), conference)
    assert "Phòng họp Một" in page
    assert "csrfmiddlewaretoken" not in page
    assert "tel:" not in page


def test_two_conferences_with_the_same_numbers_are_not_mixed_up(conference):
    other = ConferenceFactory(slug="hoi-nghi-khac", organisers=conference.organisers.all())
    for one, name in ((conference, "Điểm Xanh"), (other, "Điểm Vàng")):
        BridgePointFactory(conference=one, kind="venue", name=name)
    client = signed_in(conference.organisers.first())
    assert "Điểm Xanh" in board(client, conference)
    assert "Điểm Vàng" in board(client, other)
    for one, name in ((conference, "Điểm Xanh"), (other, "Điểm Vàng")):
        assert name in Client().get(f"/wall/{wall.link_of(conference=one).token}/live/").content.decode()


def test_a_wall_screen_is_drawn_once_for_all_screens(conference, points, drawn):
    address = f"/wall/{wall.link_of(conference=conference).token}/live/"
    assert Client().get(address).content == Client().get(address).content
    assert drawn() == ["control/_wall.html"]


def test_a_row_that_says_the_same_is_not_drawn_again(conference, points):
    client = signed_in(conference.organisers.first())
    board(client, conference)
    drawn = len(kept_parts.pieces)
    assert drawn == len(points)
    say(points[0], "connected")
    assert "connected" in board(client, conference)
    assert len(kept_parts.pieces) == drawn + 1


def test_whoever_opens_the_page_has_their_own_token_in_every_row(conference, points):
    client = signed_in(conference.organisers.first())
    board(client, conference)
    page = client.get(f"/admin/c/{conference.slug}/day/board/").content.decode()
    assert kept_parts.TOKEN not in page
    assert len(_FORM_TOKEN.findall(page)) > len(points)


def test_what_nobody_has_asked_for_longest_is_dropped():
    kept = kept_parts.Kept(2)
    kept.put("one", "1")
    kept.put("two", "2")
    assert kept.get("one") == "1"
    kept.put("three", "3")
    assert (kept.get("one"), kept.get("two"), kept.get("three")) == ("1", None, "3")
