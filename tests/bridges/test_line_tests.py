"""Results of line tests: in which round, what the point shows, what is open, and what is erased."""

from datetime import timedelta

import pytest

from bridges import line_tests
from bridges.line_tests import RoundHasResults, TestChanged, current_round, open_work
from bridges.models import BridgePoint, LineTest, TestRound
from bridges.services import copy_points
from conference.models import day_version
from registrations.services import erase_due
from tests.conftest import NOW
from tests.support.factories import (
    START,
    BridgePointFactory,
    ConferenceFactory,
    OrganiserFactory,
    SpareLineFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

ROUND_AT = START - timedelta(days=3)


@pytest.fixture
def point() -> BridgePoint:
    return BridgePointFactory(kind="video_room")


@pytest.fixture
def first(point) -> TestRound:
    return TestRound.objects.create(conference=point.conference, name="Vòng 1", starts_at=ROUND_AT)


def record(test_round, point, result="passed", now=ROUND_AT) -> dict:
    return line_tests.record_results(
        test_round=test_round, points=[point.pk], result=result, by=OrganiserFactory(), now=now
    )


def shown(point) -> str:
    return BridgePoint.objects.get(pk=point.pk).line_test


def test_one_press_passes_picture_and_both_sounds_and_the_point_shows_it(first, point):
    version = day_version(point.conference_id)
    record(first, point)
    test = LineTest.objects.get()
    assert (test.result, test.picture, test.sound, test.return_sound) == ("passed", "ok", "ok", "ok")
    assert (test.spare_line, test.tested_at) == ("not_yet", ROUND_AT)
    assert shown(point) == "passed"
    assert test.history.latest().history_user == test.tested_by
    assert day_version(point.conference_id) == version + 1


def test_lines_are_in_use_from_the_day_of_the_first_round_until_the_last_day_is_over(first, point):
    conference = point.conference
    midnight = ROUND_AT.replace(hour=17) - timedelta(days=1)
    assert not line_tests.lines_are_in_use(conference, midnight - timedelta(seconds=1))
    assert line_tests.lines_are_in_use(conference, midnight)
    assert line_tests.lines_are_in_use(conference, START - timedelta(days=1))
    after = conference.ends_at.replace(hour=17, minute=0)
    assert line_tests.lines_are_in_use(conference, after - timedelta(seconds=1))
    assert not line_tests.lines_are_in_use(conference, after)


def test_without_any_round_lines_are_in_use_on_the_day_of_the_conference(point):
    midnight = START.replace(hour=17) - timedelta(days=1)
    assert not line_tests.lines_are_in_use(point.conference, midnight - timedelta(seconds=1))
    assert line_tests.lines_are_in_use(point.conference, midnight)


def test_a_result_in_an_earlier_round_does_not_hide_the_later_one(first, point):
    second = TestRound.objects.create(conference=point.conference, starts_at=ROUND_AT + timedelta(days=1))
    record(second, point, "passed")
    record(first, point, "failed")
    assert shown(point) == "passed"
    record(second, point, "failed")
    assert shown(point) == "failed"


def test_pressing_the_same_again_changes_nothing(first, point):
    record(first, point)
    assert record(first, point) == {}


def test_nobody_tests_points_of_another_conference_or_where_people_use_their_own_lines(first, point):
    foreign = BridgePointFactory(kind="video_room")
    online = BridgePointFactory(kind="online", conference=point.conference)
    assert record(first, foreign) == {}
    assert record(first, online) == {}
    assert not LineTest.objects.exists()


@pytest.mark.parametrize(
    ("checks", "result"),
    [
        ({"picture": "ok", "sound": "ok", "return_sound": "ok"}, "passed"),
        ({"picture": "ok", "sound": "bad"}, "failed"),
        ({"picture": "ok"}, "untested"),
        ({"picture": "ok", "sound": "ok", "return_sound": "ok", "spare_line": "bad"}, "passed"),
    ],
)
def test_checks_add_up_to_a_result_and_a_bad_spare_line_does_not_fail_the_line(first, point, checks, result):
    test = LineTest.objects.create(test_round=first, bridge_point=point, **checks)
    line_tests.settle(test=test, by=OrganiserFactory(), now=NOW)
    assert LineTest.objects.get().result == result
    assert shown(point) == result


def test_taking_back_restores_what_was_there(first, point):
    record(first, point, "failed")
    before = record(first, point, "passed", now=ROUND_AT + timedelta(minutes=5))
    line_tests.take_back(
        test_round=first,
        before=before,
        result="passed",
        by=OrganiserFactory(),
        pressed_at=(ROUND_AT + timedelta(minutes=5)).isoformat(),
    )
    test = LineTest.objects.get()
    assert (test.result, test.picture, test.tested_at) == ("failed", "not_yet", ROUND_AT)
    assert shown(point) == "failed"


def test_what_somebody_entered_since_is_not_taken_back(first, point):
    before = record(first, point, "passed")
    record(first, point, "failed", now=ROUND_AT + timedelta(minutes=5))
    with pytest.raises(TestChanged):
        line_tests.take_back(
            test_round=first, before=before, result="passed", by=OrganiserFactory(), pressed_at=ROUND_AT.isoformat()
        )
    assert shown(point) == "failed"


def test_what_is_open_is_said_in_words(first, point):
    assert open_work(None) == ["chưa thử"]
    test = LineTest(picture="ok", sound="bad", return_sound="ok", result="failed", tested_at=NOW)
    assert open_work(test) == ["tiếng đi: lỗi", "đường dự phòng: chưa thử"]
    whole = LineTest(picture="ok", sound="ok", return_sound="ok", spare_line="ok", result="passed", tested_at=NOW)
    assert open_work(whole) == []


def test_the_round_of_today_is_the_latest_whose_day_has_come(first, point):
    second = TestRound.objects.create(conference=point.conference, starts_at=ROUND_AT + timedelta(days=1))
    assert current_round(point.conference, ROUND_AT - timedelta(days=1)) is None
    # In the morning of its day, before it begins.
    assert current_round(point.conference, ROUND_AT - timedelta(minutes=50)) == first
    assert current_round(point.conference, ROUND_AT + timedelta(days=2)) == second


def test_a_round_with_results_stays_and_one_without_goes(first, point):
    record(first, point)
    with pytest.raises(RoundHasResults):
        line_tests.delete_round(test_round=first)
    LineTest.objects.all().delete()
    line_tests.delete_round(test_round=first)
    assert not TestRound.objects.exists()


def test_who_tested_is_erased_with_the_people_of_the_conference_and_the_results_stay(first, point):
    record(first, point)
    test = LineTest.objects.get()
    test.tested_with, test.note = "Người Thử (ví dụ)", "gọi 0900000700"
    test.save()
    erase_due(now=point.conference.erased_from)
    test.refresh_from_db()
    assert (test.tested_with, test.note, test.result) == ("", "", "passed")
    assert set(test.history.values_list("tested_with", "note")) == {("", "")}


def test_a_copy_of_a_conference_has_neither_rounds_nor_spare_lines_nor_results(first, point):
    SpareLineFactory(bridge_point=point)
    record(first, point)
    BridgePoint.objects.update(on_spare_since=NOW)
    copy = copy_points(source=point.conference, target=ConferenceFactory())[point.pk]
    assert (copy.line_test, copy.on_spare_since, hasattr(copy, "spare_line")) == ("untested", None, False)
    assert not copy.conference.test_rounds.exists()
