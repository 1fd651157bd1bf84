"""Inviting: sending each guest of an invitation their link."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from conference.models import Conference
from outbox import queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref
from registrations import messages
from registrations.models import Guest, Invitation
from registrations.services.common import RegistrationRefused


class InvitedMeanwhile(RegistrationRefused):
    """Somebody has sent the invitation since the page was drawn; nothing was sent."""


@dataclass(frozen=True)
class GuestsToInvite:
    """How the ``guests`` of an invitation, all of them, stand to it."""

    guests: list[Guest]

    @cached_property
    def reached(self) -> list[Guest]:
        """Those who have not registered and can be reached."""
        return [guest for guest in self.guests if guest.registration_id is None and can_be_reached(guest)]

    @cached_property
    def unreached(self) -> list[Guest]:
        """Those who have not registered and have no address."""
        return [guest for guest in self.guests if guest.registration_id is None and not can_be_reached(guest)]

    @cached_property
    def fresh(self) -> list[Guest]:
        """Those who can be reached and have not been invited yet."""
        return [guest for guest in self.reached if guest.invited_at is None]

    @property
    def registered(self) -> int:
        """How many have registered."""
        return len(self.guests) - len(self.reached) - len(self.unreached)

    @property
    def last_sent_at(self) -> datetime | None:
        return max((guest.invited_at for guest in self.guests if guest.invited_at), default=None)

    @property
    def mark(self) -> str:
        """Goes back with the page that shows this, so that pressing twice does not send twice."""
        return _mark(self.last_sent_at)


def _mark(last_sent_at: datetime | None) -> str:
    return last_sent_at.isoformat() if last_sent_at else ""


def can_be_reached(guest: Guest) -> bool:
    """Whether a message finds ``guest``."""
    return bool(messages.addresses(guest.email, guest.mobile))


def takes_guests(conference: Conference, now: datetime) -> bool:
    """Whether guests of ``conference`` can still register, now or later."""
    return now < conference.closes_at and not conference.cancelled_at


def guests_to_invite(*, invitation: Invitation) -> GuestsToInvite:
    """Whom ``invitation`` can be sent. One query."""
    return GuestsToInvite(list(invitation.guests.all()))


def invite(*, invitation: Invitation, now: datetime, again: bool = False, mark: str | None = None) -> int:
    """Send the guests of ``invitation`` who have not been invited yet their links.

    With ``again`` all who have not registered get theirs. ``mark``: the one of ``guests_to_invite`` when somebody
    decided this; None: nobody looked. Returns how many guests that are.

    Raises:
        InvitedMeanwhile: it has been sent since ``mark``.
        RegistrationRefused: the invitation is out of use, or the conference takes no registrations.
    """
    if not invitation.is_active:
        raise RegistrationRefused(_("This invitation is out of use."))
    if not takes_guests(invitation.conference, now):
        raise RegistrationRefused(_("This conference takes no registrations any more."))
    with transaction.atomic():
        guests = Guest.objects.select_for_update().filter(invitation=invitation, registration=None)
        if not again:
            guests = guests.filter(invited_at=None)
        chosen = [guest for guest in guests if can_be_reached(guest)]
        if mark is not None:
            _require_unsent_since(mark, invitation)
        queue.post(_rows(invitation, chosen, now))
        Guest.objects.filter(pk__in=[guest.pk for guest in chosen]).update(invited_at=now)
        nudge_on_commit()
    return len(chosen)


def _require_unsent_since(mark: str, invitation: Invitation) -> None:
    last = Guest.objects.filter(invitation=invitation).aggregate(last=Max("invited_at"))["last"]
    if _mark(last) != mark:
        raise InvitedMeanwhile(_("The invitations have been sent meanwhile. Please look at the numbers once more."))


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
