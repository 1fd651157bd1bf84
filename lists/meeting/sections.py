"""The part of a meeting's file that lists who joined when.

Zoom writes the meeting above the participants; Teams writes a summary, the participants with their first and last
times, and then each of their times: that is the part which counts. Older reports of Teams say of each line whether
somebody came or left.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from lists.meeting.columns import COLUMNS, UNUSED, Source, source_of
from lists.meeting.events import columns_of_events, times_of_events
from lists.people.columns import place, plain

_Line = tuple[int, list[str]]
_NAMES = {"full_name", "first_name"}
_NAME_WORDS = {name for column in COLUMNS if column.field in _NAMES for name in column.names}
_SECTION = re.compile(r"\d{1,2}\. \D+")


class Sections:
    """Cuts the lines of a file; ``source`` says afterwards what made it."""

    source = Source.OTHER

    def cut(self, lines: Iterable[_Line]) -> list[_Line]:
        """The headings that count, and the lines below them; all ``lines`` where there are no headings that we know."""
        whole = list(lines)
        for at, (number, cells) in enumerate(whole):
            if columns := columns_of_events(cells):
                self.source = source_of([cells])
                return times_of_events(number, columns, whole[at + 1 :])
        heads = {at: fields for at, (_number, cells) in enumerate(whole) if (fields := _fields(cells))}
        self.source = source_of([whole[at][1] for at in heads])
        return _section(whole, heads) if heads else whole


def _section(whole: Sequence[_Line], heads: Mapping[int, set[str]]) -> list[_Line]:
    """The headings that count, of ``heads`` by their place in ``whole``, and the lines down to the next ones."""
    # With times before without; of several the last has each time that somebody came.
    begin = max(heads, key=lambda at: ("joined" in heads[at], at))
    end = next((at for at in heads if at > begin), len(whole))
    number, head = whole[begin]
    body = [line for line in whole[begin + 1 : end] if not _is_title(line[1])]
    return [(number, ["" if plain(cell) in UNUSED else cell for cell in head]), *body]


def _fields(cells: Sequence[str]) -> set[str]:
    """Which of our columns ``cells`` head; none if this is no row of headings."""
    if not any(plain(re.sub(r"[(\[].*", "", cell)) in _NAME_WORDS for cell in cells):
        return set()
    fields = set(place(cells, COLUMNS)[0].values())
    return fields if fields & _NAMES and fields - _NAMES - {"last_name"} else set()


def _is_title(cells: Sequence[str]) -> bool:
    """Whether a line is the title of a section, such as "3. In-Meeting Activities"."""
    filled = [cell for cell in cells if cell]
    return len(filled) == 1 and bool(_SECTION.fullmatch(filled[0]))
