"""A worker rests for visitors who lack the processors that it takes, and for nobody else."""

import pytest

from common import visits
from outbox import bookkeeping, pace
from outbox.models import Message
from outbox.pace import Pace
from tests.outbox.test_queue import deliver, get, line, message, post  # noqa: F401 (a fixture)

#: Nanoseconds of work, and of waiting for a processor, before and after.
IDLE, LACKING = [(0, 0), (1000, 100)], [(0, 0), (1000, 900)]


@pytest.fixture
def rests(monkeypatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(pace.time, "sleep", found.append)
    return found


def counters(monkeypatch, *values: tuple[int, int]) -> None:
    answers = iter(values)
    monkeypatch.setattr(pace, "_counted", lambda: next(answers))


@pytest.mark.parametrize(
    ("values", "is_here", "rest"),
    [(IDLE, True, []), (LACKING, True, [3 * pace.EACH]), (LACKING, False, []), (IDLE, False, [])],
)
def test_it_rests_if_both_hold_that_visitors_are_here_and_a_processor_lacks(monkeypatch, rests, values, is_here, rest):
    counters(monkeypatch, *values)
    monkeypatch.setattr(visits, "is_anybody_here", lambda: is_here)
    this = Pace()
    for _ in range(3):
        this.count()
    this.rest()
    assert rests == rest


def test_what_was_waited_for_before_does_not_count_again(monkeypatch, rests):
    counters(monkeypatch, *LACKING, (2000, 1000))
    monkeypatch.setattr(visits, "is_anybody_here", lambda: True)
    this = Pace()
    for _ in range(2):
        this.count()
        this.rest()
    assert rests == [pace.EACH]


def test_where_nobody_counts_visitors_go_first(monkeypatch, rests, tmp_path):
    monkeypatch.setattr(pace, "_COUNTERS", tmp_path / "not there")
    monkeypatch.setattr(visits, "is_anybody_here", lambda: True)
    this = Pace()
    this.count()
    this.rest()
    assert rests == [pace.EACH]


@pytest.mark.django_db
def test_what_was_sent_is_written_down_before_a_rest(monkeypatch):
    monkeypatch.setattr(bookkeeping, "QUICK", 60)
    monkeypatch.setattr(bookkeeping, "AT_THE_LATEST", 60)
    monkeypatch.setattr(visits, "is_anybody_here", lambda: True)
    monkeypatch.setattr(pace, "_counted", lambda: (0, 0))
    written: list[tuple[float, int]] = []

    def note(seconds: float) -> None:
        written.append((seconds, Message.objects.filter(state=Message.State.SENT).count()))

    monkeypatch.setattr(pace.time, "sleep", note)
    post(*(message(f"m{number:02d}") for number in range(25)))
    deliver()
    rest = bookkeeping.TOGETHER * pace.EACH
    assert written == [(rest, 10), (rest, 20)]
    assert get("m24").state == "sent"
