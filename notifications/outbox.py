"""The outbox: putting messages in, taking them back, and delivering what is due.

Docs: docs/adr/0006-outbox.md. Promise: nothing lost; a second copy of a mail only if a worker dies between the
server's yes and our commit; no second copy of an SMS.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from notifications import channel_state, fallback, quiet_hours, reports
from notifications.channels import (
    Attachment,
    Channel,
    Envelope,
    Refused,
    Stopped,
    Unavailable,
    Uncertain,
    Unreachable,
    channel_class,
    get_channel,
    names,
)
from notifications.models import BadAddress, Message

log = logging.getLogger(__name__)

BATCH = 100
# How long a worker may hold what it claimed; it stops sending before that, so nobody sends the same row beside it.
LEASE = timedelta(seconds=75)
LEASE_MARGIN = timedelta(seconds=50)
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=30)
MAX_ATTEMPTS = 40
# A channel whose reports must be fetched is asked this often while something sent in the last days waits for one.
COLLECT_EVERY = timedelta(seconds=30)
COLLECT_FOR = timedelta(days=2)
INTERNAL_ERROR = "Internal error: see the log."
WORKER_STOPPED = "A worker stopped while it was sending this."


@dataclass(frozen=True)
class Content:
    """What a composer answers for one message.

    ``secrets`` are the parts of ``text`` (links, passwords) that the stored copy must not show. ``template_id`` and
    ``parameters`` are for channels that send templates approved beforehand.
    """

    text: str
    subject: str = ""
    html: str = ""
    sender_name: str = ""
    reply_to: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    secrets: tuple[str, ...] = ()
    template_id: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    def stored_text(self) -> str:
        """``text`` as it is kept after sending, secrets blanked."""
        text = self.text
        for secret in self.secrets:
            text = text.replace(secret, "•••")
        return text


# Asked with messages that name it; a message missing from the answer is no longer worth sending.
Composer = Callable[[list[Message]], dict[int, Content]]


def post(messages: Iterable[Message]) -> None:
    """Put unsaved ``messages`` into the outbox; one whose key is there already is left alone.

    Call it inside the transaction that makes them true. One SQL statement. What would ring a phone at night is put off.
    """
    kept = list(messages)
    for message in kept:
        if not message.any_hour:
            message.due_at = max(
                message.due_at, quiet_hours.wakeful(message.channel, message.due_at, until=message.expires_at)
            )
    Message.objects.bulk_create(kept, ignore_conflicts=True, batch_size=500)


def withdraw(*, person: Iterable[str] = (), topic: str = "", occasion: str = "") -> int:
    """Cancel what has not been sent to these persons, about this topic or on this occasion; returns how many."""
    people = list(person)
    about = Q(person__in=people) if people else Q(pk__in=[])
    if topic:
        about |= Q(topic=topic)
    if occasion:
        about |= Q(occasion=occasion)
    return Message.objects.unsent().filter(about).update(state=Message.State.CANCELLED, lease_until=None)


class NotSendable(Exception):
    """This message cannot be sent again; the text says why."""


def resend(message: Message, *, now: datetime, address: str = "") -> Message:
    """Put a copy of ``message`` into the outbox, to ``address`` if given; the address counts as good again.

    Returns the copy, or the earlier copy that still waits.

    Raises:
        NotSendable: its time has passed.
    """
    if message.expires_at and message.expires_at <= now:
        raise NotSendable(_("The time of this message has passed."))
    address = address or message.address
    BadAddress.objects.filter(channel=message.channel, address=address).delete()
    copies = Message.objects.filter(key__startswith=f"{message.key}/again-").order_by("-id")
    if waiting := copies.filter(state__in=[Message.State.QUEUED, Message.State.CLAIMED], address=address).first():
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
    return copy


def message_id(key: str) -> str:
    """The Message-ID of the message ``key`` (RFC 5322), the same at every try."""
    return f"<{sha256(key.encode()).hexdigest()[:40]}@{settings.SITE_DOMAIN}>"


def deliver(
    *,
    clock: Callable[[], datetime],
    channels: Iterable[str] | None = None,
    budget: timedelta | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Counter:
    """Send everything that is due, channel by channel, batch by batch, until nothing is left.

    ``clock`` tells the time (UTC). With ``budget`` it ends after about that long, with ``stopping`` as soon as that
    says so, between two messages. Returns how many messages ended in which state. Safe to run in any number of
    processes at once.
    """
    tally: Counter = Counter()
    started = clock()
    tidy(started)

    def over() -> bool:
        return stopping() or (budget is not None and clock() - started >= budget)

    for name in names() if channels is None else channels:
        if over():
            break
        tally += _deliver_channel(name, clock, over)
    return tally


def _deliver_channel(name: str, clock: Callable[[], datetime], over: Callable[[], bool]) -> Counter:
    tally: Counter = Counter()
    kind = channel_class(name)
    if kind.exclusive and not channel_state.hold(name, clock(), LEASE):
        return tally
    try:
        while not over():
            now = clock()
            most = channel_state.permitted(name, now, BATCH, probe=LEASE)
            batch = _claim(name, now, most) if most else []
            if not batch:
                break
            if kind.exclusive:
                channel_state.keep(name, now, LEASE)
            sent, go_on = _send_batch(name, batch, clock, over)
            tally += Counter({state: count for state, count in sent.items() if state})
            # A channel that said "later" and took nothing is not asked again in this round: others wait for their turn.
            if not go_on or (sent[Message.State.QUEUED] and not sent[Message.State.SENT]):
                break
        _collect(name, kind, clock)
    finally:
        if kind.exclusive:
            channel_state.let_go(name)
    return tally


def _collect(name: str, kind: type[Channel], clock: Callable[[], datetime]) -> None:
    """Fetch the reports that wait at the far side of a channel that has to be asked for them."""
    now = clock()
    if kind.collect is Channel.collect or not channel_state.permitted(name, now, 1, probe=LEASE):
        return
    waiting = Message.objects.filter(channel=name, state=Message.State.SENT, sent_at__gt=now - COLLECT_FOR)
    if not waiting.exists() or not channel_state.asked_for_reports(name, now, COLLECT_EVERY):
        return
    try:
        with get_channel(name) as channel:
            found = channel.collect()
    except (Unavailable, Stopped) as error:
        log.warning("channel %s was asked for reports: %s", name, error)
        return
    reports.apply(channel=name, reports=found, now=clock())


def tidy(now: datetime) -> None:
    """Close what is too late to be useful, free what a dead worker held, and put off what would ring at night."""
    dead = Message.objects.filter(lease_until__lte=now)
    dead.filter(state=Message.State.CLAIMED).update(state=Message.State.QUEUED, lease_until=None)
    stuck = dead.filter(state=Message.State.SENDING)
    again = [name for name in names() if channel_class(name).repeatable]
    stuck.filter(channel__in=again).update(state=Message.State.QUEUED, lease_until=None)
    stuck.exclude(channel__in=again).update(state=Message.State.UNCERTAIN, lease_until=None, error=WORKER_STOPPED)
    Message.objects.filter(state=Message.State.QUEUED, expires_at__lte=now).update(state=Message.State.EXPIRED)
    if night := quiet_hours.night_around(now):
        Message.objects.due(now).filter(channel__in=quiet_hours.CHANNELS, any_hour=False).order_by().update(
            due_at=night[1]
        )
    reports.apply_early(now)


def _claim(channel: str, now: datetime, most: int) -> list[Message]:
    with transaction.atomic():
        due = Message.objects.due(now).filter(channel=channel)
        if channel in quiet_hours.CHANNELS and quiet_hours.night_around(now):
            due = due.filter(any_hour=True)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        batch = list(due[:most])
        if batch:
            Message.objects.filter(pk__in=[m.pk for m in batch]).update(
                state=Message.State.CLAIMED, lease_until=now + LEASE, attempts=F("attempts") + 1
            )
    for message in batch:
        message.state, message.attempts = Message.State.CLAIMED, message.attempts + 1
    return batch


def _give_back(messages: list[Message]) -> None:
    """Queue again what was claimed and not tried; the try does not count."""
    Message.objects.filter(pk__in=[m.pk for m in messages], state=Message.State.CLAIMED).update(
        state=Message.State.QUEUED, lease_until=None, attempts=F("attempts") - 1
    )


def _compose(batch: list[Message]) -> tuple[dict[int, Content], set[int]]:
    """The contents by message, and the messages whose text could not be made."""
    contents = {m.pk: Content(subject=m.subject, text=m.text) for m in batch if not m.composer}
    broken: set[int] = set()
    for name in {m.composer for m in batch if m.composer}:
        composer: Composer = import_string(settings.NOTIFICATION_COMPOSERS[name])
        theirs = [m for m in batch if m.composer == name]
        try:
            contents |= composer(theirs)
        except Exception:
            log.exception("composing a batch failed; each message is tried by itself")
            for message in theirs:
                try:
                    contents |= composer([message])
                except Exception:
                    log.exception("message %s could not be composed", message.pk)
                    broken.add(message.pk)
    return contents, broken


def _send_batch(
    name: str, batch: list[Message], clock: Callable[[], datetime], over: Callable[[], bool]
) -> tuple[Counter, bool]:
    """Send ``batch``; how many ended in which state, and whether the channel can take more."""
    tally: Counter = Counter()
    stop_at = clock() + LEASE - LEASE_MARGIN
    contents, broken = _compose(batch)
    in_trouble = not channel_state.is_well(name)
    with get_channel(name) as channel:
        for position, message in enumerate(batch):
            now = clock()
            if now >= stop_at or over():
                # A slow server, or the end of our time: others take the rest before the lease ends.
                _give_back(batch[position:])
                break
            content = contents.get(message.pk)
            if message.pk in broken:
                tally[_close(message, state=Message.State.FAILED, error=INTERNAL_ERROR)] += 1
                continue
            if message.expires_at and now >= message.expires_at:
                tally[_close(message, state=Message.State.EXPIRED)] += 1
                continue
            if content is None:
                tally[_close(message, state=Message.State.CANCELLED)] += 1
                continue
            if not channel.repeatable and not _begin(message, now):
                continue
            try:
                tally[_send_one(name, channel, message, content, now)] += 1
            except Unreachable as error:
                channel_state.rest(name, str(error), now, pause=error.pause)
                tally[_later(message, error, now)] += 1
                _give_back(batch[position + 1 :])
                return tally, False
            except Stopped as error:
                _close(message, state=Message.State.QUEUED, attempts=message.attempts - 1, error=str(error)[:300])
                tally[Message.State.QUEUED] += 1
                _give_back(batch[position + 1 :])
                channel_state.stop(name, str(error), now)
                return tally, False
            if in_trouble:
                channel_state.works(name)
                in_trouble = False
        if channel.reports:
            reports.apply(channel=name, reports=channel.collect(), now=clock())
    return tally, True


def _send_one(name: str, channel: Channel, message: Message, content: Content, now: datetime) -> str:
    """Send one message and record what became of it; returns its new state.

    Raises:
        Unreachable, Stopped: it was not sent, and neither would the next one be.
    """
    envelope = Envelope(
        address=message.address,
        message_id=message_id(message.key),
        reference=message.reference,
        report_url=reports.callback_url(name) if channel.reports else "",
        language=message.language,
        subject=content.subject,
        text=content.text,
        html=content.html,
        sender_name=content.sender_name,
        reply_to=content.reply_to,
        attachments=content.attachments,
        template_id=content.template_id,
        parameters=content.parameters,
    )
    try:
        provider_reference = channel.send(envelope)
    except (Unreachable, Stopped):
        raise
    except Refused as error:
        return _fail(message, str(error), now, bad_address=error.bad_address)
    except Uncertain as error:
        return _close(message, state=Message.State.UNCERTAIN, error=str(error)[:300])
    except Unavailable as error:
        return _later(message, error, now)
    except Exception:
        # A fault in one message or in our own code must not hold up the others; the log has the traceback.
        log.exception("message %s could not be sent", message.pk)
        return _fail(message, INTERNAL_ERROR, now)
    return _close(
        message,
        state=Message.State.SENT,
        sent_at=now,
        error="",
        provider_reference=provider_reference[:200],
        subject=content.subject[:200],
        text=content.stored_text(),
    )


def _later(message: Message, error: Unavailable, now: datetime) -> str:
    """Queue ``message`` again after a pause that grows with each try."""
    if message.attempts >= MAX_ATTEMPTS:
        return _fail(message, str(error), now)
    pause = min(FIRST_PAUSE * 2 ** min(message.attempts - 1, 12), LONGEST_PAUSE)
    return _close(message, state=Message.State.QUEUED, due_at=now + pause, error=str(error)[:300])


def _fail(message: Message, reason: str, now: datetime, *, bad_address: bool = False) -> str:
    with transaction.atomic():
        state = _close(message, state=Message.State.FAILED, error=reason[:300])
        if state:
            fallback.after_failure(message, now=now, reason=reason, bad_address=bad_address)
    return state


def _begin(message: Message, now: datetime) -> bool:
    """Note that ``message`` is on its way, before it is: whoever finds it so later does not send it again."""
    return bool(
        Message.objects.filter(pk=message.pk, state=Message.State.CLAIMED, lease_until__gt=now).update(
            state=Message.State.SENDING, lease_until=now + LEASE
        )
    )


def _close(message: Message, **fields) -> str:
    """Write ``fields`` if the row is still ours; returns its state, "" if somebody took it back meanwhile."""
    held = [Message.State.CLAIMED, Message.State.SENDING]
    if not Message.objects.filter(pk=message.pk, state__in=held).update(lease_until=None, **fields):
        return ""
    return fields["state"]
