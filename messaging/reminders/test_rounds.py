"""Reminders of test rounds to technicians and coordinators: a day and an hour before, and of another time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from bridges.models import Connection, Coordinator, TestRound
from bridges.readiness import OWN_LINE
from conference.models import Conference
from messaging import enqueue, message_kinds, routes
from messaging.line_words import DAY_BEFORE, HOUR_BEFORE, MOVED, ROUND
from messaging.models import Rule
from outbox import hold, quiet_hours
from outbox.models import Message, MessageQuerySet
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def reminders_of(test_round: TestRound) -> MessageQuerySet:
    """All reminders of ``test_round``, of whichever time."""
    parts = [str(Ref(ROUND, test_round.pk, part)) for part in (DAY_BEFORE, HOUR_BEFORE, MOVED)]
    return Message.objects.filter(occasion__in=parts)


def may_be_read(messages: MessageQuerySet) -> bool:
    """Whether somebody has one of ``messages``, or may have. One query."""
    return messages.filter(state__in=(Message.State.CLAIMED, *Message.LEFT)).exists()


def is_known(test_round: TestRound) -> bool:
    """Whether somebody has been reminded of ``test_round``, or may have been. One query."""
    return may_be_read(reminders_of(test_round))


def plan_due(*, now: datetime) -> int:
    """Put the reminders of test rounds that are due at ``now`` (UTC) into the outbox; returns how many.

    Once to each person, and asking again adds only who is missing. What was planned for another time of a round is
    withdrawn, and whoever has it already is told the new time.
    """
    left_out = hold.left_out(hold.look(now))
    ahead = TestRound.objects.filter(
        Q(conference__in=Conference.objects.published()),
        starts_at__gt=now,
        cancelled_at=None,
        conference__cancelled_at=None,
    )
    planned = sum(_plan(number, now, left_out) for number in ahead.values_list("pk", flat=True))
    if planned:
        nudge_on_commit()
    return planned


@transaction.atomic
def _plan(number: int, now: datetime, left_out: Callable[[datetime], bool]) -> int:
    """The same for the round with this number; none if it is cancelled, deleted or past meanwhile."""
    # Locked: whoever cancels the round at this moment finds these reminders, or leaves none to be written.
    locked = TestRound.objects.select_for_update(of=("self",), no_key=True).select_related("conference")
    test_round = locked.filter(pk=number, cancelled_at=None, starts_at__gt=now).first()
    if test_round is None:
        return 0
    due = _due(test_round, now)
    return sum(_put(test_round, part, fires_at, until, now) for part, fires_at, until in due if not left_out(fires_at))


def _due(test_round: TestRound, now: datetime) -> list[tuple[int, datetime, datetime]]:
    """What is to be said of ``test_round`` now: the part, from when, until when. Earlier times are put straight."""
    earlier = reminders_of(test_round).exclude(key__startswith=f"{_key(test_round)}/")
    earlier.withdraw(withdrawn_for=str(Ref(ROUND, test_round.pk)))
    # The round is back at a time for which reminders were planned: they go out after all.
    of_this_time = reminders_of(test_round).filter(key__startswith=f"{_key(test_round)}/")
    of_this_time.filter(withdrawn_for=str(Ref(ROUND, test_round.pk))).bring_back()
    return _parts_due(test_round.starts_at, now, earlier)


def _parts_due(starts_at: datetime, now: datetime, earlier: MessageQuerySet) -> list[tuple[int, datetime, datetime]]:
    """The same of a round at ``starts_at``, whose reminders of other times are ``earlier``; changes nothing."""
    if now >= starts_at - _HOUR:
        return [(HOUR_BEFORE, starts_at - _HOUR, starts_at)]
    if may_be_read(earlier):
        return [(MOVED, now, starts_at)]
    return [(DAY_BEFORE, starts_at - _DAY, starts_at - _HOUR)] if now >= starts_at - _DAY else []


def count_reminded_at_once(test_round: TestRound, now: datetime) -> int:
    """How many people the next minute's planning reminds of ``test_round``, just saved; 0 if it is not due or not told.

    Somebody who looks after several points counts once. At most four queries.
    """
    conference = test_round.conference
    if test_round.starts_at <= now or not conference.is_published or conference.cancelled_at:
        return 0
    earlier = reminders_of(test_round).exclude(key__startswith=f"{_key(test_round)}/")
    if not _parts_due(test_round.starts_at, now, earlier):
        return 0
    audience, coordinators, technicians = _readers(test_round)
    users = enqueue.reached(enqueue.COORDINATORS, coordinators, audience.route).values_list("user_id")
    contacts = enqueue.reached(enqueue.TECHNICIANS, technicians, audience.route)
    ways = contacts.values_list("technician_name", "technician_phone", "technician_email")
    return len(set(users)) + len(set(ways))


def _key(test_round: TestRound) -> str:
    return f"{ROUND}/{test_round.pk}/{int(test_round.starts_at.timestamp())}"


def start_in_key(key: str) -> int:
    """For which start of its round, in seconds since 1970, the reminder with this unique key was planned."""
    return int(key.split("/")[2])


def _put(test_round: TestRound, part: int, fires_at: datetime, until: datetime, now: datetime) -> int:
    """Remind everybody who looks after a point with a line, by mail and SMS; not at night if that can be helped."""
    audience, coordinators, technicians = _readers(test_round)
    occasion = enqueue.Occasion(
        key=f"{_key(test_round)}/{part}",
        kind=message_kinds.TEST_ROUND,
        occasion=str(Ref(ROUND, test_round.pk, part)),
        expires_at=until,
    )
    return enqueue.put(
        audience,
        occasion,
        now=now,
        due_at=lambda channel: quiet_hours.next_waking_time(channel, fires_at, until=until),
        coordinators=coordinators,
        technicians=technicians,
    )


def _readers(test_round: TestRound) -> tuple[Rule, QuerySet[Coordinator], QuerySet[Connection]]:
    """Everybody who looks after a point of ``test_round`` with a line: by which route, and as which role."""
    audience = Rule(
        conference=test_round.conference,
        to_confirmed=False,
        to_coordinators=True,
        to_technicians=True,
        route=routes.BOTH,
    )
    own_line = Q(bridge_point__kind__in=OWN_LINE)
    return audience, audience.coordinators().exclude(own_line), audience.technicians().exclude(own_line)
