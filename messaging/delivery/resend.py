"""Sending again what did not arrive, and to a corrected address."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from bridges.models import Connection
from common.phones import mobile_of
from messaging import recipients as messaging_recipients
from messaging.compose import is_true_now
from messaging.delivery import counts
from messaging.recipients import Recipient
from outbox import channels, fallback, queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from outbox.queue import NotSendable
from registrations import messages, services
from registrations.models import Delegate, Registration

#: So many are sent again at once; the rest with the next press.
AT_ONCE = 500
#: What can be sent again: what has left, or never will.
AGAIN = (Message.State.SENT, Message.State.DELIVERED, Message.State.FAILED, Message.State.UNCERTAIN)


@transaction.atomic
def resend(*, message: Message, now: datetime) -> Message:
    """Send ``message`` again to where its person is reached now.

    Raises:
        NotSendable: it makes no sense any more, has not been sent yet, or its person has no such address any more.
    """
    if message.state not in AGAIN:
        raise NotSendable(gettext("This message has not been sent yet, or was withdrawn."))
    copy = _resend(message, messaging_recipients.load([message.person]).get(message.person), now)
    nudge_on_commit()
    return copy


def _resend(message: Message, recipient: Recipient | None, now: datetime) -> Message:
    _require_true(message, recipient, now)
    address = recipient.address(message.channel) if recipient else message.address
    if not address:
        raise NotSendable(gettext("This person has no address for this kind of message any more."))
    return queue.resend(message, now=now, address=address)


def _require_true(message: Message, recipient: Recipient | None, now: datetime) -> None:
    # A message without composer says what it says, to whomever.
    if message.composer and (recipient is None or not is_true_now(message, recipient, now)):
        raise NotSendable(gettext("This message is no longer true; it is not sent again."))


def select_failed(found: QuerySet[Message]) -> QuerySet[Message]:
    """Those of ``found`` that failed and were not sent again since, the first one first."""
    return counts.annotate_sent_again(found.filter(state=Message.State.FAILED)).filter(sent_again=False).order_by("id")


@transaction.atomic
def resend_failed(*, found: QuerySet[Message], now: datetime) -> tuple[int, int]:
    """Send again what failed in ``found``, ``AT_ONCE`` at most; how many were, and how many make no sense any more."""
    batch = list(select_failed(found)[:AT_ONCE])
    recipients = counts.recipients(batch)
    again = 0
    for message in batch:
        try:
            _resend(message, recipients.get(message.person), now)
        except NotSendable:
            continue
        again += 1
    nudge_on_commit()
    return again, len(batch) - again


@transaction.atomic
def correct_delegate(*, delegate: Delegate, email: str, phone: str, now: datetime) -> int:
    """Give ``delegate`` these addresses; returns how many messages go out to them again.

    ``phone`` in E.164, ``email`` in lower case, "" for none. What waits and what had failed goes there, and over a
    channel with a new address they hear how their registration stands. If they are the contact person, the registration
    has the addresses too.
    """
    before = dict(messages.addresses(delegate.email, delegate.mobile))
    services.keep_as_it_was(delegate)
    delegate.email, delegate.phone = email, phone
    delegate.save(update_fields=["email", "phone"])
    registration = delegate.registration
    if delegate.is_contact:
        registration.contact_email, registration.contact_phone = email, phone
        registration.save(update_fields=["contact_email", "contact_phone"])
    # The model's own field made a number of the text.
    delegate = Delegate.objects.get(pk=delegate.pk)
    services.readdress(delegate=delegate)
    return _tell(registration, delegate.person, before, dict(messages.addresses(delegate.email, delegate.mobile)), now)


@transaction.atomic
def correct_contact(*, registration: Registration, email: str, phone: str, now: datetime) -> int:
    """The same for a contact person who does not attend."""
    before = dict(messages.addresses(registration.contact_email, mobile_of(registration.contact_phone)))
    registration.contact_email, registration.contact_phone = email, phone
    registration.save(update_fields=["contact_email", "contact_phone"])
    services.readdress_contact(registration=registration)
    reached = dict(messages.addresses(email, mobile_of(phone)))
    return _tell(registration, messages.contact_person(registration), before, reached, now)


def _tell(
    registration: Registration, person: str, before: dict[str, str], reached: dict[str, str], now: datetime
) -> int:
    """Send again what had failed, and how ``registration`` stands to each address that is not as ``before``."""
    again = _resend_failed_to(person, reached, now)
    new = {channel for channel, address in reached.items() if before.get(channel) != address}
    return again + services.tell_state(registration=registration, person=person, over=new, now=now)


@transaction.atomic
def correct_technician(*, connection: Connection, name: str, email: str, phone: str, now: datetime) -> int:
    """The same for the technical contact of a bridge point."""
    connection.technician_name, connection.technician_email, connection.technician_phone = name, email, phone
    connection.save(update_fields=["technician_name", "technician_email", "technician_phone"])
    reached = {"email": email} if email else {}
    if mobile_of(phone):
        reached |= {"sms": phone, "zalo": phone}
    reached = {channel: address for channel, address in reached.items() if channel in channels.names()}
    person = f"{messaging_recipients.TECHNICIAN}/{connection.pk}"
    for channel in channels.names():
        unsent = Message.objects.unsent().filter(person=person, channel=channel)
        if channel in reached:
            unsent.update(address=reached[channel])
        else:
            unsent.withdraw()
    return _resend_failed_to(person, reached, now)


def _resend_failed_to(person: str, reached: dict[str, str], now: datetime) -> int:
    recipient = messaging_recipients.load([person]).get(person)
    again = 0
    for message in select_failed(Message.objects.filter(person=person)):
        if message.channel != "email" and message.channel not in reached and "sms" in reached:
            reached = {**reached, message.channel: reached["sms"]}
        try:
            _require_true(message, recipient, now)
            if message.channel in reached:
                queue.resend(message, now=now, address=reached[message.channel])
                again += 1
            else:
                again += _send_another_way(message, reached, now)
        except NotSendable:
            continue
    nudge_on_commit()
    return again


def _send_another_way(message: Message, reached: dict[str, str], now: datetime) -> int:
    """Send ``message`` over the first channel of ``reached``, unless the person has or will have had it there."""
    others: Iterable[tuple[str, str]] = reached.items()
    for channel, address in others:
        same = Message.objects.filter(
            person=message.person, kind=message.kind, occasion=message.occasion, channel=channel
        )
        if not same.exclude(state=Message.State.CANCELLED).exists():
            message.fallback = fallback.join_ways([(channel, address)])
            fallback.after_failure(message, now=now, reason="", bad_address=False)
            return 1
        return 0
    return 0
