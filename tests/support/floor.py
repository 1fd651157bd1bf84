"""A conference whose floor is open, and people who ask and vote there."""

from uuid import uuid4

from bridges.models import BridgePoint
from conference.models import Conference
from control import floor, polls, questions
from control.floor_presses import Step, press
from control.models import FloorQuestion, Poll
from control.polls import PollStep
from control.questions import Asked
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.factories import START, registered


def open_floor(conference: Conference) -> None:
    """Let people of ``conference`` ask and vote on its day."""
    floor.set_open(conference=conference, is_open=True)
    conference.refresh_from_db()


def person_at(point: BridgePoint, number: int = 1) -> Delegate:
    """A delegate with a seat at ``point``, loaded as their page has them."""
    delegate = registered(point, now=NOW, number=number).delegates.get()
    return Delegate.objects.select_related("registration__conference", "registration__bridge_point").get(pk=delegate.pk)


def ask(delegate: Delegate, text: str = "Bao giờ có giá?", **fields) -> FloorQuestion:
    """What ``delegate`` asks when the conference begins."""
    return questions.ask(delegate=delegate, asked=Asked.of(uuid4(), text), now=START, **fields)


def step(question: FloorQuestion, what: Step, **more) -> FloorQuestion:
    """Press ``what`` on ``question`` as somebody who sees it as it is."""
    version = more.pop("version", FloorQuestion.objects.get(pk=question.pk).version)
    now = more.pop("now", START)
    return press(conference=question.conference, question=question.pk, step=what, version=version, now=now, **more)


def open_poll(conference: Conference, *options: str) -> Poll:
    """A poll that is open since the conference began."""
    poll = polls.make(conference=conference, question="Họp khi nào?", options=options or ("Sáng", "Chiều"))
    return polls.press(conference=conference, poll=poll.pk, step=PollStep.OPEN, version=0, now=START)
