"""The outbox: putting messages in, taking them back, and delivering what is due.

Docs: docs/adr/0006-outbox.md. Promise: nothing lost; a second copy of a mail only if a worker dies between the
server's yes and our commit; no second copy of an SMS.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import Error, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from common.round_trips import RoundTrip
from outbox import channel_state, hold, quiet_hours, receipts, sessions
from outbox.channels import Channel, Stopped, Unavailable, channel_class, get_channel, names
from outbox.models import BadAddress, Message
from outbox.send import INTERNAL_ERROR, LEASE, send_batch

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
) -> Counter[str]:
    """Send everything that is due, channel by channel, batch by batch, until nothing is left.

    ``clock`` tells the time (UTC). With ``budget`` it ends after about that long, between two messages; with
    ``stopping`` as soon as that says so, also in the middle of a conversation with a mail server. With
    ``keep_sessions``, for processes that live on, a session stays open while reports are awaited (outbox/sessions.py).
    Returns how many messages ended in which state. Safe to run in any number of processes at once.
    """
    tally: Counter[str] = Counter()
    started = clock()
    hold.look(started)
    tidy(started)

    def over() -> bool:
        return stopping() or (budget is not None and clock() - started >= budget)

    for name in names() if channels is None else channels:
        if over():
            break
        tally += _deliver_channel(name, clock, over, stopping, keep_sessions)
    return tally


def _deliver_channel(
    name: str,
    clock: Callable[[], datetime],
    over: Callable[[], bool],
    stopping: Callable[[], bool],
    keep_session: bool,
) -> Counter[str]:
    """Send what is due over one channel; a fault of the channel is recorded, not raised."""
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
        tally += _deliver_batches(name, kind, clock, over, stopping)
        if not stopping():
            _collect(name, kind, clock)
    except Error:
        raise
    except Exception as error:
        # A fault of ours in one channel must not hold up the others; the log has the traceback.
        log.exception("channel %s broke", name)
        channel_state.rest(name, f"{INTERNAL_ERROR} ({type(error).__name__})", clock())
    finally:
        if kind.exclusive:
            sessions.release(name, clock, keep=keep_session, is_stopping=stopping)
    return tally


def _take(name: str, clock: Callable[[], datetime]) -> bool:
    """Take an exclusive channel; False if there is nothing to do over it, or another process uses it."""

    def is_due() -> bool:
        return Message.objects.due(clock()).filter(channel=name).exists()

    if sessions.is_listening(name) and not is_due():
        return False
    return sessions.acquire(name, clock, LEASE, is_due=is_due)


def _deliver_batches(
    name: str,
    kind: type[Channel],
    clock: Callable[[], datetime],
    over: Callable[[], bool],
    stopping: Callable[[], bool],
) -> Counter[str]:
    """Claim and send batch after batch; returns what became of them."""
    tally: Counter[str] = Counter()
    while not over():
        now = clock()
        most = channel_state.claim_allowance(name, now, BATCH, probe=LEASE)
        batch = _claim(name, now, most) if most else []
        if not batch:
            break
        if kind.exclusive:
            channel_state.keep(name, now, LEASE)
        sent, go_on = send_batch(name, batch, clock, over, stopping)
        # A message that somebody took back meanwhile has no state and is not counted.
        tally.update({state: count for state, count in sent.items() if state})
        # A channel that said "later" and took nothing is not asked again in this round: others wait for their turn.
        if not go_on or (sent[Message.State.QUEUED] and not sent[Message.State.SENT]):
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


def _claim(channel: str, now: datetime, most: int) -> list[Message]:
    is_quiet = channel in quiet_hours.CHANNELS and quiet_hours.night_around(now)
    with transaction.atomic():
        due = Message.objects.due(now).filter(channel=channel)
        # Asked for each batch: whoever holds everything waits for no more than one.
        if (condition := hold.may_leave()) is not None:
            due = due.filter(condition)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        # Whoever waits for a code to sign in does not stand behind two thousand reminders.
        batch = list(due.filter(any_hour=True)[:most])
        if len(batch) < most and not is_quiet:
            batch += due.filter(any_hour=False)[: most - len(batch)]
        if batch:
            Message.objects.filter(pk__in=[m.pk for m in batch]).update(
                state=Message.State.CLAIMED,
                lease_until=now + LEASE,
                attempts=F("attempts") + 1,
                first_tried_at=Coalesce(F("first_tried_at"), now),
            )
    for message in batch:
        message.state, message.attempts = Message.State.CLAIMED, message.attempts + 1
    return batch
