"""What this room does when a room below it says that something has happened."""

from typing import Any

from django.db.models import Q

from conference.models import Conference
from lists import pending
from lists.meeting.matching import name_key
from lists.models import KnownParticipant
from registrations.signals import ErasedPeople


def drop_pending_lists(*, conference: Conference, people: ErasedPeople, everybody: bool, **kwargs: Any) -> None:
    """Delete the uploaded lists that wait for confirmation and name somebody who is being erased."""
    if everybody:
        pending.drop_all(conference)
    else:
        pending.drop_with(conference, people)


def forget_participants(*, conference: Conference, people: ErasedPeople, everybody: bool, **kwargs: Any) -> None:
    """Delete whom names in meetings mean, of those who are being erased."""
    known = KnownParticipant.objects.filter(conference=conference)
    if not everybody:
        names = {name_key(name) for name in people.names} - {""}
        known = known.filter(Q(delegate__in=people.delegates) | Q(email__in=people.emails) | Q(name__in=names))
    known.delete()
