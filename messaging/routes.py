"""By which channels a message goes, in which order.

A route is written as groups joined by "+", each with its channels in order joined by ",": "email+sms" is both,
"email,sms" an SMS only where there is no e-mail or it came back, "email+zalo,sms" an e-mail and, beside it, Zalo or
else an SMS.
"""

from django.utils.translation import gettext_lazy as _

from outbox import channels

BOTH = "email+sms"

ROUTES = {
    BOTH: _("e-mail and SMS"),
    "email,sms": _("e-mail; SMS only if there is no e-mail or it came back"),
    "sms,email": _("SMS; e-mail only if there is no mobile or it failed"),
    "email": _("e-mail only"),
    "sms": _("SMS only"),
    "email+zalo,sms": _("e-mail and Zalo; SMS if Zalo does not reach them"),
    "email,zalo,sms": _("e-mail; else Zalo; else SMS"),
    "zalo,sms": _("Zalo; else SMS"),
}


def groups(route: str) -> list[list[str]]:
    """The groups of ``route`` with the channels that this installation has; every group sends one message."""
    in_use = channels.names()
    found = [[channel for channel in group.split(",") if channel in in_use] for group in route.split("+")]
    return [group for group in found if group]


def choices() -> list[tuple[str, str]]:
    """The routes that make sense here: those with Zalo only where Zalo is set up."""
    return [(code, label) for code, label in ROUTES.items() if "zalo" not in code or "zalo" in channels.names()]
