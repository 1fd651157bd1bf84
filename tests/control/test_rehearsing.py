"""*Chạy thử*: the controls tried out before the day, and who pressed what on the day itself."""

from datetime import timedelta

import pytest

from control import rehearsing
from control.models import Cue, RehearsedCue, ShowPress
from control.presses import Press, PressRefused, StalePress, press
from control.show import State, look, on_now
from control.show_log import all_presses, latest_presses
from tests.support.factories import START, ConferenceFactory, UserFactory

pytestmark = pytest.mark.django_db

#: A week before the conference.
BEFORE = START - timedelta(days=7, hours=3)


@pytest.fixture
def cues(conference) -> list[Cue]:
    """Three parts of ten minutes."""
    return [Cue.objects.create(conference=conference, position=n, title=f"Phần {n}", minutes=10) for n in (1, 2, 3)]


def rehearse(conference, what, minutes, **more):
    now = BEFORE + timedelta(minutes=minutes)
    version = more.pop("version", rehearsing.look(conference, now).version)
    return rehearsing.press(conference=conference, what=what, version=version, now=now, **more)


def test_a_rehearsal_runs_as_if_the_first_part_began_on_time(conference, cues):
    assert rehearsing.look(conference, BEFORE).state is State.BEFORE
    rehearse(conference, Press.NEXT, 0)
    standing = rehearse(conference, Press.NEXT, 13)
    first, second, _third = standing.lines
    assert (first.cue.started_at, first.cue.ended_at) == (START, START + timedelta(minutes=13))
    assert standing.current is second
    assert standing.late_minutes == 3
    assert standing.ends_at == START + timedelta(minutes=33)
    # The clocks on the page go by the real time.
    assert standing.clock_from == BEFORE + timedelta(minutes=13)
    assert standing.clock_until == BEFORE + timedelta(minutes=23)


def test_every_press_can_be_rehearsed(conference, cues):
    rehearse(conference, Press.NEXT, 0)
    assert rehearse(conference, Press.LONGER, 1).current.cue.extra_minutes == 1
    assert rehearse(conference, Press.SHORTER, 2).current.cue.extra_minutes == 0
    assert rehearse(conference, Press.SKIP, 3, cue=cues[1].pk).next.cue == cues[2]
    assert rehearse(conference, Press.TAKE_IN, 4, cue=cues[1].pk).next.cue == cues[1]
    assert rehearse(conference, Press.END, 5).state is State.BETWEEN
    assert rehearse(conference, Press.BACK, 6).current.cue == cues[0]
    with pytest.raises(PressRefused):
        rehearse(conference, Press.SKIP, 7, cue=cues[0].pk)


def test_nothing_of_a_rehearsal_is_seen_elsewhere(conference, cues):
    before = list(Cue.objects.values())
    version = look(conference, BEFORE).version
    rehearse(conference, Press.NEXT, 0)
    rehearse(conference, Press.SKIP, 1)
    now = BEFORE + timedelta(minutes=2)
    assert list(Cue.objects.values()) == before
    assert look(conference, now).version == version
    assert on_now(conference, now) is None
    assert not ShowPress.objects.exists()


def test_what_really_runs_is_not_seen_in_a_rehearsal(conference, cues):
    press(conference=conference, what=Press.NEXT, version=look(conference, START).version, now=START)
    assert rehearsing.look(conference, START).state is State.BEFORE


def test_of_two_at_the_rehearsal_one_press_is_carried_out(conference, cues):
    seen = rehearsing.look(conference, BEFORE).version
    rehearse(conference, Press.NEXT, 0)
    with pytest.raises(StalePress, match="Phần 1"):
        rehearse(conference, Press.NEXT, 0.1, version=seen)


def test_a_rehearsal_is_begun_anew_in_one_press(conference, cues):
    other = Cue.objects.create(conference=ConferenceFactory(), title="Khác", minutes=5)
    RehearsedCue.objects.create(cue=other, is_skipped=True)
    seen = rehearse(conference, Press.NEXT, 0).version
    rehearsing.reset(conference=conference)
    assert rehearsing.look(conference, BEFORE).state is State.BEFORE
    assert RehearsedCue.objects.get().cue == other
    with pytest.raises(StalePress):
        rehearse(conference, Press.NEXT, 1, version=seen)
    assert rehearse(conference, Press.NEXT, 60).late_minutes == 0


def test_a_rehearsal_follows_a_conference_that_is_moved(conference, cues):
    rehearse(conference, Press.NEXT, 0)
    conference.starts_at += timedelta(days=1)
    conference.ends_at += timedelta(days=1)
    conference.save()
    standing = rehearsing.look(conference, BEFORE + timedelta(minutes=5))
    assert standing.current.cue.started_at == START + timedelta(days=1)
    assert standing.late_minutes == 0


def test_what_the_plan_leaves_out_is_left_out_in_a_rehearsal(conference, cues):
    Cue.objects.filter(pk=cues[1].pk).update(is_skipped=True)
    assert rehearse(conference, Press.NEXT, 0).next.cue == cues[2]
    assert rehearse(conference, Press.TAKE_IN, 1, cue=cues[1].pk).next.cue == cues[1]


def test_without_parts_there_is_nothing_to_rehearse(conference):
    assert rehearsing.look(conference, BEFORE).state is State.EMPTY


def test_the_statements_stay_the_same_for_one_part_and_for_three(conference, cues, django_assert_num_queries):
    rehearse(conference, Press.NEXT, 0)
    with django_assert_num_queries(2):
        rehearsing.look(conference, BEFORE)
    Cue.objects.exclude(pk=cues[0].pk).delete()
    with django_assert_num_queries(2):
        rehearsing.look(conference, BEFORE)


# --- the log ----------------------------------------------------------------------------------------------------------


def do(conference, what, minutes, by=None, **more):
    now = START + timedelta(minutes=minutes)
    press(conference=conference, what=what, version=look(conference, now).version, now=now, by=by, **more)


def test_each_press_is_noted_with_who_when_and_what(conference, cues):
    chief, other = UserFactory(), UserFactory()
    do(conference, Press.NEXT, 0, by=chief)
    do(conference, Press.LONGER, 2, by=other)
    do(conference, Press.SKIP, 3, by=chief, cue=cues[1].pk)
    do(conference, Press.NEXT, 12, by=chief)
    do(conference, Press.BACK, 13, by=other)
    assert [(one.what, one.part, one.by) for one in all_presses(conference)] == [
        ("start", "Phần 1", chief),
        ("longer", "Phần 1", other),
        ("skip", "Phần 2", chief),
        ("next", "Phần 3", chief),
        ("back", "Phần 3", other),
    ]
    assert [one.what for one in latest_presses(conference, 2)] == ["back", "next"]


def test_a_press_that_was_not_carried_out_is_not_noted(conference, cues):
    with pytest.raises(PressRefused):
        do(conference, Press.END, 0)
    with pytest.raises(StalePress):
        press(conference=conference, what=Press.NEXT, version=99, now=START)
    assert not ShowPress.objects.exists()


def test_the_log_outlives_its_user_and_its_part(conference, cues):
    chief = UserFactory()
    do(conference, Press.NEXT, 0, by=chief)
    chief.delete()
    Cue.objects.all().delete()
    noted = ShowPress.objects.get()
    assert (noted.by, noted.part) == (None, "Phần 1")
