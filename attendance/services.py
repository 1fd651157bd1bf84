"""Joining."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import User
from attendance.models import Attendance
from conference.models import Conference
from registrations.models import Delegate, Registration

#: Conferences overrun; the door stays open this long after the announced end.
OVERRUN = timedelta(minutes=60)


class Door(StrEnum):
    """What the personal link leads to."""

    BEFORE = "before"
    OPEN = "open"
    OVER = "over"
    CANCELLED = "cancelled"


def door_at(registration: Registration, now: datetime) -> Door:
    """What the personal links of ``registration`` lead to at ``now``."""
    conference: Conference = registration.conference
    if conference.cancelled_at or registration.state != Registration.State.CONFIRMED:
        return Door.CANCELLED
    if now < conference.doors_open_at:
        return Door.BEFORE
    return Door.OPEN if now < conference.ends_at + OVERRUN else Door.OVER


class DoorClosed(Exception):
    """It is too early or too late to join."""


def record(*, delegate: Delegate, now: datetime, checked_in_by: User | None = None) -> Attendance:
    """Note that ``delegate`` is there: in person if a user checked them in at the desk, else online.

    Once in person stays in person.

    Raises:
        DoorClosed: the door is not open at ``now``.
    """
    registration = delegate.registration
    if door_at(registration, now) is not Door.OPEN:
        raise DoorClosed
    seen = Attendance.objects.filter(delegate=delegate)
    again = {"last_at": now, "presses": F("presses") + 1}
    if checked_in_by:
        again |= {"mode": Attendance.Mode.IN_PERSON, "checked_in_by": checked_in_by}
    if not seen.update(**again):
        try:
            with transaction.atomic():
                Attendance.objects.create(
                    delegate=delegate,
                    conference=registration.conference,
                    bridge_point=registration.bridge_point,
                    mode=Attendance.Mode.IN_PERSON if checked_in_by else Attendance.Mode.ONLINE,
                    first_at=now,
                    last_at=now,
                    checked_in_by=checked_in_by,
                )
        except IntegrityError:
            seen.update(**again)
    return seen.get()
