"""The main line and the spare line of a bridge point, and which of them is in use."""

import pytest

from bridges import lines
from bridges.lines import LineInUse, NoSpareLine, line_in_use
from bridges.models import BridgePoint, Connection, SpareLine
from bridges.readiness import missing_details
from conference.models import day_version
from tests.conftest import NOW
from tests.support.factories import (
    BridgePointFactory,
    ConnectionFactory,
    OrganiserFactory,
    SpareLineFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def point() -> BridgePoint:
    found = ConnectionFactory().bridge_point
    SpareLineFactory(bridge_point=found)
    return found


def test_a_point_is_on_its_main_line_until_it_is_moved_and_again_once_it_is_moved_back(point):
    by = OrganiserFactory()
    assert line_in_use(point) == Connection.objects.get()
    moved = lines.move_to_spare(point=point, by=by, now=NOW)
    assert moved.on_spare_since == NOW
    assert line_in_use(BridgePoint.objects.get(pk=point.pk)) == SpareLine.objects.get()
    lines.move_back(point=point, by=by, now=NOW)
    assert line_in_use(BridgePoint.objects.get(pk=point.pk)) == Connection.objects.get()


def test_a_point_that_is_not_stored_has_empty_lines_whatever_the_process_did_before(monkeypatch):
    """The first example of a text that a process showed was an error."""
    monkeypatch.setattr(lines._MAIN, "_composed", None)
    monkeypatch.setattr(lines._SPARE, "_composed", None)
    assert lines.main_line(BridgePoint()).pk is None
    assert lines.spare_line(BridgePoint()).pk is None


def test_the_line_in_use_is_not_asked_for_where_it_was_loaded_with_the_point(point, django_assert_num_queries):
    BridgePoint.objects.update(on_spare_since=NOW)
    loaded = BridgePoint.objects.select_related("connection", "spare_line").get()
    with django_assert_num_queries(0):
        assert line_in_use(loaded).web_url == "https://du-phong.vidu.example/phong-2"
    with django_assert_num_queries(2):
        assert line_in_use(BridgePoint.objects.get()).web_url == "https://du-phong.vidu.example/phong-2"


@pytest.mark.parametrize("details", [None, {"web_url": "", "instructions": "Gọi cho trưởng phòng"}])
def test_no_point_is_moved_to_a_line_of_which_nothing_is_known(details):
    point = BridgePointFactory(kind="video_room")
    if details:
        SpareLineFactory(bridge_point=point, **details)
    with pytest.raises(NoSpareLine):
        lines.move_to_spare(point=point, by=OrganiserFactory(), now=NOW)
    assert BridgePoint.objects.get().on_spare_since is None


def test_whoever_presses_second_is_told_that_it_is_there_already(point):
    by = OrganiserFactory()
    with pytest.raises(LineInUse):
        lines.move_back(point=point, by=by, now=NOW)
    lines.move_to_spare(point=point, by=by, now=NOW)
    with pytest.raises(LineInUse):
        lines.move_to_spare(point=point, by=by, now=NOW)


def test_the_history_names_who_moved_it_and_boards_hear_of_it(point):
    by, version = OrganiserFactory(), day_version(point.conference_id)
    lines.move_to_spare(point=point, by=by, now=NOW)
    latest = point.history.latest()
    assert (latest.history_user, latest.on_spare_since) == (by, NOW)
    assert latest.history_change_reason == "Đã chuyển sang đường dự phòng."
    assert day_version(point.conference_id) == version + 1


def test_a_point_whose_spare_line_is_in_use_lacks_no_link():
    point = BridgePointFactory(kind="online", on_spare_since=NOW)
    assert len(missing_details(point)) == 1
    SpareLineFactory(bridge_point=point)
    assert missing_details(BridgePoint.objects.get()) == []
