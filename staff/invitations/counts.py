"""How far invitations have come, in numbers."""

from collections.abc import Iterable

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from messaging import message_kinds
from messaging.delivery.counts import select_unreached
from messaging.delivery.scope import Scope
from outbox.models import Message
from outbox.refs import Ref
from registrations import services
from registrations.models import Guest, Invitation, Registration


def with_counts(invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """Each with ``guest_count``, ``invited_count``, ``accepted_count`` and ``registration_count``."""
    guests = Guest.objects.all()
    counts = {
        "guest_count": _count(guests, "invitation"),
        "invited_count": _count(guests.exclude(invited_at=None), "invitation"),
        "accepted_count": _count(guests.exclude(registration=None), "invitation"),
        "registration_count": _count(Registration.objects.active(), "invitation"),
    }
    return invitations.annotate(**counts)


def _count(rows: QuerySet, of: str) -> Coalesce:
    counted = rows.filter(**{of: OuterRef("pk")}).order_by().values(of).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


def count_unreached(invitations: Iterable[Invitation], scope: Scope) -> dict[int, int]:
    """By number of the invitation how many guests its last message reached by no way. One query."""
    occasions = {str(Ref("invitation", one.pk)): one.pk for one in invitations}
    if not occasions:
        return {}
    sent = Message.objects.filter(topic__in=scope.topics, kind=message_kinds.INVITED, occasion__in=occasions)
    rows = select_unreached(sent).order_by().values_list("occasion").annotate(Count("person", distinct=True))
    return {occasions[occasion]: count for occasion, count in rows}


def so_far_words(guest: Guest, moment: str) -> str:
    """How far ``guest``, who has not registered, has come; ``moment``: when they were invited, in words."""
    if guest.invited_at:
        return gettext("invited %(moment)s") % {"moment": moment}
    if services.can_be_reached(guest):
        return gettext("not invited yet")
    return gettext("no address: by letter or by hand")
