"""Who is there already. Attendance lies above this room: it answers a signal, with a query and not with names."""

from typing import Any

from django.db.models import QuerySet
from django.dispatch import Signal

from conference.models import Conference
from registrations.models import Delegate

#: Sent with ``conference``, its number. A receiver answers with a query for the numbers of the delegates who are there.
presence_asked = Signal()


def without_present(delegates: QuerySet[Delegate], conference_id: int) -> QuerySet[Delegate]:
    """``delegates`` who are not there yet, in the statement in which they are asked for."""
    present: Any
    for _receiver, present in presence_asked.send(sender=Conference, conference=conference_id):
        delegates = delegates.exclude(pk__in=present)
    return delegates
