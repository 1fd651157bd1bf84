"""What a phone at a door sends: read and checked, before anything is looked up."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from attendance.models import Scan
from common.fields import clean_text

#: So many scans at once; a phone with more sends them one batch after the other.
AT_MOST = 200
#: Bytes of a batch: 200 walk-ins with the longest names stay below.
BODY_AT_MOST = 256 * 1024
#: The whole hash of a code that was read, or its beginning for somebody chosen from the list.
_CODE = re.compile(r"[0-9a-f]{64}|[0-9a-f]{16}")
_DETAILS = {"name": 150, "organisation": 200, "phone": 30}


class BadBatch(Exception):
    """This is nothing that the page of the desk sends."""


@dataclass(frozen=True)
class Read:
    """One thing that happened at a door, as the phone says it; times by its own clock."""

    uid: UUID
    kind: str
    code: str
    verdict: str
    at: datetime
    door: int | None = None
    undoes: UUID | None = None
    details: Mapping[str, str] = field(default_factory=dict)

    def is_same(self, stored: Scan) -> bool:
        """Whether ``stored`` is this one, sent before. What was typed may have been taken out meanwhile."""
        return (self.kind, self.code[:16], self.at, self.undoes) == (
            stored.kind,
            stored.code,
            stored.device_at,
            stored.undoes,
        )


@dataclass(frozen=True)
class Batch:
    """What came in one request. ``bad``: those that are nothing, by the identifier that they were sent with."""

    #: The clock of the phone when it was sent.
    clock: datetime
    queue_length: int
    list_made_at: datetime | None
    #: Up to when the phone knows who has come; None: it knows nothing.
    since: datetime | None
    reads: list[Read]
    bad: list[str]
    #: By how much its clock is behind ours, as it has heard from earlier answers; None: it has heard none.
    offset: timedelta | None = None


def batch_of(body: bytes) -> Batch:
    """The batch in ``body``.

    Raises:
        BadBatch: it is not JSON, or not a batch, or too big. What is wrong with one of its scans is in ``bad``.
    """
    if len(body) > BODY_AT_MOST:
        raise BadBatch("too big")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadBatch("no JSON") from error
    if not isinstance(said, dict) or not isinstance(scans := said.get("scans"), list) or len(scans) > AT_MOST:
        raise BadBatch("no batch")
    clock = _moment(said.get("clock"))
    if clock is None:
        raise BadBatch("no clock")
    reads, bad = _reads(scans)
    return Batch(
        clock=clock,
        queue_length=min(_count(said.get("queue")) or 0, 1_000_000),
        list_made_at=_moment(said.get("list")),
        since=_moment(said.get("since")),
        reads=reads,
        bad=bad,
        offset=_difference(said.get("offset")),
    )


def _reads(scans: list[Any]) -> tuple[list[Read], list[str]]:
    reads: list[Read] = []
    bad: list[str] = []
    for scan in scans:
        read = _read(scan) if isinstance(scan, dict) else None
        if read is not None:
            reads.append(read)
        else:
            uid = scan.get("uid") if isinstance(scan, dict) else None
            bad.append(uid[:40] if isinstance(uid, str) else "")
    return reads, bad


def _read(scan: dict[str, Any]) -> Read | None:
    """``scan`` as it is to be stored; None: it is none."""
    uid, at, undoes = _uuid(scan.get("uid")), _moment(scan.get("at")), _uuid(scan.get("undoes"))
    kind, verdict, code = scan.get("kind"), scan.get("verdict"), scan.get("code", "")
    if uid is None or at is None or kind not in Scan.Kind.values or verdict not in Scan.Verdict.values:
        return None
    if not isinstance(code, str) or (code and not _CODE.fullmatch(code)):
        return None
    details = _details(scan.get("details"))
    if details is None or not _is_whole(kind, code, undoes, details):
        return None
    # Of the others nothing is kept that was typed.
    kept = details if kind in (Scan.Kind.WALK_IN, Scan.Kind.SUBSTITUTE) else {}
    return Read(uid, kind, code, verdict, at, _count(scan.get("door")), undoes, kept)


def _is_whole(kind: str, code: str, undoes: UUID | None, details: Mapping[str, str]) -> bool:
    """Whether a scan of this kind says what it must say."""
    if kind == Scan.Kind.UNDO:
        return undoes is not None
    if kind == Scan.Kind.WALK_IN:
        return bool(details.get("name")) and bool(details.get("organisation"))
    return bool(code) and (kind == Scan.Kind.ARRIVE or bool(details.get("name")))


def _details(given: Any) -> dict[str, str] | None:
    """What was typed about somebody, cleaned; None: it cannot be stored."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        return None
    found = {}
    for name, length in _DETAILS.items():
        value = given.get(name, "")
        if not isinstance(value, str) or len(value) > length:
            return None
        try:
            found[name] = clean_text(value.replace("\x00", ""))
        except ValidationError:
            return None
    return {name: value for name, value in found.items() if value}


def _count(value: Any) -> int | None:
    """A whole number that a database can hold; None: it is none."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 2**63 else None


def _difference(value: Any) -> timedelta | None:
    """So many milliseconds, forwards or back; None: it is nothing that clocks differ by."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return timedelta(milliseconds=value) if is_number and abs(value) < 10**12 else None


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    """Milliseconds since 1970 as a moment; None: it is none between 2000 and 2100."""
    number = _count(value)
    if number is None or not 946_684_800_000 <= number < 4_102_444_800_000:
        return None
    return datetime.fromtimestamp(number / 1000, UTC)
