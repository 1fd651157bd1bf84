"""Who is at bridge points now, wherever they were when something was said to them."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from bridges.models import Connection, Coordinator
from messaging import recipients
from outbox.refs import Ref
from registrations.messages import topic
from registrations.models import Delegate, Guest, Registration


def at(points: Iterable[int]) -> Q:
    """The condition that a message went to somebody who registered for one of ``points``, or looks after one, now.

    Guests belong to the point of their invitation until they have registered.
    """
    here = list(points)
    coordinators = Coordinator.objects.filter(bridge_point__in=here)
    guests = Q(registration=None, invitation__bridge_point__in=here) | Q(registration__bridge_point__in=here)
    groups = [
        (recipients.DELEGATE, Delegate.objects.filter(registration__bridge_point__in=here), "pk"),
        (recipients.CONTACT, Registration.objects.filter(bridge_point__in=here), "pk"),
        (recipients.GUEST, Guest.objects.filter(guests), "pk"),
        (recipients.COORDINATOR, coordinators, "pk"),
        (recipients.TECHNICIAN, Connection.objects.filter(bridge_point__in=here), "pk"),
    ]
    # Whoever is appointed hears of it as a user, who may look after points elsewhere.
    found = Q(person__in=_names("user", coordinators, "user_id"), topic__in=[topic(pk) for pk in here])
    for role, rows, number in groups:
        found |= Q(person__in=_names(role, rows, number))
    return found


def _names(role: str, rows: QuerySet, number: str) -> QuerySet:
    """``rows`` as the outbox calls them."""
    return rows.order_by().values_list(Ref.expression(role, number), flat=True)
