"""The run of show while it runs: presses, what they change, and what is refused."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from conference.models import Conference, ProgrammeItem, day_version
from control.models import Cue
from control.presses import Press, PressRefused, StalePress, cues_changed, make_cues, move_starts, press
from control.show import State, look, next_of, on_now
from tests.support.factories import START, BridgePointFactory

pytestmark = pytest.mark.django_db


def at(minutes: float):
    return START + timedelta(minutes=minutes)


@pytest.fixture
def cues(conference) -> list[Cue]:
    """Three parts of ten minutes."""
    return [Cue.objects.create(conference=conference, position=n, title=f"Phần {n}", minutes=10) for n in (1, 2, 3)]


def do(conference: Conference, what: Press, minutes: float, **more):
    """Press as somebody who sees what is now."""
    version = more.pop("version", look(conference, at(minutes)).version)
    return press(conference=conference, what=what, version=version, now=at(minutes), **more)


def test_next_ends_what_runs_and_begins_what_follows(conference, cues):
    assert look(conference, at(-5)).state is State.BEFORE
    do(conference, Press.NEXT, 2)
    standing = do(conference, Press.NEXT, 14)
    first, second, third = standing.lines
    assert (first.cue.started_at, first.cue.ended_at, first.real_minutes) == (at(2), at(14), 12)
    assert standing.current is second
    assert standing.next is third
    assert standing.late_minutes == 4
    assert (standing.ends_at, standing.planned_end) == (at(34), at(30))


def test_the_last_one_is_ended_and_the_show_is_over(conference, cues):
    for minutes in (0, 10, 20):
        do(conference, Press.NEXT, minutes)
    with pytest.raises(PressRefused):
        do(conference, Press.NEXT, 29)
    standing = do(conference, Press.END, 33)
    assert standing.state is State.OVER
    assert standing.late_minutes == 3
    assert on_now(conference, at(34)) is None


def test_between_two_nothing_is_on(conference, cues):
    do(conference, Press.NEXT, 0)
    standing = do(conference, Press.END, 10)
    assert (standing.state, standing.current) == (State.BETWEEN, None)
    assert look(conference, at(16)).late_minutes == 6


def test_a_press_for_a_former_state_is_refused_and_says_what_is_on(conference, cues):
    seen = look(conference, at(0)).version
    do(conference, Press.NEXT, 0)
    with pytest.raises(StalePress, match="Phần 1"):
        do(conference, Press.NEXT, 0.1, version=seen)
    assert look(conference, at(1)).current.cue == cues[0]


def test_a_press_for_cues_that_were_edited_meanwhile_is_refused(conference, cues):
    seen = look(conference, at(0)).version
    cues_changed(conference=conference)
    with pytest.raises(StalePress):
        do(conference, Press.NEXT, 0, version=seen)


def test_back_takes_the_last_press_back(conference, cues):
    do(conference, Press.NEXT, 0)
    do(conference, Press.NEXT, 8)
    standing = do(conference, Press.BACK, 9)
    assert standing.current.cue == cues[0]
    assert standing.current.cue.ended_at is None
    assert standing.next.cue == cues[1]
    standing = do(conference, Press.BACK, 9)
    assert standing.state is State.BEFORE
    with pytest.raises(PressRefused):
        do(conference, Press.BACK, 9)


def test_back_after_a_break_goes_back_into_the_break(conference, cues):
    do(conference, Press.NEXT, 0)
    do(conference, Press.END, 8)
    do(conference, Press.NEXT, 20)
    standing = do(conference, Press.BACK, 21)
    assert standing.state is State.BETWEEN
    assert standing.last_ended.cue.ended_at == at(8)


def test_back_opens_what_was_ended_last(conference, cues):
    do(conference, Press.NEXT, 0)
    do(conference, Press.END, 8)
    assert do(conference, Press.BACK, 9).current.cue == cues[0]


def test_a_minute_more_and_a_minute_less_leave_the_plan_alone(conference, cues):
    do(conference, Press.NEXT, 0)
    standing = do(conference, Press.LONGER, 1)
    assert standing.late_minutes == 1
    assert standing.current.cue.minutes == 10
    do(conference, Press.SHORTER, 1)
    assert do(conference, Press.SHORTER, 1).late_minutes == -1


def test_nothing_is_made_shorter_than_a_minute(conference):
    Cue.objects.create(conference=conference, title="Ngắn", minutes=1)
    do(conference, Press.NEXT, 0)
    with pytest.raises(PressRefused):
        do(conference, Press.SHORTER, 0)


def test_what_is_left_out_is_passed_over_until_it_is_taken_in_again(conference, cues):
    do(conference, Press.NEXT, 0)
    assert do(conference, Press.SKIP, 1).next.cue == cues[2]
    assert do(conference, Press.TAKE_IN, 2, cue=cues[1].pk).next.cue == cues[1]
    do(conference, Press.SKIP, 3, cue=cues[2].pk)
    do(conference, Press.NEXT, 10)
    assert do(conference, Press.END, 20).state is State.OVER


def test_what_has_begun_is_not_left_out(conference, cues):
    do(conference, Press.NEXT, 0)
    with pytest.raises(PressRefused):
        do(conference, Press.SKIP, 1, cue=cues[0].pk)


def test_every_change_is_seen_by_the_boards_and_a_refused_one_is_not(conference, cues):
    do(conference, Press.NEXT, 0)
    seen = day_version(conference.pk)
    do(conference, Press.LONGER, 1)
    assert day_version(conference.pk) == seen + 1
    with pytest.raises(PressRefused):
        do(conference, Press.TAKE_IN, 1, cue=0)
    assert day_version(conference.pk) == seen + 1


def test_a_show_does_not_begin_on_another_day_by_mistake(conference, cues):
    with pytest.raises(PressRefused, match="06:00"):
        do(conference, Press.NEXT, -121)
    assert do(conference, Press.NEXT, -119).state is State.ON


def test_two_never_run_at_once(conference, cues):
    Cue.objects.filter(pk=cues[0].pk).update(started_at=START)
    with pytest.raises(IntegrityError), transaction.atomic():
        Cue.objects.filter(pk=cues[1].pk).update(started_at=START)


def test_a_point_hears_when_its_turn_comes(conference, cues):
    point, other = BridgePointFactory(conference=conference), BridgePointFactory(conference=conference)
    Cue.objects.filter(pk__in=[cues[0].pk, cues[2].pk]).update(point=point)
    do(conference, Press.NEXT, 5)
    turn = next_of(point, at(6))
    assert (turn.cue, turn.expected.start) == (cues[2], at(25))
    assert next_of(other, at(6)) is None


def test_it_is_looked_up_in_two_queries(conference, cues, django_assert_num_queries):
    with django_assert_num_queries(2):
        on_now(conference, at(0))


# --- cues from the programme ------------------------------------------------------------------------------------------


def entry(conference, title: str, minutes: float, until: float | None = None) -> ProgrammeItem:
    return ProgrammeItem.objects.create(
        conference=conference, title=title, starts_at=at(minutes), ends_at=at(until) if until else None
    )


def made(conference) -> list[tuple[str, int, bool]]:
    """Title, minutes and whether the start is hard, of each cue."""
    found = Cue.objects.filter(conference=conference)
    return [(cue.title, cue.minutes, cue.not_before is not None) for cue in found]


def test_the_programme_becomes_cues_in_its_order(conference):
    entry(conference, "Khai mạc", 0, 15)
    entry(conference, "Tham luận", 15)
    entry(conference, "Giải lao", 45, 60)
    entry(conference, "Ký kết", 75)
    assert make_cues(conference=conference) == 4
    assert made(conference) == [
        ("Khai mạc", 15, True), ("Tham luận", 30, False), ("Giải lao", 15, False), ("Ký kết", 10, True),
    ]  # fmt: skip


def test_pressed_again_only_what_is_new_is_added_in_its_place(conference):
    entry(conference, "Khai mạc", 0, 15)
    entry(conference, "Ký kết", 30, 40)
    make_cues(conference=conference)
    Cue.objects.filter(title="Khai mạc").update(title="Chào cờ")
    entry(conference, "Tham luận", 15, 30)
    assert make_cues(conference=conference) == 1
    assert [title for title, *_rest in made(conference)] == ["Chào cờ", "Tham luận", "Ký kết"]
    assert make_cues(conference=conference) == 0


def test_without_a_programme_there_is_nothing_to_make(conference):
    assert make_cues(conference=conference) == 0


def test_hard_starts_move_with_the_programme(conference):
    entry(conference, "Khai mạc", 0, 15)
    make_cues(conference=conference)
    move_starts(conference=conference, by=timedelta(days=1))
    assert Cue.objects.get().not_before == START + timedelta(days=1)
