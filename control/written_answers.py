"""Answers in writing: sent to those who asked, and given to the room of messages when a text leaves."""

from datetime import datetime, timedelta

from django.db.models import Q

from control.models import FloorQuestion
from messaging import enqueue, message_kinds
from messaging.answers import AnswerFound, occasion_of
from messaging.models import Rule
from outbox import queue
from outbox.nudge import nudge_on_commit
from registrations.models import Delegate

#: A mail where there is an address, else an SMS.
_ROUTE = "email,sms"
#: So long after it was written an answer is worth sending.
_WORTH = timedelta(days=14)


def askers(question: FloorQuestion) -> "Q":
    """The condition that a question is ``question`` or merged into it."""
    return Q(pk=question.pk) | Q(merged_into=question.pk)


def send_answer(*, question: FloorQuestion, now: datetime) -> int:
    """Put the answer to ``question`` into the outbox for everybody who asked it by a personal link; how many messages.

    In the transaction in which it is written. What nobody has read yet of an earlier answer is withdrawn.
    """
    occasion = occasion_of(question.pk)
    queue.withdraw(occasion=occasion)
    told = enqueue.Occasion(
        # Each answer is sent anew.
        key=f"{occasion}/{question.version}",
        kind=message_kinds.QUESTION_ANSWERED,
        occasion=occasion,
        expires_at=now + _WORTH,
    )
    who = FloorQuestion.objects.filter(askers(question)).exclude(delegate=None).values("delegate")
    count = enqueue.put(
        Rule(conference=question.conference, route=_ROUTE),
        told,
        now=now,
        delegates=Delegate.objects.filter(pk__in=who),
    )
    nudge_on_commit()
    return count


def answer_asked(number: int, **kwargs: object) -> AnswerFound | None:
    """What was asked and what was answered, as it stands now; None: nothing any more."""
    found = FloorQuestion.objects.exclude(answer="").filter(pk=number).first()
    return AnswerFound(found.words, found.answer) if found else None
