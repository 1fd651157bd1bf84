"""One row of a list of people: who it is, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridges.models import BridgePoint
from common.phones import mobile_of
from lists.people.known_people import Known
from registrations.services import InterestData, OrganisationData, Person

NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"
VERDICTS = (NEW, CHANGED, SAME, REFUSED)


@dataclass
class Entry:
    """One row: who it is, and what becomes of it."""

    line: int
    verdict: str = NEW
    notes: list[str] = field(default_factory=list)
    person: Person = field(default_factory=lambda: Person(""))
    organisation: OrganisationData = field(default_factory=lambda: OrganisationData("other", ""))
    point: BridgePoint | None = None
    known: Known | None = None
    waits: bool = False
    #: Of the organisation, by question; those of the person stand with the person.
    answers: Mapping[int, str] = field(default_factory=dict)
    interests: list[InterestData] = field(default_factory=list)
    #: What the row says beyond the columns of the preview, in words.
    more: list[str] = field(default_factory=list)
    #: Why it is refused, by the field that is to blame.
    wrong: dict[str, str] = field(default_factory=dict)
    #: The old name of its province, if the province was found by that.
    old_province: str = ""
    #: What stands where its bridge point should, if there is no such point.
    lost_point: str = ""

    def refuse(self, why: str, at: str = "") -> None:
        """Leave the row out: ``why``, and the field ``at`` which the fault is."""
        self.verdict = REFUSED
        self.notes.append(why)
        if at:
            self.wrong.setdefault(at, why)

    @property
    def is_reached(self) -> bool:
        """Whether a message finds them: an SMS does not go to a landline."""
        return bool(self.person.email or mobile_of(self.person.phone))

    @property
    def signature(self) -> list[Any]:
        """What must still be so when it is applied."""
        return [self.line, self.verdict, self.known.pk if self.known else None]

    def preview(self) -> dict[str, Any]:
        """What the dry run shows and keeps."""
        return {
            "signature": self.signature,
            "verdict": self.verdict,
            "notes": self.notes,
            "cells": [
                self.person.full_name,
                self.person.position,
                self.organisation.name,
                self.point.label if self.point else "",
                national(self.person.phone),
                self.person.email,
            ],
            "waits": self.waits,
            "more": self.more,
            "wrong": self.wrong,
        }


def national(phone: str) -> str:
    """A number in E.164 as people here write it."""
    return f"0{phone[3:]}" if phone.startswith("+84") else phone
