"""How many SMS the registering of people may cause in an hour; what is more waits for the next one.

Anybody may fill in the form, and each SMS costs money and rings with somebody (docs/adr/0033-sms-limits.md). What staff
enter, decide, move, cancel or send is not counted; of what rules send, what goes to a number that has opened nothing,
so that nobody can have one rung by a hundred reminders. Counted in the cache: without one nothing is limited.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_noop

from common import rate_limits
from common.cache import count_each
from messaging import message_kinds
from messaging.recipients import Recipient
from outbox.models import Message
from outbox.send import Later
from registrations.messages import VALID_IN, is_by_staff
from registrations.models import Registration

#: Why it waits, as it stands in the outbox.
HELD_BACK = gettext_noop("More SMS than usual were asked for: this one waits for the next hour.")
#: What registering causes, again and again if somebody likes; each number is to be spared.
_TO_A_NUMBER = frozenset({*VALID_IN, message_kinds.OWN_PAGE})
#: Of these anybody can cause as many as they like; the rest follows from what staff or a free seat do.
_OF_A_CONFERENCE = frozenset(
    {
        message_kinds.CONFIRMED,
        message_kinds.WAITLISTED,
        message_kinds.REQUESTED,
        message_kinds.OWN_PAGE,
        message_kinds.MOVED,
        message_kinds.CANCELLED,
    }
)
#: Of a registration whose contact person has opened nothing, these count for the number: it may be a stranger's.
_REMINDERS = frozenset({message_kinds.REMINDER, message_kinds.STARTING, message_kinds.FOLLOW_UP})
# A message that may leave is not counted again when it is tried again.
_COUNTED_FOR = 24 * rate_limits.HOUR


def held_back(messages: Iterable[tuple[Message, Recipient]], now: datetime) -> dict[int, Later]:
    """Those of ``messages`` that must wait for the next hour, by number; of the others each counts, in their order.

    The cache is asked as often for a batch as for one SMS. What may leave is remembered before its text is made.
    """
    counting = [
        (message, to)
        for message, to in messages
        if message.channel == "sms" and _is_by_visitor(to.registration) and _is_counted(message, to.registration)
    ]
    if not counting:
        return {}
    known = cache.get_many([_counted(message) for message, _to in counting])
    new = [(message, to) for message, to in counting if _counted(message) not in known]
    beyond = _beyond_limits(new, now)
    if leaving := [_counted(message) for message, _to in new if message.pk not in beyond]:
        count_each(leaving, seconds=_COUNTED_FOR)
    later = Later(now + timedelta(seconds=rate_limits.HOUR - now.timestamp() % rate_limits.HOUR), HELD_BACK)
    return dict.fromkeys(beyond, later)


def _is_by_visitor(registration: Registration | None) -> bool:
    """Whether nobody but the visitor had a hand in it."""
    if registration is None or registration.decided_at is not None:
        return False
    return registration.source == Registration.Source.WEB


def _is_counted(message: Message, registration: Registration | None) -> bool:
    """Whether ``message`` about ``registration`` spares its number: what it caused, and reminders nobody has opened."""
    if message.kind in _REMINDERS:
        return registration is not None and registration.link_opened_at is None
    return message.kind in _TO_A_NUMBER and not is_by_staff(message)


def _counted(message: Message) -> str:
    return f"sms-counted/{message.pk}"


def _beyond_limits(messages: list[tuple[Message, Recipient]], now: datetime) -> set[int]:
    """The numbers of those that are too much for their phone number, or else for their conference; all are counted."""
    limits: dict[str, int] = settings.SMS_PER_HOUR
    beyond = _beyond(limits["number"], {message.pk: _of_number(message) for message, _to in messages}, now)
    of_conference = {
        message.pk: f"sms-of/{to.conference.pk}"
        for message, to in messages
        if message.kind in _OF_A_CONFERENCE and message.pk not in beyond
    }
    return beyond | _beyond(limits["conference"], of_conference, now)


def _beyond(limit: int, counters: dict[int, str], now: datetime) -> set[int]:
    """The messages that are beyond ``limit`` (0: there is none); ``counters`` says by message what counts it."""
    if not limit or not counters:
        return set()
    counts = rate_limits.count_all([*counters.values()], now)
    return {number for number, count in zip(counters, counts, strict=True) if count > limit}


def _of_number(message: Message) -> str:
    # A cache may be looked into: it holds no number.
    return f"sms-to/{sha256(f'{settings.SECRET_KEY}/{message.address}'.encode()).hexdigest()[:24]}"
