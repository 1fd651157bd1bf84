"""What happens when an address is of no use: the message takes its next way, and the address is remembered."""

from datetime import datetime

from outbox import quiet_hours
from outbox.models import BadAddress, Message


def join_ways(ways: list[tuple[str, str]]) -> str:
    """``ways`` (channel and address) as ``Message.fallback`` keeps them."""
    return " ".join(f"{channel}:{address}" for channel, address in ways)


def split_ways(text: str) -> list[tuple[str, str]]:
    """The ways that ``join_ways`` wrote."""
    return [(channel, address) for channel, _, address in (way.partition(":") for way in text.split())]


def after_failure(message: Message, *, now: datetime, reason: str, bad_address: bool) -> None:
    """Send what ``message`` (now failed) said by its next way, if it has one and its time has not passed."""
    if bad_address:
        BadAddress.objects.bulk_create(
            [BadAddress(channel=message.channel, address=message.address, reason=reason[:300], since=now)],
            ignore_conflicts=True,
        )
    ways = split_ways(message.fallback)
    if not ways or (message.expires_at and message.expires_at <= now):
        return
    (channel, address), *rest = ways
    due_at = now
    if not message.any_hour:
        due_at = quiet_hours.next_waking_time(channel, now, until=message.expires_at)
    other = Message(
        # Keys end with the channel, so that the same message over the same channel is never there twice.
        key=f"{message.key.rpartition('/')[0]}/{channel}",
        channel=channel,
        address=address,
        fallback=join_ways(rest),
        due_at=max(due_at, now),
        created_at=now,
        **{
            name: getattr(message, name)
            for name in ("language", "composer", "kind", "occasion", "topic", "person", "any_hour", "expires_at")
        },
    )
    if not message.composer:
        other.subject, other.text = message.subject, message.text
    Message.objects.bulk_create([other], ignore_conflicts=True)
