"""The channels that ``settings.NOTIFICATION_CHANNELS`` names."""

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.channels.base import Attachment, Channel, DeliveryError, Envelope, Refused, Unavailable

__all__ = ["Attachment", "Channel", "DeliveryError", "Envelope", "Refused", "Unavailable", "get_channel", "names"]


def names() -> list[str]:
    """The names of all channels in use, such as "email" and "sms"."""
    return list(settings.NOTIFICATION_CHANNELS)


def get_channel(name: str) -> Channel:
    """A new channel object for ``name``.

    Raises:
        KeyError: the settings name no such channel.
    """
    return import_string(settings.NOTIFICATION_CHANNELS[name])()
