"""The outbox: putting messages in, taking them back, and delivering what is due.

Docs: docs/adr/0006-outbox.md. Promise: nothing lost; a second copy of a mail only if a worker dies between the
server's yes and our commit; no second copy of an SMS.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, connection
from django.db.models import Q
from django.utils.translation import gettext

from common.lookups import Returned
from common.round_trips import RoundTrip
from outbox import channel_state, hold, quiet_hours, receipts, sessions
from outbox.channels import Channel, Stopped, Unavailable, channel_class, get_channel, names
from outbox.models import BadAddress, Message
from outbox.send import INTERNAL_ERROR, LEASE, Round, send_batch

log = logging.getLogger(__name__)

BATCH = 100
# A channel whose reports must be fetched is asked this often while something sent in the last days waits for one.
COLLECT_EVERY = timedelta(seconds=30)
WORKER_STOPPED = "A worker stopped while it was sending this."


def post(messages: Iterable[Message], *, trip: RoundTrip | None = None) -> None:
    """Put unsaved ``messages`` into the outbox; one whose key is there already is left alone.

    Call it inside the transaction that makes them true. One SQL statement, or with ``trip`` when that is sent. What
    would ring a phone at night is put off.
    """
    kept = list(messages)
    for message in kept:
        if not message.any_hour:
            message.due_at = max(
                message.due_at, quiet_hours.next_waking_time(message.channel, message.due_at, until=message.expires_at)
            )
    if trip is not None:
        trip.insert(kept, ignore_conflicts=True)
        return
    Message.objects.bulk_create(kept, ignore_conflicts=True, batch_size=500)


def withdraw(
    *, person: Iterable[str] = (), topic: str = "", occasion: str = "", kinds: Iterable[str] | None = None
) -> int:
    """Cancel what has not been sent to these persons, about this topic or on this occasion; returns how many.

    With ``kinds`` only messages of these kinds.
    """
    people = list(person)
    about = Q(person__in=people) if people else Q(pk__in=[])
    if topic:
        about |= Q(topic=topic)
    if occasion:
        about |= Q(occasion=occasion)
    unsent = Message.objects.unsent().filter(about)
    if kinds is not None:
        unsent = unsent.filter(kind__in=list(kinds))
    return unsent.withdraw()


def change_topic(*, person: Iterable[str], topic: str) -> int:
    """What has not been sent to these persons is about ``topic`` from now on; returns how many."""
    return Message.objects.unsent().filter(person__in=list(person)).update(topic=topic)


def put_off(*, person: Iterable[str], until: datetime) -> int:
    """What has not been sent to these persons leaves at ``until`` at the earliest; returns how many are put off."""
    return Message.objects.unsent().filter(person__in=list(person), due_at__lt=until).update(due_at=until)


class NotSendable(Exception):
    """This message cannot be sent again; the text says why."""


def resend(message: Message, *, now: datetime, address: str = "") -> Message:
    """Put a copy of ``message`` into the outbox, to ``address`` if given; the address counts as good again.

    Returns the copy, or the earlier copy that still waits or is just leaving.

    Raises:
        NotSendable: its time has passed.
    """
    if message.expires_at and message.expires_at <= now:
        raise NotSendable(gettext("The time of this message has passed."))
    address = address or message.address
    BadAddress.objects.filter(channel=message.channel, address=address).delete()
    copies = Message.objects.filter(key__startswith=f"{message.key}/again-").order_by("-id")
    on_its_way = (Message.State.QUEUED, Message.State.CLAIMED, Message.State.SENDING)
    if waiting := copies.filter(state__in=on_its_way, address=address).first():
        return waiting
    copy = Message(
        key=f"{message.key}/again-{copies.count() + 1}",
        address=address,
        due_at=now,
        created_at=now,
        subject=message.subject if not message.composer else "",
        text=message.text if not message.composer else "",
        **{
            name: getattr(message, name)
            for name in (
                "channel", "language", "composer", "kind", "occasion", "topic", "person", "any_hour", "expires_at",
            )
        },
    )  # fmt: skip
    post([copy])
    # A row inserted without its conflicts does not tell its number.
    return Message.objects.get(key=copy.key)


def deliver(
    *,
    clock: Callable[[], datetime],
    channels: Iterable[str] | None = None,
    budget: timedelta | None = None,
    stopping: Callable[[], bool] = lambda: False,
    keep_sessions: bool = False,
    tidies: bool = True,
) -> Counter[str]:
    """Send everything that is due, channel by channel, batch by batch, until nothing is left.

    ``clock`` tells the time (UTC). With ``budget`` it ends after about that long, between two messages; with
    ``stopping`` as soon as that says so, also in the middle of a conversation with a mail server. With
    ``keep_sessions``, for processes that live on, a session stays open while reports are awaited (outbox/sessions.py).
    Without ``tidies``, what dead workers held is left to the next delivery that somebody asks for by the clock.
    Returns how many messages ended in which state. Safe to run in any number of processes at once.
    """
    tally: Counter[str] = Counter()
    started = clock()
    hold.look(started)
    if tidies:
        tidy(started)

    def over() -> bool:
        return stopping() or (budget is not None and clock() - started >= budget)

    for name in names() if channels is None else channels:
        if over():
            break
        tally += _deliver_channel(Round(name, clock, over, stopping), keep_sessions)
    return tally


def _deliver_channel(this: Round, keep_session: bool) -> Counter[str]:
    """Send what is due over one channel; a fault of the channel is recorded, not raised."""
    name, clock = this.name, this.clock
    tally: Counter[str] = Counter()
    kind = channel_class(name)
    try:
        get_channel(name)
    except ValueError as error:
        channel_state.stop(name, str(error), clock())
        return tally
    if kind.exclusive and not _take(name, clock):
        return tally
    try:
        tally += _deliver_batches(kind, this)
        if not this.stopping():
            _collect(name, kind, clock)
    except Error:
        raise
    except Exception as error:
        # A fault of ours in one channel must not hold up the others; the log has the traceback.
        log.exception("channel %s broke", name)
        channel_state.rest(name, f"{INTERNAL_ERROR} ({type(error).__name__})", clock())
    finally:
        if kind.exclusive:
            sessions.release(name, clock, keep=keep_session, is_stopping=this.stopping)
    return tally


def _take(name: str, clock: Callable[[], datetime]) -> bool:
    """Take an exclusive channel; False if there is nothing to do over it, or another process uses it."""

    def is_due() -> bool:
        return Message.objects.due(clock()).filter(channel=name).exists()

    if sessions.is_listening(name) and not is_due():
        return False
    return sessions.acquire(name, clock, LEASE, is_due=is_due)


def _deliver_batches(kind: type[Channel], this: Round) -> Counter[str]:
    """Claim and send batch after batch; returns what became of them."""
    tally: Counter[str] = Counter()
    while not this.over():
        now = this.clock()
        most = channel_state.claim_allowance(this.name, now, BATCH, probe=LEASE)
        batch = _claim(this.name, now, most) if most else []
        if not batch:
            break
        if kind.exclusive:
            channel_state.keep(this.name, now, LEASE)
        sent = send_batch(batch, this, in_trouble=most < BATCH)
        # A message that somebody took back meanwhile has no state and is not counted.
        tally.update({state: count for state, count in sent.tally.items() if state and count})
        # A channel that said "later" and took nothing is not asked again in this round: others wait for their turn.
        said_later = sent.tally[Message.State.QUEUED] and not sent.tally[Message.State.SENT]
        # Fewer than asked for: nothing else was due, and who puts something in says so. Whoever hears of that cannot
        # take an exclusive channel while we have it.
        is_last = len(batch) < most and not sent.given_back and not kind.exclusive
        if not sent.go_on or said_later or is_last:
            break
    return tally


def _collect(name: str, kind: type[Channel], clock: Callable[[], datetime]) -> None:
    """Fetch the reports that wait at the far side of a channel that has to be asked for them."""
    now = clock()
    if kind.collect is Channel.collect or not channel_state.claim_allowance(name, now, 1, probe=LEASE):
        return
    if not sessions.is_awaiting(name, now) or not channel_state.claim_report_turn(name, now, COLLECT_EVERY):
        return
    try:
        with sessions.session(name) as channel:
            found = channel.collect()
    except (Unavailable, Stopped) as error:
        log.warning("channel %s was asked for reports: %s", name, error)
        return
    receipts.apply(channel=name, reports=found, now=clock())


def tidy(now: datetime) -> None:
    """Close what is too late to be useful, free what a dead worker held, and put off what would ring at night."""
    dead = Message.objects.filter(lease_until__lte=now)
    dead.filter(state=Message.State.CLAIMED).update(state=Message.State.QUEUED, lease_until=None)
    stuck = dead.filter(state=Message.State.SENDING)
    again = [name for name in names() if channel_class(name).repeatable]
    stuck.filter(channel__in=again).update(state=Message.State.QUEUED, lease_until=None)
    stuck.exclude(channel__in=again).update(state=Message.State.UNCERTAIN, lease_until=None, error=WORKER_STOPPED)
    Message.objects.filter(state=Message.State.QUEUED, expires_at__lte=now).update(state=Message.State.EXPIRED)
    # What is held keeps its time: it says whether the message may have left before.
    if (night := quiet_hours.night_around(now)) and hold.may_leave() is None:
        Message.objects.due(now).filter(channel__in=quiet_hours.CHANNELS, any_hour=False).order_by().update(
            due_at=night[1]
        )
    receipts.apply_early(now)


_CLAIMED: Returned[Message] = Returned(Message)
# Whoever waits for a code to sign in does not stand behind two thousand reminders.
_CLAIM = """
WITH urgent AS (
    SELECT id FROM outbox_message
    WHERE state = 'queued' AND channel = %s AND due_at <= %s AND any_hour AND {may_leave}
    ORDER BY due_at, id LIMIT %s {lock}
), others AS (
    SELECT id FROM outbox_message
    WHERE state = 'queued' AND channel = %s AND due_at <= %s AND NOT any_hour AND {may_leave}
    ORDER BY due_at, id LIMIT %s {lock}
)
UPDATE outbox_message
SET state = 'claimed', lease_until = %s, attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, %s)
WHERE id IN (SELECT id FROM urgent UNION ALL SELECT id FROM others LIMIT %s)
RETURNING {columns}
"""
_LOCK = "FOR UPDATE SKIP LOCKED"


def _claim(channel: str, now: datetime, most: int) -> list[Message]:
    """Take up to ``most`` due messages for as long as a lease lasts, most urgent first; one statement."""
    batch = _CLAIMED.rows(*_claiming(channel, now, most))
    return sorted(batch, key=lambda message: (not message.any_hour, message.due_at, message.pk))


def _claiming(channel: str, now: datetime, most: int) -> tuple[str, list[Any]]:
    """The statement that takes up to ``most`` due messages, and its values.

    It is not planned once for all: a plan made while the outbox was empty reads the whole table for each of a hundred
    messages until PostgreSQL has new statistics, a second for each batch if 25,000 have come since.
    """
    is_quiet = channel in quiet_hours.CHANNELS and quiet_hours.night_around(now)
    lock = _LOCK if connection.features.has_select_for_update_skip_locked else ""
    # Asked for each batch: whoever holds everything waits for no more than one.
    may_leave, while_held = hold.may_leave_sql()
    moment, lease_until = map(connection.ops.adapt_datetimefield_value, (now, now + LEASE))
    due = [channel, moment, *while_held]
    values = [*due, most, *due, 0 if is_quiet else most, lease_until, moment, most]
    return _CLAIM.format(lock=lock, may_leave=may_leave, columns=_CLAIMED.columns), values
