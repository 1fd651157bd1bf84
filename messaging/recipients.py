"""The people that outbox rows name: "delegate/7", "coordinator/3", "technician/12"."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from bridges.models import BridgePoint, Connection, Coordinator
from common.lookups import Among, LookUp
from common.phones import mobile_of
from conference.models import Conference
from outbox.refs import Ref
from registrations.models import Delegate, Guest, Registration

DELEGATE, CONTACT, GUEST = "delegate", "contact", "guest"
COORDINATOR, TECHNICIAN = "coordinator", "technician"


@dataclass
class Recipient:
    """To whom a message goes: a delegate, or somebody who looks after a bridge point."""

    conference: Conference
    point: BridgePoint | None
    name: str
    delegate: Delegate | None = None
    contact_of: Registration | None = None
    guest: Guest | None = None
    coordinator: Coordinator | None = None
    connection: Connection | None = None

    @property
    def registration(self) -> Registration | None:
        """The registration of a delegate, or of a contact person who is none."""
        return self.delegate.registration if self.delegate else self.contact_of

    @property
    def is_staff(self) -> bool:
        """Whether they look after a bridge point and do not attend."""
        return self.registration is None and self.guest is None

    @property
    def is_contact(self) -> bool:
        """Whether they are the contact person of a registration."""
        return self.delegate.is_contact if self.delegate else self.contact_of is not None

    def address(self, channel: str) -> str:
        """Where they are reached over ``channel`` now; "" if nowhere."""
        email: str | None
        if one := self.delegate or self.guest:
            email, phone = one.email, one.phone
        elif self.contact_of:
            email, phone = self.contact_of.contact_email, self.contact_of.contact_phone
        elif self.coordinator:
            email, phone = self.coordinator.user.email, self.coordinator.user.phone
        elif self.connection:
            email, phone = self.connection.technician_email, self.connection.technician_phone
        else:
            return ""
        return (email or "") if channel == "email" else mobile_of(phone)


def of_delegate(delegate: Delegate) -> Recipient:
    """``delegate`` as a recipient; their registration, its conference, point and organisation should be loaded."""
    registration = delegate.registration
    return Recipient(registration.conference, registration.bridge_point, delegate.full_name, delegate=delegate)


def of_contact(registration: Registration) -> Recipient:
    """The contact person of ``registration`` as a recipient, for one who does not attend."""
    return Recipient(
        registration.conference, registration.bridge_point, registration.contact_name, contact_of=registration
    )


def of_guest(guest: Guest) -> Recipient:
    """``guest`` of an invitation as a recipient; the point is none while they may choose."""
    invitation = guest.invitation
    return Recipient(invitation.conference, invitation.bridge_point, guest.name, guest=guest)


def of_coordinator(coordinator: Coordinator) -> Recipient:
    """``coordinator`` as a recipient."""
    point = coordinator.bridge_point
    name = coordinator.user.name or coordinator.user.email or ""
    return Recipient(point.conference, point, name, coordinator=coordinator)


def of_technician(connection: Connection) -> Recipient:
    """The technical contact of ``connection`` as a recipient."""
    point = connection.bridge_point
    return Recipient(point.conference, point, connection.technician_name or point.label, connection=connection)


def _with_organisation() -> QuerySet[Delegate]:
    """Delegates; their contact person's number is asked for when somebody reads it."""
    return Delegate.objects.defer("registration__contact_phone").select_related("registration__organisation").order_by()


_ONE: LookUp[Delegate, int] = LookUp(
    lambda number: (
        _with_organisation()
        .select_related("registration__conference", "registration__bridge_point__province")
        .filter(pk=number)
    )
)
_SEVERAL: LookUp[Delegate, list[int]] = LookUp(lambda numbers: _with_organisation().filter(Among(F("pk"), numbers)))
_CONFERENCES: LookUp[Conference, list[int]] = LookUp(
    lambda numbers: Conference.objects.filter(Among(F("pk"), numbers)).order_by()
)
_POINTS: LookUp[BridgePoint, list[int]] = LookUp(
    lambda numbers: BridgePoint.objects.filter(Among(F("pk"), numbers)).select_related("province").order_by()
)


def _delegates(numbers: set[int]) -> list[Delegate]:
    """The delegates with these numbers, with all that messages say of them.

    Several share a few conferences and points, which are read once and not with each of them.
    """
    if len(numbers) == 1:
        return _ONE.rows(*numbers)
    found = _SEVERAL.rows([*numbers])
    registrations = [delegate.registration for delegate in found]
    conferences = {one.pk: one for one in _CONFERENCES.rows([*{each.conference_id for each in registrations}])}
    points = {one.pk: one for one in _POINTS.rows([*{each.bridge_point_id for each in registrations}])}
    for each in registrations:
        each.conference, each.bridge_point = conferences[each.conference_id], points[each.bridge_point_id]
    return found


_ROLES: dict[str, tuple[Callable[[set[int]], Iterable[Any]], Callable[[Any], Recipient]]] = {
    DELEGATE: (_delegates, of_delegate),
    CONTACT: (
        lambda numbers: Registration.objects.filter(pk__in=numbers).select_related(
            "organisation", "conference", "bridge_point__province"
        ),
        of_contact,
    ),
    GUEST: (
        lambda numbers: Guest.objects.filter(pk__in=numbers).select_related(
            "invitation__conference", "invitation__bridge_point__province"
        ),
        of_guest,
    ),
    COORDINATOR: (
        lambda numbers: Coordinator.objects.filter(pk__in=numbers, user__is_active=True).select_related(
            "user", "bridge_point__conference", "bridge_point__province"
        ),
        of_coordinator,
    ),
    TECHNICIAN: (
        lambda numbers: Connection.objects.filter(pk__in=numbers).select_related(
            "bridge_point__conference", "bridge_point__province"
        ),
        of_technician,
    ),
}


def load(persons: Iterable[str]) -> dict[str, Recipient]:
    """The recipients by name; whoever is gone is missing. A fixed number of queries for each role that occurs."""
    ids: dict[str, set[int]] = {}
    for person in persons:
        if ref := Ref.parse(person):
            ids.setdefault(ref.kind, set()).add(ref.number)
    found: dict[str, Recipient] = {}
    for role, (rows, recipient) in _ROLES.items():
        if role in ids:
            found |= {str(Ref(role, row.pk)): recipient(row) for row in rows(ids[role])}
    return found
