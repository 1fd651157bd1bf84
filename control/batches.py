"""What the page of a room sends: its queue of reports, as JSON.

The clock of the device may be wrong. It says when each report was made and when it sends, by the same clock: how long
ago that is holds, and the server's clock gives the moment.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from control.floor import number_in
from control.questions import Asked, NotTaken
from control.rooms import BadReport, Report

#: Reports of one batch.
MOST_REPORTS = 200
#: Bytes of one batch.
MOST_BYTES = 64 * 1024
#: What is older happened on another day than it seems.
_OLDEST = timedelta(hours=24)


@dataclass(frozen=True)
class TakenBack:
    """A question that the room takes back, by its number."""

    uid: UUID
    question: int


class BadBatch(ValueError):
    """What was sent is no batch of reports; in words."""


def read_batch(body: bytes, now: datetime) -> tuple[list[Report | Asked | TakenBack], list[str]]:
    """The reports and what is about questions in ``body``, and the numbers of what is neither, for the sender to drop.

    Raises:
        BadBatch: it is no batch at all, or too long.
    """
    if len(body) > MOST_BYTES:
        raise BadBatch(gettext("Too much was sent at once."))
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        sent = None
    rows = sent.get("reports") if isinstance(sent, dict) else None
    if not isinstance(sent, dict) or not isinstance(rows, list) or len(rows) > MOST_REPORTS:
        raise BadBatch(gettext("This is no list of reports."))
    reports: list[Report | Asked | TakenBack] = []
    refused: list[str] = []
    for row in rows:
        try:
            reports.append(_report(row, sent.get("sent"), now))
        except (BadReport, NotTaken, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            refused.append(str(row.get("uid", ""))[:100] if isinstance(row, dict) else "")
    return reports, refused


def _report(row: dict[str, Any], sent: Any, now: datetime) -> Report | Asked | TakenBack:
    if row["kind"] == "question":
        return question_of_room(UUID(row["uid"]), json.loads(row["value"]))
    if row["kind"] == "take_back":
        return TakenBack(UUID(row["uid"]), number_in(row["value"]))
    age = timedelta(milliseconds=float(sent) - float(row["at"]))
    happened_at = now - min(max(age, timedelta()), _OLDEST)
    return Report(UUID(str(row["uid"])), str(row["kind"]), str(row["value"]), happened_at)


def question_of_room(uid: UUID, said: Mapping[str, Any]) -> Asked:
    """What a room asks for a person of it: ``name``, ``unit`` and ``text``, as they were typed.

    Raises:
        NotTaken: there is no question in it, or nobody who asks it; in words.
    """
    name, unit, text = (str(said.get(part) or "") for part in ("name", "unit", "text"))
    if not name.strip():
        raise NotTaken(gettext("Please say who asks."))
    return Asked.of(uid, text, name, unit)
