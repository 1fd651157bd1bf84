"""Sending a batch of claimed messages over one connection, and recording what became of each."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from outbox import channel_state, fallback, receipts, sessions
from outbox.bookkeeping import Books
from outbox.channels import (
    Attachment,
    Channel,
    Envelope,
    Interrupted,
    Refused,
    Stopped,
    Unavailable,
    Uncertain,
    Unreachable,
)
from outbox.models import Message
from outbox.pace import Pace

log = logging.getLogger(__name__)

# How long a worker may hold what it claimed; it stops sending before that, so nobody sends the same row beside it.
LEASE = timedelta(seconds=75)
LEASE_MARGIN = timedelta(seconds=50)
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=30)
MAX_ATTEMPTS = 40
# What erasing takes from a message.
_PERSONAL = frozenset({"subject", "text", "error", "provider_reference"})
INTERNAL_ERROR = "Internal error: see the log."


@dataclass(frozen=True)
class Content:
    """What a composer answers for one message.

    ``secrets`` are the parts of ``text`` and ``subject`` (links, passwords) that the stored copy must not show.
    ``unsubscribe_url`` is where a mail's reader stops more of the kind. ``template_id`` and ``parameters`` are for
    channels that send templates approved beforehand.
    """

    text: str
    subject: str = ""
    html: str = ""
    sender_name: str = ""
    reply_to: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    unsubscribe_url: str = ""
    secrets: tuple[str, ...] = ()
    template_id: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    def stored_text(self) -> str:
        """``text`` as it is kept after sending, secrets blanked."""
        return self._blank(self.text)

    def stored_subject(self) -> str:
        """``subject`` likewise."""
        return self._blank(self.subject)

    def _blank(self, text: str) -> str:
        for secret in self.secrets:
            if secret in text:
                is_link = secret.startswith(("https://", "http://"))
                text = text.replace(secret, gettext("(personal link)") if is_link else "•••")
        return text


@dataclass(frozen=True)
class Later:
    """What a composer answers for a message that is to wait until ``due_at`` (UTC); ``reason`` stands with it."""

    due_at: datetime
    reason: str


# Asked with messages that name it; a message missing from the answer is no longer worth sending.
Composer = Callable[[list[Message]], Mapping[int, Content | Later]]


def message_id(key: str) -> str:
    """The Message-ID of the message ``key`` (RFC 5322), the same at every try."""
    return f"<{sha256(key.encode()).hexdigest()[:40]}@{settings.SITE_DOMAIN}>"


def give_back(messages: list[Message]) -> None:
    """Queue again what was claimed and not tried; the try does not count."""
    Message.objects.filter(pk__in=[m.pk for m in messages], state=Message.State.CLAIMED).update(
        state=Message.State.QUEUED, lease_until=None, attempts=F("attempts") - 1
    )


def _compose(batch: list[Message]) -> tuple[dict[int, Content | Later], set[int]]:
    """The contents by message, and the messages whose text could not be made."""
    contents: dict[int, Content | Later] = {
        m.pk: Content(subject=m.subject, text=m.text) for m in batch if not m.composer
    }
    by_composer: dict[str, list[Message]] = {}
    for message in batch:
        if message.composer:
            by_composer.setdefault(message.composer, []).append(message)
    broken: set[int] = set()
    for name, messages in by_composer.items():
        composer: Composer = import_string(settings.OUTBOX_COMPOSERS[name])
        try:
            contents |= composer(messages)
        except Exception:
            log.exception("composing a batch failed; each message is tried by itself")
            contents |= _compose_one_by_one(composer, messages, broken)
    return contents, broken


def _compose_one_by_one(composer: Composer, messages: list[Message], broken: set[int]) -> dict[int, Content | Later]:
    """The contents of those ``messages`` whose text can be made; the others go into ``broken``."""
    contents: dict[int, Content | Later] = {}
    for message in messages:
        try:
            contents |= composer([message])
        except Exception:
            log.exception("message %s could not be composed", message.pk)
            broken.add(message.pk)
    return contents


@dataclass(frozen=True)
class Round:
    """One delivery over one channel: what tells the time, and when to end.

    ``over`` says when there is no time left for the next message, ``stopping`` that the worker is to end: what the far
    side has not accepted yet is given back.
    """

    name: str
    clock: Callable[[], datetime]
    over: Callable[[], bool]
    stopping: Callable[[], bool]


@dataclass
class Sent:
    """What became of a batch: how many messages ended in which state; whether the channel can take more.

    ``given_back``: some were not tried for lack of time.
    """

    tally: Counter[str] = field(default_factory=Counter)
    go_on: bool = True
    given_back: bool = False


def send_batch(messages: list[Message], this: Round, *, in_trouble: bool) -> Sent:
    """Send ``messages``, which are ours; ``in_trouble``: the channel rested before."""
    batch = _Batch(messages, this, in_trouble)
    with sessions.session(this.name) as channel:
        channel.is_stopping = this.stopping
        batch.send_over(channel)
        if channel.reports and batch.sent.go_on:
            receipts.apply(channel=this.name, reports=channel.collect(), now=this.clock())
    return batch.sent


class _Batch:
    """Messages on their way over one channel."""

    def __init__(self, messages: list[Message], this: Round, in_trouble: bool) -> None:
        self._messages, self._this, self._in_trouble = messages, this, in_trouble
        self._stop_at = this.clock() + LEASE - LEASE_MARGIN
        self._contents, self._broken = _compose(messages)
        self.sent = Sent()

    def send_over(self, channel: Channel) -> None:
        """Send one after the other as long as there is time and ``channel`` takes them."""
        books = Books(LEASE, begins=not channel.repeatable, together=not channel.reports)
        pace = Pace()
        try:
            for position, message in enumerate(self._messages):
                now = self._this.clock()
                if now >= self._stop_at or self._this.over():
                    # A slow server, or the end of our time: others take the rest before the lease ends.
                    self._give_back(position)
                    break
                content = self._content_to_send(message, now)
                if content is None or not (channel.repeatable or books.begin(message, now)):
                    continue
                if not self._send(position, channel, content, books, now):
                    break
                pace.count()
                if books.is_clear:
                    pace.rest()
        finally:
            self.sent.tally[Message.State.SENT] += books.close()

    def _send(self, position: int, channel: Channel, content: Content, books: Books, now: datetime) -> bool:
        """Send the message at ``position``; whether the next one may follow."""
        message = self._messages[position]
        try:
            state = _send_one(self._this.name, channel, message, content, books, now)
        except Interrupted:
            self._give_back(position)
            return False
        except (Unreachable, Stopped) as error:
            untried = self._messages[position + 1 :]
            self.sent.tally[_pause_channel(self._this.name, message, error, now, untried=untried)] += 1
            self.sent.go_on = False
            return False
        if state != Message.State.SENT:
            self.sent.tally[state] += 1
        if self._in_trouble:
            channel_state.mark_working(self._this.name)
            self._in_trouble = False
        return True

    def _give_back(self, position: int) -> None:
        give_back(self._messages[position:])
        self.sent.given_back = True

    def _content_to_send(self, message: Message, now: datetime) -> Content | None:
        """What ``message`` says; None if it is not to be sent now: then it is closed (and counted) or put off."""
        if unsendable := _reason_not_to_send(message, self._contents, self._broken, now):
            self.sent.tally[_close(message, **unsendable)] += 1
            return None
        content = self._contents[message.pk]
        if isinstance(content, Later):
            _put_off(message, content)
            return None
        return content


def _reason_not_to_send(
    message: Message, contents: Mapping[int, Content | Later], broken: set[int], now: datetime
) -> dict[str, str] | None:
    """The fields with which ``message`` is closed without being sent; None if it is to be sent."""
    if message.pk in broken:
        return {"state": Message.State.FAILED, "error": INTERNAL_ERROR}
    if message.expires_at and now >= message.expires_at:
        return {"state": Message.State.EXPIRED}
    if message.pk not in contents:
        return {"state": Message.State.CANCELLED}
    return None


def _put_off(message: Message, later: Later) -> None:
    """Queue ``message`` again until its turn; the try does not count."""
    _close(
        message,
        state=Message.State.QUEUED,
        due_at=later.due_at,
        attempts=message.attempts - 1,
        first_tried_at=None,
        error=later.reason[:300],
    )


def _pause_channel(
    name: str, message: Message, error: Unreachable | Stopped, now: datetime, *, untried: list[Message]
) -> str:
    """Queue ``message`` and the ``untried`` ones again and leave the channel alone; returns the message's new state."""
    if isinstance(error, Unreachable):
        channel_state.rest(name, str(error), now, pause=error.pause)
        state = _later(message, error, now)
        give_back(untried)
        return state
    _close(message, state=Message.State.QUEUED, attempts=message.attempts - 1, error=str(error)[:300])
    give_back(untried)
    channel_state.stop(name, str(error), now)
    return Message.State.QUEUED


