"""Duplicating a conference: every room copies what it holds of it.

Here, since this is the lowest room that sees both messages and lists.
"""

from datetime import datetime

from django.db import transaction

from bridges import services as bridges
from conference import services as conferences
from conference.models import Conference
from lists import services as lists
from messaging.reminders import planning as reminders
from registrations import services as registrations


@transaction.atomic
def duplicate(
    *, conference: Conference, slug: str, name: str, short_name: str, starts_at: datetime, now: datetime
) -> Conference:
    """A copy of ``conference`` on the date of ``starts_at`` (UTC), unpublished, with everything but registrations.

    Organisers, partners, programme, bridge points with coordinators, questions, reminder rules and the letter in Word
    come along, times moved with the date; join details do not.

    Raises:
        ValidationError: the new address, name or date is not possible.
    """
    copy = conferences.copy(
        conference=conference, slug=slug, name=name, short_name=short_name, starts_at=starts_at, now=now
    )
    points = bridges.copy_points(source=conference, target=copy)
    registrations.copy_questions(source=conference, target=copy)
    lists.copy_letter(source=conference, target=copy)
    reminders.copy_rules(source=conference, target=copy, points=points)
    return copy
