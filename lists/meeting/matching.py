"""Whom a name in a meeting means: by what somebody has said, our own key, e-mail, the name of a room, the name.

Nobody is guessed: what fits two people, or a part of a name, stays open, with those who may be meant.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bridges.models import BridgePoint
from common.search import matching
from conference.models import Conference
from lists.meeting import rooms
from lists.models import KnownParticipant
from lists.people.columns import plain
from registrations.models import Delegate, Registration


class Means(models.TextChoices):
    """What stands behind a name."""

    PERSON = "person", _("delegate")
    ROOM = "room", _("device of a room")
    NOBODY = "nobody", _("not a delegate")
    OPEN = "open", _("not matched")


class Way(models.TextChoices):
    """By what a delegate was found."""

    KEY = "key", _("by the registration number")
    EMAIL = "email", _("by e-mail")
    NAME = "name", _("by name")
    HAND = "hand", _("chosen by hand")


class Candidate(NamedTuple):
    """A delegate who may have been in the meeting."""

    pk: int
    name: str
    email: str
    number: str
    point: int


@dataclass(frozen=True)
class Match:
    """Whom a name means. ``alike``: numbers of the delegates who may be meant where it is open."""

    means: str
    delegate: int | None = None
    room: int | None = None
    way: str = ""
    alike: tuple[int, ...] = field(default=())


#: A registration number, also without its hyphen, as people type it before their name.
_NUMBER = re.compile(r"(?<![A-Z0-9])([2-9A-Z]{4})[-‐–_ ]?([2-9A-Z]{4})(?![A-Z0-9])")
_BETWEEN_PARTS = re.compile(r"\s[-–—]\s|[_|/,;()\[\]]|\s-|-\s")
_TITLES = {"ong", "ba", "anh", "chi", "co", "mr", "mrs", "ms"}
_MOST_ALIKE = 5


def name_key(name: str) -> str:
    """``name`` as it is remembered and compared. Of one without any letter, such as "🙂", all of it."""
    return (plain(name) or name.strip())[:150]


def numbers_in(name: str) -> list[str]:
    """What in ``name`` may be a registration number, as these are written."""
    return [f"{one}-{other}" for one, other in _NUMBER.findall(name.upper())]


def _parts(name: str) -> set[str]:
    """What in ``name`` may be the name of a person: all of it, and what stands beside brackets and dashes."""
    without_number = _NUMBER.sub(" ", name.upper()) if numbers_in(name) else name
    wholes = {name, without_number}
    found = {plain(text) for whole in wholes for text in (whole, *_BETWEEN_PARTS.split(whole))}
    found |= {rest for text in found for title, _space, rest in [text.partition(" ")] if title in _TITLES}
    return found - {""}


class Matcher:
    """Finds whom names mean among ``people`` and the rooms of ``points``.

    ``at``: the point whose meeting it is; a name alone finds its people only. None: those of the whole conference.
    """

    def __init__(
        self,
        people: Iterable[Candidate],
        points: Sequence[BridgePoint],
        known: Iterable[KnownParticipant],
        at: int | None = None,
    ) -> None:
        self._at = at
        self._known = {(one.name, one.email): one for one in known}
        self._rooms = rooms.RoomNames(points)
        self._people: dict[int, Candidate] = {}
        self._by_number: dict[str, list[Candidate]] = defaultdict(list)
        self._by_email: dict[str, list[Candidate]] = defaultdict(list)
        self._by_name: dict[str, list[Candidate]] = defaultdict(list)
        self._by_last: dict[str, list[Candidate]] = defaultdict(list)
        for one in people:
            self._add(one)

    def _add(self, one: Candidate) -> None:
        self._people[one.pk] = one
        self._by_number[one.number].append(one)
        if one.email:
            self._by_email[one.email.lower()].append(one)
        if name := plain(one.name):
            self._by_name[name].append(one)
            self._by_last[name.split()[-1]].append(one)

    def name_of(self, delegate: int | None) -> str:
        """The name of one of the people; "" if it is none."""
        found = self._people.get(delegate or 0)
        return found.name if found else ""

    def match(self, name: str, email: str) -> Match:
        """Whom ``name`` with the address ``email``, which may be empty, means."""
        if known := self._known.get((name_key(name), email.lower())):
            return _said(known)
        for find in (self._by_key, self._by_address):
            if found := find(name, email):
                return found
        if room := self._rooms.find(name):
            return Match(Means.ROOM, room=room)
        return self._by_words(name)

    def _by_key(self, name: str, email: str) -> Match | None:
        group = [one for number in numbers_in(name) for one in self._by_number.get(number, ())]
        return _one_of(group, _parts(name), Way.KEY) if group else None

    def _by_address(self, name: str, email: str) -> Match | None:
        # Families and offices share addresses.
        group = self._by_email.get(email.lower(), []) if email else []
        return _one_of(group, _parts(name), Way.EMAIL) if group else None

    def _by_words(self, name: str) -> Match:
        parts = _parts(name)
        found = {one.pk: one for part in parts for one in self._by_name.get(part, ())}
        here = [one for one in found.values() if self._at in (None, one.point)]
        if len(here) == 1:
            return Match(Means.PERSON, here[0].pk, way=Way.NAME)
        return Match(Means.OPEN, alike=tuple(found)[:_MOST_ALIKE] or tuple(self._alike(parts)))

    def _alike(self, parts: set[str]) -> list[int]:
        """Those who have two words of their names, one of them the last, in common with one of ``parts``."""
        found = {
            one.pk
            for part in parts
            for word in set(part.split())
            for one in self._by_last.get(word, ())
            if len(set(part.split()) & set(plain(one.name).split())) > 1
        }
        return sorted(found)[:_MOST_ALIKE]


def _said(known: KnownParticipant) -> Match:
    if known.delegate_id:
        return Match(Means.PERSON, known.delegate_id, way=Way.HAND)
    if known.room_id:
        return Match(Means.ROOM, room=known.room_id, way=Way.HAND)
    return Match(Means.NOBODY, way=Way.HAND)


def _one_of(group: Sequence[Candidate], parts: set[str], way: Way) -> Match:
    """The only one of ``group``, or the only one of this name."""
    named = group if len(group) == 1 else [one for one in group if plain(one.name) in parts]
    if len(named) == 1:
        return Match(Means.PERSON, named[0].pk, way=way)
    return Match(Means.OPEN, alike=tuple(one.pk for one in named or group)[:_MOST_ALIKE])


def matcher_of(conference: Conference, at: int | None = None) -> Matcher:
    """A matcher for many names, of all who take part in ``conference``. Three queries."""
    known = KnownParticipant.objects.filter(conference=conference)
    return Matcher(candidates(conference), list(conference.bridge_points.select_related("connection")), known, at)


def matcher_for(conference: Conference, name: str, email: str, at: int | None = None) -> Matcher:
    """A matcher that knows those alone who may be called ``name`` or have this ``email``. Three queries."""
    some = Q(registration__number__in=numbers_in(name))
    if email:
        some |= Q(email__iexact=email)
    for part in _parts(name):
        # One word would find half of all.
        if " " in part:
            some |= matching(part)
    known = KnownParticipant.objects.filter(conference=conference, name=name_key(name))
    points = list(conference.bridge_points.select_related("connection"))
    return Matcher(candidates(conference, some), points, known, at)


def candidates(conference: Conference, some: Q | None = None) -> Iterator[Candidate]:
    """Who is registered for ``conference`` and neither cancelled nor erased. One query."""
    rows = Delegate.objects.filter(
        some or Q(),
        registration__conference=conference,
        registration__state__in=Registration.ACTIVE,
        registration__erased_at=None,
    ).order_by("pk")
    for row in rows.values_list("pk", "full_name", "email", "registration__number", "registration__bridge_point"):
        yield Candidate(*row)
