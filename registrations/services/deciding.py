"""Deciding: accepting and declining requests, promoting out of turn, keeping seats for invitations."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bridges.models import BridgePoint
from outbox import queue
from outbox.nudge import nudge_on_commit
from registrations import messages, seats
from registrations.models import Invitation, Registration
from registrations.services.common import PointFull, RegistrationRefused, lock_with_point, tell_promoted

State = Registration.State


def _decide(registration: Registration, *, by: User | None, reason: str, now: datetime) -> None:
    registration.decided_by, registration.decided_at, registration.reason = by, now, reason
    registration._change_reason = reason[:100] or None


def accept(*, registration: Registration, by: User | None, now: datetime) -> Registration:
    """Accept a request: it gets the seats that it holds or that are free, otherwise the last place in line; it is told.

    Raises:
        RegistrationRefused: it is no request any more, or the conference is over.
    """
    with transaction.atomic():
        point, current = lock_with_point(registration.pk)
        _require_request(current, now)
        _decide(current, by=by, reason="", now=now)
        seats.admit(point, current, now)
        current.save(
            update_fields=["state", "queue_number", "confirmed_at", "holds_seats", "reason", "decided_by", "decided_at"]
        )
        _tell(current, now)
    return current


def decline(*, registration: Registration, by: User | None, reason: str, now: datetime) -> Registration:
    """Decline a request with a ``reason`` that its people read; seats that it held go to those first in line.

    Raises:
        RegistrationRefused: it is no request any more, the conference is over, or there is no reason.
    """
    if not reason.strip():
        raise RegistrationRefused(_("Please give the reason: whoever asked reads it."))
    with transaction.atomic():
        point, current = lock_with_point(registration.pk)
        _require_request(current, now)
        _decide(current, by=by, reason=reason.strip()[:300], now=now)
        seats.release(point, current, now, state=State.DECLINED)
        _tell(current, now)
        tell_promoted(seats.promote(point, now), now=now, ends_at=current.conference.ends_at)
    return current


def promote_out_of_turn(*, registration: Registration, by: User | None, reason: str, now: datetime) -> Registration:
    """Give a waiting registration its seats although others stand before it; the ``reason`` stays in its history.

    Raises:
        PointFull: its seats are not free.
        RegistrationRefused: it does not wait, the conference is over, or there is no reason.
    """
    if not reason.strip():
        raise RegistrationRefused(_("Please give the reason; it stays in the history."))
    with transaction.atomic():
        point, current = lock_with_point(registration.pk)
        _require_waiting(point, current, now)
        _decide(current, by=by, reason=reason.strip()[:300], now=now)
        seats.promote_one(point, current, now)
        tell_promoted([current], now=now, ends_at=current.conference.ends_at)
        # Whoever stood first may be first no more.
        tell_promoted(seats.promote(point, now), now=now, ends_at=current.conference.ends_at)
        nudge_on_commit()
    return current


def refusal_of_decision(*, registration: Registration, now: datetime) -> str:
    """Why ``registration`` can be neither accepted nor declined at ``now``; "" if it can. Asked before a reason is."""
    try:
        _require_request(registration, now)
    except RegistrationRefused as refused:
        return str(refused)
    return ""


def refusal_of_promotion(*, registration: Registration, now: datetime) -> str:
    """Why ``registration`` cannot overtake others at ``now``, as its point was loaded with it; "" if it can."""
    try:
        _require_waiting(registration.bridge_point, registration, now)
    except RegistrationRefused as refused:
        return str(refused)
    return ""


def keep_seats(*, invitation: Invitation, quota: int | None, is_active: bool, now: datetime) -> int:
    """Keep ``quota`` seats for the guests of ``invitation``; returns how many of them are not there.

    Seats that are kept no longer go to those first in line, also at the point where it was before.
    """
    with transaction.atomic():
        # It may have been at another point.
        keeping = BridgePoint.objects.filter(conference=invitation.conference_id, seats_reserved__gt=0)
        numbers = set(keeping.values_list("pk", flat=True))
        if invitation.bridge_point_id is not None:
            numbers.add(invitation.bridge_point_id)
        points = [seats.lock(number) for number in sorted(numbers)]
        missing = seats.keep_for(points, invitation, quota=quota, is_active=is_active)
        ends_at = invitation.conference.ends_at
        for point in points if now < ends_at else ():
            tell_promoted(seats.promote(point, now), now=now, ends_at=ends_at)
        nudge_on_commit()
    return missing


def _require_ahead(registration: Registration, now: datetime) -> None:
    if not registration.conference.is_ahead_at(now):
        raise RegistrationRefused(_("This conference is over."))


def _require_request(registration: Registration, now: datetime) -> None:
    if registration.state != State.REQUESTED:
        raise RegistrationRefused(_("This has been decided already."))
    _require_ahead(registration, now)


def _require_waiting(point: BridgePoint, registration: Registration, now: datetime) -> None:
    if registration.state != State.WAITLISTED:
        raise RegistrationRefused(_("This registration is not on a waitlist."))
    _require_ahead(registration, now)
    if not seats.fits(point, registration):
        raise PointFull(_("This bridge point has not enough seats left."))


def _tell(registration: Registration, now: datetime) -> None:
    delegates = list(registration.delegates.all())
    queue.withdraw(person=messages.persons(registration, delegates), kinds=messages.VALID_IN)
    queue.post(
        messages.about(
            registration,
            delegates,
            kind=registration.state,
            occasion="decided",
            now=now,
            ends_at=registration.conference.ends_at,
        )
    )
    nudge_on_commit()
