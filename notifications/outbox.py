"""The outbox: putting messages in, taking them back, and delivering what is due.

Docs: docs/adr/0006-outbox.md. Promise: nothing lost; a second copy of a mail only if a worker dies between the
server's yes and our commit; no second copy of an SMS.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.module_loading import import_string

from notifications.channels import Attachment, Envelope, Refused, Unavailable, get_channel, names
from notifications.models import Message

log = logging.getLogger(__name__)

BATCH = 100
# How long a worker may hold what it claimed; it stops sending before that, so nobody sends the same row beside it.
LEASE = timedelta(seconds=90)
LEASE_MARGIN = timedelta(seconds=45)
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=30)
MAX_ATTEMPTS = 40
INTERNAL_ERROR = "Internal error: see the log."


@dataclass(frozen=True)
class Content:
    """What a composer answers for one message.

    ``secrets`` are the parts of ``text`` (links, passwords) that the stored copy must not show.
    """

    text: str
    subject: str = ""
    html: str = ""
    sender_name: str = ""
    reply_to: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    secrets: tuple[str, ...] = ()

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

    Call it inside the transaction that makes them true. One SQL statement.
    """
    Message.objects.bulk_create(messages, ignore_conflicts=True, batch_size=500)


def withdraw(*, person: Iterable[str] = (), topic: str = "") -> int:
    """Cancel what has not been sent to these persons or about this topic; returns how many messages."""
    people = list(person)
    about = Q(person__in=people) if people else Q(pk__in=[])
    if topic:
        about |= Q(topic=topic)
    return Message.objects.unsent().filter(about).update(state=Message.State.CANCELLED, lease_until=None)


def message_id(key: str) -> str:
    """The Message-ID of the message ``key`` (RFC 5322), the same at every try."""
    return f"<{sha256(key.encode()).hexdigest()[:40]}@{settings.SITE_DOMAIN}>"


def deliver(*, clock: Callable[[], datetime], channels: Iterable[str] | None = None) -> Counter:
    """Send everything that is due, channel by channel, batch by batch, until nothing is left.

    ``clock`` tells the time (UTC). Returns how many messages ended in which state. Safe to run in any number of
    processes at once.
    """
    tally: Counter = Counter()
    tidy(clock())
    for name in channels or names():
        while batch := _claim(name, clock()):
            sent = _send_batch(name, batch, clock)
            tally += Counter({state: count for state, count in sent.items() if state})
            # A channel that said "later" and took nothing is not asked again in this round: others wait for their turn.
            if sent[Message.State.QUEUED] and not sent[Message.State.SENT]:
                break
    return tally


def tidy(now: datetime) -> None:
    """Close what is too late to be useful, and free what a dead worker held."""
    dead = Message.objects.filter(lease_until__lte=now)
    dead.filter(state=Message.State.CLAIMED).update(state=Message.State.QUEUED, lease_until=None)
    dead.filter(state=Message.State.SENDING).update(
        state=Message.State.UNCERTAIN, lease_until=None, error="A worker stopped while it was sending this."
    )
    Message.objects.filter(state=Message.State.QUEUED, expires_at__lte=now).update(state=Message.State.EXPIRED)


def _claim(channel: str, now: datetime) -> list[Message]:
    with transaction.atomic():
        due = Message.objects.due(now).filter(channel=channel)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        batch = list(due[:BATCH])
        if batch:
            Message.objects.filter(pk__in=[m.pk for m in batch]).update(
                state=Message.State.CLAIMED, lease_until=now + LEASE, attempts=F("attempts") + 1
            )
    for message in batch:
        message.state, message.attempts = Message.State.CLAIMED, message.attempts + 1
    return batch


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


def _send_batch(channel_name: str, batch: list[Message], clock: Callable[[], datetime]) -> Counter:
    tally: Counter = Counter()
    stop_at = clock() + LEASE - LEASE_MARGIN
    contents, broken = _compose(batch)
    with get_channel(channel_name) as channel:
        for position, message in enumerate(batch):
            now = clock()
            if now >= stop_at:
                # A slow server: give the rest back before the lease ends, with this try not counted.
                Message.objects.filter(pk__in=[m.pk for m in batch[position:]], state=Message.State.CLAIMED).update(
                    state=Message.State.QUEUED, lease_until=None, attempts=F("attempts") - 1
                )
                break
            content = contents.get(message.pk)
            if message.pk in broken:
                tally[_close(message, state=Message.State.FAILED, lease_until=None, error=INTERNAL_ERROR)] += 1
                continue
            if message.expires_at and now >= message.expires_at:
                tally[_close(message, state=Message.State.EXPIRED, lease_until=None)] += 1
                continue
            if content is None:
                tally[_close(message, state=Message.State.CANCELLED, lease_until=None)] += 1
                continue
            if not channel.repeatable and not _close(message, state=Message.State.SENDING):
                continue
            tally[_send_one(channel, message, content, now)] += 1
    return tally


def _send_one(channel, message: Message, content: Content, now: datetime) -> str:
    """Send one message and record what became of it; returns its new state."""
    envelope = Envelope(
        address=message.address,
        message_id=message_id(message.key),
        language=message.language,
        subject=content.subject,
        text=content.text,
        html=content.html,
        sender_name=content.sender_name,
        reply_to=content.reply_to,
        attachments=content.attachments,
    )
    try:
        reference = channel.send(envelope)
    except Refused as error:
        return _close(message, state=Message.State.FAILED, lease_until=None, error=str(error)[:300])
    except Unavailable as error:
        if message.attempts >= MAX_ATTEMPTS:
            return _close(message, state=Message.State.FAILED, lease_until=None, error=str(error)[:300])
        pause = min(FIRST_PAUSE * 2 ** min(message.attempts - 1, 12), LONGEST_PAUSE)
        return _close(message, state=Message.State.QUEUED, lease_until=None, due_at=now + pause, error=str(error)[:300])
    except Exception:
        # A fault in one message or in our own code must not hold up the others; the log has the traceback.
        log.exception("message %s could not be sent", message.pk)
        return _close(message, state=Message.State.FAILED, lease_until=None, error=INTERNAL_ERROR)
    return _close(
        message,
        state=Message.State.SENT,
        lease_until=None,
        sent_at=now,
        error="",
        provider_reference=reference[:200],
        subject=content.subject[:200],
        text=content.stored_text(),
    )


def _close(message: Message, **fields) -> str:
    """Write ``fields`` if the row is still ours; returns its state, "" if somebody took it back meanwhile."""
    held = [Message.State.CLAIMED, Message.State.SENDING]
    if not Message.objects.filter(pk=message.pk, state__in=held).update(**fields):
        return ""
    return fields["state"]
