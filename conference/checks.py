"""Misconfiguration becomes a system check."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register


@register(Tags.security, deploy=True)
def real_installation(app_configs, **kwargs) -> list[CheckMessage]:
    """What a real installation must have set."""
    found: list[CheckMessage] = []
    if settings.DEMO:
        found.append(Error("DEMO is on: everybody can read the mailbox.", hint="Unset DEMO.", id="diemcau.E001"))
    if not settings.MFA_REQUIRED_FOR_STAFF:
        found.append(Warning("Staff may sign in without a second factor.", id="diemcau.W001"))
    if not settings.SITE_URL.startswith("https://"):
        found.append(Warning("SITE_URL is not an https:// address.", id="diemcau.W002"))
    if "sms" not in settings.OUTBOX_CHANNELS:
        found.append(Info("No SMS are sent.", hint="Set SMS_URL.", id="diemcau.I001"))
    return found


@register(Tags.compatibility)
def known_channels(app_configs, **kwargs) -> list[CheckMessage]:
    """Every channel in the settings can be imported."""
    from outbox.channels import get_channel, names

    found: list[CheckMessage] = []
    for name in names():
        try:
            get_channel(name)
        except ImportError as error:
            found.append(Error(f"Channel {name!r} cannot be loaded: {error}", id="diemcau.E002"))
        except ValueError as error:
            hint = f"See {name.upper()}_URL in docs/channels.md."
            found.append(Error(f"The address of channel {name!r} is of no use: {error}", hint=hint, id="diemcau.E003"))
    return found


@register(Tags.compatibility)
def known_hours(app_configs, **kwargs) -> list[CheckMessage]:
    """The quiet hours are hours."""
    from outbox import quiet_hours

    try:
        quiet_hours.parse(settings.QUIET_HOURS)
    except ValueError as error:
        return [Error(str(error), id="diemcau.E004")]
    return []
