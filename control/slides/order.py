"""The slides of a conference in the order of its run of show, with their numbers, names and states."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Prefetch
from django.utils.text import slugify

from common.search import fold
from conference.models import Conference
from control.models import Cue, SlideCall, SlideFile, SlideLink

_TITLE, _WHO = 40, 40


class State(StrEnum):
    """Where the slides of a cue stand."""

    NOT_ASKED = "not_asked"
    ASKED = "asked"
    RECEIVED = "received"
    #: The last file was refused, and no other has come.
    FAULTY = "faulty"


@dataclass(frozen=True)
class Entry:
    """A cue and its slides."""

    cue: Cue
    #: That of its line on the printed run of show; None: it is left out.
    number: int | None
    #: None: nobody was ever entered to be asked.
    link: SlideLink | None
    #: The file that counts.
    file: SlideFile | None
    due_at: datetime | None

    @property
    def state(self) -> State:
        """Where its slides stand."""
        if self.link and self.link.refused and self.link.withdrawn_at is None:
            return State.FAULTY
        if self.file:
            return State.RECEIVED
        return State.ASKED if self.is_asked else State.NOT_ASKED

    @property
    def is_asked(self) -> bool:
        """Whether the speaker has been sent the link, and it lets them in."""
        return bool(self.link and self.link.asked_at and self.link.withdrawn_at is None)

    @property
    def is_waited_for(self) -> bool:
        """Whether the speaker was asked, and has handed in nothing that counts."""
        return self.is_asked and self.file is None

    @property
    def is_late(self) -> bool:
        """Whether the file came after the time limit."""
        return bool(self.file and self.due_at and self.file.uploaded_at > self.due_at)

    @property
    def file_name(self) -> str:
        """What the file is called where it is shown: its number, what and who, without accents; "" without a file."""
        if self.file is None:
            return ""
        parts = [
            f"{self.number:02d}" if self.number else "",
            _plain(self.cue.title, _TITLE),
            _plain(self.cue.who, _WHO),
        ]
        return "-".join(part for part in parts if part) + f".{self.file.kind}"


def _plain(text: str, most: int) -> str:
    return slugify(fold(text))[:most].strip("-")


def due_at(conference: Conference) -> datetime | None:
    """Until when slides are to be handed in; None: no time is set. One query."""
    return SlideCall.objects.filter(conference=conference).values_list("due_at", flat=True).first()


def entries(conference: Conference) -> list[Entry]:
    """The cues of ``conference`` in their order, with their slides. Three queries."""
    limit = due_at(conference)
    files = SlideFile.objects.filter(withdrawn_at=None)
    cues = (
        Cue.objects.filter(conference=conference)
        .select_related("slide_link", "point")
        .prefetch_related(Prefetch("slide_files", files, to_attr="valid_files"))
    )
    found, number = [], 0
    for cue in cues:
        number += not cue.is_skipped
        valid: list[SlideFile] = cue.valid_files
        link = getattr(cue, "slide_link", None)
        found.append(Entry(cue, None if cue.is_skipped else number, link, valid[0] if valid else None, limit))
    return found


def entry_of(cue: Cue) -> Entry:
    """``cue`` with its slides, as ``entries`` has it. Three queries."""
    return next(entry for entry in entries(cue.conference) if entry.cue.pk == cue.pk)
