"""What the use cases of registrations share."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bridges.models import BridgePoint
from outbox import queue
from registrations import messages, seats
from registrations.models import Delegate, Registration


class RegistrationRefused(Exception):
    """This is not possible; the text says why, for the visitor."""


class PointFull(RegistrationRefused):
    """The bridge point has not enough seats; nothing was changed."""


class ChangedMeanwhile(RegistrationRefused):
    """Somebody else has added ``delegates`` since the page was drawn."""

    def __init__(self, words: str, delegates: Sequence[Delegate]) -> None:
        super().__init__(words)
        self.delegates = delegates


class StandsElsewhere(RegistrationRefused):
    """The registration has another state or point than the page showed from which this comes; nothing was changed."""


class PersonInDoubt(RegistrationRefused):
    """It must be said whether those who are to stand in the place of ``delegates`` are the same people."""

    def __init__(self, delegates: Sequence[Delegate] = ()) -> None:
        super().__init__(_("Please say whether it is the same person. Nothing is stored yet."))
        self.delegates = delegates


class RegisteredAlready(RegistrationRefused):
    """This guest of an invitation has a registration; their link registers once."""


def is_ahead(registration: Registration, now: datetime) -> bool:
    """Whether ``registration`` is neither cancelled nor over, so that there is something to say about it."""
    return registration.is_active and registration.conference.is_ahead_at(now)


def require_ahead(registration: Registration, now: datetime) -> None:
    """Refuse changes to what is over or cancelled.

    Raises:
        RegistrationRefused: it is.
    """
    if not registration.is_active:
        raise RegistrationRefused(_("This registration is cancelled."))
    if registration.conference.cancelled_at:
        raise RegistrationRefused(_("This conference has been cancelled."))
    if now >= registration.conference.ends_at:
        raise RegistrationRefused(_("This conference is over; its registrations can no longer be changed."))


def require_possible(point: BridgePoint, wanted: int) -> None:
    """Refuse a group that would wait for ever, and everybody behind it.

    Raises:
        RegistrationRefused: ``point`` has fewer than ``wanted`` seats in all.
    """
    if not seats.can_fit(point, wanted):
        total = point.seats or 0
        words = ngettext(
            "This bridge point has %(count)d seat in all. Please choose another one, or register fewer people.",
            "This bridge point has %(count)d seats in all. Please choose another one, or register fewer people.",
            total,
        )
        raise RegistrationRefused(words % {"count": total})


def tell_promoted(promoted: Iterable[Registration], *, now: datetime, ends_at: datetime) -> None:
    """Put the news of their seats into the outbox for all people of ``promoted``, registrations just confirmed.

    What has not left and speaks of an earlier state, or of an earlier seat, is withdrawn. The news is worthless after
    ``ends_at``, the end of the conference.
    """
    by_registration: dict[int, list[Delegate]] = {r.pk: [] for r in promoted}
    if not by_registration:
        return
    for delegate in Delegate.objects.filter(registration__in=by_registration):
        by_registration[delegate.registration_id].append(delegate)
    for registration in promoted:
        delegates = by_registration[registration.pk]
        # Reminders and what organisers wrote are as true for somebody with a seat.
        queue.withdraw(person=messages.persons(registration, delegates), kinds=messages.VALID_IN)
        queue.post(messages.about(registration, delegates, kind="promoted", now=now, ends_at=ends_at))


def lock_with_point(registration_id: int, *, also: int = 0) -> tuple[BridgePoint, Registration]:
    """The registration and its point, the point locked; a registration that moved meanwhile is followed.

    The point ``also`` is locked with it, in the order of their numbers, so that two who swap points do not block each
    other for ever.
    """
    while True:
        point_id = Registration.objects.values_list("bridge_point", flat=True).get(pk=registration_id)
        if also and also < point_id:
            seats.lock(also)
        point = seats.lock(point_id)
        current = Registration.objects.select_related("conference", "organisation").get(pk=registration_id)
        if current.bridge_point_id == point_id:
            return point, current
