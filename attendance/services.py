"""Joining, and checking in at the desk."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext

from accounts.models import User
from attendance.models import Attendance, AttendanceQuerySet
from conference.models import Conference
from registrations.models import Delegate, Registration

#: Conferences overrun; people can join this long after the announced end.
OVERRUN = timedelta(minutes=60)
#: Staff may check in who comes early, from this long before the doors open.
EARLY = timedelta(hours=4)
#: So long can somebody who was checked in by mistake be let out again.
UNDO_FOR = timedelta(minutes=1)


class JoinPhase(StrEnum):
    """What the personal link leads to: from when until when one can join."""

    BEFORE = "before"
    OPEN = "open"
    OVER = "over"
    CANCELLED = "cancelled"


def join_phase(registration: Registration, now: datetime) -> JoinPhase:
    """What the personal links of ``registration`` lead to at ``now``."""
    conference: Conference = registration.conference
    if conference.cancelled_at or registration.state != Registration.State.CONFIRMED:
        return JoinPhase.CANCELLED
    if now < conference.doors_open_at:
        return JoinPhase.BEFORE
    return JoinPhase.OPEN if now < conference.ends_at + OVERRUN else JoinPhase.OVER


class NotOpen(Exception):
    """It is too early or too late to join."""


# Pressed by hundreds at the same minute: one statement, whatever was there before. A record of an earlier date, before
# the desk of the present one opened, begins anew; otherwise the first sign stays, and so does who came in person.
_PRESS = """
INSERT INTO attendance_attendance AS kept
  (delegate_id, conference_id, bridge_point_id, mode, first_at, last_at, presses, checked_in_at, checked_in_by_id)
VALUES (%(delegate)s, %(conference)s, %(point)s, %(online)s, %(now)s, %(now)s, 1, NULL, NULL)
ON CONFLICT (delegate_id) DO UPDATE SET
  last_at = excluded.last_at,
  presses = CASE WHEN kept.last_at >= %(opens)s THEN kept.presses + 1 ELSE excluded.presses END,
  first_at = CASE WHEN kept.last_at >= %(opens)s THEN kept.first_at ELSE excluded.first_at END,
  mode = CASE WHEN kept.last_at >= %(opens)s THEN kept.mode ELSE excluded.mode END,
  conference_id = CASE WHEN kept.last_at >= %(opens)s THEN kept.conference_id ELSE excluded.conference_id END,
  bridge_point_id = CASE WHEN kept.last_at >= %(opens)s THEN kept.bridge_point_id ELSE excluded.bridge_point_id END,
  checked_in_at = CASE WHEN kept.last_at >= %(opens)s THEN kept.checked_in_at END,
  checked_in_by_id = CASE WHEN kept.last_at >= %(opens)s THEN kept.checked_in_by_id END,
  arrival_id = CASE WHEN kept.last_at >= %(opens)s THEN kept.arrival_id END,
  is_twice = CASE WHEN kept.last_at >= %(opens)s THEN kept.is_twice ELSE excluded.is_twice END,
  met_from = CASE WHEN kept.last_at >= %(opens)s THEN kept.met_from END,
  met_until = CASE WHEN kept.last_at >= %(opens)s THEN kept.met_until END,
  met_seconds = CASE WHEN kept.last_at >= %(opens)s THEN kept.met_seconds ELSE 0 END
