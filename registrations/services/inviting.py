"""Inviting: sending each guest of an invitation his link."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from outbox import queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref
from registrations import messages
from registrations.models import Guest, Invitation
from registrations.services.common import RegistrationRefused


def invite(*, invitation: Invitation, now: datetime, again: bool = False) -> int:
    """Send the guests of ``invitation`` who have not been invited yet their links.

    With ``again`` all who have not registered get theirs. Returns how many guests that are.

    Raises:
        RegistrationRefused: the invitation is out of use, or the conference takes no registrations.
    """
    if not invitation.is_active:
        raise RegistrationRefused(_("This invitation is out of use."))
    if now >= invitation.conference.closes_at or invitation.conference.cancelled_at:
        raise RegistrationRefused(_("This conference takes no registrations any more."))
    with transaction.atomic():
        guests = Guest.objects.select_for_update().filter(invitation=invitation, registration=None)
        if not again:
            guests = guests.filter(invited_at=None)
        chosen = [guest for guest in guests if messages.addresses(guest.email, guest.mobile)]
        queue.post(_rows(invitation, chosen, now))
        Guest.objects.filter(pk__in=[guest.pk for guest in chosen]).update(invited_at=now)
        nudge_on_commit()
    return len(chosen)


def _rows(invitation: Invitation, guests: list[Guest], now: datetime) -> list[Message]:
    point = invitation.bridge_point_id
    return [
        Message(
            key=f"invited/{guest.pk}/{int(now.timestamp())}/{channel}",
            channel=channel,
            address=address,
            language=settings.LANGUAGE_CODE,
            composer=messages.COMPOSER,
            kind="invited",
            occasion=str(Ref("invitation", invitation.pk)),
            topic=messages.topic(point) if point else str(Ref("conference", invitation.conference_id)),
            person=guest.person,
            due_at=now,
            created_at=now,
            expires_at=invitation.conference.closes_at,
        )
        for guest in guests
        for channel, address in messages.addresses(guest.email, guest.mobile)
    ]
