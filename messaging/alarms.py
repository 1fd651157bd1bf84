"""Telling the organisers that a channel has stopped."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from conference.models import Conference
from outbox import channel_state, queue
from outbox.models import Message
from outbox.refs import Ref


def report_stopped_channels(*, now: datetime) -> None:
    """Tell people, once, of every channel that has stopped since the last call."""
    with transaction.atomic():
        for state in channel_state.claim_alarms():
            _report(state.name, state.reason, now)


def _report(channel: str, reason: str, now: datetime) -> None:
    """Write to everybody who runs a conference that lies ahead, and to superusers, by a channel that still works."""
    if channel == "email":
        # There is no other way to reach them; the delivery page and /healthz say it.
        return
    ahead = Conference.objects.filter(ends_at__gt=now, cancelled_at=None)
    concerned = User.objects.filter(
        Q(is_superuser=True)
        | Q(pk__in=Conference.organisers.through.objects.filter(conference__in=ahead).values("user")),
        is_active=True,
    ).exclude(email="")
    with translation.override(settings.LANGUAGE_CODE):
        subject = gettext("No messages go out by %(channel)s") % {"channel": channel.upper()}
        text = gettext(
            "The gateway for %(channel)s refuses to work: %(reason)s\n\n"
            "All messages are kept. Once it is mended they leave by themselves within 15 minutes, or at once with “Try "
            "now” on the delivery page of a conference:\n%(link)s\n"
        ) % {"channel": channel.upper(), "reason": reason, "link": f"{settings.SITE_URL}/admin/"}
    queue.post(
        Message(
            key=f"stopped/{channel}/{int(now.timestamp())}/{user.pk}",
            channel="email",
            address=user.email or "",
            kind="channel_stopped",
            person=str(Ref("user", user.pk)),
            subject=subject[:200],
            text=text,
            due_at=now,
            created_at=now,
            expires_at=now + timedelta(days=2),
        )
        for user in concerned.distinct()
    )
