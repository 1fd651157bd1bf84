"""Questions at the chair's table: in columns by their state, with all who asked, and which points were not heard."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Max

from bridges.models import BridgePoint
from conference.models import Conference
from control.floor import version_of
from control.models import FloorQuestion, Support
from control.questions import supports_of
from control.questions_shown import askers_of, with_askers

_State = FloorQuestion.State
#: So many new ones are shown at once, the oldest first: nobody reads more of them in one go.
MOST_NEW = 100
_HEARD = (_State.CALLED, _State.ANSWERED)


@dataclass(frozen=True)
class QuestionRow:
    """A question with all who asked it."""

    question: FloorQuestion
    askers: list[FloorQuestion]
    supports: int

    @property
    def points(self) -> list[BridgePoint]:
        """Where it was asked, each once: from one of them it is called."""
        return list({row.point.pk: row.point for row in self.askers if row.point}.values())


@dataclass(frozen=True)
class Unheard:
    """A point from which nothing was called yet, and how many of its questions wait."""

    point: BridgePoint
    waiting: int


@dataclass
class QuestionTable:
    """All questions of a conference."""

    new: list[QuestionRow] = field(default_factory=list)
    chosen: list[QuestionRow] = field(default_factory=list)
    called: list[QuestionRow] = field(default_factory=list)
    answered: list[QuestionRow] = field(default_factory=list)
    aside: list[QuestionRow] = field(default_factory=list)
    taken_back: list[QuestionRow] = field(default_factory=list)
    unheard: list[Unheard] = field(default_factory=list)
    #: New ones beyond those that are shown.
    more_new: int = 0


_COLUMN = {
    _State.NEW: "new",
    _State.CHOSEN: "chosen",
    _State.CALLED: "called",
    _State.ANSWERED: "answered",
    _State.WRITTEN: "answered",
    _State.ASIDE: "aside",
    _State.TAKEN_BACK: "taken_back",
}


def question_table(conference: Conference, points: Iterable[BridgePoint]) -> QuestionTable:
    """The questions of ``conference``, of whose points ``points`` are all. Six queries."""
    rows = FloorQuestion.objects.leading().filter(conference=conference)
    new = rows.filter(state=_State.NEW).order_by("asked_at", "pk")
    found = [*with_askers(new)[:MOST_NEW], *with_askers(rows.exclude(state=_State.NEW))]
    supports = supports_of(conference.pk)
    table = QuestionTable()
    for question in found:
        column = getattr(table, _COLUMN[_State(question.state)])
        column.append(QuestionRow(question, askers_of(question), supports.get(question.pk, 0)))
    table.called.sort(key=lambda row: (row.question.called_at is None, row.question.called_at), reverse=True)
    table.answered.sort(key=lambda row: (row.question.answered_at is None, row.question.answered_at), reverse=True)
    if len(table.new) == MOST_NEW:
        table.more_new = new.count() - MOST_NEW
    table.unheard = _unheard(table, points)
    return table


def _unheard(table: QuestionTable, points: Iterable[BridgePoint]) -> list[Unheard]:
    """Those of ``points`` from which nothing was called, the ones with most waiting first."""
    said = [*table.called, *table.answered]
    heard = {row.question.called_point_id for row in said if row.question.state in _HEARD}
    waiting = Counter(point.pk for row in (*table.new, *table.chosen) for point in row.points)
    found = [Unheard(point, waiting[point.pk]) for point in points if point.pk not in heard]
    return sorted(found, key=lambda one: -one.waiting)


def mark(conference: Conference) -> str:
    """Changes with whatever the table shows. Three queries."""
    asked = FloorQuestion.objects.filter(conference=conference).aggregate(count=Count("pk"), last=Max("pk"))
    supports = Support.objects.filter(question__conference=conference).aggregate(count=Count("pk"), last=Max("pk"))
    parts = (version_of(conference.pk), *asked.values(), *supports.values())
    return "-".join(str(part or 0) for part in parts)
