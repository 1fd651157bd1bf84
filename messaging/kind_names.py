"""What every kind of message in the outbox is about, in words: for every page that shows one."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.messages import KINDS as OF_ACCOUNTS
from conference.roles import NAMED
from messaging import message_kinds

#: The names of kinds that are no ``message_kinds``; the outbox keeps them.
APPOINTED = "appointed"
CHANNEL_STOPPED = "channel_stopped"
SMS_HELD_BACK = "sms_held_back"
TRIAL = "trial"
SLIDES_ASKED = "slides_asked"
SLIDES_REMINDED = "slides_reminded"
TURN = "turn"

#: By ``Message.kind``.
KIND_NAMES: Mapping[str, Any] = {
    **message_kinds.LABELS,
    APPOINTED: _("appointed as coordinator"),
    NAMED: _("named as organiser or leader"),
    CHANNEL_STOPPED: _("alarm: a channel has stopped"),
    SMS_HELD_BACK: _("alarm: SMS wait for the next hour"),
    TRIAL: _("test message"),
    SLIDES_ASKED: _("request for slides"),
    SLIDES_REMINDED: _("reminder of slides"),
    TURN: _("the room speaks soon"),
    **OF_ACCOUNTS,
}


def kind_name(kind: str) -> str:
    """What a message of ``kind`` is about; a kind that nobody knows any more by its code."""
    return str(KIND_NAMES.get(kind, kind))
