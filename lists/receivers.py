"""What this room does when a room below it says that something has happened."""

from typing import Any

from conference.models import Conference
from lists import pending
from registrations.signals import ErasedPeople


def drop_pending_lists(*, conference: Conference, people: ErasedPeople, everybody: bool, **kwargs: Any) -> None:
    """Delete the uploaded lists that wait for confirmation and name somebody who is being erased."""
    if everybody:
        pending.drop_all(conference)
    else:
        pending.drop_with(conference, people)
