"""The people that outbox rows name: "delegate/7", "coordinator/3", "technician/12"."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Model, QuerySet

from bridges.models import BridgePoint, Connection, Coordinator
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
        if one := self.delegate or self.guest:
            email, phone = one.email, one.phone
        elif self.contact_of:
            email, phone = self.contact_of.contact_email, self.contact_of.contact_phone
        elif self.coordinator:
            email, phone = self.coordinator.user.email, self.coordinator.user.phone
        else:
            email, phone = self.connection.technician_email, self.connection.technician_phone
        return email if channel == "email" else mobile_of(phone)


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
    name = coordinator.user.name or coordinator.user.email
    return Recipient(point.conference, point, name, coordinator=coordinator)


def of_technician(connection: Connection) -> Recipient:
    """The technical contact of ``connection`` as a recipient."""
    point = connection.bridge_point
    return Recipient(point.conference, point, connection.technician_name or point.label, connection=connection)


_ROLES: dict[str, tuple[Callable[[], QuerySet], Callable[[Model], Recipient]]] = {
    DELEGATE: (
        lambda: Delegate.objects.select_related(
            "registration__organisation", "registration__conference", "registration__bridge_point__province"
        ),
        of_delegate,
    ),
    CONTACT: (
        lambda: Registration.objects.select_related("organisation", "conference", "bridge_point__province"),
        of_contact,
    ),
    GUEST: (
        lambda: Guest.objects.select_related("invitation__conference", "invitation__bridge_point"),
        of_guest,
    ),
    COORDINATOR: (
        lambda: Coordinator.objects.filter(user__is_active=True).select_related("user", "bridge_point__conference"),
        of_coordinator,
    ),
    TECHNICIAN: (lambda: Connection.objects.select_related("bridge_point__conference"), of_technician),
}


def load(persons: Iterable[str]) -> dict[str, Recipient]:
    """The recipients by name; whoever is gone is missing. One query for each role that occurs."""
    ids: dict[str, set[int]] = {}
    for person in persons:
        if ref := Ref.parse(person):
            ids.setdefault(ref.kind, set()).add(ref.number)
    found: dict[str, Recipient] = {}
    for role, (rows, recipient) in _ROLES.items():
        if role in ids:
            found |= {str(Ref(role, row.pk)): recipient(row) for row in rows().filter(pk__in=ids[role])}
    return found
