"""What a form says as rows: unsaved, each with what ``save`` would have added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from bridges.models import BridgePoint
from common.new_rows import new_row
from common.phones import e164_of, stored_phone
from common.round_trips import RoundTrip
from common.row_numbers import take_numbers
from conference.models import Conference
from registrations import consent, seats
from registrations.models import Answer, Delegate, Guest, Interest, Organisation, Registration
from registrations.services.new_registration import InterestData, NewRegistration, OrganisationData, Person

# Asking the model for it makes a new class each time.
HISTORY = Registration.history


def organisation_row(organisation: OrganisationData) -> Organisation:
    return new_row(
        Organisation,
        kind=organisation.kind,
        name=organisation.name,
        province=organisation.province,
        tax_code=organisation.tax_code,
    )


def registration_row(
    conference: Conference,
    point: BridgePoint,
    owner: Organisation,
    form: NewRegistration,
    now: datetime,
    submission_key: str | None = None,
) -> Registration:
    contact = form.contact_person
    return new_row(
        Registration,
        conference=conference,
        bridge_point=point,
        organisation=owner,
        seats=len(form.people),
        contact_name=contact.full_name,
        contact_position=contact.position,
        contact_email=contact.email,
        contact_phone=stored_phone(contact.phone),
        language=form.language,
        source=form.source,
        invitation=form.invitation,
        consent_version=consent.VERSION if form.consent_way else "",
        consented_at=now if form.consent_way else None,
        consent_way=form.consent_way,
        submission_key=submission_key,
        # A guest comes by a link that they were sent.
        link_opened_at=now if form.guest is not None else None,
        created_at=now,
    )


@dataclass(frozen=True)
class Rows:
    """All that one form says, as unsaved rows that have their numbers."""

    owner: Organisation
    registration: Registration
    delegates: list[Delegate]
    answers: list[Answer]
    interests: list[Interest]
    guest: Guest | None

    def add_to(self, trip: RoundTrip) -> None:
        """Have them stored with ``trip``."""
        trip.insert([self.owner])
        trip.insert([self.registration])
        trip.insert(self.delegates)
        trip.insert(self.answers)
        trip.insert(self.interests)
        if self.guest is not None:
            trip.update(Guest(pk=self.guest.pk, registration=self.registration), "registration")


def rows_of(
    conference: Conference, point: BridgePoint, form: NewRegistration, now: datetime, submission_key: str | None
) -> Rows:
    """What ``form`` says, as rows to be stored; the registration as one that gets its seats."""
    first, second, *others = take_numbers(Organisation, Registration, *[Delegate] * len(form.people))
    owner = organisation_row(form.organisation)
    owner.pk = first
    owner.refresh_search_text()
    registration = registration_row(conference, point, owner, form, now, submission_key)
    registration.pk = second
    registration.refresh_search_text()
    seats.assume_seats(registration, now)
    delegates = delegate_rows(registration, form.people, form.contact_person)
    for delegate, number in zip(delegates, others, strict=True):
        delegate.pk = number
    answers = answer_rows(registration, delegates, form)
    interests = interest_rows(registration, form.interests)
    return Rows(owner, registration, delegates, answers, interests, form.guest)


def add_first_version(trip: RoundTrip, registration: Registration, now: datetime) -> None:
    """Have ``trip`` write into the history how ``registration``, stored before, began; as ``bulk_history_create`` does.

    The database copies its row: what was handed over once need not be put together and sent a second time.
    """
    user = HISTORY.model.get_default_history_user(registration)
    # SQLite keeps moments as text in UTC, and compares them so.
    moment = connection.ops.adapt_datetimefield_value(now)
    trip.add(_first_version(), [moment, user and user.pk, registration.pk], is_planned=True)


@cache
def _first_version() -> str:
    history, table = HISTORY.model, Registration._meta.db_table
    columns = ", ".join(f'"{field.column}"' for field in history.tracked_fields)
    about_it = "history_date, history_user_id, history_type, history_change_reason"
    return (
        f'INSERT INTO "{history._meta.db_table}" ({columns}, {about_it})'  # noqa: S608
        f" SELECT {columns}, %s, %s, '+', '' FROM \"{table}\" WHERE id = %s"
    )


def make_delegates(
    registration: Registration, people: Sequence[Person], *, contact: Person | None = None
) -> list[Delegate]:
    """Store ``people`` as delegates of ``registration``; ``contact`` is the one of them who is its contact person."""
    delegates = Delegate.objects.bulk_create(delegate_rows(registration, people, contact))
    if answers := _answers_of(registration, delegates, people):
        Answer.objects.bulk_create(answers)
    return delegates


def answer_rows(registration: Registration, delegates: Sequence[Delegate], form: NewRegistration) -> list[Answer]:
    """What ``form`` answers, for the organisation and for those who are ``delegates``, as unsaved rows."""
    return [*_answers(registration, None, form.answers), *_answers_of(registration, delegates, form.people)]


def _answers_of(registration: Registration, delegates: Sequence[Delegate], people: Sequence[Person]) -> list[Answer]:
    """What ``people`` answer, who are ``delegates``, as unsaved rows."""
    both = zip(delegates, people, strict=True)
    return [answer for delegate, person in both for answer in _answers(registration, delegate, person.answers)]


def _answers(registration: Registration, delegate: Delegate | None, answers: Mapping[int, str]) -> list[Answer]:
    """``answers`` by question as unsaved rows; None: the organisation gives them."""
    return [
        Answer(registration=registration, delegate=delegate, question_id=question, value=value)
        for question, value in answers.items()
        if value
    ]


def delegate_rows(registration: Registration, people: Sequence[Person], contact: Person | None) -> list[Delegate]:
    """``people`` as unsaved delegates."""
    delegates = [
        new_row(
            Delegate,
            registration=registration,
            full_name=person.full_name,
            position=person.position,
            phone=_parsed(registration, person),
            email=person.email,
            is_contact=person is contact,
        )
        for person in people
    ]
    for delegate in delegates:
        delegate.refresh_search_text()
    return delegates


def _parsed(registration: Registration, person: Person) -> Any:
    """The phone of ``person``, taken from ``registration`` if that has it parsed already: parsing takes its time.

    By the number and not by who is the contact person: a new one is stored before ``registration`` knows them.
    """
    known = registration.contact_phone
    return known if e164_of(known) == person.phone else person.phone


def interest_rows(registration: Registration, interests: Sequence[InterestData]) -> list[Interest]:
    """``interests`` as unsaved rows of ``registration``."""
    return [
        Interest(
            registration=registration,
            side=interest.side,
            product=interest.product,
            other=interest.other,
            amount=interest.amount,
            season=interest.season,
            certificates=list(interest.certificates),
            ocop_stars=interest.ocop_stars,
        )
        for interest in interests
    ]
