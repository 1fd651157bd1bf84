"""Polls: making, opening, closing and publishing them; votes by personal link and hands that rooms count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext

from bridges.models import BridgePoint
from conference.models import Conference
from control import floor
from control.models import Hands, Poll, RoomReport, Vote
from control.models.polls import FEWEST_OPTIONS, MOST_OPTIONS
from control.poll_results import counted
from control.presses import PressRefused, StalePress
from registrations.models import Delegate

_State = Poll.State
_MOST_OF_AN_OPTION = 100
#: More hands than this are in no room.
MOST_HANDS = 20_000


class NotCounted(Exception):
    """A vote is not counted; the text says why."""


class PollStep(StrEnum):
    """What can be pressed on a poll."""

    OPEN = "open"
    CLOSE = "close"
    PUBLISH = "publish"
    #: What was published is shown no more.
    WITHDRAW = "withdraw"
    #: Only a draft.
    DELETE = "delete"


_STEPS: dict[PollStep, tuple[tuple[str, ...], str]] = {
    PollStep.OPEN: ((_State.DRAFT, _State.CLOSED), _State.OPEN),
    PollStep.CLOSE: ((_State.OPEN,), _State.CLOSED),
    PollStep.PUBLISH: ((_State.CLOSED,), _State.PUBLISHED),
    PollStep.WITHDRAW: ((_State.PUBLISHED,), _State.CLOSED),
    PollStep.DELETE: ((_State.DRAFT,), ""),
}


def clean_options(lines: Iterable[str]) -> list[str]:
    """The options that stand one on each of ``lines``.

    Raises:
        PressRefused: there are too few or too many, or one stands there twice.
    """
    options = [words for line in lines if (words := " ".join(line.split()))]
    if not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
        raise PressRefused(
            gettext("A poll has %(fewest)d to %(most)d options.") % {"fewest": FEWEST_OPTIONS, "most": MOST_OPTIONS}
        )
    if len({option.casefold() for option in options}) < len(options):
        raise PressRefused(gettext("Two options are the same."))
    if any(len(option) > _MOST_OF_AN_OPTION for option in options):
        raise PressRefused(gettext("An option has %(count)d characters at most.") % {"count": _MOST_OF_AN_OPTION})
    return options


def make(*, conference: Conference, question: str, options: Sequence[str]) -> Poll:
    """A draft of a poll. Nobody but staff sees it.

    Raises:
        PressRefused: as ``clean_options`` says.
    """
    return Poll.objects.create(conference=conference, question=question, options=clean_options(options))


@transaction.atomic
def press(*, conference: Conference, poll: int, step: PollStep, version: int, now: datetime) -> Poll:
    """Do ``step`` to a poll, as pressed by somebody who saw it at ``version``; returns how it stands then.

    Raises:
        StalePress: it has changed since.
        PressRefused: there is nothing to do it to, or another poll is open.
    """
    floor.lock(conference)
    found = Poll.objects.select_for_update().filter(conference=conference, pk=poll).first()
    if found is None:
        raise PressRefused(gettext("This poll does not exist any more."))
    sources, target = _STEPS[step]
    if found.version != version:
        words = gettext(
            "Somebody else has changed this poll meanwhile, so this press was not carried out. Now: %(state)s."
        )
        raise StalePress(words % {"state": found.get_state_display()})
    if found.state not in sources:
        raise PressRefused(gettext("This cannot be done to the poll as it stands now."))
    if step is PollStep.DELETE:
        found.delete()
        return found
    _move(found, target, now)
    return found


def _move(poll: Poll, target: str, now: datetime) -> None:
    if target == _State.OPEN:
        if Poll.objects.filter(conference=poll.conference_id, state=_State.OPEN).exists():
            raise PressRefused(gettext("Another poll is open: close it first."))
        poll.opened_at, poll.closed_at = poll.opened_at or now, None
    if target == _State.CLOSED and poll.state == _State.OPEN:
        poll.closed_at = now
    if target == _State.PUBLISHED:
        poll.result = counted(poll)
    poll.state = target
    poll.version += 1
    poll.save(update_fields=["state", "version", "opened_at", "closed_at", "result"])
    floor.changed(poll.conference_id)


@transaction.atomic
def vote(*, delegate: Delegate, poll: int, option: int, now: datetime) -> None:
    """Count ``option`` (its place, from 0) for ``delegate``; what they chose before counts no more.

    Raises:
        NotCounted: the poll is not open, or has no such option.
    """
    conference = delegate.registration.conference
    is_open = Poll.objects.filter(conference=conference, pk=poll, state=_State.OPEN)
    found = is_open.first()
    if found is None or not floor.is_in_session(conference, now):
        raise NotCounted(gettext("This poll is closed: the vote was not counted."))
    if not 0 <= option < len(found.options):
        raise NotCounted(gettext("Please choose one of the options."))
    mine = Vote(poll=found, delegate=delegate, point_id=delegate.registration.bridge_point_id, option=option, at=now)
    Vote.objects.bulk_create(
        [mine],
        update_conflicts=True,
        unique_fields=["poll", "delegate"],
        update_fields=["point", "option", "at"],
    )
    # Whoever closes it waits for a vote that is stored already; one that comes after is taken back here.
    if not is_open.exists():
        raise NotCounted(gettext("This poll is closed: the vote was not counted."))


@dataclass(frozen=True)
class HandsSaid:
    """What a room says of raised hands: the number of the poll, the place of the option, how many."""

    poll: int
    option: int
    count: int

    @classmethod
    def read(cls, value: str) -> "HandsSaid | None":
        """``value`` of a report, such as "7:0:25"; None: it is none."""
        parts = value.split(":")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts):
            return None
        said = cls(*map(int, parts))
        return said if said.count <= MOST_HANDS and said.option < MOST_OPTIONS else None


def takes_hands(point: BridgePoint, value: str, happened_at: datetime) -> bool:
    """Whether hands that ``point`` says to have been raised at ``happened_at`` are counted: the poll was open then."""
    said = HandsSaid.read(value)
    poll = Poll.objects.filter(conference=point.conference_id, pk=said.poll).first() if said else None
    if said is None or poll is None or poll.opened_at is None or said.option >= len(poll.options):
        return False
    return happened_at >= poll.opened_at and (poll.closed_at is None or happened_at <= poll.closed_at)


def apply_hands(row: RoomReport) -> None:
    """Let the hands of a report count, unless later ones are known; in the transaction that stores it."""
    said = HandsSaid.read(row.value)
    if said is None or not takes_hands(row.bridge_point, row.value, row.happened_at):
        return
    now = {"count": said.count, "counted_at": row.happened_at}
    hands, is_new = Hands.objects.get_or_create(
        poll_id=said.poll, point_id=row.bridge_point_id, option=said.option, defaults=now
    )
    if not is_new:
        if row.happened_at < hands.counted_at:
            return
        Hands.objects.filter(pk=hands.pk).update(**now)
    poll = Poll.objects.select_for_update().get(pk=said.poll)
    if poll.state == _State.PUBLISHED:
        # A room without network counted in time, and sends late.
        poll.result = counted(poll)
        poll.save(update_fields=["result"])
        floor.changed(poll.conference_id)
