"""Storing who was in the meeting, and saying whom a name means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from accounts.models import User
from attendance.meeting_presence import derive_met
from attendance.models import MeetingStay
from bridges.models import BridgePoint
from conference.models import Conference, raise_day_version
from lists.meeting.matching import Means, Way, name_key
from lists.meeting.stays import Stay
from lists.models import KnownParticipant
from registrations.models import Delegate
from registrations.signals import ErasedPeople


def store_stays(
    *, conference: Conference, point: int | None, source: str, stays: Sequence[Stay], now: datetime, **_more: Any
) -> None:
    """Store ``stays`` and what follows for attendance, in the caller's transaction; those that are there stay.

    ``point``: the number of the point whose meeting it was. Statements do not grow with the number of stays, but for
    what one of them can hold.
    """
    if not stays:
        return
    rows = [
        MeetingStay(
            conference=conference,
            bridge_point_id=point,
            source=source,
            key=stay.key,
            name=stay.name,
            email=stay.email,
            joined_at=stay.joined,
            left_at=stay.left,
            means=stay.match.means,
            way=stay.match.way,
            delegate_id=stay.match.delegate,
            room_id=stay.match.room,
            noted_at=now,
        )
        for stay in stays
    ]
    MeetingStay.objects.bulk_create(rows, ignore_conflicts=True)
    derive_met(conference=conference, delegates={stay.match.delegate for stay in stays if stay.match.delegate})
    raise_day_version(conference.pk)


def known_keys(*, conference: Conference, keys: Iterable[str], **_more: Any) -> set[str]:
    """Which of ``keys`` are stored."""
    rows = MeetingStay.objects.filter(conference=conference, key__in=keys).order_by()
    return set(rows.values_list("key", flat=True))


@dataclass(frozen=True)
class Choice:
    """Whom somebody says a name means: a delegate, the device of a room, or, without both, nobody who is registered."""

    delegate: Delegate | None = None
    room: BridgePoint | None = None

    @property
    def means(self) -> Means:
        """What stands behind the name."""
        if self.delegate is not None:
            return Means.PERSON
        return Means.ROOM if self.room is not None else Means.NOBODY

    def is_of(self, conference: Conference) -> bool:
        """Whether it names nobody of another conference."""
        chosen = {
            self.delegate.registration.conference_id if self.delegate else conference.pk,
            self.room.conference_id if self.room else conference.pk,
        }
        return chosen == {conference.pk}


class NotChosen(Exception):
    """The choice cannot be stored; the text says why."""


def choose(*, stay: MeetingStay, choice: Choice, by: User, now: datetime) -> int:
    """Say whom the name of ``stay`` means, in this conference from now on; returns how many times in it that are.

    Raises:
        NotChosen: the name is erased, or the delegate or the room is none of the conference.
    """
    conference = stay.conference
    if not stay.name:
        raise NotChosen(gettext("The name has been erased."))
    if not choice.is_of(conference):
        raise NotChosen(gettext("This is none of this conference."))
    with transaction.atomic():
        KnownParticipant.objects.update_or_create(
            conference=conference,
            name=name_key(stay.name),
            email=stay.email.lower(),
            defaults={"delegate": choice.delegate, "room": choice.room, "by": by, "at": now},
        )
        same = [one for one in _alike(stay) if name_key(one.name) == name_key(stay.name)]
        touched = {one.delegate_id for one in same if one.delegate_id}
        MeetingStay.objects.filter(pk__in=[one.pk for one in same]).update(
            means=choice.means, way=Way.HAND, delegate=choice.delegate, room=choice.room
        )
        if choice.delegate is not None:
            touched.add(choice.delegate.pk)
        derive_met(conference=conference, delegates=touched)
        raise_day_version(conference.pk)
    return len(same)


def _alike(stay: MeetingStay) -> Iterable[MeetingStay]:
    """The times with the address of ``stay``, whose names may be the same, locked."""
    rows = MeetingStay.objects.select_for_update(of=("self",)).filter(conference=stay.conference_id, email=stay.email)
    return rows.order_by("pk").only("pk", "name", "delegate")


def erase_stays(*, conference: Conference, people: ErasedPeople, everybody: bool, **_more: object) -> None:
    """Take out under which names and addresses ``people``, or everybody, were in the meeting; the times stay."""
    rows = MeetingStay.objects.filter(conference=conference)
    if not everybody:
        names = {name_key(name) for name in people.names} - {""}
        alike = [pk for pk, name in rows.exclude(name="").values_list("pk", "name") if name_key(name) in names]
        rows = rows.filter(Q(delegate__in=people.delegates) | Q(email__in=people.emails - {""}) | Q(pk__in=alike))
    rows.update(name="", email="")
