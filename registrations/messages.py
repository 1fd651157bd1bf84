"""What registrants are told: which messages, to whom. Their words are made when they leave, in messaging/."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from notifications import channels
from notifications.models import Message
from registrations.models import Delegate, Organisation, Registration, mobile_of

#: Which state a registration must still be in when a message of this kind leaves.
VALID_IN = {
    "confirmed": Registration.State.CONFIRMED,
    "promoted": Registration.State.CONFIRMED,
    "moved": Registration.State.CONFIRMED,
    "waitlisted": Registration.State.WAITLISTED,
    "cancelled": Registration.State.CANCELLED,
    "requested": Registration.State.REQUESTED,
    "declined": Registration.State.DECLINED,
}
COMPOSER = "messaging"


def topic(point_id: int) -> str:
    """What the outbox calls everything about a bridge point."""
    return f"point/{point_id}"


def addresses(email: str, mobile: str) -> list[tuple[str, str]]:
    """Channel and address of each way to reach somebody about his registration."""
    in_use = channels.names()
    return [
        (channel, address) for channel, address in (("email", email), ("sms", mobile)) if address and channel in in_use
    ]


def contact_person(registration: Registration) -> str:
    """What the outbox calls a contact person who does not attend."""
    return f"contact/{registration.pk}"


def persons(registration: Registration, delegates: Iterable[Delegate]) -> list[str]:
    """Everybody whom the outbox knows in connection with ``registration``."""
    return [contact_person(registration), *(delegate.person for delegate in delegates)]


def unreached(registration: Registration) -> list[Delegate]:
    """Delegates of ``registration`` whom no message reaches: the contact person passes their links on. One query."""
    others = registration.delegates.filter(is_contact=False)
    return [delegate for delegate in others if not addresses(delegate.email, delegate.mobile)]


def _readers(registration: Registration, delegates: Iterable[Delegate]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Who is told about ``registration``: its delegates, and a contact person who is none of them."""
    people = list(delegates)
    readers = [(d.person, addresses(d.email, d.mobile)) for d in people]
    if not any(d.is_contact for d in people):
        ways = addresses(registration.contact_email, mobile_of(registration.contact_phone))
        readers.append((contact_person(registration), ways))
    return readers


def about(
    registration: Registration,
    delegates: Iterable[Delegate],
    *,
    kind: str,
    now: datetime,
    ends_at: datetime,
    occasion: str = "",
    to_contact: bool = True,
) -> list[Message]:
    """The outbox rows that tell ``delegates`` about ``registration``; worthless after ``ends_at``.

    ``kind`` is a key of VALID_IN; ``occasion`` tells apart messages of one kind, "" for the first. A contact person who
    does not attend is told, too, unless not ``to_contact``.
    """
    readers = _readers(registration, delegates)
    if not to_contact:
        readers = [reader for reader in readers if reader[0] != contact_person(registration)]
    return [
        Message(
            key=f"{kind}/{registration.pk}/{occasion}/{person.replace('/', '-')}/{channel}",
            channel=channel,
            address=address,
            language=registration.language,
            composer=COMPOSER,
            kind=kind,
            occasion=kind,
            topic=topic(registration.bridge_point_id),
            person=person,
            due_at=now,
            created_at=now,
            expires_at=ends_at,
        )
        for person, ways in readers
        for channel, address in ways
    ]


def own_page(registration: Registration, *, now: datetime, occasion: str) -> list[Message]:
    """The outbox rows that send the contact person of ``registration`` the link to its page."""
    contact = registration.delegates.filter(is_contact=True).first()
    person = contact.person if contact else contact_person(registration)
    return [
        Message(
            key=f"own_page/{registration.pk}/{occasion}/{channel}",
            channel=channel,
            address=address,
            language=registration.language,
            composer=COMPOSER,
            kind="own_page",
            occasion="own_page",
            topic=topic(registration.bridge_point_id),
            person=person,
            due_at=now,
            created_at=now,
            expires_at=registration.conference.ends_at,
        )
        for channel, address in addresses(registration.contact_email, mobile_of(registration.contact_phone))
    ]


def to_earlier_contacts(registration: Registration, *, now: datetime) -> list[Message]:
    """Messages with their own link to those who seem to have registered for this conference before.

    The same tax code, phone or e-mail. Only that contact hears of it: nobody learns here who has registered.
    """
    others = Registration.objects.active().filter(conference=registration.conference_id).exclude(pk=registration.pk)
    same = Q(pk__in=[])
    if registration.contact_email:
        same |= Q(contact_email=registration.contact_email)
    if registration.contact_phone:
        same |= Q(contact_phone=registration.contact_phone)
    if registration.organisation.tax_code:
        same |= Q(
            organisation__in=Organisation.objects.filter(tax_code=registration.organisation.tax_code).values("pk")
        )
    found = others.filter(same).select_related("conference").order_by("id")[:3]
    return [row for earlier in found for row in own_page(earlier, now=now, occasion=f"again-{registration.pk}")]
