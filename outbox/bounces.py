"""What mail services tell by Anymail's webhooks becomes a delivery report.

Docs: anymail.dev, "Tracking sent mail status". The webhook's own address carries the secret (ANYMAIL, WEBHOOK_SECRET).
"""

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.utils import timezone
from django.utils.translation import gettext

from outbox import receipts
from outbox.channels.base import Outcome, Report
from outbox.channels.email import enhanced_code, no_such_mailbox

_UNWANTED = {RejectReason.SPAM, RejectReason.UNSUBSCRIBED}


def record(sender: type, event: AnymailTrackingEvent, esp_name: str, **kwargs: object) -> None:
    """Receiver of ``anymail.signals.tracking``; the same event again changes nothing."""
    report = read(event)
    if report is not None:
        receipts.apply(channel="email", reports=[report], now=timezone.now())


def read(event: AnymailTrackingEvent) -> Report | None:
    """What ``event`` says of its mail; None where it settles nothing (queued, deferred, opened …)."""
    if not event.message_id:
        return None
    reference = str(event.message_id)
    # Who complains has got the mail. Sending it once more another way is the last thing to do.
    if event.event_type in (EventType.DELIVERED, EventType.COMPLAINED):
        return Report(Outcome.DELIVERED, provider_reference=reference)
    if event.event_type == EventType.BOUNCED:
        words, bad_address = _bounce(event)
    elif event.event_type == EventType.REJECTED:
        words, bad_address = _rejection(event)
    elif event.event_type == EventType.FAILED:
        words, bad_address = gettext("The mail service could not send this mail."), False
    else:
        return None
    line = _line(event)
    return Report(
        Outcome.FAILED,
        provider_reference=reference,
        words=f"{words} ({line})" if line else words,
        bad_address=bad_address,
    )


def _bounce(event: AnymailTrackingEvent) -> tuple[str, bool]:
    if _no_mailbox(event):
        return gettext("The mailbox does not exist."), True
    return gettext("The recipient's mail server sent the mail back."), False


def _rejection(event: AnymailTrackingEvent) -> tuple[str, bool]:
    if event.reject_reason in _UNWANTED:
        return gettext("The recipient does not want mails from us."), True
    if event.reject_reason in (RejectReason.INVALID, RejectReason.BOUNCED):
        return gettext("The mail service does not send to this address."), True
    return gettext("The mail service did not send this mail."), False


def _no_mailbox(event: AnymailTrackingEvent) -> bool:
    """Whether a bounce is about the address: by the server's enhanced code, else by the service's own judgement."""
    if code := enhanced_code(event.mta_response or "") or enhanced_code(event.description or ""):
        return no_such_mailbox(code)
    if event.reject_reason == RejectReason.INVALID:
        return True
    return event.reject_reason == RejectReason.BOUNCED and not _is_soft(event)


def _is_soft(event: AnymailTrackingEvent) -> bool:
    """Anymail counts some services' soft bounces (mailbox full …) as bounces; their own names tell."""
    raw = event.esp_event if event.esp_event is not None else {}
    own_names = [event.description, *(raw.get(name) for name in ("Type", "type", "event"))]
    kind = " ".join(str(name) for name in own_names if name).lower()
    return "soft" in kind or "transient" in kind


def _line(event: AnymailTrackingEvent) -> str:
    """The mail server's own words in one line."""
    return " ".join(str(event.mta_response or event.description or "").split())[:200]
