"""What staff read at the top of a delegate's page, and what they may do there: check in, or take it back."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext

from accounts.models import User, display_name
from accounts.signed_in import is_proven, staff_of
from attendance import services
from attendance.models import Attendance
from attendance.services import JoinPhase
from bridges.models import BridgePoint
from registrations.models import Delegate, Registration

State = Registration.State


@dataclass(frozen=True)
class Desk:
    """One delegate at the desk. ``words``: how they stand; ``is_warning``: something is not as it should be."""

    words: str
    is_warning: bool = False
    may_check_in: bool = False
    may_undo: bool = False
    #: Whether the staff user runs this point: then the page is the desk's, not the delegate's.
    is_of_point: bool = True
    #: Where staff get what they lack; "" if they lack nothing.
    url: str = ""


def clerk_of(request: HttpRequest, delegate: Delegate) -> User | None:
    """Whoever is signed in as staff and looks at the page of somebody else; None: the delegate, or a stranger."""
    # Hundreds of delegates come in a minute, and nearly none of them has a session.
    user = staff_of(request) if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    if user is None or (user.email and user.email == delegate.email) or (user.phone and user.phone == delegate.phone):
        return None
    return user


def runs(user: User, point: BridgePoint) -> bool:
    """Whether ``user`` checks people in at ``point``, once they have signed in as staff must."""
    return BridgePoint.objects.run_by(user).filter(pk=point.pk).exists()


def desk_for(request: HttpRequest, user: User, delegate: Delegate, now: datetime) -> Desk:
    """What staff ``user`` read about ``delegate`` at ``now``."""
    point = delegate.registration.bridge_point
    if not is_proven(request, user):
        return Desk(unproven_words(), is_warning=True, is_of_point=runs(user, point), url=reverse("admin:index"))
    if not runs(user, point):
        words = gettext(
            "%(name)s is registered at another bridge point, which you do not run: %(point)s, %(conference)s."
        )
        facts = {"name": delegate.full_name, "point": point.name, "conference": delegate.registration.conference}
        return Desk(words % facts, is_warning=True, is_of_point=False)
    attendance = (
        services.of_present_date(delegate).select_related("checked_in_by", "bridge_point", "arrival__door").first()
    )
    if attendance is not None and attendance.checked_in_at is not None:
        return _here(user, delegate, attendance, now)
    if refusal := why_closed(delegate.registration, now):
        return Desk(refusal, is_warning=True)
    return Desk(_before_checking_in(delegate, attendance, now), may_check_in=True)


def unproven_words() -> str:
    """What staff lack who have not signed in as staff must."""
    return gettext("Staff accounts need two-step verification before they check people in.")


def _here(user: User, delegate: Delegate, attendance: Attendance, now: datetime) -> Desk:
    """Somebody who has been checked in."""
    if services.may_undo(attendance, user, now):
        words = gettext("%(name)s was checked in at %(time)s, by you.")
        return Desk(words % {"name": delegate.full_name, "time": _time(attendance, now)}, may_undo=True)
    return Desk(already_words(delegate, attendance, now), is_warning=True)


def already_words(delegate: Delegate, attendance: Attendance, now: datetime) -> str:
    """That ``delegate`` has been checked in before, since when, by whom, and where if it was at another point."""
    facts = {
        "name": delegate.full_name,
        "time": _time(attendance, now),
        "who": who_checked_in(attendance),
        "point": attendance.bridge_point.name,
    }
    if attendance.bridge_point_id != delegate.registration.bridge_point_id:
        words = gettext("%(name)s is already here since %(time)s: checked in at %(point)s, by %(who)s.")
    else:
        words = gettext("%(name)s is already here since %(time)s: checked in by %(who)s.")
    return words % facts


def who_checked_in(attendance: Attendance) -> str:
    """By whom somebody was checked in: the door that has read their code, or who of the staff it was."""
    if attendance.arrival is not None:
        return attendance.arrival.door.name
    by = attendance.checked_in_by
    return display_name(by) if by else gettext("unknown")


def _time(attendance: Attendance, now: datetime) -> str:
    """The hour of the check-in; with its day if that is another."""
    moment = localtime(attendance.checked_in_at)
    return date_format(moment, "H:i" if moment.date() == localdate(now) else "DATETIME_FORMAT")


def why_closed(registration: Registration, now: datetime) -> str:
    """Why nobody of ``registration`` can be checked in at ``now``; "" if they can."""
    if services.may_check_in(registration, now):
        return ""
    phase = services.join_phase(registration, now)
    if phase is JoinPhase.BEFORE:
        moment = services.desk_opens_at(registration.conference)
        return gettext("Checking in begins at %(moment)s.") % {
            "moment": date_format(localtime(moment), "DATETIME_FORMAT")
        }
    if phase is JoinPhase.OVER:
        return gettext("The conference is over: nobody can be checked in any more.")
    if registration.conference.cancelled_at:
        return gettext("This conference has been cancelled.")
    return gettext("This registration has no seat, so nobody can be checked in: %(state)s.") % {
        "state": registration.get_state_display()
    }


def _before_checking_in(delegate: Delegate, attendance: Attendance | None, now: datetime) -> str:
    """Organisation and point of somebody who can be checked in; that they come early, or have joined already."""
    registration = delegate.registration
    words = [f"{registration.organisation.name} – {registration.bridge_point.name}."]
    if attendance is not None:
        time = date_format(localtime(attendance.first_at), "H:i")
        words.append(gettext("Joined from their own device at %(time)s.") % {"time": time})
    if services.join_phase(registration, now) is JoinPhase.BEFORE:
        time = date_format(localtime(registration.conference.doors_open_at), "H:i")
        words.append(gettext("The doors open at %(time)s; who comes early can be checked in now.") % {"time": time})
    return " ".join(words)
