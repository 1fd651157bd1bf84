"""The channels that ``settings.OUTBOX_CHANNELS`` names."""

from django.conf import settings
from django.utils.module_loading import import_string

from outbox.channels.base import (
    Attachment,
    Channel,
    DeliveryError,
    Envelope,
    Interrupted,
    Outcome,
    Refused,
    Report,
    Stopped,
    Unavailable,
    Uncertain,
    Unreachable,
)

__all__ = [
    "Attachment",
    "Channel",
    "DeliveryError",
    "Envelope",
    "Interrupted",
    "Outcome",
    "Refused",
    "Report",
    "Stopped",
    "Unavailable",
    "Uncertain",
    "Unreachable",
    "channel_class",
    "get_channel",
    "names",
]


def names() -> list[str]:
    """The names of all channels in use, such as "email" and "sms"."""
    return list(settings.OUTBOX_CHANNELS)


def channel_class(name: str) -> type[Channel]:
    """The class of the channel ``name``.

    Raises:
        KeyError: the settings name no such channel.
    """
    kind: type[Channel] = import_string(settings.OUTBOX_CHANNELS[name])
    return kind


def get_channel(name: str) -> Channel:
    """A new channel object for ``name``.

    Raises:
        KeyError: the settings name no such channel.
        ValueError: its address in the settings is not usable.
    """
    return channel_class(name)(settings.OUTBOX_CHANNEL_URLS.get(name, ""))
