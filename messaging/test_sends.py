"""Test messages: organisers send a text to themselves, by the way that real ones take."""

from datetime import datetime, timedelta

from django.utils.translation import gettext

from accounts.models import User
from common.phones import mobile_of
from messaging.kind_names import TRIAL
from messaging.previews import TextPreview
from outbox import channels, queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit

_EVERY = 10  # seconds
_WORTH = timedelta(hours=1)


class NotPossible(Exception):
    """No test message can be sent; the text says why."""


def address(user: User, channel: str) -> str:
    """Where ``user`` gets a test message over ``channel``; "" if nowhere."""
    if channel not in channels.names():
        return ""
    return {"email": user.email or "", "sms": mobile_of(user.phone)}.get(channel, "")


def send(*, user: User, text: TextPreview, language: str, now: datetime) -> str:
    """Put ``text`` into the outbox to ``user``, who asks for it; returns the address to which it goes.

    Raises:
        NotPossible: it has a fault, they have no address there, or they sent one a moment ago.
    """
    if text.content is None:
        raise NotPossible(text.problem)
    if not (to := address(user, text.channel)):
        raise NotPossible(gettext("Your account has no address for this channel."))
    # One a span of time and user: pressed twice, also on two machines at once, it is one message.
    slot = int(now.timestamp()) // _EVERY
    keys = [f"{TRIAL}/{user.pk}/{number}/{text.channel}" for number in (slot, slot - 1)]
    if Message.objects.filter(key__in=keys, created_at__gt=now - timedelta(seconds=_EVERY)).exists():
        raise NotPossible(gettext("You have just sent a test message. Please wait ten seconds."))
    subject = gettext("[Test] %(subject)s") % {"subject": text.content.stored_subject()}
    queue.post(
        [
            Message(
                key=keys[0],
                channel=text.channel,
                address=to,
                language=language,
                kind=TRIAL,
                subject=subject[:200] if text.channel == "email" else "",
                text=text.content.stored_text(),
                # They ask for it themselves, at whatever hour.
                any_hour=True,
                due_at=now,
                created_at=now,
                expires_at=now + _WORTH,
            )
        ]
    )
    nudge_on_commit()
    return to
