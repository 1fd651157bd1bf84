"""The only file that changes a seat count.

All of it works on a bridge point whose row is locked until the transaction ends, and a registration changes its state
only under the lock of its point. First come, first served: while somebody waits, a newcomer stands behind him, and
only the first in line is promoted, as soon as all his seats are free.
"""

from datetime import datetime

from bridges.models import BridgePoint
from registrations.models import Registration


def lock(point_id: int) -> BridgePoint:
    """The bridge point, its row locked until the end of the transaction (SQLite: the whole database is).

    Raises:
        BridgePoint.DoesNotExist: there is none.
    """
    return BridgePoint.objects.select_for_update(of=("self",)).get(pk=point_id)


def has_room(point: BridgePoint, wanted: int) -> bool:
    """Whether somebody who comes now gets ``wanted`` seats at the locked ``point`` at once."""
    return not point.waiting_count and _fits(point, wanted)


def admit(point: BridgePoint, registration: Registration, now: datetime) -> None:
    """Give ``registration`` its seats at the locked ``point``, or the last place in line."""
    if has_room(point, registration.seats):
        _confirm(point, registration, now)
    else:
        point.queue_tail += 1
        point.waiting_count += 1
        registration.state = Registration.State.WAITLISTED
        registration.queue_number = point.queue_tail
    _store(point)
    Registration.objects.filter(pk=registration.pk).update(
        state=registration.state, queue_number=registration.queue_number, confirmed_at=registration.confirmed_at
    )


def release(point: BridgePoint, registration: Registration, now: datetime) -> None:
    """Cancel ``registration``: its seats or its place in line at the locked ``point`` are free."""
    vacate(point, registration)
    registration.state = Registration.State.CANCELLED
    registration.queue_number = None
    registration.cancelled_at = now
    registration.save(update_fields=["state", "queue_number", "cancelled_at"])


def vacate(point: BridgePoint, registration: Registration) -> None:
    """Free the seats or the place in line of ``registration`` at the locked ``point``; the caller changes its state."""
    if registration.state == Registration.State.CONFIRMED:
        point.seats_taken -= registration.seats
    elif registration.state == Registration.State.WAITLISTED:
        point.waiting_count -= 1
    _store(point)


def promote(point: BridgePoint, now: datetime) -> list[Registration]:
    """Give seats to those first in line at the locked ``point``, as far as they go; returns who got them."""
    promoted: list[Registration] = []
    if not point.waiting_count:
        return promoted
    line = Registration.objects.in_line().filter(bridge_point=point).select_related("organisation")
    for registration in line.iterator(chunk_size=50):
        if not _fits(point, registration.seats):
            break
        point.waiting_count -= 1
        _confirm(point, registration, now)
        registration.save(update_fields=["state", "queue_number", "confirmed_at"])
        promoted.append(registration)
    if promoted:
        _store(point)
    return promoted


def _fits(point: BridgePoint, seats: int) -> bool:
    return point.seats is None or point.seats_taken + seats <= point.seats


def _confirm(point: BridgePoint, registration: Registration, now: datetime) -> None:
    point.seats_taken += registration.seats
    registration.state = Registration.State.CONFIRMED
    registration.queue_number = None
    registration.confirmed_at = now


def _store(point: BridgePoint) -> None:
    BridgePoint.objects.filter(pk=point.pk).update(
        seats_taken=point.seats_taken, waiting_count=point.waiting_count, queue_tail=point.queue_tail
    )
