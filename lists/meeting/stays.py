"""One time that somebody, or a room, was in a meeting, as a source says it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from lists.meeting.matching import Match, name_key


@dataclass(frozen=True)
class Stay:
    """Who, from when to when. ``left`` None: nobody has said it. ``key``: what is stored with it is there once."""

    key: str
    name: str
    email: str
    joined: datetime
    left: datetime | None
    match: Match = field(compare=False)


def key_of(*facts: object) -> str:
    """The key of a time in a meeting that ``facts`` name: a keyed hash, of which nobody reads a name."""
    return salted_hmac("lists.meeting.stay", repr([str(fact) for fact in facts]), algorithm="sha256").hexdigest()[:32]


def file_key(name: str, email: str, joined: datetime, left: datetime | None) -> str:
    """The key of a row of a file: the same row is the same time, in whichever file it stands."""
    moments = [moment.isoformat() if moment else "" for moment in (joined, left)]
    return key_of("file", name_key(name), email.lower(), *moments)


def end_of(joined: datetime, left: datetime | None, length: int | None) -> datetime | None:
    """When a stay ended: as it is said, or by its ``length`` in seconds."""
    if left is not None:
        return left
    return joined + timedelta(seconds=length) if length is not None else None
