"""Two people at the controls press in the same moment: real threads and connections, the race window held open."""

from functools import partial

import pytest

from control import presses
from control.models import Cue, Show
from control.presses import Press, StalePress, press
from tests.support.factories import START, ConferenceFactory
from tests.support.races import Window, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def _open_window(monkeypatch) -> None:
    """Whoever has seen how the show stands waits until the other has seen it too, or stands at the lock."""
    window, look = Window(), presses.look

    def slow_look(conference, now):
        standing = look(conference, now)
        window.hold()
        return standing

    monkeypatch.setattr(presses, "look", slow_look)


@pytest.fixture
def _without_lock(monkeypatch) -> None:
    monkeypatch.setattr(presses, "_lock", lambda conference: Show.objects.get(conference=conference))


def both_press_next() -> tuple[int, int]:
    """Two see the same show and press *Next*: how many were refused, and how many cues have begun."""
    conference = ConferenceFactory()
    Show.objects.create(conference=conference)
    for position in (1, 2, 3):
        Cue.objects.create(conference=conference, position=position, title=f"Phần {position}")
    do = partial(press, conference=conference, what=Press.NEXT, version=0, now=START)
    answers = at_once(do, do)
    return sum(isinstance(one, StalePress) for one in answers), Cue.objects.exclude(started_at=None).count()


@pytest.mark.usefixtures("_open_window")
def test_of_two_presses_at_once_one_is_carried_out_and_the_other_refused():
    assert both_press_next() == (1, 1)


@pytest.mark.usefixtures("_open_window", "_without_lock")
def test_without_the_lock_nobody_would_be_refused():
    refused, _begun = both_press_next()
    assert refused == 0
