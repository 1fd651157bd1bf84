"""Telling the organisers that a channel has stopped, or that more SMS were asked for than is usual."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from common import rate_limits
from conference.models import Conference
from messaging.kind_names import CHANNEL_STOPPED, SMS_HELD_BACK
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
    with translation.override(settings.LANGUAGE_CODE):
        subject = gettext("No messages go out by %(channel)s") % {"channel": channel.upper()}
        text = gettext(
            "The gateway for %(channel)s refuses to work: %(reason)s\n\n"
            "All messages are kept. Once it is mended they leave by themselves within 15 minutes, or at once with “Try "
            "now” on the delivery page of a conference:\n%(link)s\n"
        ) % {"channel": channel.upper(), "reason": reason, "link": f"{settings.SITE_URL}/admin/"}
    _write(f"stopped/{channel}/{int(now.timestamp())}", CHANNEL_STOPPED, ahead, subject, text, now)


def report_held_back(conference: Conference, *, now: datetime) -> None:
    """Tell people that SMS of ``conference`` wait (messaging/sms_limits.py), once in an hour; cheap to call again."""
    per_hour = settings.SMS_PER_HOUR
    with translation.override(settings.LANGUAGE_CODE):
        subject = gettext("%(conference)s: SMS are held back") % {"conference": conference.short_name}
        text = gettext(
            "Registering for %(conference)s has caused more SMS in this hour than usual: over %(most)d, or over"
            " %(to_number)d to one number. Mails go out as ever; the further SMS leave in the next hours, and none is"
            " lost.\n\n"
            "Please look at the latest registrations. If they are genuine, have SMS_PER_CONFERENCE_PER_HOUR or"
            " SMS_PER_NUMBER_PER_HOUR raised; if somebody plays with the form, cancel theirs, and what waits for them"
            " is not sent:\n%(link)s\n"
        ) % {
            "conference": conference.name,
            "most": per_hour["conference"],
            "to_number": per_hour["number"],
            "link": f"{settings.SITE_URL}{reverse('admin:registrations_registration_changelist')}",
        }
    hour = int(now.timestamp()) // rate_limits.HOUR
    of_it = Conference.objects.filter(pk=conference.pk)
    _write(f"held_back/{conference.pk}/{hour}", SMS_HELD_BACK, of_it, subject, text, now)


def _write(key: str, kind: str, conferences: QuerySet[Conference], subject: str, text: str, now: datetime) -> None:
    """A mail to superusers and whoever runs one of ``conferences``; one for each ``key``."""
    concerned = User.objects.filter(
        Q(is_superuser=True)
        | Q(pk__in=Conference.organisers.through.objects.filter(conference__in=conferences).values("user")),
        is_active=True,
    ).exclude(email="")
    queue.post(
        Message(
            key=f"{key}/{user.pk}",
            channel="email",
            address=user.email or "",
            kind=kind,
            person=str(Ref("user", user.pk)),
            subject=subject[:200],
            text=text,
            due_at=now,
            created_at=now,
            expires_at=now + timedelta(days=2),
        )
        for user in concerned.distinct()
    )
