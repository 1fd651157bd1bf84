"""Two files of the same part arrive in the same moment: real threads and connections, the race window held open."""

import tempfile
from functools import partial

import pytest

from control.models import Cue, SlideFile
from control.slides import receiving
from tests.conftest import NOW
from tests.support.decks import pdf
from tests.support.factories import ConferenceFactory
from tests.support.races import Window, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _open_window(monkeypatch, settings, tmp_path) -> None:
    """Whoever has seen which file counts waits until the other has seen it too, or stands at the lock."""
    settings.SLIDES_DIR = tmp_path / "slides"
    window, current_file = Window(), receiving.current_file

    def slow_look(cue):
        current = current_file(cue)
        window.hold()
        return current

    monkeypatch.setattr(receiving, "current_file", slow_look)


@pytest.fixture
def cue() -> Cue:
    return Cue.objects.create(conference=ConferenceFactory(), title="Báo cáo", minutes=10)


def hand_in(cue: Cue, content: bytes):
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        return receiving.take(cue=cue, file=file, name="bai.pdf", size=len(content), now=NOW)


def test_the_same_file_sent_twice_at_once_is_one(cue, settings):
    answers = at_once(partial(hand_in, cue, pdf()), partial(hand_in, cue, pdf()))
    assert sorted(one.is_known for one in answers) == [False, True]
    assert SlideFile.objects.count() == 1
    assert len(list(settings.SLIDES_DIR.iterdir())) == 1


def test_without_the_lock_it_would_be_two(cue, monkeypatch):
    monkeypatch.setattr(receiving, "_locked", lambda number: Cue.objects.get(pk=number))
    at_once(partial(hand_in, cue, pdf()), partial(hand_in, cue, pdf()))
    assert SlideFile.objects.count() == 2


def test_of_two_different_files_at_once_both_are_kept_and_one_counts(cue, settings):
    at_once(partial(hand_in, cue, pdf(2)), partial(hand_in, cue, pdf(3)))
    assert sorted(SlideFile.objects.values_list("pages", flat=True)) == [2, 3]
    assert receiving.current_file(cue) == SlideFile.objects.first()
    assert len(list(settings.SLIDES_DIR.iterdir())) == 2
