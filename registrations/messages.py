"""What registrants are told: which messages, to whom. Their words are made when they leave, in messaging/."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.timezone import localdate

from common.lookups import Among, LookUp
from common.new_rows import new_row
from common.phones import e164_of, mobile_of
from common.round_trips import Beside, RoundTrip
from outbox import channels
from outbox.models import Message
from outbox.refs import Ref
from registrations.models import Delegate, Registration
from registrations.tokens import signature

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
#: What is about a bridge point and of no use to somebody who has moved away: its details, too.
OF_POINT = (*VALID_IN, "details")
#: What changes something that people may have heard of.
_CHANGES = frozenset({"moved", "promoted", "cancelled", "declined"})
#: How the ``occasion`` begins of what staff did, not the registrant.
_BY_STAFF = "staff"
COMPOSER = "messaging"


def topic(point_id: int) -> str:
    """What the outbox calls everything about a bridge point."""
    return str(Ref("point", point_id))


def addresses(email: str, mobile: str) -> list[tuple[str, str]]:
    """Channel and address of each way to reach somebody about their registration."""
    in_use = channels.names()
    return [
        (channel, address) for channel, address in (("email", email), ("sms", mobile)) if address and channel in in_use
    ]


def ways(registration: Registration, delegates: Iterable[Delegate]) -> set[str]:
    """The channels over which the people of ``registration`` hear about it."""
    readers = _readers(registration, delegates)
    return {channel for _person, addresses_of_one in readers for channel, _address in addresses_of_one}


def contact_person(registration: Registration) -> str:
    """What the outbox calls a contact person who does not attend."""
    return str(Ref("contact", registration.pk))


def persons(registration: Registration, delegates: Iterable[Delegate]) -> list[str]:
    """Everybody whom the outbox knows in connection with ``registration``."""
    return [contact_person(registration), *(delegate.person for delegate in delegates)]


_COLLEAGUES: LookUp[Delegate, list[int]] = LookUp(
    lambda numbers: Delegate.objects.filter(Among(F("registration"), numbers), is_contact=False)
)


def delegates_without_address(registrations: Iterable[int]) -> dict[int, list[Delegate]]:
    """By registration the delegates whom no message reaches: the contact person passes their links on. One query."""
    found: dict[int, list[Delegate]] = {}
    for delegate in _COLLEAGUES.rows([*registrations]):
        if not addresses(delegate.email, delegate.mobile):
            found.setdefault(delegate.registration_id, []).append(delegate)
    return found


def _readers(
    registration: Registration, delegates: Iterable[Delegate], also_by_sms: Container[str] = ()
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Who is told about ``registration``: its delegates, and a contact person who is none of them.

    ``also_by_sms``: persons who get SMS even if colleagues wait for theirs.
    """
    people = list(delegates)
    wait = registration.colleagues_wait
    readers = [
        (d.person, addresses(d.email, "" if wait and not d.is_contact and d.person not in also_by_sms else d.mobile))
        for d in people
    ]
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
    by_staff: bool = False,
) -> list[Message]:
    """The outbox rows that tell ``delegates`` about ``registration``; worthless after ``ends_at``.

    ``kind`` is a key of VALID_IN; ``occasion`` tells apart messages of one kind, "" for the first. A contact person who
    does not attend is told, too, unless not ``to_contact``. ``by_staff``: it tells what staff did.
    """
    if by_staff:
        occasion = f"{_BY_STAFF}-{occasion}"
    people = list(delegates)
    heard = _have_had_sms(registration, people) if kind in _CHANGES else set()
    readers = _readers(registration, people, heard)
    if not to_contact:
        readers = [reader for reader in readers if reader[0] != contact_person(registration)]
    return [
        new_row(
            Message,
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


def is_by_staff(message: Message) -> bool:
    """Whether ``message``, a row of ``about``, tells what staff did."""
    return f"/{_BY_STAFF}-" in message.key


def _have_had_sms(registration: Registration, delegates: Sequence[Delegate]) -> set[str]:
    """Those of ``delegates`` who wait for their SMS, but have had one, such as an announcement.

    What it said may hold no longer. No query if nobody waits.
    """
    waiting = [one.person for one in delegates if one.mobile and not one.is_contact]
    if not waiting or not registration.colleagues_wait:
        return set()
    had = Message.objects.filter(person__in=waiting, state__in=Message.LEFT).exclude(channel="email")
    return set(had.values_list("person", flat=True))


#: Why somebody gets the link to their page: they asked for it or are new there, or somebody registered them once more.
OWN_PAGE, REGISTERED_AGAIN = "own_page", "registered_again"


def own_page(registration: Registration, *, now: datetime, occasion: str) -> list[Message]:
    """The outbox rows that send the contact person of ``registration`` the link to its page.

    ``occasion`` tells apart messages to the same person.
    """
    ways = addresses(registration.contact_email, mobile_of(registration.contact_phone))
    return _with_link(registration, {way: f"own_page/{registration.pk}/{occasion}/{way[0]}" for way in ways}, now)


def _with_link(
    registration: Registration, keys: Mapping[tuple[str, str], str], now: datetime, why: str = OWN_PAGE
) -> list[Message]:
    """Rows with the link to the page of ``registration``, one for each channel and address of ``keys``."""
    contact = registration.delegates.filter(is_contact=True).first()
    person = contact.person if contact else contact_person(registration)
    return [
        new_row(
            Message,
            key=key,
            channel=channel,
            address=address,
            language=registration.language,
            composer=COMPOSER,
            kind="own_page",
            occasion=why,
            topic=topic(registration.bridge_point_id),
            person=person,
            due_at=now,
            created_at=now,
            expires_at=registration.conference.ends_at,
        )
        for (channel, address), key in keys.items()
    ]


# Of so many earlier registrations the contacts are looked at, and so many of these are told.
_MOST_EARLIER, _MOST_TOLD = 20, 3


def to_earlier_contacts(registration: Registration, *, now: datetime, numbers: Sequence[int]) -> list[Message]:
    """Messages with their own link to those who seem to have registered for this conference before.

    ``numbers``: of their registrations, as ``ask_for_earlier`` finds them. One message to an address, with the link of
    the latest: by mail, or to who has none by SMS, once a day, since the SMS to a number are limited and confirmations
    need them (docs/adr/0033-sms-limits.md). Only that contact hears of it: nobody learns here who has registered.
    """
    # Nearly always; and a queryset that nobody asks is as dear as the question was.
    if not numbers:
        return []
    found = Registration.objects.filter(pk__in=numbers).select_related("conference").order_by("-created_at", "-id")
    latest: dict[tuple[str, str], Registration] = {}
    for one in found:
        for way in addresses(one.contact_email, mobile_of(one.contact_phone))[:1]:
            latest.setdefault(way, one)
    told = [*latest.items()][:_MOST_TOLD]
    rows = [
        row
        for way, one in told
        for row in _with_link(one, {way: _key_of_again(registration, one, way, now)}, now, REGISTERED_AGAIN)
    ]
    # Two transactions that store the same keys wait for each other if each has another one first.
    return sorted(rows, key=lambda row: row.key)


def _key_of_again(registration: Registration, earlier: Registration, way: tuple[str, str], now: datetime) -> str:
    """What only one message may have: to a mail address one for each ``registration``, to a number one a day."""
    channel, address = way
    if channel == "email":
        return f"own_page/{earlier.pk}/again-{registration.pk}/{channel}"
    # A key outlives the number in the row when somebody is erased: it holds none.
    return f"own_page/again/{registration.conference_id}/{localdate(now)}/{signature('again', address)}/{channel}"


# Asked at each registration, and hardly anybody registers twice: written out, since having it composed takes six times
# as long as the answer. An address finds few rows by its index; "+ 0" keeps the planner of a table that has grown too
# fast for its statistics from walking through the conference instead. One question for each way: of two ways in one
# the planner of a small table makes a walk through all of it, and keeps to that while hundreds come a second.
_EARLIER = """
SELECT registrations_registration.id FROM registrations_registration {join}
WHERE {name} = %s AND conference_id + 0 = %s AND {other} AND state IN ({states})
"""
_ANOTHER = "registrations_registration.id + 0 <> %s"
_BEFORE = "(registrations_registration.created_at, registrations_registration.id + 0) < (%s, %s)"
_STATES = ", ".join(f"'{state}'" for state in map(str, Registration.ACTIVE))
_JOIN = "JOIN registrations_organisation ON registrations_organisation.id = organisation_id"


def ask_for_earlier(registration: Registration, trip: RoundTrip) -> Beside:
    """Ask with the next query of ``trip`` for the latest other active registrations of the same contact.

    The same tax code, phone or e-mail. Ask it when the point of ``registration`` is locked: of two forms of one contact
    the second then knows of the first.
    """
    sql, values = _same_contact(registration, _ANOTHER, [registration.pk])
    return trip.ask_beside(sql, values) if sql else Beside("", ())


def find_earlier(registration: Registration) -> list[int]:
    """The same for one of many that are stored by now: none that was registered after it."""
    created_at = connection.ops.adapt_datetimefield_value(registration.created_at)
    sql, values = _same_contact(registration, _BEFORE, [created_at, registration.pk])
    return [number for (number,) in RoundTrip().fetch_planned(sql, values)] if sql else []


def _same_contact(registration: Registration, other: str, but: Sequence[Any]) -> tuple[str, list[Any]]:
    """The question for those of the same contact, "" if nothing is known of it, and its values; ``other``: but it."""
    ways = (
        ("contact_email", registration.contact_email, ""),
        ("contact_phone", e164_of(registration.contact_phone), ""),
        ("tax_code", registration.organisation.tax_code, _JOIN),
    )
    asked, values = [], list[Any]()
    for name, value, join in ways:
        # An empty value is nobody's.
        if value:
            asked.append(_EARLIER.format(name=name, join=join, other=other, states=_STATES))
            values += [value, registration.conference_id, *but]
    return (f"{' UNION '.join(asked)} ORDER BY 1 DESC LIMIT {_MOST_EARLIER}" if asked else ""), values
