"""What is set for the questions and polls of a conference, and the number by which pages hear of changes."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from attendance.services import OVERRUN
from conference.models import Conference
from control.models import Floor


def number_in(text: str) -> int:
    """The number of a row, an option or people in ``text``, as a database can look for it.

    Raises:
        ValueError: there is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise ValueError(text[:100])
    return int(text)


def number_of(text: str) -> int:
    """The same, but -1 if there is none: no row and no version has it, so a press with it is refused as out of date."""
    try:
        return number_in(text)
    except ValueError:
        return -1


def floor_of(conference: Conference) -> Floor:
    """What is set for ``conference``; made when it is first asked for."""
    return Floor.objects.get_or_create(conference=conference)[0]


def version_of(conference: int) -> int:
    """How often something has changed that people, rooms and the screen are shown. One query."""
    return Floor.objects.filter(conference=conference).values_list("version", flat=True).first() or 0


def lock(conference: Conference) -> Floor:
    """In a transaction: the row that everybody who changes questions or polls for all waits for."""
    return Floor.objects.select_for_update().get(pk=floor_of(conference).pk)


def changed(conference: int) -> None:
    """Say, in the transaction of the change, that what people, rooms and the screen are shown has changed."""
    Floor.objects.filter(conference=conference).update(version=F("version") + 1)


def is_in_session(conference: Conference, now: datetime) -> bool:
    """Whether people can ask and vote at ``now``: from the opening of the doors until the overtime is over."""
    is_day = conference.doors_open_at <= now < conference.ends_at + OVERRUN
    return conference.takes_questions and is_day and not conference.cancelled_at


@transaction.atomic
def set_open(*, conference: Conference, is_open: bool) -> bool:
    """Let personal pages and rooms of ``conference`` lead to questions and votes, or not; whether that is a change."""
    lock(conference)
    current = Conference.objects.select_for_update().get(pk=conference.pk)
    if current.takes_questions == is_open:
        return False
    current.takes_questions = is_open
    current.save(update_fields=["takes_questions"])
    changed(conference.pk)
    return True


@transaction.atomic
def set_names(*, conference: Conference, names: str) -> None:
    """Say what everybody reads of whoever asks: one of ``Floor.Names``."""
    lock(conference)
    Floor.objects.filter(conference=conference).update(names=Floor.Names(names))
    changed(conference.pk)


@transaction.atomic
def renew_link(*, conference: Conference) -> Floor:
    """Withdraw the link to the screen in the hall. Returns the row with the new one."""
    floor = lock(conference)
    floor.renew_token()
    floor.save(update_fields=["token_version", "token_hash"])
    return floor
