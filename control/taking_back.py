"""Taking a question back: by whoever asked it, while it waits for the hall. The chair's table goes on to show it."""

from django.db import transaction
from django.utils.translation import gettext

from bridges.models import BridgePoint
from conference.models import Conference
from control import floor
from control.models import FloorQuestion, FloorQuestionQuerySet, Support
from control.questions import NotTaken
from registrations.models import Delegate

_State = FloorQuestion.State


def take_back(*, delegate: Delegate, question: int) -> None:
    """Take back the question with this number, which ``delegate`` asked; once is enough.

    Raises:
        NotTaken: they asked no such question, or it waits no more.
    """
    _take_back(delegate.registration.conference, FloorQuestion.objects.filter(delegate=delegate), question)


def take_back_for(*, point: BridgePoint, question: int) -> None:
    """Take back the question with this number, which the room of ``point`` asked for a person of it; once is enough.

    Raises:
        NotTaken: the room asked no such question, or it waits no more.
    """
    asked = FloorQuestion.objects.filter(point=point, delegate=None).exclude(name="")
    _take_back(point.conference, asked, question)


@transaction.atomic
def _take_back(conference: Conference, asked: FloorQuestionQuerySet, number: int) -> None:
    floor.lock(conference)
    found = asked.filter(conference=conference, pk=number).first()
    if found is None:
        raise NotTaken(gettext("This question does not exist any more."))
    if found.state == _State.TAKEN_BACK:
        return
    if not found.is_waiting:
        raise NotTaken(gettext("It does not wait any more, so it cannot be taken back."))
    _leave_to_the_others(found)
    found.state, found.merged_into = _State.TAKEN_BACK, None
    found.version += 1
    found.save(update_fields=["state", "merged_into", "version"])
    floor.changed(conference.pk)


def _leave_to_the_others(question: FloorQuestion) -> None:
    """Let the first of those that are merged into ``question`` stand where it stands, for the others and as worded."""
    rows = list(question.merged.order_by("asked_at", "pk"))
    if not rows:
        return
    heir, *others = rows
    heir.merged_into, heir.state, heir.position = None, question.state, question.position
    heir.wording = question.wording or heir.wording
    heir.version += 1
    heir.save(update_fields=["merged_into", "state", "position", "wording", "version"])
    FloorQuestion.objects.filter(pk__in=[row.pk for row in others]).update(merged_into=heir)
    supports = Support.objects.filter(question=question)
    known = list(Support.objects.filter(question=heir).values_list("delegate", flat=True))
    supports.exclude(delegate__in=known).update(question=heir)
