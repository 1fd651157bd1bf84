"""How late the run of show is, in words that do not contradict each other."""

from datetime import timedelta

import pytest

from conference.models import Conference
from control.models import Cue
from control.show import glance
from control.show_words import how_late
from tests.support.factories import START

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]


def at(minutes: float):
    return START + timedelta(minutes=minutes)


@pytest.fixture
def cues(conference) -> list[Cue]:
    """Three parts of ten minutes from 08:00 on."""
    return [Cue.objects.create(conference=conference, position=n, title=f"Phần {n}", minutes=10) for n in (1, 2, 3)]


def store(cue: Cue, **fields) -> None:
    Cue.objects.filter(pk=cue.pk).update(**fields)


def words(conference: Conference, minutes: float) -> str:
    return how_late(glance(conference, at(minutes)))


def test_a_delay_that_a_later_part_takes_up_is_said_to_be_of_now_and_the_end_as_planned(conference, cues):
    store(cues[0], started_at=at(3))
    store(cues[2], not_before=at(25))
    assert words(conference, 5) == "Hiện chậm 3 phút. Dù vậy vẫn kết thúc đúng kế hoạch, lúc 08:35."


def test_a_delay_that_lasts_moves_the_end(conference, cues):
    store(cues[0], started_at=at(3))
    assert words(conference, 5) == "Hiện chậm 3 phút. Dự kiến kết thúc lúc 08:33, theo kế hoạch 08:30."


def test_what_is_early_now_may_end_as_planned(conference, cues):
    store(cues[0], started_at=at(-4))
    store(cues[1], not_before=at(10))
    assert words(conference, 0) == "Hiện sớm 4 phút. Dù vậy vẫn kết thúc đúng kế hoạch, lúc 08:30."


def test_on_time_it_ends_as_planned(conference, cues):
    store(cues[0], started_at=at(0.5))
    assert words(conference, 5) == "Hiện đúng giờ. Kết thúc lúc 08:30, đúng kế hoạch."


def test_when_it_is_over_its_end_counts_and_not_that_of_the_part_that_was_the_last(conference, cues):
    store(cues[0], started_at=at(0), ended_at=at(12))
    store(cues[1], started_at=at(12), ended_at=at(22))
    store(cues[2], is_skipped=True)
    assert words(conference, 60) == "Đã kết thúc lúc 08:22, theo kế hoạch 08:30: sớm 8 phút."
    assert glance(conference, at(60)).late_minutes == -8


def test_when_it_is_over_as_planned_that_is_said(conference, cues):
    for cue, minutes in zip(cues, (0, 10, 20), strict=True):
        store(cue, started_at=at(minutes), ended_at=at(minutes + 10))
    assert words(conference, 60) == "Đã kết thúc lúc 08:30, đúng kế hoạch."


def test_without_parts_nothing_is_said(conference):
    assert words(conference, 0) == ""
