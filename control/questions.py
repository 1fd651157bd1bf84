"""Asking from the floor: by a personal link, or by a room for a person of it; and supporting what was chosen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from bridges.models import BridgePoint
from common.fields import clean_text
from control.floor import is_in_session
from control.models import Cue, FloorQuestion, Support
from control.models.floor import MOST_LETTERS
from registrations.models import Delegate

_State = FloorQuestion.State
#: Of one person, and of one room, so many may wait for the hall.
MOST_WAITING, MOST_OF_A_ROOM = 5, 40
#: Characters of question, name, organisation, and to whom.
_MOST = (MOST_LETTERS, 150, 250, 150)


class NotTaken(Exception):
    """A question or a support is not taken; the text says why."""


@dataclass(frozen=True)
class Asked:
    """What somebody asks; ``name`` and ``unit`` are of a person of a room: who has a personal link is known."""

    uid: UUID
    text: str
    name: str = ""
    unit: str = ""
    to: str = ""

    @classmethod
    def of(cls, uid: UUID, text: str, name: str = "", unit: str = "", to: str = "") -> "Asked":
        """What was typed, made safe to store.

        Raises:
            NotTaken: there is no question in it, or it is too long; in words.
        """
        try:
            said = [clean_text(words) for words in (text, name, unit, to)]
        except ValidationError as error:
            raise NotTaken(" ".join(error.messages)) from None
        if not said[0]:
            raise NotTaken(gettext("Please write your question."))
        if any(len(words) > most for words, most in zip(said, _MOST, strict=True)):
            raise NotTaken(gettext("A question has %(count)d characters at most.") % {"count": MOST_LETTERS})
        return cls(uid, *said)


@transaction.atomic
def ask(*, delegate: Delegate, asked: Asked, cue: Cue | None = None, now: datetime) -> FloorQuestion:
    """Take what ``delegate`` asks by their personal link; what was sent before is returned as it is.

    Raises:
        NotTaken: nobody can ask at ``now``, or too many of theirs wait.
    """
    conference = delegate.registration.conference
    # Two of their devices wait for each other.
    Delegate.objects.select_for_update().get(pk=delegate.pk)
    mine = FloorQuestion.objects.filter(conference=conference, delegate=delegate)
    if known := mine.filter(uid=asked.uid).first():
        return known
    if not is_in_session(conference, now):
        raise NotTaken(gettext("Questions are not taken now."))
    if mine.filter(state__in=FloorQuestion.WAITING, merged_into=None).count() >= MOST_WAITING:
        words = gettext("%(count)d of your questions are waiting: please wait until one of them has been called.")
        raise NotTaken(words % {"count": MOST_WAITING})
    if cue is not None and cue.conference_id != conference.pk:
        raise NotTaken(gettext("This part does not belong to the conference."))
    point = delegate.registration.bridge_point
    return FloorQuestion.objects.create(
        conference=conference,
        uid=asked.uid,
        delegate=delegate,
        point=point,
        text=asked.text,
        to=asked.to,
        cue=cue,
        asked_at=now,
    )


@transaction.atomic
def ask_for(*, point: BridgePoint, asked: Iterable[Asked], now: datetime) -> dict[UUID, bool]:
    """Take what the room of ``point`` asks for people of it; by number whether it is taken (or was before)."""
    questions = {one.uid: one for one in asked}
    if not questions:
        return {}
    conference = point.conference
    BridgePoint.objects.select_for_update().only("pk").get(pk=point.pk)
    ours = FloorQuestion.objects.filter(conference=conference, point=point)
    known = set(ours.filter(uid__in=list(questions)).values_list("uid", flat=True))
    fresh = [one for uid, one in questions.items() if uid not in known]
    free = MOST_OF_A_ROOM - ours.filter(delegate=None, state__in=FloorQuestion.WAITING, merged_into=None).count()
    taken = fresh[: max(free, 0)] if is_in_session(conference, now) else []
    FloorQuestion.objects.bulk_create(
        [
            FloorQuestion(
                conference=conference,
                uid=one.uid,
                point=point,
                name=one.name,
                unit=one.unit,
                text=one.text,
                to=one.to,
                asked_at=now,
            )
            for one in taken
        ]
    )
    return {uid: uid in known or one in taken for uid, one in questions.items()}


@transaction.atomic
def support(*, delegate: Delegate, question: int, wanted: bool, now: datetime) -> None:
    """Let ``delegate`` support the question with this number, once, or take that back.

    Raises:
        NotTaken: it is not among those chosen for their conference, it is their own, or nobody can support it at
            ``now``.
    """
    conference = delegate.registration.conference
    found = FloorQuestion.objects.leading().filter(conference=conference, pk=question, state=_State.CHOSEN).first()
    if found is None or not is_in_session(conference, now):
        raise NotTaken(gettext("This question cannot be supported any more."))
    group = FloorQuestion.objects.filter(Q(pk=found.pk) | Q(merged_into=found), conference=conference)
    if wanted:
        if group.filter(delegate=delegate).exclude(state=_State.TAKEN_BACK).exists():
            raise NotTaken(gettext("This question is your own. It needs no support from you."))
        Support.objects.bulk_create([Support(question=found, delegate=delegate, at=now)], ignore_conflicts=True)
    else:
        Support.objects.filter(question__in=group, delegate=delegate).delete()


def supports_of(conference: int) -> dict[int, int]:
    """How many people support each question, by number; of merged ones each person once. One query."""
    rows = Support.objects.filter(question__conference=conference).annotate(
        leading=Coalesce("question__merged_into", "question")
    )
    counted = rows.order_by().values("leading").annotate(people=Count("delegate", distinct=True))
    return {row["leading"]: row["people"] for row in counted}


def supported_by(delegate: Delegate) -> set[int]:
    """The numbers of the questions that ``delegate`` supports. One query."""
    rows = Support.objects.filter(delegate=delegate).annotate(leading=Coalesce("question__merged_into", "question"))
    return set(rows.values_list("leading", flat=True))
