"""Registering."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint
from common.round_trips import RoundTrip, one_transaction
from conference.models import Conference
from outbox import queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from registrations import messages, seats
from registrations.models import Answer, Delegate, Guest, Interest, Organisation, Registration
from registrations.services.common import RegisteredAlready, RegistrationRefused, require_possible
from registrations.services.new_registration import NewRegistration
from registrations.services.new_rows import (
    HISTORY,
    add_first_version,
    answer_rows,
    delegate_rows,
    interest_rows,
    organisation_row,
    registration_row,
    rows_of,
)

State = Registration.State
# For so long the same form is the same registration: who goes back and sends again does so within minutes.
SAME_FORM_FOR = timedelta(hours=1)


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
    with one_transaction() as trip:
        if form.guest is not None:
            _require_first(form.guest, submission_key)
        rows = rows_of(conference, point, form, now, submission_key)
        registration = rows.registration
        rows.add_to(trip)
        earlier = messages.ask_for_earlier(registration, trip) if notify else None
        locked = _lock_for(conference, point.pk, now, by_staff=form.is_by_staff, after=trip)
        _claim(locked, registration, now, trip)
        add_first_version(trip, registration, now)
        if earlier is not None:
            queue.post(_about(registration, rows.delegates, now), trip=trip)
            queue.post(messages.to_earlier_contacts(registration, now=now, numbers=earlier.numbers), trip=trip)
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
    return "" if conference.is_ahead_at(now) else conference.refusal_at(now)


def register_all(
    *, conference: Conference, forms: Sequence[tuple[BridgePoint, NewRegistration]], notify: bool, now: datetime
) -> list[Registration]:
    """Register what a list of staff says, each form for its point, as ``register`` does one after the other.

    The caller's transaction; a handful of statements for a hundred forms. The forms name no guests.

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
    _store_what_they_say(made, delegates, [form for _point, form in forms])
    HISTORY.bulk_history_create(made, default_date=now)
    if notify:
        queue.post(message for one in made for message in _messages(one, delegates[one.pk], now))
        nudge_on_commit()
    return made


def _rows_of_list(
    conference: Conference, forms: Sequence[tuple[BridgePoint, NewRegistration]], now: datetime
) -> list[Registration]:
    """The registrations of ``forms``, unsaved, in their order; their organisations are stored."""
    owners = [organisation_row(form.organisation) for _point, form in forms]
    for owner in owners:
        owner.refresh_search_text()
    owners = Organisation.objects.bulk_create(owners)
    rows = [
        registration_row(conference, point, owner, form, now)
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
        for delegate in delegate_rows(registration, form.people, form.contact_person)
    ]
    stored: dict[int, list[Delegate]] = {}
    for delegate in Delegate.objects.bulk_create(rows):
        stored.setdefault(delegate.registration_id, []).append(delegate)
    return stored


def _store_what_they_say(
    registrations: Sequence[Registration], delegates: dict[int, list[Delegate]], forms: Sequence[NewRegistration]
) -> None:
    """Store what ``forms`` answer, for organisations and for ``delegates``, and what is sold and looked for."""
    both = list(zip(registrations, forms, strict=True))
    Answer.objects.bulk_create(
        answer for one, form in both for answer in answer_rows(one, delegates.get(one.pk, ()), form)
    )
    Interest.objects.bulk_create(row for one, form in both for row in interest_rows(one, form.interests))


def _messages(registration: Registration, delegates: Sequence[Delegate], now: datetime) -> list[Message]:
    """What goes out about a new ``registration``: to its people, and to whoever seems to have registered before."""
    earlier = messages.find_earlier(registration)
    return [
        *_about(registration, delegates, now),
        *messages.to_earlier_contacts(registration, now=now, numbers=earlier),
    ]


def _about(registration: Registration, delegates: Sequence[Delegate], now: datetime) -> list[Message]:
    """What its people hear about a new ``registration``."""
    ends_at = registration.conference.ends_at
    return messages.about(registration, delegates, kind=registration.state, now=now, ends_at=ends_at)


def _lock_for(
    conference: Conference, point_id: int, now: datetime, *, by_staff: bool, after: RoundTrip | None = None
) -> BridgePoint:
    """The point, locked, if it takes registrations at ``now``; what the caller knows of it may be some seconds old.

    With ``after`` it is locked as the last of that.

    Raises:
        RegistrationRefused: it does not.
    """
    try:
        point = seats.lock(point_id, after=after)
    except BridgePoint.DoesNotExist as gone:
        raise RegistrationRefused(_("This bridge point takes no registrations.")) from gone
    if point.conference_id != conference.pk or not (point.is_open or by_staff):
        raise RegistrationRefused(_("This bridge point takes no registrations."))
    if refusal := _refusal(point.conference, now, by_staff=by_staff):
        raise RegistrationRefused(refusal)
    return point


def _claim(locked: BridgePoint, registration: Registration, now: datetime, trip: RoundTrip) -> None:
    """Claim the seats of ``registration`` at its locked point; what that writes is added to ``trip``."""
    registration.conference = locked.conference
    require_possible(locked, registration.seats)
    # Whoever is entered by staff has been decided on.
    if locked.needs_approval and registration.source == Registration.Source.WEB:
        seats.request(locked, registration, hold=locked.conference.holds_seats, trip=trip)
    else:
        seats.admit(locked, registration, now, trip=trip)
    registration.bridge_point = locked
