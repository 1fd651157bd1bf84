"""Cancelling a test round, or deleting one that nobody knows: reminders are taken back, and who had one is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from bridges import line_tests
from bridges.models import TestRound
from messaging import message_kinds
from messaging.line_words import CANCELLED_ROUND
from messaging.reminders.test_rounds import may_be_read, reminders_of, start_in_key
from outbox import queue, quiet_hours
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref

# Whoever would learn of it later than so long before the round is on the way to it by then.
_SETTING_OUT = timedelta(hours=1)


class RoundIsKnown(Exception):
    """Somebody has been reminded of the round, or may have been."""


class RoundIsOver(Exception):
    """The day of the round has passed: there is nothing left to cancel."""


@transaction.atomic
def delete_round(*, test_round: TestRound) -> None:
    """Delete ``test_round``, of which nobody has been reminded and in which nothing was tested; nobody is told.

    One that is gone already is left alone.

    Raises:
        RoundIsKnown: somebody has been reminded.
        RoundHasResults: something was tested.
    """
    if _lock(test_round) is None:
        return
    reminders = reminders_of(test_round)
    if may_be_read(reminders):
        raise RoundIsKnown
    reminders.withdraw()
    line_tests.delete_round(test_round=test_round)


@dataclass(frozen=True)
class Cancelled:
    """How many messages say that a round is cancelled, and whether it was deleted, since nobody knew it."""

    messages: int
    is_deleted: bool = False


@transaction.atomic
def cancel_round(*, test_round: TestRound, now: datetime) -> Cancelled | None:
    """Cancel ``test_round`` (with its conference) and tell whoever was reminded of it.

    What has not left of its reminders is withdrawn. The round stays, with what was tested in it; one of which nobody
    was reminded, and in which nothing was tested, is deleted. None if it is cancelled already, or gone.

    Raises:
        RoundIsOver: its day has passed.
    """
    locked = _lock(test_round)
    if locked is None or locked.cancelled_at is not None:
        return None
    if now > line_tests.end_of_round(locked):
        raise RoundIsOver
    # First withdrawn, then asked who has one: what a worker sends from now on it has begun before.
    reminders_of(locked).withdraw()
    if not may_be_read(reminders_of(locked)) and not line_tests.has_results(locked):
        locked.delete()
        return Cancelled(0, is_deleted=True)
    notices = list_notices(locked, now)
    TestRound.objects.filter(pk=locked.pk).update(cancelled_at=now)
    queue.post(notices)
    nudge_on_commit()
    return Cancelled(len(notices))


def _lock(test_round: TestRound) -> TestRound | None:
    """``test_round`` as it is now, locked against the planner of reminders and others who cancel it."""
    rows = TestRound.objects.select_for_update(of=("self",), no_key=True).select_related("conference")
    return rows.filter(pk=test_round.pk).first()


def list_notices(test_round: TestRound, now: datetime) -> list[Message]:
    """What would be sent if ``test_round`` were cancelled at ``now``, not saved. One query.

    One message to each address to which a reminder went, over the same channel: who looks after several points is told
    once. It names the time that they know. Nothing of a cancelled conference.
    """
    if test_round.conference.cancelled_at:
        # People have heard that, and test nothing for it.
        return []
    found: list[Message] = []
    told: set[tuple[str, str]] = set()
    starts: dict[str, int] = {}
    for reminder in reminders_of(test_round).filter(state__in=Message.LEFT).order_by("-id"):
        # The newest comes first: that is what they know.
        start = starts.setdefault(reminder.person, start_in_key(reminder.key))
        ways = {(reminder.channel, reminder.address), (reminder.channel, reminder.person)}
        if told.isdisjoint(ways):
            told |= ways
            found.append(_notice(test_round, reminder, start, now))
    return found[::-1]


def _notice(test_round: TestRound, reminder: Message, start: int, now: datetime) -> Message:
    """The notice to whoever got ``reminder`` of ``test_round``, at ``start`` in seconds since 1970."""
    return Message(
        key=f"{Ref(CANCELLED_ROUND, test_round.pk)}/{reminder.person}/{reminder.channel}",
        kind=message_kinds.ROUND_CANCELLED,
        occasion=str(Ref(CANCELLED_ROUND, test_round.pk, start)),
        expires_at=line_tests.end_of_round(test_round),
        # At night only to whoever would set out before it ends.
        any_hour=quiet_hours.next_waking_time("sms", now) > test_round.starts_at - _SETTING_OUT,
        due_at=now,
        created_at=now,
        **{name: getattr(reminder, name) for name in ("channel", "address", "language", "composer", "topic", "person")},
    )
