"""Registering."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint, Province
from conference.models import Conference, Product
from outbox import queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from registrations import consent, messages, seats
from registrations.models import Answer, Delegate, Guest, Interest, Invitation, Organisation, Registration
from registrations.services.common import RegisteredAlready, RegistrationRefused, require_possible

State = Registration.State
# Asking the model for it makes a new class each time.
_HISTORY = Registration.history
# For so long the same form is the same registration: who goes back and sends again does so within minutes.
SAME_FORM_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Person:
    """A delegate or contact person to be. ``phone`` in E.164, ``email`` in lower case; either may be empty.

    ``answers`` to the questions asked of each delegate, by the number of the question.
    """

    full_name: str
    position: str = ""
    phone: str = ""
    email: str = ""
    answers: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OrganisationData:
    """The organisation as it was typed; ``tax_code`` as ``models.clean_tax_code`` returns it."""

    kind: str
    name: str
    province: Province | None = None
    tax_code: str = ""


@dataclass(frozen=True)
class InterestData:
    """What it sells or looks for: a product of the conference or another one."""

    side: str
    product: Product | None = None
    other: str = ""
    amount: str = ""
    season: str = ""
    certificates: Sequence[str] = ()
    ocop_stars: int | None = None


@dataclass(frozen=True)
class NewRegistration:
    """Everything that one registration says, before it is stored.

    The first of ``people`` is the contact person, unless ``contact`` is somebody who does not attend. ``answers`` of
    the organisation by question. ``consent_way`` "" means that nobody consented: staff must have another ground.
    """

    organisation: OrganisationData
    people: Sequence[Person]
    language: str
    contact: Person | None = None
    interests: Sequence[InterestData] = ()
    answers: Mapping[int, str] = field(default_factory=dict)
    consent_way: str = consent.WEB
    source: str = Registration.Source.WEB
    invitation: Invitation | None = None
    guest: Guest | None = None

    @property
    def is_by_staff(self) -> bool:
        """Whether staff enter it, by telephone or from a list."""
        return self.source != Registration.Source.WEB

    @property
    def contact_person(self) -> Person:
        """Who is written to about it, whether they attend or not."""
        return self.contact or self.people[0]


def register(
    *,
    conference: Conference,
    point: BridgePoint,
    form: NewRegistration,
    now: datetime,
    submission_key: str | None = None,
    notify: bool = True,
) -> Registration:
    """Register what ``form`` says for ``point``.

    One transaction writes all of it, claims the seats last and puts the messages into the outbox (unless not
    ``notify``). The result is confirmed, on the waitlist, or requested where organisers decide. ``submission_key``
    marks one filled-in form: the same key again within ``SAME_FORM_FOR`` gives the same registration, if that still
    has its place at the point. Staff and lists may register until the conference ends, and at closed points.

    Raises:
        RegistrationRefused: the conference or the point does not take registrations at ``now``, or not so many people.
        RegisteredAlready: the guest of an invitation has a registration.
    """
    if refusal := _refusal(conference, now, by_staff=form.is_by_staff):
        raise RegistrationRefused(refusal)
    try:
        return _register(conference, point, form, now, submission_key, notify)
    except IntegrityError:
        # The same form, sent once more: the constraint says so, nobody has to ask before each registration.
        earlier = Registration.objects.filter(submission_key=submission_key).first() if submission_key else None
        if earlier is None:
            raise
    if earlier.is_active and earlier.bridge_point_id == point.pk and now - earlier.created_at < SAME_FORM_FOR:
        return earlier
    # It was cancelled or moved since, or is long ago: this one is meant anew.
    Registration.objects.filter(pk=earlier.pk).update(submission_key=None)
    return register(
        conference=conference, point=point, form=form, now=now, submission_key=submission_key, notify=notify
    )


def _register(
    conference: Conference,
    point: BridgePoint,
    form: NewRegistration,
    now: datetime,
    submission_key: str | None,
    notify: bool,
) -> Registration:
    """One try to write ``form``, in a transaction of its own."""
    with transaction.atomic():
        if form.guest is not None:
            _require_first(form.guest, submission_key)
        registration, delegates = _write(conference, point, form, now, submission_key)
        if notify:
            queue.post(_messages(registration, delegates, now))
            nudge_on_commit()
    return registration


def _require_first(guest: Guest, submission_key: str | None) -> None:
    """Refuse a second registration of ``guest``, whose row is locked: of two forms at once the second waits here.

    Raises:
        RegisteredAlready: they have one that is active, and it is not this very form sent once more.
    """
    current = _lock_guest(guest)
    if current is None or not current.has_registered:
        return
    if not submission_key or current.registration is None or submission_key != current.registration.submission_key:
        raise RegisteredAlready(_("You have registered already with this invitation."))


def _lock_guest(guest: Guest) -> Guest | None:
    """The row of ``guest``, locked, without its registration: that is read afterwards.

    PostgreSQL reads a locked row anew after it has waited for it, but nothing that was joined to it: whoever had waited
    would still see the guest without a registration.
    """
    return Guest.objects.select_for_update().filter(pk=guest.pk).first()


def _refusal(conference: Conference, now: datetime, *, by_staff: bool) -> str:
    if not by_staff:
        return conference.refusal_at(now)
    return conference.refusal_at(now) if conference.cancelled_at or now >= conference.ends_at else ""


def register_all(
    *, conference: Conference, forms: Sequence[tuple[BridgePoint, NewRegistration]], notify: bool, now: datetime
) -> list[Registration]:
    """Register what a list of staff says, each form for its point, as ``register`` does one after the other.

    The caller's transaction; a handful of statements for a hundred forms. The forms answer no questions, and name
    neither interests nor guests.

    Raises:
        RegistrationRefused: the conference or a point does not take registrations at ``now``.
        ValueError: a form is not entered by staff.
    """
    if not all(form.is_by_staff for _point, form in forms):
        raise ValueError("lists are entered by staff")
    made = _rows_of_list(conference, forms, now)
    _claim_seats(conference, made, now)
    made = Registration.objects.bulk_create(made)
    delegates = _store_delegates(made, [form for _point, form in forms])
    _HISTORY.bulk_history_create(made, default_date=now)
    if notify:
        queue.post(message for one in made for message in _messages(one, delegates[one.pk], now))
        nudge_on_commit()
    return made


def _rows_of_list(
    conference: Conference, forms: Sequence[tuple[BridgePoint, NewRegistration]], now: datetime
) -> list[Registration]:
    """The registrations of ``forms``, unsaved, in their order; their organisations are stored."""
    owners = [_organisation_row(form.organisation) for _point, form in forms]
    for owner in owners:
        owner.refresh_search_text()
    owners = Organisation.objects.bulk_create(owners)
    rows = [
        _registration_row(conference, point, owner, form, now)
        for (point, form), owner in zip(forms, owners, strict=True)
    ]
    for row in rows:
        row.refresh_search_text()
    return rows


def _claim_seats(conference: Conference, registrations: Sequence[Registration], now: datetime) -> None:
    """Claim the seats of unsaved ``registrations`` of staff, point by point in the order in which all lock them."""
    by_point: dict[int, list[Registration]] = {}
    for registration in registrations:
        by_point.setdefault(registration.bridge_point_id, []).append(registration)
    for number in sorted(by_point):
        point = _lock_for(conference, number, now, by_staff=True)
        for registration in by_point[number]:
            require_possible(point, registration.seats)
        seats.admit_all(point, by_point[number], now)


def _store_delegates(
    registrations: Sequence[Registration], forms: Sequence[NewRegistration]
) -> dict[int, list[Delegate]]:
    """Store the people of ``forms``, each of them as delegates of its registration; returns them by registration."""
    rows = [
        delegate
        for registration, form in zip(registrations, forms, strict=True)
        for delegate in _delegate_rows(registration, form.people, form.contact_person)
    ]
    stored: dict[int, list[Delegate]] = {}
    for delegate in Delegate.objects.bulk_create(rows):
        stored.setdefault(delegate.registration_id, []).append(delegate)
    return stored


def _messages(registration: Registration, delegates: Sequence[Delegate], now: datetime) -> list[Message]:
    """What goes out about a new ``registration``: to its people, and to whoever seems to have registered before."""
    about = messages.about(
        registration, delegates, kind=registration.state, now=now, ends_at=registration.conference.ends_at
    )
    return [*about, *messages.to_earlier_contacts(registration, now=now)]


def _organisation_row(organisation: OrganisationData) -> Organisation:
    return Organisation(
        kind=organisation.kind, name=organisation.name, province=organisation.province, tax_code=organisation.tax_code
    )


def _registration_row(
    conference: Conference,
    point: BridgePoint,
    owner: Organisation,
    form: NewRegistration,
    now: datetime,
    submission_key: str | None = None,
) -> Registration:
    contact = form.contact_person
    return Registration(
        conference=conference,
        bridge_point=point,
        organisation=owner,
        seats=len(form.people),
        contact_name=contact.full_name,
        contact_position=contact.position,
        contact_email=contact.email,
        contact_phone=contact.phone,
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


def _lock_for(conference: Conference, point_id: int, now: datetime, *, by_staff: bool) -> BridgePoint:
    """The point, locked, if it takes registrations at ``now``; what the caller knows of it may be some seconds old.

    Raises:
        RegistrationRefused: it does not.
    """
    point = seats.lock(point_id)
    if point.conference_id != conference.pk or not (point.is_open or by_staff):
        raise RegistrationRefused(_("This bridge point takes no registrations."))
    if refusal := _refusal(point.conference, now, by_staff=by_staff):
        raise RegistrationRefused(refusal)
    return point


def _write(
    conference: Conference, point: BridgePoint, form: NewRegistration, now: datetime, submission_key: str | None
) -> tuple[Registration, list[Delegate]]:
    """Write ``form`` and claim its seats, last of all; returns the registration and its delegates."""
    owner = _organisation_row(form.organisation)
    owner.save()
    registration = _registration_row(conference, point, owner, form, now, submission_key)
    seats.assume_seats(registration, now)
    registration.skip_history_when_saving = True
    registration.save()
    delegates = make_delegates(registration, form.people, contact=form.contact_person)
    _write_more(registration, form)

    locked = _lock_for(conference, point.pk, now, by_staff=form.is_by_staff)
    registration.conference = locked.conference
    require_possible(locked, registration.seats)
    # Whoever is entered by staff has been decided on.
    if locked.needs_approval and not form.is_by_staff:
        seats.request(locked, registration, hold=locked.conference.holds_seats)
    else:
        seats.admit(locked, registration, now)
    registration.bridge_point = locked
    del registration.skip_history_when_saving
    _HISTORY.bulk_history_create([registration], default_date=now)
    return registration, delegates


def make_delegates(
    registration: Registration, people: Sequence[Person], *, contact: Person | None = None
) -> list[Delegate]:
    """Store ``people`` as delegates of ``registration``; ``contact`` is the one of them who is its contact person."""
    delegates = _delegate_rows(registration, people, contact)
    delegates = Delegate.objects.bulk_create(delegates)
    answers = [
        Answer(registration=registration, delegate=delegate, question_id=question, value=value)
        for delegate, person in zip(delegates, people, strict=True)
        for question, value in person.answers.items()
        if value
    ]
    if answers:
        Answer.objects.bulk_create(answers)
    return delegates


def _delegate_rows(registration: Registration, people: Sequence[Person], contact: Person | None) -> list[Delegate]:
    """``people`` as unsaved delegates."""
    delegates = [
        Delegate(
            registration=registration,
            full_name=person.full_name,
            position=person.position,
            phone=person.phone,
            email=person.email,
            is_contact=person is contact,
        )
        for person in people
    ]
    for delegate in delegates:
        delegate.refresh_search_text()
    return delegates


def _write_more(registration: Registration, form: NewRegistration) -> None:
    """Store the answers and interests of ``form``, and that its guest has registered."""
    answers = [
        Answer(registration=registration, question_id=question, value=value)
        for question, value in form.answers.items()
        if value
    ]
    if answers:
        Answer.objects.bulk_create(answers)
    if form.interests:
        Interest.objects.bulk_create(interest_rows(registration, form.interests))
    if form.guest is not None:
        Guest.objects.filter(pk=form.guest.pk).update(registration=registration)


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
