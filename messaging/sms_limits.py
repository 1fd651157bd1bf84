"""How many SMS the registering of people may cause in an hour; what is more waits for the next one.

Anybody may fill in the form, and each SMS costs money and rings with somebody (docs/adr/0033-sms-limits.md). What staff
enter, decide, move, cancel or send is not counted; of what rules send, what goes to a number that has opened nothing,
so that nobody can have one rung by a hundred reminders. Counted in the cache: without one nothing is limited.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_noop

from common import rate_limits
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
_COUNTED_FOR = timedelta(days=1)


class Turns:
    """When the SMS of ``batch`` may leave. The cache is asked once which of them are counted, and told at the end.

    It is told as well if a text cannot be made: then each message of the batch is asked for again by itself.
    """

    def __init__(self, batch: list[Message]) -> None:
        keys = [_counted(message) for message in batch if message.channel == "sms"]
        self._counted = set(cache.get_many(keys)) if keys else set()
        self._new: list[str] = []

    def turn_of(self, message: Message, recipient: Recipient, now: datetime) -> Later | None:
        """When ``message`` to ``recipient`` may leave, if not at ``now``; None: it may. Counts it."""
        registration = recipient.registration
        if message.channel != "sms" or not _is_by_visitor(registration) or not _is_counted(message, registration):
            return None
        if _counted(message) in self._counted:
            return None
        if not _is_too_much(message, recipient.conference.pk, now):
            self._new.append(_counted(message))
            return None
        hour = timedelta(seconds=rate_limits.HOUR)
        return Later(now + hour - timedelta(seconds=now.timestamp() % rate_limits.HOUR), HELD_BACK)

    def __enter__(self) -> "Turns":
        return self

    def __exit__(self, *raised: object) -> None:
        if self._new:
            cache.set_many(dict.fromkeys(self._new, 1), timeout=int(_COUNTED_FOR.total_seconds()))


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


def _is_too_much(message: Message, conference_id: int, now: datetime) -> bool:
    limits: dict[str, int] = settings.SMS_PER_HOUR
    # A cache may be looked into: it holds no number.
    number = sha256(f"{settings.SECRET_KEY}/{message.address}".encode()).hexdigest()[:24]
    if limits["number"] and rate_limits.count(f"sms-to/{number}", now) > limits["number"]:
        return True
    if message.kind not in _OF_A_CONFERENCE or not limits["conference"]:
        return False
    return rate_limits.count(f"sms-of/{conference_id}", now, often=True) > limits["conference"]
