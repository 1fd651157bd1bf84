"""The dry run of the list of a meeting: whom each row means, and from when to when. One row is one time of one name."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext

from common.search import fold
from conference.models import Conference
from lists.meeting import moments
from lists.meeting.matching import Match, Matcher, Means, Way, matcher_of
from lists.meeting.stays import Stay, end_of, file_key
from lists.people import cleaning
from lists.people.cleaning import Refused
from lists.people.entries import NEW, REFUSED, SAME
from lists.people.plan import LEFT_OUT
from lists.reading import Row
from lists.signals import meeting_read, stays_asked

ROOM, OPEN, NOBODY = "room", "open", "nobody"
#: In the order in which the dry run counts them.
VERDICTS = (NEW, ROOM, OPEN, NOBODY, SAME, REFUSED)
#: What is stored: also whom it means is not known yet, so that it can be said later.
STORED = (NEW, ROOM, OPEN, NOBODY)
_VERDICT_OF = {Means.PERSON: NEW, Means.ROOM: ROOM, Means.OPEN: OPEN, Means.NOBODY: NOBODY}
_YES = {"yes", "co", "x", "1", "true"}
#: A meeting is opened before the doors of the conference are, and goes on after its end; what lies beyond is another
#: one. As early as staff can check people in (attendance/services.py): what was before makes nobody present.
BEFORE, AFTER = timedelta(hours=4), timedelta(hours=12)


@dataclass
class Entry:
    """One row: whom it means, and what becomes of it."""

    line: int
    name: str = ""
    email: str = ""
    verdict: str = NEW
    notes: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    stay: Stay | None = None
    whom: str = ""

    def refuse(self, why: str, at: str = "") -> None:
        """Leave the row out: ``why``, and the field ``at`` which the fault is."""
        self.verdict = REFUSED
        self.notes.append(why)
        if at:
            self.wrong.setdefault(at, why)

    @property
    def signature(self) -> list[Any]:
        """What must still be so when it is applied."""
        match = self.stay.match if self.stay else Match(Means.OPEN)
        return [self.line, self.verdict, match.delegate, match.room, self.stay.key if self.stay else ""]

    def preview(self) -> dict[str, Any]:
        """What the dry run shows and keeps."""
        stay = self.stay
        return {
            "signature": self.signature,
            "verdict": self.verdict,
            "notes": self.notes,
            "cells": [
                self.name,
                self.whom,
                self.email,
                _hour(stay.joined if stay else None),
                _hour(stay.left if stay else None),
                _minutes(stay),
            ],
            "waits": False,
            "wrong": self.wrong,
        }


def _hour(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""


def _minutes(stay: Stay | None) -> str:
    return str(round((stay.left - stay.joined).total_seconds() / 60)) if stay and stay.left else ""


def plan(conference: Conference, rows: Sequence[Row], options: Mapping[str, Any]) -> list[Entry]:
    """What becomes of each of ``rows``; ``options`` as ``ImportJob`` keeps them. Four queries."""
    zone = UTC if options.get("zone") == "utc" else timezone.get_default_timezone()
    matcher = matcher_of(conference, options.get("default_point"))
    labels = {point.pk: point.label for point in conference.bridge_points.all()}
    entries = [_entry(row, conference, matcher, zone) for row in rows]
    _mark_known(conference, entries)
    for entry in entries:
        _say(entry, matcher, labels)
    return entries


def _entry(row: Row, conference: Conference, matcher: Matcher, zone: tzinfo) -> Entry:
    cells = row.cells
    entry = Entry(row.line, cleaning.full_name(cells)[:150], _email(cells.get("email", "")))
    if cells.get(LEFT_OUT):
        entry.refuse(gettext("Left out by hand."))
        return entry
    if not entry.name:
        entry.refuse(gettext("There is no name."), "full_name")
        return entry
    if cleaning.is_total(entry.name):
        entry.refuse(gettext("This is the sum below the list."))
        return entry
    if fold(cells.get("waiting", "")) in _YES:
        entry.refuse(gettext("Only in the waiting room."))
        return entry
    times = _times(entry, cells, conference, zone)
    if times is not None:
        joined, left = times
        match = matcher.match(entry.name, entry.email)
        entry.stay = Stay(file_key(entry.name, entry.email, joined, left), entry.name, entry.email, joined, left, match)
        entry.verdict = _VERDICT_OF[Means(match.means)]
    return entry


def _email(text: str) -> str:
    """The address in a row; "" where there is none, or something else stands there."""
    try:
        validate_email(text.strip().lower())
    except ValidationError:
        return ""
    return text.strip().lower()[:254]


def _times(
    entry: Entry, cells: Mapping[str, str], conference: Conference, zone: tzinfo
) -> tuple[datetime, datetime | None] | None:
    """From when to when; None: the row is refused."""
    near = conference.starts_at
    found: dict[str, Any] = {}
    for name, read in (
        ("joined", lambda text: moments.moment(text, near=near, zone=zone)),
        ("left", lambda text: moments.moment(text, near=near, zone=zone)),
        ("duration", moments.seconds),
    ):
        try:
            found[name] = read(cells.get(name, ""))
        except Refused as refused:
            entry.refuse(str(refused), name)
            return None
    joined = found["joined"] or near
    left = end_of(joined, found["left"], found["duration"])
    if found["joined"] is None:
        entry.notes.append(gettext("No time stands here: the start of the conference is taken."))
    if left is not None and left < joined:
        entry.refuse(gettext("The end lies before the beginning."), "left")
        return None
    if (left or joined) < conference.doors_open_at - BEFORE or joined > conference.ends_at + AFTER:
        entry.refuse(gettext("This is not of the day of the conference."), "joined")
        return None
    return joined, left


def _mark_known(conference: Conference, entries: Iterable[Entry]) -> None:
    """Say of each time that is stored already, or stands twice in the list, that it changes nothing."""
    stays = {entry.stay.key for entry in entries if entry.stay}
    answers: list[tuple[Any, Any]] = stays_asked.send(sender=Entry, conference=conference, keys=stays)
    stored = {key for _receiver, keys in answers for key in keys}
    seen: dict[str, int] = {}
    for entry in entries:
        if entry.stay is None:
            continue
        if entry.stay.key in stored:
            entry.verdict = SAME
        elif (line := seen.setdefault(entry.stay.key, entry.line)) != entry.line:
            entry.verdict = SAME
            entry.notes.append(gettext("The same stands in row %(line)d already.") % {"line": line})


def _say(entry: Entry, matcher: Matcher, labels: Mapping[int, str]) -> None:
    """Put into words whom the row means, by what that is known, and who may be meant."""
    if entry.stay is None:
        return
    match = entry.stay.match
    entry.whom = matcher.name_of(match.delegate) if match.delegate else labels.get(match.room or 0, "")
    if match.way and entry.verdict != SAME:
        entry.notes.append(str(Way(match.way).label))
    if entry.verdict == OPEN:
        names = ", ".join(matcher.name_of(pk) for pk in match.alike)
        words = gettext("May be: %(names)s.") % {"names": names} if names else gettext("Nobody is called so.")
        entry.notes.append(f"{words} {gettext('Choose by hand once the list is applied.')}")


def counts(entries: Sequence[Entry]) -> dict[str, int]:
    """How many rows of each verdict; ``changed``: nobody's registration is."""
    found = Counter(entry.verdict for entry in entries)
    return {**{verdict: found[verdict] for verdict in VERDICTS}, "changed": 0}


def apply(
    conference: Conference,
    entries: Sequence[Entry],
    *,
    options: Mapping[str, Any],
    now: datetime,
    tick: Callable[[int], None],
) -> None:
    """Have what ``entries`` say stored by the room above, inside the caller's transaction."""
    stays = [entry.stay for entry in entries if entry.verdict in STORED and entry.stay]
    meeting_read.send(
        sender=Entry,
        conference=conference,
        point=options.get("default_point"),
        source=options.get("source", ""),
        stays=stays,
        now=now,
    )
    tick(len(stays))
