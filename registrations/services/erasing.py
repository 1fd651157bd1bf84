"""Erasing personal data: from every table, from the outbox, from histories; the counts stay.

Law 91/2025/QH15: people may have their data erased, and organisers erase them when the purpose is over.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, Model, Q, QuerySet

from accounts import messages as account_messages
from accounts import sessions
from accounts.models import User
from bridges import line_tests
from common.phones import e164_of
from conference.models import Conference
from outbox.models import BadAddress, Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref
from registrations import messages, phone_accounts, seats
from registrations.models import (
    Answer,
    Delegate,
    Erasure,
    Guest,
    Interest,
    Invitation,
    OfficeNote,
    Organisation,
    Registration,
)
from registrations.services.common import lock_with_point, tell_promoted
from registrations.signals import ErasedPeople, personal_data_erased
from registrations.tokens import fingerprint

# So many registrations in one transaction when a whole conference is erased.
_AT_ONCE = 200


def erase(*, registration: Registration, way: str, now: datetime, by: User | None = None) -> None:
    """Erase everything personal about ``registration``; one that is still active gives its seats back first.

    ``by``: who of the staff erases it, for the report.

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
        people = _erase(current.conference, Registration.objects.filter(pk=current.pk), way=way, now=now, by=by)
        _announce(current.conference, people)


def erase_due(*, now: datetime) -> int:
    """Erase the registrations of the conferences whose time has come; returns how many."""
    over = Conference.objects.filter(erased_at=None, ends_at__lte=now - timedelta(days=1))
    return sum(_erase_conference(conference, now) for conference in over if conference.erased_from <= now)


def _erase_conference(conference: Conference, now: datetime) -> int:
    """Erase everybody who was at ``conference``, and its guests; returns how many registrations that are."""
    erased = 0
    while count := _erase_some(conference, now):
        erased += count
    with transaction.atomic():
        people = ErasedPeople()
        _erase_guests(Guest.objects.filter(invitation__conference=conference), people)
        _announce(conference, people, everybody=True)
        Conference.objects.filter(pk=conference.pk).update(erased_at=now)
    return erased


def _erase_some(conference: Conference, now: datetime) -> int:
    """Erase as many registrations of ``conference`` as go into one transaction; returns how many, 0 at the end."""
    with transaction.atomic():
        # Of two at once the second finds nothing left.
        Conference.objects.select_for_update().get(pk=conference.pk)
        rows = Registration.objects.filter(conference=conference, erased_at=None)
        chunk = list(rows.order_by("id").values_list("pk", flat=True)[:_AT_ONCE])
        if chunk:
            some = Registration.objects.filter(pk__in=chunk)
            people = _erase(conference, some, way=Erasure.Way.AUTOMATIC, now=now)
            _announce(conference, people, everybody=True)
    return len(chunk)


def _announce(conference: Conference, people: ErasedPeople, *, everybody: bool = False) -> None:
    """Have it erased what other rooms hold of ``people``, or of everybody, in the same transaction."""
    line_tests.forget_testers(conference.pk, None if everybody else people.names)
    personal_data_erased.send(sender=Registration, conference=conference, people=people, everybody=everybody)


@dataclass(frozen=True)
class _Found:
    """Some registrations and their people, as they are stored and as their histories know them.

    Those who have left, and what was corrected, are in the histories only.
    """

    registrations: list[Registration]
    delegates: list[Delegate]
    past_registrations: list[Any]
    past_delegates: list[Any]

    @property
    def numbers(self) -> list[int]:
        """The primary keys of the registrations."""
        return [row.pk for row in self.registrations]

    @cached_property
    def people(self) -> set[int]:
        """The primary keys of all who are or were delegates."""
        return {delegate.pk for delegate in self.delegates} | {delegate.id for delegate in self.past_delegates}

    @cached_property
    def emails(self) -> set[str]:
        emails = {one.contact_email for one in self._contacts} | {one.email for one in self._attending}
        return {email for email in emails if email}

    @cached_property
    def phones(self) -> set[str]:
        """Phone numbers in E.164."""
        phones = [*(one.contact_phone for one in self._contacts), *(one.phone for one in self._attending)]
        return {e164_of(phone) for phone in phones} - {""}

    @cached_property
    def names(self) -> set[str]:
        return {one.contact_name for one in self._contacts} | {one.full_name for one in self._attending}

    @property
    def persons(self) -> list[str]:
        """What the outbox calls them."""
        delegates = [str(Ref("delegate", pk)) for pk in self.people]
        return delegates + [messages.contact_person(row) for row in self.registrations]

    @property
    def erased_people(self) -> ErasedPeople:
        """By what rooms above recognise them."""
        return ErasedPeople(self.people, {email.lower() for email in self.emails}, self.phones, self.names)

    @property
    def _contacts(self) -> tuple[Any, ...]:
        return (*self.registrations, *self.past_registrations)

    @property
    def _attending(self) -> tuple[Any, ...]:
        return (*self.delegates, *self.past_delegates)


