"""Who is there already. Attendance lies above this room: it answers a signal."""

from typing import Any

from django.db.models import Q, QuerySet

from conference.models import Conference
from registrations.models import Delegate
from registrations.signals import presence_asked


def only_present(delegates: QuerySet[Delegate], conference: Conference) -> QuerySet[Delegate]:
    """Those of ``delegates`` who are there for the present date of ``conference``; in the statement that asks."""
    present: Any
    is_there = Q(pk__in=[])
    for _receiver, present in presence_asked.send(sender=Conference, conference=conference):
        is_there |= Q(pk__in=present)
    return delegates.filter(is_there)


def without_present(delegates: QuerySet[Delegate], conference: Conference) -> QuerySet[Delegate]:
    """``delegates`` not there yet for the present date of ``conference``; in the statement that asks for them."""
    present: Any
    for _receiver, present in presence_asked.send(sender=Conference, conference=conference):
        delegates = delegates.exclude(pk__in=present)
    return delegates
