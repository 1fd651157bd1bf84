"""Questions and polls on the page of a room: what is called there, what it asked, the hands it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from bridges.models import BridgePoint
from control.doubts import Doubt, hands_asked_about
from control.models import Floor, FloorQuestion, Hands, Poll, Room
from control.questions_shown import own_question, who_words, with_askers

_State = FloorQuestion.State


@dataclass(frozen=True)
class HandsRow:
    """One option of a poll: what a report of it begins with, its label, the hands counted so far (None: not yet).

    ``doubt``: a number that was typed and is not taken as it stands.
    """

    says: str
    label: str
    count: int | None
    doubt: Doubt | None = None


def room_floor(
    point: BridgePoint, room: Room | None, typed: Mapping[str, Doubt] | None = None
) -> dict[str, Any] | None:
    """What the page of the ``room`` of ``point`` shows; None where questions are not taken. Seven queries at most.

    ``typed``: numbers of hands that are not taken as they stand, by what their report begins with.
    """
    conference = point.conference
    if not conference.takes_questions:
        return None
    names = Floor.objects.filter(conference=conference).values_list("names", flat=True).first()
    called = with_askers(FloorQuestion.objects.leading().filter(called_point=point, state=_State.CALLED))
    # What the room itself typed, it may read; of others only what everybody may.
    own = FloorQuestion.objects.filter(Q(delegate=None) & ~Q(name=""), point=point).order_by("-asked_at", "-pk")
    poll = Poll.objects.filter(conference=conference, state=Poll.State.OPEN).first()
    return {
        "called": [(row.words, who_words(row, names or Floor.Names.POINT)) for row in called],
        "asked": [
            (row.name, row.unit, own_question(row))
            for row in own.select_related("called_point", "merged_into__called_point")
        ],
        "poll": poll,
        "options": _options(poll, point, typed or {}) if poll else [],
        "hands_from": hands_asked_about(point, room) if poll else None,
    }


def _options(poll: Poll, point: BridgePoint, typed: Mapping[str, Doubt]) -> list[HandsRow]:
    counted = dict(Hands.objects.filter(poll=poll, point=point).values_list("option", "count"))
    rows = [(f"{poll.pk}:{place}", label, counted.get(place)) for place, label in enumerate(poll.options)]
    return [HandsRow(says, label, count, typed.get(says)) for says, label, count in rows]
