"""What a worker does with each kind of list: plan it, count the plan, apply it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from conference.models import Conference
from lists import points
from lists.meeting import plan as meeting
from lists.models import ImportJob
from lists.people import apply as people
from lists.people import plan
from lists.reading import Row

_Options = Mapping[str, Any]
_Tick = Callable[[int], None]


def _nothing(_entries: Sequence[Any]) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Work:
    """``plan``: conference, rows, options; ``apply``: conference, entries, options, now, what hears how many are done.

    ``summary``: what of the plan stands in the options of the job.
    """

    plan: Callable[[Conference, Sequence[Row], _Options], list[Any]]
    counts: Callable[[Sequence[Any]], dict[str, int]]
    apply: Callable[[Conference, Sequence[Any], _Options, datetime, _Tick], None]
    summary: Callable[[Sequence[Any]], dict[str, Any]] = _nothing


def _plan_people(conference: Conference, rows: Sequence[Row], options: _Options) -> list[Any]:
    default, places = options.get("default_point"), options.get("places")
    return list(plan.plan(conference, rows, default_point=default, places=places))


def _apply_people(
    conference: Conference, entries: Sequence[Any], options: _Options, now: datetime, tick: _Tick
) -> None:
    people.apply(conference, entries, notify=bool(options.get("notify")), now=now, tick=tick)


def _plan_points(conference: Conference, rows: Sequence[Row], _options: _Options) -> list[Any]:
    return list(points.plan(conference, rows))


def _apply_points(
    conference: Conference, entries: Sequence[Any], _options: _Options, now: datetime, tick: _Tick
) -> None:
    points.apply(conference, entries, now=now, tick=tick)


def _plan_meeting(conference: Conference, rows: Sequence[Row], options: _Options) -> list[Any]:
    return list(meeting.plan(conference, rows, options))


def _apply_meeting(
    conference: Conference, entries: Sequence[Any], options: _Options, now: datetime, tick: _Tick
) -> None:
    meeting.apply(conference, entries, options=options, now=now, tick=tick)


KINDS: dict[str, Work] = {
    ImportJob.Kind.PEOPLE: Work(_plan_people, plan.counts, _apply_people, plan.summary),
    ImportJob.Kind.POINTS: Work(_plan_points, points.counts, _apply_points),
    ImportJob.Kind.MEETING: Work(_plan_meeting, meeting.counts, _apply_meeting),
}


def done_words(job: ImportJob) -> str:
    """What became of ``job``, for the history."""
    if job.kind == ImportJob.Kind.MEETING:
        words = gettext("Who was in the meeting: %(new)d times of delegates, %(room)d of rooms, %(open)d not matched.")
        return words % {name: job.counts.get(name, 0) for name in ("new", "room", "open")}
    words = gettext("List applied: %(new)d new, %(changed)d changed.")
    return words % {name: job.counts.get(name, 0) for name in ("new", "changed")}
