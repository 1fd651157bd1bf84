"""Erasing personal data: from every table, from the outbox, from histories; the counts stay.

Law 91/2025/QH15: people may have their data erased, and organisers erase them when the purpose is over.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, Model, Q, QuerySet

from accounts.phone_numbers import e164_of
from accounts.phones import forget
from conference.models import Conference
from notifications import outbox
from notifications.models import BadAddress, MailboxItem, Message
from notifications.nudge import nudge_on_commit
from registrations import messages, seats
from registrations.exchange import waiting
from registrations.models import (
    Answer,
    Delegate,
    Erasure,
    Guest,
    Interest,
    Invitation,
    Organisation,
    Registration,
)
from registrations.services.common import lock_with_point, tell_promoted
from registrations.tokens import fingerprint

# So many registrations in one transaction when a whole conference is erased.
_AT_ONCE = 200


def erase(*, registration: Registration, way: str, now: datetime) -> None:
    """Erase everything personal about ``registration``; one that is still active gives its seats back first.

    Nobody is told, since there is nobody left to tell; whoever gets the seats is. After the conference it keeps its
    state, so that the counts stay what they were.
    """
    with transaction.atomic():
        point, current = lock_with_point(registration.pk)
        if current.erased_at:
            return
        ends_at = current.conference.ends_at
        if current.is_active and now < ends_at:
            seats.release(point, current, now)
            tell_promoted(seats.promote(point, now), now=now, ends_at=ends_at)
            nudge_on_commit()
        traces = _erase(current.conference, Registration.objects.filter(pk=current.pk), way=way, now=now)
        waiting.drop_with(current.conference, traces)


def erase_due(*, now: datetime) -> int:
    """Erase the registrations of the conferences whose time has come; returns how many."""
    erased = 0
    for conference in Conference.objects.filter(erased_at=None, ends_at__lte=now - timedelta(days=1)):
        if conference.erased_from > now:
            continue
        while True:
            with transaction.atomic():
                # Of two at once the second finds nothing left.
                Conference.objects.select_for_update().get(pk=conference.pk)
                rows = Registration.objects.filter(conference=conference, erased_at=None)
                chunk = list(rows.order_by("id").values_list("pk", flat=True)[:_AT_ONCE])
                if chunk:
                    _erase(
                        conference,
                        Registration.objects.filter(pk__in=chunk),
                        way=Erasure.Way.AUTOMATIC,
                        now=now,
                    )
                    waiting.drop_all(conference)
                    erased += len(chunk)
            if not chunk:
                break
        with transaction.atomic():
            _erase_guests(Guest.objects.filter(invitation__conference=conference))
            waiting.drop_all(conference)
            Conference.objects.filter(pk=conference.pk).update(erased_at=now)
    return erased


def _erase(conference: Conference, registrations: QuerySet[Registration], *, way: str, now: datetime) -> waiting.Traces:
    """Erase ``registrations`` and what tells of them; returns by what their people are found elsewhere."""
    rows = list(registrations.only("id", "contact_name", "contact_email", "contact_phone", "organisation_id"))
    numbers = [row.pk for row in rows]
    delegates = list(Delegate.objects.filter(registration__in=numbers))
    # Those who have left, and what was corrected, are in the histories only.
    past = list(Delegate.history.filter(registration_id__in=numbers))
    past_contacts = list(Registration.history.filter(id__in=numbers))
    people = {delegate.pk for delegate in delegates} | {delegate.id for delegate in past}
    contacts = (*rows, *past_contacts)
    emails = {one.contact_email for one in contacts} | {one.email for one in (*delegates, *past)}
    phones = {one.contact_phone for one in contacts} | {one.phone for one in (*delegates, *past)}
    emails, phones = {email for email in emails if email}, {e164_of(phone) for phone in phones} - {""}
    names = {one.contact_name for one in contacts} | {one.full_name for one in (*delegates, *past)}
    persons = [f"delegate/{pk}" for pk in people] + [messages.contact_person(row) for row in rows]
    told = _erase_messages(persons, emails | phones)
    told += _erase_guests(
        Guest.objects.filter(
            Q(registration__in=numbers) | Q(email__in=emails) | Q(phone__in=phones), invitation__conference=conference
        )
    )
    Answer.objects.filter(registration__in=numbers).delete()
    Interest.objects.filter(registration__in=numbers).update(other="", amount="", season="")
    for delegate in delegates:
        delegate.token_hash = _dead_link()
        delegate.full_name = delegate.position = delegate.email = delegate.phone = delegate.mobile = ""
        delegate.search_text = delegate.sort_name = ""
    fields = ["full_name", "position", "email", "phone", "mobile", "search_text", "sort_name", "token_hash"]
    Delegate.objects.bulk_update(delegates, fields, batch_size=100)
    Organisation.objects.filter(registrations__in=numbers).update(name="", tax_code="", search_text="")
    for row in rows:
        row.token_hash = _dead_link()
    Registration.objects.bulk_update(rows, ["token_hash"], batch_size=100)
    Registration.objects.filter(pk__in=numbers).update(
        contact_name="",
        contact_position="",
        contact_email="",
        contact_phone="",
        reason="",
        submission_key=None,
        search_text=F("number"),
        erased_at=now,
    )
    forget(phones)
    Registration.history.filter(id__in=numbers).delete()
    Delegate.history.filter(registration_id__in=numbers).delete()
    _erase_admin_log(Registration, numbers)
    _erase_admin_log(Delegate, people)
    _erase_admin_log(Organisation, [row.organisation_id for row in rows])
    Erasure.objects.create(
        conference=conference, at=now, way=way, registrations=len(rows), delegates=len(delegates), messages=told
    )
    return waiting.Traces(people, {email.lower() for email in emails}, phones, names)


def _dead_link() -> str:
    """A fingerprint that belongs to no token."""
    return fingerprint(secrets.token_urlsafe(32))


def _erase_messages(persons: list[str], addresses: set[str]) -> int:
    """Take back what was not sent to ``persons``, and forget what was; returns how many messages that are.

    What is known about their ``addresses`` goes too, with what the demo's mailbox holds for them.
    """
    outbox.withdraw(person=persons)
    theirs = Message.objects.filter(person__in=persons)
    used = {*addresses, *theirs.values_list("address", flat=True)} - {""}
    BadAddress.objects.filter(address__in=used).delete()
    MailboxItem.objects.filter(address__in=used).delete()
    return theirs.update(address="", subject="", text="", error="", fallback="", provider_reference="")


def _erase_guests(guests: QuerySet[Guest]) -> int:
    """Erase ``guests`` of invitations and what was sent to them; returns how many messages that are."""
    found = list(guests)
    if not found:
        return 0
    addresses = {guest.email for guest in found} | {guest.mobile for guest in found}
    told = _erase_messages([guest.person for guest in found], addresses)
    # The administration logs them with their names under the invitation on whose page they stand.
    of_invitation = ContentType.objects.get_for_model(Invitation)
    pages = LogEntry.objects.filter(content_type=of_invitation, object_id__in={str(g.invitation_id) for g in found})
    pages.update(change_message="")
    _erase_admin_log(Guest, [guest.pk for guest in found])
    Guest.objects.filter(pk__in=[guest.pk for guest in found]).delete()
    return told


def _erase_admin_log(model: type[Model], numbers: Iterable[int]) -> None:
    about = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=[str(number) for number in numbers]
    )
    about.update(object_repr="–", change_message="")
