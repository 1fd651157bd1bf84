"""The people that outbox rows name: "delegate/7", "coordinator/3", "technician/12"."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from bridges.models import BridgePoint, Connection, Coordinator
from common.phones import mobile_of
from conference.models import Conference
from outbox.refs import Ref
from registrations.models import Delegate, Guest, Registration

DELEGATE, CONTACT, GUEST = "delegate", "contact", "guest"
COORDINATOR, TECHNICIAN = "coordinator", "technician"
# So many delegates share a few conferences and points, which are then read once and not with each of them.
_MANY = 10


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


def _delegates(numbers: set[int]) -> QuerySet[Delegate]:
    """The delegates with these numbers; their contact person's number is asked for when somebody reads it."""
    rows = Delegate.objects.defer("registration__contact_phone").filter(pk__in=numbers)
    if len(numbers) < _MANY:
        return rows.select_related(
            "registration__organisation", "registration__conference", "registration__bridge_point__province"
        )
    points = BridgePoint.objects.select_related("province")
    return rows.select_related("registration__organisation").prefetch_related(
        "registration__conference", Prefetch("registration__bridge_point", points)
    )


_ROLES: dict[str, tuple[Callable[[set[int]], QuerySet[Any]], Callable[[Any], Recipient]]] = {
    DELEGATE: (_delegates, of_delegate),
    CONTACT: (
        lambda numbers: Registration.objects.filter(pk__in=numbers).select_related(
            "organisation", "conference", "bridge_point__province"
        ),
        of_contact,
    ),
    GUEST: (
        lambda numbers: Guest.objects.filter(pk__in=numbers).select_related(
            "invitation__conference", "invitation__bridge_point"
        ),
        of_guest,
    ),
    COORDINATOR: (
        lambda numbers: Coordinator.objects.filter(pk__in=numbers, user__is_active=True).select_related(
            "user", "bridge_point__conference"
        ),
        of_coordinator,
    ),
    TECHNICIAN: (
        lambda numbers: Connection.objects.filter(pk__in=numbers).select_related("bridge_point__conference"),
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
