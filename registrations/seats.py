"""The only file that changes a seat count.

All of it works on a bridge point whose row is locked until the transaction ends, and a registration changes its state
only under the lock of its point. First come, first served: while somebody waits, a newcomer stands behind them, and
only the first in line is promoted, as soon as all their seats are free. Seats kept for an invitation are not free for
others; its guests take them past the line, and those of them who wait keep their order.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet, Sum

from bridges.models import BridgePoint
from common.lookups import LookUp
from common.round_trips import RoundTrip
from registrations.models import Invitation, Registration

State = Registration.State
_SEATING = ("state", "queue_number", "confirmed_at", "holds_seats", "seats", "bridge_point")


_COUNTERS = ("seats_taken", "seats_reserved", "waiting_count", "queue_tail")


def _with_conference(point_id: int) -> QuerySet[BridgePoint]:
    return BridgePoint.objects.select_related("conference").filter(pk=point_id)


def _to_register(point_id: int) -> QuerySet[BridgePoint]:
    """With what ``has_room``, ``needs_approval`` and ``refusal_at`` ask, and until when messages are of use."""
    moments = ("starts_at", "ends_at", "registration_opens_at", "registration_closes_at", "cancelled_at")
    of_conference = (*moments, "is_published", "needs_approval", "holds_seats")
    names = ("conference", "is_open", "approval", "seats", *_COUNTERS)
    return _with_conference(point_id).only(*names, *(f"conference__{name}" for name in of_conference)).order_by()


_TO_REGISTER = LookUp(_to_register)
_LOCK = f"SELECT id FROM {BridgePoint._meta.db_table} WHERE id = %s FOR UPDATE"  # noqa: S608


def lock(point_id: int, *, after: RoundTrip | None = None) -> BridgePoint:
    """The bridge point with its conference; its row is locked until the end of the transaction (SQLite: all is).

    With ``after`` it is locked as the last of that: whoever registers waits for their turn with all else written. What
    a registration does not ask of point and conference is then read when somebody asks for it. It is read once it is
    locked, by a statement of its own, and with it what is asked beside: that sees what those before have stored.

    Raises:
        BridgePoint.DoesNotExist: there is none.
    """
    if after is None:
        return _with_conference(point_id).select_for_update(of=("self",)).get()
    if connection.features.has_select_for_update:
        after.add(_LOCK, [point_id], is_planned=True)
    if (found := _TO_REGISTER.first(point_id, after=after)) is None:
        raise BridgePoint.DoesNotExist
    return found


def has_room(point: BridgePoint, wanted: int, invitation_id: int | None = None) -> bool:
    """Whether somebody who comes now to the locked ``point`` gets ``wanted`` seats at once."""
    kept = _count_kept(point, invitation_id)
    if not _fits(point, wanted, kept):
        return False
    if not point.waiting_count:
        return True
    # Seats kept for an invitation are those for which only its other guests can wait.
    line = Registration.objects.in_line().filter(bridge_point=point)
    return wanted <= kept and not line.filter(invitation=invitation_id).exists()


def can_fit(point: BridgePoint, wanted: int) -> bool:
    """Whether ``wanted`` seats can ever be free at ``point`` together; a point with no seats at all is a mere list."""
    return not point.seats or wanted <= point.seats


def assume_seats(registration: Registration, now: datetime) -> None:
    """Let the caller store the new ``registration`` as one that has its seats, as nearly all get them.

    Nobody sees it before its transaction ends. ``admit`` or ``request`` decides under the lock, and writes it once more
    only if it came otherwise: an update of a fresh row costs an entry in each of its indexes.
    """
    registration.state = State.CONFIRMED
    registration.holds_seats = True
    registration.confirmed_at = now
    registration.has_assumed_seats = True


def _drop_assumption(registration: Registration) -> bool:
    """Take back what ``assume_seats`` has written into ``registration``; returns whether it had."""
    if not registration.__dict__.pop("has_assumed_seats", False):
        return False
    registration.holds_seats = False
    registration.confirmed_at = None
    return True


def admit(point: BridgePoint, registration: Registration, now: datetime, *, trip: RoundTrip | None = None) -> None:
    """Give ``registration`` its seats at the locked ``point``, or the last place in line; writes both.

    With ``trip`` they are written when that is sent.
    """
    was_assumed = _drop_assumption(registration)
    _place(point, registration, now)
    _store(point, trip)
    if not (was_assumed and registration.state == State.CONFIRMED):
        _write(registration, trip)


def admit_all(point: BridgePoint, registrations: Sequence[Registration], now: datetime) -> None:
    """``admit`` each of ``registrations``, in their order; writes the locked ``point``, and the caller stores them."""
    for registration in registrations:
        _place(point, registration, now)
    _store(point)


def _place(point: BridgePoint, registration: Registration, now: datetime) -> None:
    if registration.holds_seats or has_room(point, registration.seats, registration.invitation_id):
        _confirm(point, registration, now)
        return
    point.queue_tail += 1
    point.waiting_count += 1
    registration.state = State.WAITLISTED
    registration.queue_number = point.queue_tail


def request(point: BridgePoint, registration: Registration, *, hold: bool, trip: RoundTrip | None = None) -> None:
    """Let ``registration`` wait for a decision at the locked ``point``; with ``hold`` free seats count as taken.

    With ``trip`` both are written when that is sent.
    """
    _drop_assumption(registration)
    registration.state = State.REQUESTED
    if hold and has_room(point, registration.seats, registration.invitation_id):
        _take(point, registration, registration.seats)
        registration.holds_seats = True
        _store(point, trip)
    _write(registration, trip)


def release(point: BridgePoint, registration: Registration, now: datetime, *, state: str = State.CANCELLED) -> None:
    """Cancel or decline ``registration``: its seats or its place in line at the locked ``point`` are free."""
    vacate(point, registration)
    registration.state = state
    if state == State.CANCELLED:
        registration.cancelled_at = now
    registration.save(update_fields=[*_SEATING, "cancelled_at", "reason", "decided_by", "decided_at"])


def vacate(point: BridgePoint, registration: Registration) -> None:
    """Free the seats or the place in line of ``registration`` at the locked ``point``; the caller changes its state."""
    if registration.holds_seats:
        _take(point, registration, -registration.seats)
    elif registration.state == State.WAITLISTED:
        point.waiting_count -= 1
    registration.holds_seats = False
    registration.queue_number = None
    _store(point)


def promote(point: BridgePoint, now: datetime) -> list[Registration]:
    """Give seats to those first in line at the locked ``point``, as far as they go; returns who got them.

    Seats kept for an invitation go to its own guests in line, whoever else stands before them.
    """
    promoted: list[Registration] = []
    if not point.waiting_count:
        return promoted
    line = Registration.objects.in_line().filter(bridge_point=point).select_related("organisation")
    for registration in line.iterator(chunk_size=50):
        if not fits(point, registration):
            break
        promote_one(point, registration, now)
        promoted.append(registration)
    if not (point.waiting_count and point.seats_reserved):
        return promoted
    held_back: set[int | None] = set()
    for registration in line.filter(invitation__bridge_point=point).iterator(chunk_size=50):
        kept = _count_kept(point, registration.invitation_id)
        if registration.invitation_id in held_back or registration.seats > kept or not fits(point, registration):
            held_back.add(registration.invitation_id)
            continue
        promote_one(point, registration, now)
        promoted.append(registration)
    return promoted


def promote_one(point: BridgePoint, registration: Registration, now: datetime) -> None:
    """Give ``registration``, which waits at the locked ``point``, its seats, whoever stands before it."""
    point.waiting_count -= 1
    _confirm(point, registration, now)
    _store(point)
    registration.save(update_fields=[*_SEATING, "reason", "decided_by", "decided_at"])


def fits(point: BridgePoint, registration: Registration) -> bool:
    """Whether the seats of ``registration`` are free at the locked ``point``, the line left aside."""
    return _fits(point, registration.seats, _count_kept(point, registration.invitation_id))


def resize(point: BridgePoint, registration: Registration, seats: int) -> bool:
    """Let ``registration`` at the locked ``point`` have ``seats`` from now on; False if they are not free.

    Fewer are always possible; who waits keeps their place with any number.
    """
    more = seats - registration.seats
    if registration.holds_seats:
        if more > 0 and not has_room(point, more, registration.invitation_id):
            return False
        _take(point, registration, more)
        _store(point)
    registration.seats = seats
    registration.save(update_fields=["seats"])
    return True


def keep_for(points: list[BridgePoint], invitation: Invitation, *, quota: int | None, is_active: bool) -> int:
    """Keep ``quota`` seats for the guests of ``invitation`` at its point; returns how many are not there.

    ``points``: its own, if it has one, and those where seats may be kept for it until now, all of them locked. Seats
    that others have already are not taken from them.
    """
    invitation.quota = quota if invitation.bridge_point_id else None
    invitation.is_active = is_active
    # Counted, not added: a form may have saved the invitation with another point before.
    guests = Registration.objects.filter(
        invitation=invitation, bridge_point=invitation.bridge_point_id, holds_seats=True
    )
    invitation.used = guests.aggregate(total=Sum("seats"))["total"] or 0
    Invitation.objects.filter(pk=invitation.pk).update(
        quota=invitation.quota, is_active=is_active, used=invitation.used
    )
    missing = 0
    for point in points:
        point.seats_reserved = sum(one.kept for one in Invitation.objects.filter(bridge_point=point))
        _store(point)
        if point.pk == invitation.bridge_point_id and point.seats is not None:
            missing = max(point.seats_taken + point.seats_reserved - point.seats, 0)
    return missing


def _count_kept(point: BridgePoint, invitation_id: int | None) -> int:
    """Seats at ``point`` that are kept for this invitation."""
    if not invitation_id or not point.seats_reserved:
        return 0
    invitation = Invitation.objects.filter(pk=invitation_id, bridge_point=point).first()
    return invitation.kept if invitation else 0


def _fits(point: BridgePoint, seats: int, kept: int) -> bool:
    """Whether ``seats`` are free for somebody for whom ``kept`` of those reserved are kept."""
    if point.seats is None:
        return True
    free = point.seats - point.seats_taken
    # Fewer may be free than are reserved; whoever wants no more than is kept for them needs only those to be there.
    return seats <= free if seats <= kept else seats <= free - (point.seats_reserved - kept)


def _take(point: BridgePoint, registration: Registration, seats: int) -> None:
    """Count ``seats`` more (or fewer) as taken, those of its invitation first."""
    point.seats_taken += seats
    if registration.invitation_id:
        invitation = Invitation.objects.filter(pk=registration.invitation_id, bridge_point=point).first()
        if invitation is not None:
            before = invitation.kept
            invitation.used = max(invitation.used + seats, 0)
            Invitation.objects.filter(pk=invitation.pk).update(used=invitation.used)
            point.seats_reserved += invitation.kept - before


def _confirm(point: BridgePoint, registration: Registration, now: datetime) -> None:
    if not registration.holds_seats:
        _take(point, registration, registration.seats)
    registration.holds_seats = True
    registration.state = State.CONFIRMED
    registration.queue_number = None
    registration.confirmed_at = now


def _store(point: BridgePoint, trip: RoundTrip | None = None) -> None:
    _update(trip, point, *_COUNTERS)


def _write(registration: Registration, trip: RoundTrip | None = None) -> None:
    """Write what this file decides; the caller keeps the history."""
    _update(trip, registration, "state", "queue_number", "confirmed_at", "holds_seats")


def _update(trip: RoundTrip | None, row: BridgePoint | Registration, *names: str) -> None:
    """Write fields of ``row`` with ``trip``, or now."""
    (now := trip or RoundTrip()).update(row, *names)
    if trip is None:
        now.send()
