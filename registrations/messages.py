"""What registrants are told: which messages, to whom. Their words are made when they leave, in messaging/."""

from collections.abc import Iterable
from datetime import datetime

from notifications import channels
from notifications.models import Message
from registrations.models import Delegate, Registration

#: Which state a registration must still be in when a message of this kind leaves.
VALID_IN = {
    "confirmed": Registration.State.CONFIRMED,
    "promoted": Registration.State.CONFIRMED,
    "moved": Registration.State.CONFIRMED,
    "waitlisted": Registration.State.WAITLISTED,
    "cancelled": Registration.State.CANCELLED,
}
COMPOSER = "messaging"


def topic(point_id: int) -> str:
    """What the outbox calls everything about a bridge point."""
    return f"point/{point_id}"


def addresses(delegate: Delegate) -> list[tuple[str, str]]:
    """Channel and address of each way to tell ``delegate`` about his registration."""
    ways = (("email", delegate.email), ("sms", delegate.mobile))
    in_use = channels.names()
    return [(channel, address) for channel, address in ways if address and channel in in_use]


def about(
    registration: Registration,
    delegates: Iterable[Delegate],
    *,
    kind: str,
    now: datetime,
    ends_at: datetime,
    occasion: str = "",
) -> list[Message]:
    """The outbox rows that tell ``delegates`` about ``registration``; worthless after ``ends_at``.

    ``kind`` is a key of VALID_IN; ``occasion`` tells apart messages of one kind, "" for the first.
    """
    return [
        Message(
            key=f"{kind}/{registration.pk}/{occasion}/{delegate.pk}/{channel}",
            channel=channel,
            address=address,
            language=registration.language,
            composer=COMPOSER,
            kind=kind,
            occasion=kind,
            topic=topic(registration.bridge_point_id),
            person=delegate.person,
            due_at=now,
            created_at=now,
            expires_at=ends_at,
        )
        for delegate in delegates
        for channel, address in addresses(delegate)
    ]