def _send_one(name: str, channel: Channel, message: Message, content: Content, books: Books, now: datetime) -> str:
    """Send one message and record what became of it; returns its new state. That it was sent is noted in ``books``.

    Raises:
        Unreachable, Stopped, Interrupted: it was not sent, and neither would the next one be.
    """
    envelope = Envelope(
        address=message.address,
        message_id=message_id(message.key),
        reference=message.reference,
        report_url=receipts.callback_url(name) if channel.reports else "",
        language=message.language,
        subject=content.subject,
        text=content.text,
        html=content.html,
        sender_name=content.sender_name,
        reply_to=content.reply_to,
        attachments=content.attachments,
        unsubscribe_url=content.unsubscribe_url,
        template_id=content.template_id,
        parameters=content.parameters,
        valid_for=message.expires_at - now if message.expires_at else None,
    )
    started = time.monotonic()
    try:
        provider_reference = channel.send(envelope)
    except (Unreachable, Stopped, Interrupted):
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
    books.note_sent(
        message,
        now,
        took=time.monotonic() - started,
        reference=provider_reference[:200],
        subject=content.stored_subject()[:200],
        text=content.stored_text(),
    )
    return Message.State.SENT


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


def _close(message: Message, *, state: str, **fields: Any) -> str:
    """Write ``fields`` if the row is still ours; returns its state, "" if somebody took it back meanwhile."""
    held = Message.objects.filter(pk=message.pk, state__in=[Message.State.CLAIMED, Message.State.SENDING])
    if held.exclude(address="").update(state=state, lease_until=None, **fields):
        return state
    # Erased while it was on its way: what became of it counts, what it said and to whom is gone.
    erased = {name: value for name, value in fields.items() if name not in _PERSONAL}
    return state if held.filter(address="").update(state=state, lease_until=None, **erased) else ""
