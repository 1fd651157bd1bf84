"""Sending a batch of claimed messages over one connection, and recording what became of each."""

import logging
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

log = logging.getLogger(__name__)

# How long a worker may hold what it claimed; it stops sending before that, so nobody sends the same row beside it.
LEASE = timedelta(seconds=75)
LEASE_MARGIN = timedelta(seconds=50)
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=30)
MAX_ATTEMPTS = 40
# What says "not sent" of a message although a worker may have it in hand: withdrawn, or taken back from a slow worker.
_OUT_OF_HAND = (Message.State.QUEUED, Message.State.CANCELLED, Message.State.EXPIRED)
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


def send_batch(
    name: str,
    batch: list[Message],
    clock: Callable[[], datetime],
    over: Callable[[], bool],
    stopping: Callable[[], bool] = lambda: False,
) -> tuple[Counter[str], bool]:
    """Send ``batch`` over the channel ``name``; ``over`` says when there is no time left for the next message.

    ``stopping`` says that the worker is to end: what the far side has not accepted yet is given back.

    Returns how many messages ended in which state, and whether the channel can take more.
    """
    tally: Counter[str] = Counter()
    stop_at = clock() + LEASE - LEASE_MARGIN
    contents, broken = _compose(batch)
    in_trouble = not channel_state.is_well(name)
    with sessions.session(name) as channel:
        channel.is_stopping = stopping
        for position, message in enumerate(batch):
            now = clock()
            if now >= stop_at or over():
                # A slow server, or the end of our time: others take the rest before the lease ends.
                give_back(batch[position:])
                break
            content = _content_to_send(message, contents, broken, now, tally)
            if content is None or not (channel.repeatable or _begin(message, now)):
                continue
            try:
                tally[_send_one(name, channel, message, content, now)] += 1
            except Interrupted:
                give_back(batch[position:])
                break
            except (Unreachable, Stopped) as error:
                tally[_pause_channel(name, message, error, now, untried=batch[position + 1 :])] += 1
                return tally, False
            if in_trouble:
                channel_state.mark_working(name)
                in_trouble = False
        if channel.reports:
            receipts.apply(channel=name, reports=channel.collect(), now=clock())
    return tally, True


def _content_to_send(
    message: Message, contents: Mapping[int, Content | Later], broken: set[int], now: datetime, tally: Counter[str]
) -> Content | None:
    """What ``message`` says; None if it is not to be sent now: then it is closed (and counted) or put off."""
    if unsendable := _reason_not_to_send(message, contents, broken, now):
        tally[_close(message, **unsendable)] += 1
        return None
    content = contents[message.pk]
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


def _send_one(name: str, channel: Channel, message: Message, content: Content, now: datetime) -> str:
    """Send one message and record what became of it; returns its new state.

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
    return _close(
        message,
        state=Message.State.SENT,
        sent_at=now,
        error="",
        provider_reference=provider_reference[:200],
        subject=content.stored_subject()[:200],
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


def _close(message: Message, *, state: str, **fields: Any) -> str:
    """Write ``fields`` if the row is still ours; returns its state, "" if somebody took it back meanwhile.

    That it was sent is written all the same: nobody may read "withdrawn" of what people have in their hands.
    """
    ours = [Message.State.CLAIMED, Message.State.SENDING]
    if state == Message.State.SENT:
        ours += _OUT_OF_HAND
    held = Message.objects.filter(pk=message.pk, state__in=ours)
    if held.exclude(address="").update(state=state, lease_until=None, **fields):
        return state
    # Erased while it was on its way: what became of it counts, what it said and to whom is gone.
    erased = {name: value for name, value in fields.items() if name not in _PERSONAL}
    return state if held.filter(address="").update(state=state, lease_until=None, **erased) else ""
