"""Who is there already. Attendance lies above this room: it answers a signal."""

from typing import Any

from django.db.models import QuerySet

from conference.models import Conference
from registrations.models import Delegate
from registrations.signals import presence_asked


def without_present(delegates: QuerySet[Delegate], conference: Conference) -> QuerySet[Delegate]:
    """``delegates`` not there yet for the present date of ``conference``; in the statement that asks for them."""
    present: Any
    for _receiver, present in presence_asked.send(sender=Conference, conference=conference):
        delegates = delegates.exclude(pk__in=present)
    return delegates
