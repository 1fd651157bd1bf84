"""Delivery reports: what providers say became of a message, by callback, webhook or over the connection."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hmac import compare_digest

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac

from outbox import fallback
from outbox.channels import Outcome, Report
from outbox.models import EarlyReport, Message

# How long a report of an unknown message is kept: its message may be recorded a moment later, never days later.
_KEPT = timedelta(days=1)
# A report moves a message only forward from these.
_OPEN = (Message.State.SENDING, Message.State.SENT, Message.State.UNCERTAIN)


def secret(channel: str, key: str | None = None) -> str:
    """The last part of the callback address of ``channel``: providers do not sign, so whoever knows it is believed."""
    return salted_hmac("outbox.callback", channel, secret=key, algorithm="sha256").hexdigest()[:32]


def is_secret(channel: str, given: str) -> bool:
    """Whether ``given`` opens the callback of ``channel``; one made with an earlier key does, too."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(compare_digest(secret(channel, key).encode(), given.encode("utf-8", "replace")) for key in keys)


def callback_url(channel: str) -> str:
    """Where the provider behind ``channel`` may report."""
    return f"{settings.SITE_URL}{reverse('outbox:callback', args=[channel, secret(channel)])}"


def apply(*, channel: str, reports: Iterable[Report], now: datetime) -> int:
    """Record ``reports``; the same one again changes nothing, and none takes back what another said.

    A report that names a message by the provider's reference and comes before that reference is recorded is kept.
    Returns how many messages changed.
    """
    return sum(_apply_one(channel, report, now) for report in reports)


def apply_early(now: datetime) -> None:
    """Try the reports once more that came before their message was recorded; forget those that nobody needs."""
    for early in EarlyReport.objects.all()[:500]:
        report = Report(
            Outcome(early.outcome),
            provider_reference=early.provider_reference,
            words=early.words,
            bad_address=early.bad_address,
        )
        if _find(early.channel, report) is not None:
            with transaction.atomic():
                _apply_one(early.channel, report, now)
                early.delete()
        elif early.received_at < now - _KEPT:
            early.delete()


def _find(channel: str, report: Report) -> Message | None:
    if report.provider_reference:
        found = Message.objects.filter(channel=channel, provider_reference=report.provider_reference[:200])
        return found.order_by("-id").first()
    number = report.reference.partition("-")[0]
    message = (
        Message.objects.filter(pk=int(number), channel=channel).first()
        if number.isascii() and number.isdecimal() and len(number) < 19
        else None
    )
    return message if message is not None and message.reference == report.reference else None


def _apply_one(channel: str, report: Report, now: datetime) -> int:
    message = _find(channel, report)
    if message is None:
        if report.provider_reference:
            EarlyReport.objects.bulk_create(
                [
                    EarlyReport(
                        channel=channel,
                        provider_reference=report.provider_reference[:200],
                        outcome=report.outcome,
                        words=report.words[:300],
                        bad_address=report.bad_address,
                        received_at=now,
                    )
                ],
                ignore_conflicts=True,
            )
        return 0
    open_rows = Message.objects.filter(pk=message.pk, state__in=_OPEN)
    if report.outcome == Outcome.DELIVERED:
        return open_rows.update(
            state=Message.State.DELIVERED, delivered_at=now, sent_at=message.sent_at or now, lease_until=None, error=""
        )
    with transaction.atomic():
        changed = open_rows.update(state=Message.State.FAILED, lease_until=None, error=report.words[:300])
        if changed:
            fallback.after_failure(message, now=now, reason=report.words, bad_address=report.bad_address)
    return changed
