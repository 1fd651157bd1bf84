"""Who is on air and who is next, as the page of a room says it."""

from datetime import datetime
from typing import TypedDict

from django.utils.timezone import localtime
from django.utils.translation import gettext

from bridges.models import BridgePoint
from conference.models import Conference, ProgrammeItem
from control.show import Line, Standing, State, glance, next_among


class OnAir(TypedDict):
    """Lines of text: what is on now, what comes next; empty where nothing is known."""

    on: list[str]
    next: list[str]


def on_air(point: BridgePoint, now: datetime) -> OnAir:
    """What is on at ``now``, what comes next, and when it is the turn of ``point``.

    By the run of show, with the times that are to be expected; by the times of the programme where there is none. One
    query, or two. This is the one place where pages of rooms ask for it.
    """
    standing = glance(point.conference, now)
    if standing.state is State.EMPTY:
        return _by_programme(point.conference, now)
    return {
        "on": [_words(standing.current)] if standing.current else [],
        "next": [*([_words(standing.next)] if standing.next else []), *_turn(standing, point)],
    }


def _turn(standing: Standing, point: BridgePoint) -> list[str]:
    """When it is the turn of ``point``, if that is not what comes next."""
    own = next_among(standing, point.pk)
    if own is None:
        return []
    if own is standing.next:
        return [gettext("That is this room.")]
    return [gettext("This room: %(part)s") % {"part": _words(own)}]


def _words(line: Line) -> str:
    """The start that is to be expected, what, who, and from where."""
    start = localtime((line.expected or line.planned).start)
    who = ", ".join(part for part in (line.cue.who, line.cue.point.label if line.cue.point else "") if part)
    return f"{start:%H:%M} – {line.cue.title}" + (f" ({who})" if who else "")


def _by_programme(conference: Conference, now: datetime) -> OnAir:
    items = list(ProgrammeItem.objects.filter(conference=conference).order_by("starts_at", "pk"))
    begun = [item for item in items if item.starts_at <= now]
    ahead = [item for item in items if item.starts_at > now]
    last = begun[-1:] if now < conference.ends_at else []
    return {
        "on": [_line(item) for item in last if item.ends_at is None or now < item.ends_at],
        "next": [_line(item) for item in ahead[:1]],
    }


def _line(item: ProgrammeItem) -> str:
    words = f"{localtime(item.starts_at):%H:%M} – {item.title}"
    return f"{words} ({item.speaker})" if item.speaker else words
