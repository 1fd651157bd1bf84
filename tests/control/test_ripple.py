"""How a delay runs through a run of show."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from control.ripple import Slot, planned, ripple

FIRST = datetime(2027, 7, 19, 1, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return FIRST + timedelta(minutes=minutes)


def starts(slots: list[Slot], now: float) -> list[float | None]:
    """When each is to be expected to begin, in minutes after the first start."""
    found = ripple(slots, FIRST, at(now))
    return [(times.expected.start - FIRST) / timedelta(minutes=1) if times.expected else None for times in found]


def test_by_the_plan_one_follows_the_other_and_a_hard_start_waits_for_its_moment() -> None:
    slots = [Slot(10), Slot(5), Slot(20, not_before=at(30))]
    assert [span.start for span in planned(slots, FIRST)] == [at(0), at(10), at(30)]
    assert starts(slots, -60) == [0, 10, 30]


def test_a_show_that_has_not_begun_in_time_is_late_from_the_first_on() -> None:
    assert starts([Slot(10), Slot(5)], 7) == [7, 17]


def test_what_runs_too_long_moves_what_follows_softly() -> None:
    slots = [Slot(10, started_at=at(0)), Slot(5), Slot(5)]
    assert starts(slots, 4) == [0, 10, 15]
    assert starts(slots, 13) == [0, 13, 18]


def test_a_gap_before_a_hard_start_takes_a_delay_in() -> None:
    slots = [Slot(10, started_at=at(0)), Slot(5), Slot(5, not_before=at(20))]
    found = ripple(slots, FIRST, at(14))
    assert found[1].start_is_late_by == timedelta(minutes=4)
    assert found[2].start_is_late_by == found[2].missed_by == timedelta(0)


def test_a_hard_start_that_will_be_missed_says_by_how_much() -> None:
    slots = [Slot(10, started_at=at(0)), Slot(5), Slot(5, not_before=at(15))]
    found = ripple(slots, FIRST, at(18))
    assert found[2].missed_by == timedelta(minutes=8)
    assert found[2].end_is_late_by == timedelta(minutes=8)


def test_minutes_given_while_it_runs_move_the_rest_and_not_the_plan() -> None:
    slots = [Slot(10, extra_minutes=3, started_at=at(0)), Slot(5)]
    found = ripple(slots, FIRST, at(1))
    assert starts(slots, 1) == [0, 13]
    assert found[0].planned.end == at(10)


def test_what_is_left_out_takes_no_time_and_the_rest_comes_earlier() -> None:
    slots = [Slot(10, started_at=at(0)), Slot(5, is_skipped=True), Slot(5)]
    found = ripple(slots, FIRST, at(1))
    assert found[1].expected is None
    assert found[2].start_is_late_by == timedelta(minutes=-5)


def test_what_has_been_keeps_its_real_times() -> None:
    slots = [Slot(10, started_at=at(2), ended_at=at(9)), Slot(5)]
    found = ripple(slots, FIRST, at(30))
    assert found[0].expected == (at(2), at(9))
    assert found[1].expected is not None
    assert found[1].expected.start == at(30)


# A busy machine is no fault of what is tested.
_patient = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
_minutes = st.integers(1, 90)
_upcoming = st.builds(
    Slot,
    _minutes,
    not_before=st.one_of(st.none(), st.integers(-30, 300).map(at)),
    is_skipped=st.booleans(),
)
_lists = st.lists(_upcoming, min_size=1, max_size=12)


@_patient
@given(_lists, st.integers(-100, 400), st.integers(0, 120))
def test_later_is_never_earlier(slots: list[Slot], now: int, waited: int) -> None:
    before, after = starts(slots, now), starts(slots, now + waited)
    assert all(b is None or (a is not None and b <= a <= b + waited) for b, a in zip(before, after, strict=True))


@_patient
@given(_lists, st.integers(-100, 400))
def test_nothing_to_come_begins_in_the_past_before_its_hard_start_or_before_the_one_before_ends(
    slots: list[Slot], now: int
) -> None:
    free_from = at(now)
    for slot, times in zip(slots, ripple(slots, FIRST, at(now)), strict=True):
        if times.expected is None:
            assert slot.is_skipped
            continue
        assert times.expected.start >= max(free_from, slot.not_before or free_from)
        assert times.expected.end - times.expected.start == timedelta(minutes=slot.minutes)
        assert (times.missed_by > timedelta(0)) == bool(slot.not_before and times.expected.start > slot.not_before)
        free_from = times.expected.end