def _find(registrations: QuerySet[Registration]) -> _Found:
    rows = list(registrations.only("id", "contact_name", "contact_email", "contact_phone", "organisation_id"))
    numbers = [row.pk for row in rows]
    return _Found(
        registrations=rows,
        delegates=list(Delegate.objects.filter(registration__in=numbers)),
        past_registrations=list(Registration.history.filter(id__in=numbers)),
        past_delegates=list(Delegate.history.filter(registration_id__in=numbers)),
    )


def _erase(
    conference: Conference, registrations: QuerySet[Registration], *, way: str, now: datetime, by: User | None = None
) -> ErasedPeople:
    """Erase ``registrations`` and what tells of them; returns by what their people are found elsewhere."""
    found = _find(registrations)
    people = found.erased_people
    count = _erase_messages(found.persons, found.emails | found.phones, people)
    count += _erase_guests(_guests_among(conference, found), people)
    Answer.objects.filter(registration__in=found.numbers).delete()
    OfficeNote.objects.filter(registration__in=found.numbers).delete()
    Interest.objects.filter(registration__in=found.numbers).update(other="", amount="", season="")
    _blank_delegates(found.delegates)
    _blank_registrations(found.registrations, now)
    phone_accounts.delete_unused(found.phones)
    sessions.forget(phones=people.phones, emails=people.emails)
    _erase_histories(found)
    Erasure.objects.create(
        conference=conference,
        at=now,
        way=way,
        by=by,
        registrations=len(found.registrations),
        delegates=len(found.delegates),
        messages=count,
    )
    return people


def _guests_among(conference: Conference, found: _Found) -> QuerySet[Guest]:
    """The guests of invitations who have registered so, or have the same addresses."""
    same = Q(registration__in=found.numbers) | Q(email__in=found.emails) | Q(phone__in=found.phones)
    return Guest.objects.filter(same, invitation__conference=conference)


def _blank_delegates(delegates: Sequence[Delegate]) -> None:
    """Leave of ``delegates`` nothing but that they were there."""
    for delegate in delegates:
        delegate.token_hash = _dead_link()
        delegate.full_name = delegate.position = delegate.email = delegate.phone = delegate.mobile = ""
        delegate.search_text = delegate.sort_name = ""
    fields = ["full_name", "position", "email", "phone", "mobile", "search_text", "sort_name", "token_hash"]
    Delegate.objects.bulk_update(delegates, fields, batch_size=100)


def _blank_registrations(rows: Sequence[Registration], now: datetime) -> None:
    """Leave of registrations and their organisations what is counted: kind, province, seats, state."""
    numbers = [row.pk for row in rows]
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


def _erase_histories(found: _Found) -> None:
    """Delete what the histories tell, and what the administration's log says."""
    Registration.history.filter(id__in=found.numbers).delete()
    Delegate.history.filter(registration_id__in=found.numbers).delete()
    _erase_admin_log(Registration, found.numbers)
    _erase_admin_log(Delegate, found.people)
    _erase_admin_log(Organisation, [row.organisation_id for row in found.registrations])


def _dead_link() -> str:
    """A fingerprint that belongs to no token."""
    return fingerprint(secrets.token_urlsafe(32))


def _erase_messages(persons: list[str], addresses: set[str], people: ErasedPeople) -> int:
    """Take back what was not sent to ``persons``, and forget what was; returns how many messages that are.

    What is known about their ``addresses`` and the codes sent there go too; ``people`` learn to which of them something
    was sent.
    """
    persons = [*persons, *account_messages.persons_of(addresses)]
    # Release 0.2.0 called an account by its number: its rows are found by the address.
    of_account = Q(composer=account_messages.COMPOSER, topic="", address__in=addresses - {""})
    theirs = Message.objects.filter(Q(person__in=persons) | of_account)
    theirs.withdraw()
    used = {*addresses, *theirs.values_list("address", flat=True)} - {""}
    BadAddress.objects.filter(address__in=used).delete()
    people.sent_to |= used
    return theirs.update(address="", subject="", text="", error="", fallback="", provider_reference="")


def _erase_guests(guests: QuerySet[Guest], people: ErasedPeople) -> int:
    """Erase ``guests`` of invitations and what was sent to them; returns how many messages that are."""
    found = list(guests)
    if not found:
        return 0
    emails, phones = {guest.email for guest in found} - {""}, {guest.mobile for guest in found} - {""}
    count = _erase_messages([guest.person for guest in found], emails | phones, people)
    sessions.forget(phones=phones, emails={email.lower() for email in emails})
    # The administration logs them with their names under the invitation on whose page they stand.
    of_invitation = ContentType.objects.get_for_model(Invitation)
    pages = LogEntry.objects.filter(content_type=of_invitation, object_id__in={str(g.invitation_id) for g in found})
    pages.update(change_message="")
    _erase_admin_log(Guest, [guest.pk for guest in found])
    Guest.objects.filter(pk__in=[guest.pk for guest in found]).delete()
    return count


def _erase_admin_log(model: type[Model], numbers: Iterable[int]) -> None:
    about = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=[str(number) for number in numbers]
    )
    about.update(object_repr="–", change_message="")
