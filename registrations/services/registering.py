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
class Form:
    """Everything that one registration says.

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


def register(
    *,
    conference: Conference,
    point: BridgePoint,
    now: datetime,
    form: Form | None = None,
    submission_key: str | None = None,
    notify: bool = True,
    **simple,
) -> Registration:
    """Register what ``form`` says for ``point``.

    One transaction writes all of it, claims the seats last and puts the messages into the outbox (unless not
    ``notify``). The result is confirmed, on the waitlist, or requested where organisers decide. ``submission_key``
    marks one filled-in form: the same key again within ``SAME_FORM_FOR`` gives the same registration, if that still
    has its place at the point. Instead of ``form`` its fields may be given by name. Staff and lists may register until
    the conference ends, and at closed points.

    Raises:
        RegistrationRefused: the conference or the point does not take registrations at ``now``, or not so many people.
        RegisteredAlready: the guest of an invitation has a registration.
    """
    form = form or _form(**simple)
    by_staff = form.source != Registration.Source.WEB
    if refusal := _refusal(conference, now, by_staff=by_staff):
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
    conference: Conference, point: BridgePoint, form: Form, now: datetime, submission_key: str | None, notify: bool
) -> Registration:
    with transaction.atomic():
        if form.guest is not None:
            _require_first(form.guest, submission_key)
        registration = _write(conference, point, form, now, submission_key, notify)
        if notify:
            nudge_on_commit()
    return registration


def _form(*, organisation, people, language, consented: bool = True, source=Registration.Source.WEB, **more) -> Form:
    way = consent.WEB if source == Registration.Source.WEB else consent.TELEPHONE
    return Form(
        organisation=organisation,
        people=people,
        language=language,
        consent_way=way if consented else "",
        source=source,
        **more,
    )


def _require_first(guest: Guest, submission_key: str | None) -> None:
    """Refuse a second registration of ``guest``, whose row is locked: of two forms at once the second waits here.

    Raises:
        RegisteredAlready: he has one that is active, and it is not this very form sent once more.
    """
    current = Guest.objects.select_for_update(of=("self",)).select_related("registration").filter(pk=guest.pk).first()
    if current is None or not current.has_registered:
        return
    if not submission_key or submission_key != current.registration.submission_key:
        raise RegisteredAlready(_("You have registered already with this invitation."))


def _refusal(conference: Conference, now: datetime, *, by_staff: bool) -> str:
    if not by_staff:
        return conference.refusal_at(now)
    return conference.refusal_at(now) if conference.cancelled_at or now >= conference.ends_at else ""


def register_all(
    *, conference: Conference, forms: Sequence[tuple[BridgePoint, Form]], notify: bool, now: datetime
) -> list[Registration]:
    """Register what a list of staff says, each form for its point, as ``register`` does one after the other.

    The caller's transaction; a handful of statements for a hundred forms. The forms answer no questions, and name
    neither interests nor guests.

    Raises:
        RegistrationRefused: the conference or a point does not take registrations at ``now``.
    """
    if not all(form.source != Registration.Source.WEB for _point, form in forms):
        raise ValueError("lists are entered by staff")
    owners = [_owner(form.organisation) for _point, form in forms]
    for owner in owners:
        owner.refresh_search_text()
    owners = Organisation.objects.bulk_create(owners)
    made = [_made(conference, point, owner, form, now) for (point, form), owner in zip(forms, owners, strict=True)]
    at_point: dict[int, list[Registration]] = {}
    for registration in made:
        registration.refresh_search_text()
        at_point.setdefault(registration.bridge_point_id, []).append(registration)
    for number in sorted(at_point):
        point = seats.lock(number)
        if point.conference_id != conference.pk:
            raise RegistrationRefused(_("This bridge point takes no registrations."))
        if refusal := _refusal(point.conference, now, by_staff=True):
            raise RegistrationRefused(refusal)
        for registration in at_point[number]:
            require_possible(point, registration.seats)
        seats.admit_all(point, at_point[number], now)
    made = Registration.objects.bulk_create(made)
    delegates = [
        delegate
        for registration, (_point, form) in zip(made, forms, strict=True)
        for delegate in _delegates(registration, form.people, None if form.contact else form.people[0])
    ]
    of_registration: dict[int, list[Delegate]] = {}
    for delegate in Delegate.objects.bulk_create(delegates):
        of_registration.setdefault(delegate.registration_id, []).append(delegate)
    _HISTORY.bulk_history_create(made, default_date=now)
    if notify:
        queue.post(message for registration in made for message in _news(registration, of_registration, now))
        nudge_on_commit()
    return made


def _news(registration: Registration, delegates: Mapping[int, list[Delegate]], now: datetime) -> list[Message]:
    people, ends_at = delegates[registration.pk], registration.conference.ends_at
    told = messages.about(registration, people, kind=registration.state, now=now, ends_at=ends_at)
    return [*told, *messages.to_earlier_contacts(registration, now=now)]


def _owner(organisation: OrganisationData) -> Organisation:
    return Organisation(
        kind=organisation.kind, name=organisation.name, province=organisation.province, tax_code=organisation.tax_code
    )


def _made(
    conference: Conference, point: BridgePoint, owner: Organisation, form: Form, now: datetime, key: str | None = None
) -> Registration:
    contact = form.contact or form.people[0]
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
        submission_key=key,
        created_at=now,
    )


def _write(
    conference: Conference, point: BridgePoint, form: Form, now: datetime, submission_key: str | None, notify: bool
) -> Registration:
    owner = _owner(form.organisation)
    owner.save()
    registration = _made(conference, point, owner, form, now, submission_key)
    seats.foresee(registration, now)
    registration.skip_history_when_saving = True
    registration.save()
    delegates = make_delegates(registration, form.people, contact=None if form.contact else form.people[0])
    _write_more(registration, form, delegates)

    locked = seats.lock(point.pk)
    by_staff = form.source != Registration.Source.WEB
    if locked.conference_id != conference.pk or not (locked.is_open or by_staff):
        raise RegistrationRefused(_("This bridge point takes no registrations."))
    # What the caller knows may be some seconds old.
    conference = locked.conference
    if refusal := _refusal(conference, now, by_staff=by_staff):
        raise RegistrationRefused(refusal)
    registration.conference = conference
    require_possible(locked, registration.seats)
    # Whoever is entered by staff has been decided on.
    if locked.needs_approval and not by_staff:
        seats.request(locked, registration, hold=conference.holds_seats)
    else:
        seats.admit(locked, registration, now)
    registration.bridge_point = locked
    del registration.skip_history_when_saving
    _HISTORY.bulk_history_create([registration], default_date=now)
    if notify:
        queue.post(_news(registration, {registration.pk: delegates}, now))
    return registration


def make_delegates(
    registration: Registration, people: Sequence[Person], *, contact: Person | None = None
) -> list[Delegate]:
    """Store ``people`` as delegates of ``registration``; ``contact`` is the one of them who is its contact person."""
    delegates = _delegates(registration, people, contact)
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


def _delegates(registration: Registration, people: Sequence[Person], contact: Person | None) -> list[Delegate]:
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


def _write_more(registration: Registration, form: Form, delegates: list[Delegate]) -> None:
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