"""


def record(*, delegate: Delegate, now: datetime) -> None:
    """Note that ``delegate`` joins from their own device; once in person stays in person. One statement.

    Raises:
        NotOpen: nobody can join at ``now``.
    """
    registration = delegate.registration
    if join_phase(registration, now) is not JoinPhase.OPEN:
        raise NotOpen
    moment = connection.ops.adapt_datetimefield_value
    values: dict[str, Any] = {
        "delegate": delegate.pk,
        "conference": registration.conference_id,
        "point": registration.bridge_point_id,
        "online": Attendance.Mode.ONLINE.value,
        "now": moment(now),
        "opens": moment(desk_opens_at(registration.conference)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PRESS, values)


@dataclass(frozen=True)
class CheckIn:
    """What became of a check-in; not ``is_first``: they were checked in before, and nothing was changed."""

    attendance: Attendance
    is_first: bool


def may_check_in(registration: Registration, now: datetime) -> bool:
    """Whether the people of ``registration`` can be checked in: also before the doors open, since some come early."""
    phase = join_phase(registration, now)
    return phase is JoinPhase.OPEN or (phase is JoinPhase.BEFORE and now >= desk_opens_at(registration.conference))


def desk_opens_at(conference: Conference) -> datetime:
    """From when people can be checked in at the desk."""
    return conference.doors_open_at - EARLY


def of_present_date(delegate: Delegate) -> AttendanceQuerySet:
    """The record of ``delegate`` if it is of the present date; none if the date was moved after it was made."""
    opens_at = desk_opens_at(delegate.registration.conference)
    return Attendance.objects.filter(delegate=delegate).since(opens_at)


def record_of(delegate: Delegate) -> Attendance | None:
    """That ``delegate`` has been there for the present date; None: they have not."""
    record = delegate.attendance if hasattr(delegate, "attendance") else None
    is_present = record is not None and record.last_at >= desk_opens_at(delegate.registration.conference)
    return record if is_present else None


def has_come(delegate: Delegate) -> bool:
    """Whether ``delegate`` has been there for the present date."""
    return record_of(delegate) is not None


def check_in(*, delegate: Delegate, by: User, now: datetime) -> CheckIn:
    """Note that staff ``by`` have seen ``delegate`` at the desk. The first who does counts.

    Raises:
        NotOpen: it is too early, over or cancelled at ``now``, or the registration has no seat.
    """
    if not may_check_in(delegate.registration, now):
        raise NotOpen
    seen = of_present_date(delegate)
    facts = {"mode": Attendance.Mode.IN_PERSON, "checked_in_by": by, "checked_in_at": now}

    def from_online() -> bool:
        joined = seen.filter(checked_in_at=None)
        return bool(joined.update(**facts, last_at=now, presses=F("presses") + 1))

    is_first = from_online() or _begin(delegate, now, **facts) or from_online()
    return CheckIn(seen.select_related("checked_in_by", "bridge_point", "arrival__door").get(), is_first)


def _begin(delegate: Delegate, now: datetime, **facts: Any) -> bool:
    """Store the first sign of ``delegate`` at the present date, over one of an earlier date; False if there is one."""
    registration = delegate.registration
    facts |= {
        "conference": registration.conference,
        "bridge_point": registration.bridge_point,
        "first_at": now,
        "last_at": now,
    }
    recorded = Attendance.objects.filter(delegate=delegate)
    last_at = recorded.values_list("last_at", flat=True).first()
    if last_at is not None:
        # Of two desks at once the condition lets one through.
        outdated = recorded.filter(last_at__lt=desk_opens_at(registration.conference))
        fresh = {"presses": 1, "checked_in_at": None, "checked_in_by": None, "arrival": None, "is_twice": False}
        fresh |= {"met_from": None, "met_until": None, "met_seconds": 0}
        return last_at < desk_opens_at(registration.conference) and bool(outdated.update(**fresh | facts))
    try:
        with transaction.atomic():
            Attendance.objects.create(delegate=delegate, **facts)
    except IntegrityError:
        return False
    return True


def may_undo(attendance: Attendance, by: User, now: datetime) -> bool:
    """Whether ``by`` can take back that they have checked somebody in: for a minute, unless a door has read them."""
    moment = attendance.checked_in_at
    if moment is None or attendance.arrival_id is not None:
        return False
    return attendance.checked_in_by_id == by.pk and now < moment + UNDO_FOR


class TooLateToUndo(Exception):
    """The minute is over, or somebody else checked them in."""


def undo_check_in(*, delegate: Delegate, by: User, now: datetime) -> None:
    """Take back what ``by`` has just noted at the desk; the history of the registration keeps that it was.

    Who had joined from their own device, before or since, is there online.

    Raises:
        TooLateToUndo: there is nothing that ``by`` may take back at ``now``.
    """
    with transaction.atomic():
        found = Attendance.objects.select_for_update().filter(delegate=delegate).first()
        if found is None or not may_undo(found, by, now):
            raise TooLateToUndo
        if found.presses == 1 and found.met_from is None:
            # Checking in is all that was noted.
            found.delete()
        else:
            if found.first_at == found.checked_in_at:
                # They have joined since, within the minute, or the meeting has shown them.
                found.first_at = min(found.last_at, found.met_from or found.last_at)
            found.mode, found.checked_in_at, found.checked_in_by = Attendance.Mode.ONLINE, None, None
            found.presses -= 1
            found.save(update_fields=["mode", "checked_in_at", "checked_in_by", "first_at", "presses"])
        current = Registration.objects.select_for_update().get(pk=delegate.registration_id)
        words = gettext("Checking in %(name)s was taken back.") % {"name": delegate.full_name}
        current._change_reason = words[:100]
        # Nothing is changed: the version carries the reason.
        current.save(update_fields=["number"])
