"""How a delay runs through a run of show. Plain values and moments (UTC); knows no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

_NONE = timedelta(0)


@dataclass(frozen=True)
class Slot:
    """What counts of a cue for its time. In the order of the plan."""

    minutes: int
    #: Given while it ran; may be negative.
    extra_minutes: int = 0
    #: A hard start: not before this moment. None: a soft one, as soon as the slot before has ended.
    not_before: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    is_skipped: bool = False

    @property
    def is_running(self) -> bool:
        """Whether it has begun and not ended."""
        return self.started_at is not None and self.ended_at is None

    @property
    def is_upcoming(self) -> bool:
        """Whether it is still to come."""
        return self.started_at is None and not self.is_skipped


class Span(NamedTuple):
    """From when to when."""

    start: datetime
    end: datetime


class Times(NamedTuple):
    """When a slot is."""

    planned: Span
    #: As it was, or as it is to be expected; None: it is left out.
    expected: Span | None
    #: How much later than its hard start it is to be expected; 0 for all others.
    missed_by: timedelta

    @property
    def start_is_late_by(self) -> timedelta:
        """How much later than planned it begins; negative: earlier."""
        return self.expected.start - self.planned.start if self.expected else _NONE

    @property
    def end_is_late_by(self) -> timedelta:
        """How much later than planned it ends; negative: earlier."""
        return self.expected.end - self.planned.end if self.expected else _NONE


def planned(slots: Sequence[Slot], first: datetime) -> list[Span]:
    """The plan: one after the other from ``first``, and each hard start at its moment, whatever stands before it."""
    spans: list[Span] = []
    for slot in slots:
        start = slot.not_before or (spans[-1].end if spans else first)
        spans.append(Span(start, start + timedelta(minutes=slot.minutes)))
    return spans


def ripple(slots: Sequence[Slot], first: datetime, now: datetime) -> list[Times]:
    """The times of ``slots`` as they look at ``now``, in their order; the first begins at ``first`` by the plan.

    What has ended keeps its real times. What runs ends when its minutes are over, and ``now`` once they are. What is to
    come follows one after the other; a hard start waits for its moment.
    """
    free_from = _free_from(slots, first, now)
    times = []
    for slot, plan in zip(slots, planned(slots, first), strict=True):
        missed_by = _NONE
        expected = _begun(slot, now)
        if slot.is_upcoming:
            start = max(free_from, slot.not_before or free_from)
            expected = Span(start, start + timedelta(minutes=slot.minutes))
            missed_by = start - slot.not_before if slot.not_before else _NONE
            free_from = expected.end
        times.append(Times(plan, expected, missed_by))
    return times


def _begun(slot: Slot, now: datetime) -> Span | None:
    """The span of a slot that has begun; None of others."""
    if slot.started_at is None:
        return None
    length = timedelta(minutes=slot.minutes + slot.extra_minutes)
    return Span(slot.started_at, slot.ended_at or max(slot.started_at + length, now))


def _free_from(slots: Sequence[Slot], first: datetime, now: datetime) -> datetime:
    """When the next slot can begin: after everything that has begun, and not in the past."""
    begun = [span.end for slot in slots if (span := _begun(slot, now))]
    return max([*(begun or [first]), now])
