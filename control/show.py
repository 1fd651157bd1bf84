"""The run of show as it stands: what is on, what comes next, how late it is."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from bridges.models import BridgePoint
from conference.models import Conference
from control.models import Cue, Show
from control.ripple import Slot, Span, Times, ripple

_MINUTE = timedelta(minutes=1)


class State(StrEnum):
    """Where a run of show stands."""

    #: There are no cues.
    EMPTY = "empty"
    BEFORE = "before"
    #: A cue runs.
    ON = "on"
    #: A cue has ended, and the next has not begun.
    BETWEEN = "between"
    OVER = "over"


@dataclass(frozen=True)
class Line:
    """A cue and its times."""

    cue: Cue
    times: Times

    @property
    def planned(self) -> Span:
        """By the plan."""
        return self.times.planned

    @property
    def expected(self) -> Span | None:
        """As it was or as it is to be expected; None: it is left out."""
        return self.times.expected

    @property
    def ends_by(self) -> datetime:
        """When its minutes are over, whether it has ended or not; of what has not begun, by what is expected (UTC)."""
        start = self.cue.started_at or (self.expected or self.planned).start
        return start + (self.cue.minutes + self.cue.extra_minutes) * _MINUTE

    @property
    def missed_minutes(self) -> int:
        """So many whole minutes too late for its hard start, as it looks now."""
        return whole_minutes(self.times.missed_by)

    @property
    def longer_by(self) -> int | None:
        """So many minutes longer than planned it took; negative: shorter; None while it has not ended."""
        return None if self.real_minutes is None else self.real_minutes - self.cue.minutes

    @property
    def real_minutes(self) -> int | None:
        """How long it took, in minutes, rounded; None while it has not ended."""
        if self.cue.started_at is None or self.cue.ended_at is None:
            return None
        return round((self.cue.ended_at - self.cue.started_at) / _MINUTE)


@dataclass(frozen=True)
class Standing:
    """A run of show at a moment."""

    #: The number that a press names.
    version: int
    lines: tuple[Line, ...]
    #: How much the clock of all its times is ahead of the real one: not at all, but in a rehearsal.
    ahead_by: timedelta = timedelta(0)

    @cached_property
    def current(self) -> Line | None:
        """What runs."""
        return next((line for line in self.lines if line.cue.is_running), None)

    @cached_property
    def upcoming(self) -> list[Line]:
        """What is to come, in order."""
        return [line for line in self.lines if line.cue.is_upcoming]

    @property
    def next(self) -> Line | None:
        """What comes next."""
        return self.upcoming[0] if self.upcoming else None

    @property
    def clock_from(self) -> datetime | None:
        """When, by the real clock (UTC), what runs has begun; None: nothing runs."""
        started_at = self.current.cue.started_at if self.current else None
        return started_at - self.ahead_by if started_at else None

    @property
    def clock_until(self) -> datetime | None:
        """When, by the real clock (UTC), the minutes of what runs are over; None: nothing runs."""
        return self.current.ends_by - self.ahead_by if self.current else None

    @property
    def last_ended(self) -> Line | None:
        """What ended last."""
        ended = [(line.cue.ended_at, line.cue.pk, line) for line in self.lines if line.cue.ended_at]
        return max(ended)[2] if ended else None

    @property
    def state(self) -> State:
        """Where it stands."""
        if not self.lines:
            return State.EMPTY
        if self.current:
            return State.ON
        if self.last_ended is None:
            return State.BEFORE
        return State.BETWEEN if self.upcoming else State.OVER

    @property
    def is_on_air(self) -> bool:
        """Whether it has begun and is not over."""
        return self.state in (State.ON, State.BETWEEN)

    @property
    def late_by(self) -> timedelta:
        """How late it is: the end of what runs, else the start of what is next, against the plan. Negative: early.

        When it is over, how much later than planned it ended: a part that was left out at the end counts as early.
        """
        if self.current:
            return self.current.times.end_is_late_by
        return self.next.times.start_is_late_by if self.next else self.end_is_late_by

    @property
    def late_minutes(self) -> int:
        """The same in whole minutes."""
        return whole_minutes(self.late_by)

    @property
    def ends_at(self) -> datetime | None:
        """When the last cue has ended or is to be expected to end (UTC); None without cues."""
        return max((line.expected.end for line in self.lines if line.expected), default=None)

    @property
    def planned_end(self) -> datetime | None:
        """When the last cue ends by the plan (UTC); None without cues."""
        return max((line.planned.end for line in self.lines), default=None)

    @property
    def end_is_late_by(self) -> timedelta:
        """How much later than planned the whole ends, or is to be expected to; negative: earlier; 0 without cues."""
        if self.ends_at is None or self.planned_end is None:
            return timedelta(0)
        return self.ends_at - self.planned_end


def whole_minutes(length: timedelta) -> int:
    """``length`` in whole minutes, towards 0."""
    return int(length / _MINUTE)


def slot_of(cue: Cue) -> Slot:
    """What counts of ``cue`` for its time."""
    return Slot(cue.minutes, cue.extra_minutes, cue.not_before, cue.started_at, cue.ended_at, cue.is_skipped)


def look(conference: Conference, now: datetime) -> Standing:
    """The run of show of ``conference`` as it stands at ``now``. Two queries."""
    # The number first: whoever changes it between the two makes the press that follows stale, not the page.
    version = version_of(conference)
    return replace(glance(conference, now), version=version)


def glance(conference: Conference, now: datetime) -> Standing:
    """The same for whoever only reads: without the number that presses name. One query."""
    cues = list(Cue.objects.filter(conference=conference).select_related("point"))
    return standing_of(cues, conference, now)


def standing_of(cues: list[Cue], conference: Conference, now: datetime) -> Standing:
    """The run of show that consists of ``cues``, at ``now``. No query."""
    times = ripple([slot_of(cue) for cue in cues], conference.starts_at, now)
    return Standing(0, tuple(Line(cue, when) for cue, when in zip(cues, times, strict=True)))


def version_of(conference: Conference) -> int:
    """How often the run of show has changed. One query."""
    return Show.objects.filter(conference=conference).values_list("version", flat=True).first() or 0


def on_now(conference: Conference, now: datetime) -> Standing | None:
    """The run of show of ``conference`` if it has begun and is not over at ``now``; else None. Two queries."""
    standing = look(conference, now)
    return standing if standing.is_on_air else None


def next_of(point: BridgePoint, now: datetime) -> Line | None:
    """When it is the turn of ``point``: its next cue, with the start to be expected; None: none is to come.

    Two queries, and one more where ``point`` does not know its conference.
    """
    return next_among(look(point.conference, now), point.pk)


def next_among(standing: Standing, point: int) -> Line | None:
    """The same of a run of show that was looked up already; ``point`` is the number of the bridge point."""
    return next((line for line in standing.upcoming if line.cue.point_id == point), None)
