"""What people call the channels, in the order in which they stand everywhere."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CHANNEL_NAMES: dict[str, str | Promise] = {"email": _("e-mail"), "sms": "SMS", "zalo": "Zalo"}


def channel_name(channel: str) -> str:
    """The name of ``channel`` (a key of ``OUTBOX_CHANNELS``) as people say it; an unknown one is itself."""
    return str(CHANNEL_NAMES.get(channel, channel))
