"""What the chair's table does with questions: choosing, calling, putting in order, merging, answering in writing.

Each press names the number of the question that it was made for: what has changed meanwhile is left as it is.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from bridges.models import BridgePoint
from conference.models import Conference
from control import floor
from control.models import FloorQuestion
from control.presses import PressRefused, StalePress
from control.written_answers import send_answer

_State = FloorQuestion.State


class Step(StrEnum):
    """What can be pressed on one question."""

    CHOOSE = "choose"
    #: It is asked in the hall now, from one room.
    CALL = "call"
    ANSWERED = "answered"
    #: It is not called; it can still be answered in writing.
    ASIDE = "aside"
    #: One step back.
    BACK = "back"
    #: One place up, or down, among the chosen ones.
    UP = "up"
    DOWN = "down"
    #: A merged one stands for itself again.
    SEPARATE = "separate"


#: From which states a step leads to which.
_STEPS: dict[Step, tuple[tuple[str, ...], str]] = {
    Step.CHOOSE: ((_State.NEW, _State.ASIDE), _State.CHOSEN),
    Step.CALL: ((_State.CHOSEN,), _State.CALLED),
    Step.ANSWERED: ((_State.CALLED,), _State.ANSWERED),
    Step.ASIDE: ((_State.NEW, _State.CHOSEN), _State.ASIDE),
}
_BACK: dict[str, str] = {
    _State.CHOSEN: _State.NEW,
    _State.ASIDE: _State.NEW,
    _State.CALLED: _State.CHOSEN,
    _State.ANSWERED: _State.CALLED,
}
#: Who of merged questions leads: the one that is furthest.
_RANK: dict[str, int] = {_State.CALLED: 0, _State.CHOSEN: 1, _State.NEW: 2, _State.ASIDE: 3}
#: Numbers beyond this are slips of the finger.
_LAST_PLACE = 9999


def _current(conference: Conference, number: int, version: int) -> FloorQuestion:
    """The question as it is; the caller holds the lock of the floor.

    Raises:
        PressRefused: there is none with this number at ``conference``.
        StalePress: it has changed since ``version``.
    """
    found = FloorQuestion.objects.filter(conference=conference, pk=number).first()
    if found is None:
        raise PressRefused(gettext("This question does not exist any more."))
    if found.version != version:
        words = gettext(
            "Somebody else has changed this question meanwhile, so this press was not carried out. Now: %(state)s."
        )
        raise StalePress(words % {"state": found.get_state_display()})
    return found


def _store(question: FloorQuestion, *fields: str) -> None:
    question.version += 1
    question.save(update_fields=["version", *fields])
    floor.changed(question.conference_id)


@transaction.atomic
def press(
    *,
    conference: Conference,
    question: int,
    step: Step,
    version: int,
    now: datetime,
    point: int | None = None,
) -> FloorQuestion:
    """Do ``step`` to a question, as pressed by somebody who saw it at ``version``; returns how it stands then.

    ``point``: the number of the bridge point that is called; None: where it was asked.

    Raises:
        StalePress: it has changed since.
        PressRefused: there is nothing to do it to.
    """
    floor.lock(conference)
    found = _current(conference, question, version)
    if step in (Step.UP, Step.DOWN):
        _shift(found, -1 if step is Step.UP else 1)
    elif step is Step.SEPARATE:
        _separate(found)
    elif step is Step.BACK:
        _move(found, _BACK.get(found.state), now)
    else:
        sources, target = _STEPS[step]
        found.called_point = _called_from(conference, found, point) if step is Step.CALL else found.called_point
        _move(found, target if found.state in sources else None, now)
    return found


def _move(question: FloorQuestion, target: str | None, now: datetime) -> None:
    if target is None or question.merged_into_id:
        raise PressRefused(gettext("This cannot be done to the question as it stands now."))
    was, question.state = question.state, target
    if target == _State.CHOSEN and was != _State.CALLED:
        question.position = _last_place(question.conference_id) + 1
    if target == _State.CALLED and was == _State.CHOSEN:
        question.called_at = now
    if target == _State.CHOSEN:
        question.called_at, question.called_point = None, None
    question.answered_at = now if target == _State.ANSWERED else None
    _store(question, "state", "position", "called_at", "called_point", "answered_at")


def _last_place(conference: int) -> int:
    rows = FloorQuestion.objects.filter(conference=conference, state=_State.CHOSEN)
    return rows.aggregate(last=Max("position"))["last"] or 0


def _called_from(conference: Conference, question: FloorQuestion, point: int | None) -> BridgePoint | None:
    if point is None:
        return question.point
    found = BridgePoint.objects.filter(conference=conference, pk=point).first()
    if found is None:
        raise PressRefused(gettext("There is no such bridge point."))
    return found


def _chosen(conference: int) -> list[FloorQuestion]:
    return list(FloorQuestion.objects.leading().filter(conference=conference, state=_State.CHOSEN))


def _shift(question: FloorQuestion, by: int) -> None:
    if question.state != _State.CHOSEN:
        raise PressRefused(gettext("Only chosen questions stand in an order."))
    rows = _chosen(question.conference_id)
    place = [row.pk for row in rows].index(question.pk)
    other = place + by
    if 0 <= other < len(rows):
        rows.insert(other, rows.pop(place))
        _number(rows)


def _number(rows: list[FloorQuestion]) -> None:
    """Give ``rows`` their places from 1 on. Their versions stay: who presses on one means it wherever it stands."""
    for position, row in enumerate(rows, start=1):
        row.position = position
    FloorQuestion.objects.bulk_update(rows, ["position"])
    if rows:
        floor.changed(rows[0].conference_id)


@transaction.atomic
def put_in_order(*, conference: Conference, places: Mapping[int, int]) -> int:
    """Order the chosen questions by the numbers typed for them (by their own number); returns how many stand in order.

    One that is not among ``places`` keeps the place it has; of two with one number the one that stood first is first.
    """
    floor.lock(conference)
    rows = _chosen(conference.pk)
    rows.sort(key=lambda row: min(max(places.get(row.pk, row.position), 0), _LAST_PLACE))
    _number(rows)
    return len(rows)


@transaction.atomic
def reword(*, conference: Conference, question: int, wording: str, version: int) -> FloorQuestion:
    """Word a question anew for everybody; what was asked stays with it. Empty: as it was asked.

    Raises:
        StalePress, PressRefused: as ``press`` does.
    """
    floor.lock(conference)
    found = _current(conference, question, version)
    if found.state == _State.WRITTEN:
        raise PressRefused(gettext("It is answered already."))
    if found.state == _State.TAKEN_BACK:
        raise PressRefused(gettext("Whoever asked it has taken it back."))
    found.wording = wording if wording != found.text else ""
    _store(found, "wording")
    return found


@transaction.atomic
def merge(*, conference: Conference, questions: Iterable[tuple[int, int]], wording: str = "") -> FloorQuestion:
    """Make one question of several (number and version of each): the one that is furthest leads, every asker stays.

    ``wording``: how it reads from now on; empty: as the leading one does. Supporters count once for all of them.

    Raises:
        StalePress, PressRefused: as ``press`` does; fewer than two can be merged.
    """
    floor.lock(conference)
    rows = [_current(conference, number, version) for number, version in dict(questions).items()]
    if any(row.state == _State.TAKEN_BACK for row in rows):
        raise PressRefused(gettext("Whoever asked it has taken it back."))
    if any(row.merged_into_id or row.state not in _RANK for row in rows):
        raise PressRefused(gettext("Only questions that are not answered yet can be merged."))
    if len(rows) < 2:
        raise PressRefused(gettext("Choose at least two questions to merge."))
    if sum(row.state == _State.CALLED for row in rows) > 1:
        raise PressRefused(gettext("Two questions that were called cannot be merged."))
    leading, *others = sorted(rows, key=lambda row: (_RANK[row.state], row.position, row.asked_at, row.pk))
    FloorQuestion.objects.filter(merged_into__in=others).update(merged_into=leading)
    for row in others:
        row.merged_into = leading
        row.version += 1
    FloorQuestion.objects.bulk_update(others, ["merged_into", "version"])
    if wording:
        leading.wording = wording
    _store(leading, "wording")
    return leading


def _separate(question: FloorQuestion) -> None:
    if question.merged_into is None:
        raise PressRefused(gettext("It stands for itself already."))
    if not question.may_be_separated:
        raise PressRefused(
            gettext("The answer in writing has been sent to everybody who asked: nothing can be separated any more.")
        )
    question.merged_into, question.state = None, _State.NEW
    _store(question, "merged_into", "state")


@transaction.atomic
def answer_in_writing(
    *, conference: Conference, question: int, answer: str, version: int, now: datetime
) -> tuple[FloorQuestion, int]:
    """Answer a question in writing, and send the answer to everybody who asked it; how many messages that takes.

    One that was answered in the hall stays so. A second answer replaces the first, and is sent as well.

    Raises:
        StalePress, PressRefused: as ``press`` does.
    """
    floor.lock(conference)
    found = _current(conference, question, version)
    if found.state == _State.TAKEN_BACK:
        raise PressRefused(gettext("Whoever asked it has taken it back."))
    if found.merged_into_id or found.state == _State.CALLED:
        raise PressRefused(gettext("This cannot be done to the question as it stands now."))
    found.answer = answer
    if found.state != _State.ANSWERED:
        found.state, found.answered_at = _State.WRITTEN, now
    _store(found, "answer", "state", "answered_at")
    return found, send_answer(question=found, now=now)
