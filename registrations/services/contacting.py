"""Sending again: messages, links, to corrected addresses."""

from collections.abc import Container
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from common.phones import mobile_of
from conference.models import Conference
from outbox import queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from registrations import messages, seats
from registrations.models import Delegate, Registration
from registrations.services.common import is_ahead, lock_with_point
from registrations.services.opening import release_colleagues, trust

RESEND_PAUSE = timedelta(minutes=2)
# A button that was pressed twice.
_SAME_PRESS = timedelta(seconds=30)


def resend(*, registration: Registration, now: datetime, by_staff: bool = False) -> bool:
    """Send the messages about ``registration`` again, at most once every two minutes; whether there was anything to.

    ``by_staff``: to colleagues of a contact person who has opened none yet as well.
    Asking again within the two minutes is true as well: they are on their way.
    """
    if not is_ahead(registration, now):
        return False
    delegates = list(registration.delegates.all())
    with transaction.atomic():
        seats.lock(registration.bridge_point_id)
        persons = messages.persons(registration, delegates)
        recent = Message.objects.filter(person__in=persons, key__contains="/resend-", created_at__gt=now - RESEND_PAUSE)
        if recent.exists():
            if by_staff:
                # The registrant has asked for it just now, which sent nothing to colleagues who wait.
                release_colleagues(registration=registration, now=now)
            return True
        if by_staff:
            trust(registration, now)
        occasion = f"resend-{int(now.timestamp())}"
        ends_at = registration.conference.ends_at
        queue.post(
            messages.about(
                registration, delegates, kind=registration.state, occasion=occasion, now=now, ends_at=ends_at
            )
        )
        nudge_on_commit()
    return True


def send_own_links(*, conference: Conference, email: str, phone: str, now: datetime) -> int:
    """Send whoever has this (lower-case) e-mail address or phone number (E.164) the links to their registrations.

    Each at most once every two minutes. Returns how many registrations there are; never tell it to whoever asks. Of a
    conference that is cancelled or over none are sent.
    """
    if not conference.is_ahead_at(now):
        return 0
    mine = Q(pk__in=[])
    if email:
        mine |= Q(contact_email=email)
    if phone:
        mine |= Q(contact_phone=phone)
    found = list(
        Registration.objects.active()
        .filter(mine, conference=conference)
        .select_related("conference")
        .order_by("id")[:10]
    )
    # The same key within two minutes: one message.
    slot = int(now.timestamp() // RESEND_PAUSE.total_seconds())
    with transaction.atomic():
        for registration in found:
            queue.post(messages.own_page(registration, now=now, occasion=f"asked-{slot}"))
        if found:
            nudge_on_commit()
    return len(found)


def renew_links(*, registration: Registration, now: datetime) -> bool:
    """Kill the personal links of ``registration``, for example after one was passed on, and send new ones.

    Returns whether that was done: not if they are erased, or new since half a minute. Pressed twice it happens once,
    or the links of the first time would be dead in mails that have left already.
    """
    with transaction.atomic():
        _point, current = lock_with_point(registration.pk)
        delegates = list(current.delegates.all())
        persons = messages.persons(current, delegates)
        recent = Message.objects.filter(person__in=persons, key__contains="/links-", created_at__gt=now - _SAME_PRESS)
        if current.erased_at or recent.exists():
            return False
        trust(current, now)
        for holder in (current, *delegates):
            holder.renew_token()
            holder.save(update_fields=["token_version", "token_hash"])
        # Other messages get the new links when they leave.
        queue.withdraw(person=persons, kinds=messages.VALID_IN)
        if current.is_active:
            occasion = f"links-{current.token_version}"
            ends_at = current.conference.ends_at
            queue.post(
                messages.about(current, delegates, kind=current.state, occasion=occasion, now=now, ends_at=ends_at)
            )
            nudge_on_commit()
    return True


def readdress(*, delegate: Delegate) -> None:
    """Send what has not left yet to the corrected addresses of ``delegate``."""
    _readdress(delegate.person, delegate.email, delegate.mobile)


def readdress_contact(*, registration: Registration) -> None:
    """Send what has not left yet to the corrected addresses of a contact person who does not attend."""
    mobile = mobile_of(registration.contact_phone)
    _readdress(messages.contact_person(registration), registration.contact_email, mobile)


def _readdress(person: str, email: str, mobile: str) -> None:
    now_reached = dict(messages.addresses(email, mobile))
    for channel in ("email", "sms"):
        unsent = Message.objects.unsent().filter(person=person, channel=channel)
        if channel in now_reached:
            unsent.update(address=now_reached[channel])
        else:
            unsent.update(state=Message.State.CANCELLED, lease_until=None)


def tell_state(*, registration: Registration, person: str, over: Container[str], now: datetime) -> int:
    """Tell ``person``, who has new addresses on the channels ``over``, what state ``registration`` is in.

    ``person`` is a delegate of it or its contact person, as the outbox calls them. A channel on which such a message
    waits for them already is left alone. Returns how many messages that takes.
    """
    if not is_ahead(registration, now):
        return 0
    waiting = _channels_with_state_waiting(registration, person)
    rows = messages.about(
        registration,
        registration.delegates.all(),
        kind=registration.state,
        occasion=f"address-{int(now.timestamp())}",
        now=now,
        ends_at=registration.conference.ends_at,
    )
    rows = [row for row in rows if row.person == person and row.channel in over and row.channel not in waiting]
    queue.post(rows)
    nudge_on_commit()
    return len(rows)


def _channels_with_state_waiting(registration: Registration, person: str) -> set[str]:
    """The channels on which a message that tells the state of ``registration`` waits for ``person``."""
    kinds = [kind for kind, state in messages.VALID_IN.items() if state == registration.state]
    unsent = Message.objects.unsent().filter(person=person, kind__in=kinds)
    return set(unsent.values_list("channel", flat=True))
