"""Reading .xlsx and .csv files that people upload: rows of texts under the columns that we know."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from django.utils.translation import gettext, gettext_lazy

from lists.limited import process, tables
from lists.people.columns import Column, place

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 5000
#: What reading one file may take. A full list takes a fiftieth of the time, and a fifth of the memory.
LIMITS = process.Limits(memory=512 * 1024 * 1024, processor=10, clock=30)
# A title, an issuing body and the national motto may stand above the headings.
_HEADER_WITHIN = 25
#: Of so many columns that are none of ours the texts are kept, until somebody has said what they mean.
_MOST_UNKNOWN = 30
_UNKNOWN_LENGTH = 1000
#: A row of which hardly a heading is ours has so many texts at least, and in none of them what stands in rows of data.
_FEWEST_UNKNOWN = 3
_IN_DATA = re.compile(r"[\d@]")

_ALONE = gettext_lazy("Please copy the list alone into a new workbook.")
_DAMAGED = gettext_lazy("This is no Excel file, or it is damaged. Please save it as .xlsx once more.")
_TOO_BIG = gettext_lazy("The file is bigger than 5 MB. Please split the list, or take pictures out of it.")
#: What people hear for each word of ``tables``.
_REFUSALS = {
    "damaged": _DAMAGED,
    "old": gettext_lazy("This is an old Excel file (.xls) or one with a password. Please save it as .xlsx."),
    "no list": gettext_lazy("This is neither an Excel file (.xlsx) nor a list in CSV."),
    "letters": gettext_lazy("The letters of this file cannot be read. Please save it as .xlsx or as CSV UTF-8."),
    "line": gettext_lazy("Line %(line)d of the file cannot be read. Please save it as .xlsx."),
    "unpacked": gettext_lazy(
        "Unpacked, the file is bigger than 40 MB, which no list needs. Please copy the list alone into a new workbook."
    ),
    "columns": gettext_lazy("The list is wider than %(columns)d columns. Please delete what stands right of it."),
    "text": gettext_lazy("The cells hold too much text. Please shorten it, or split the list into several files."),
}


class Unreadable(Exception):
    """The file cannot be used; the text says why, for people."""


@dataclass(frozen=True)
class Row:
    """One row of a list: its number in the file, and the text of each field, or of a column that is none ("?3")."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """What a file holds."""

    rows: list[Row]
    #: The fields that were found, and the other headings by their column.
    fields: list[str]
    unknown: dict[int, str]
    #: What our own lists call the fields that were found.
    found: list[str]

    @property
    def ignored(self) -> list[str]:
        """The headings that are none of ours."""
        return list(self.unknown.values())


def unknown_field(index: int) -> str:
    """Under what a row keeps the text of the column ``index``, whose heading is none of ours."""
    return f"?{index}"


Lines = list[tuple[int, list[str]]]


def read(
    content: bytes,
    name: str,
    *,
    columns: Sequence[Column],
    needed: Sequence[str],
    cut: Callable[[Lines], Lines] | None = None,
) -> Table:
    """The rows of the file ``content`` called ``name``; at least one column of ``needed`` must be there.

    ``cut`` chooses the lines that count, where a file holds several tables.

    A limited process opens the file: whatever it holds, this takes ``LIMITS`` at most.

    Raises:
        Unreadable: it is no table that we know, or too big.
    """
    if len(content) > MAX_BYTES:
        raise Unreadable(str(_TOO_BIG))
    if not content.strip():
        raise Unreadable(gettext("The file is empty."))
    lines = _lines(content, name)
    return _table(iter(cut(lines) if cut else lines), columns, needed)


def refusal_at_sight(content: bytes, name: str) -> str:
    """Why the file called ``name`` is no list, if that can be said before it is opened; else "".

    The first bytes of ``content`` are enough.
    """
    why = tables.refusal_at_sight(content, name)
    return str(_REFUSALS[why]) if why else ""


def _lines(content: bytes, name: str) -> Lines:
    """The rows of the file that are not empty, with their numbers.

    Raises:
        Unreadable: as ``read``.
    """
    # One row more than can be taken, below whatever stands above the headings, shows that there are too many.
    most = MAX_ROWS + _HEADER_WITHIN + 1
    try:
        answer = process.run("table", content, limits=LIMITS, name=name, rows=most)
    except process.TooMuch as error:
        raise Unreadable(f"{_reached(error.what)} {_ALONE}") from error
    except process.Broken as error:
        raise Unreadable(str(_DAMAGED)) from error
    if why := answer.get("refused"):
        raise Unreadable(str(_REFUSALS[why]) % {**answer, "columns": tables.MAX_COLUMNS})
    return [(line, cells) for line, cells in answer["lines"]]


def _reached(limit: str) -> str:
    """Which of ``LIMITS`` the file has reached."""
    if limit == "time":
        return gettext("Opening the file took longer than %(seconds)d seconds.") % {"seconds": LIMITS.processor}
    words = gettext(
        "Opening the file takes more than %(most)d MB of memory. Perhaps a cell far below or far right of the list"
        " holds something."
    )
    return words % {"most": LIMITS.memory // 1024**2}


def _table(lines: Iterator[tuple[int, list[str]]], columns: Sequence[Column], needed: Sequence[str]) -> Table:
    positions, unknown, lines = _header(lines, columns, needed)
    lengths = {column.field: column.length for column in columns}
    for index in unknown:
        positions[index] = unknown_field(index)
        lengths[unknown_field(index)] = _UNKNOWN_LENGTH
    rows: list[Row] = []
    for line, values in lines:
        cells = _cells(values, positions, lengths)
        if not cells:
            continue
        if len(rows) == MAX_ROWS:
            raise Unreadable(
                gettext("The list has more than %(most)s rows. Please split it into several files.") % {"most": "5.000"}
            )
        rows.append(Row(line, cells))
    if not rows:
        raise Unreadable(gettext("There is nobody below the headings: the list is empty."))
    fields = [field for index, field in positions.items() if index not in unknown]
    return Table(rows, fields, unknown, [columns_label(columns, field) for field in fields])


def _cells(values: Sequence[str], positions: Mapping[int, str], lengths: Mapping[str, int]) -> dict[str, str]:
    """The texts of one row by field; empty ones are missing."""
    cells = {}
    for index, field in positions.items():
        if index < len(values) and (text := values[index]):
            # A little more than fits, so that whoever checks it can say so.
            cells[field] = text[: lengths[field] + 1]
    return cells


def columns_label(columns: Sequence[Column], field: str) -> str:
    """What our own lists call ``field``."""
    return next(column.heading for column in columns if column.field == field)


def _header(
    lines: Iterator[tuple[int, list[str]]], columns: Sequence[Column], needed: Sequence[str]
) -> tuple[dict[int, str], dict[int, str], Iterator[tuple[int, list[str]]]]:
    """The columns by position, the other headings by theirs, and the lines below.

    A row with one of the ``needed`` columns and another of ours; else the one that looks most like headings, of which
    somebody may say what each means.
    """
    top = list(islice(lines, _HEADER_WITHIN))
    best, most = None, 0
    for seen, (_line, values) in enumerate(top):
        positions, unknown = place(values, columns)
        has_needed = bool(set(needed) & set(positions.values()))
        # A title such as "Danh sách đại biểu" is one cell; headings are at least two.
        is_complete = has_needed and len(positions) > 1
        likeness = _likeness(positions, unknown, has_needed=has_needed)
        if is_complete or likeness > most:
            best, most = (positions, unknown, seen), likeness
        if is_complete:
            break
    if best is None:
        raise Unreadable(
            gettext(
                "No row with the headings was found. One column must be called “%(name)s”; the sample shows all of"
                " them."
            )
            % {"name": columns_label(columns, needed[0])}
        )
    positions, unknown, seen = best
    kept = dict(list(unknown.items())[:_MOST_UNKNOWN])
    return positions, kept, chain(top[seen + 1 :], lines)


def _likeness(positions: Mapping[int, str], unknown: Mapping[int, str], *, has_needed: bool) -> int:
    """How much a row looks like headings of which some are none of ours: more for each that is ours, 0: not at all."""
    if not unknown:
        return 0
    if len(positions) > 1 or has_needed:
        return 1 + len(positions) + has_needed
    # Names of an office and the motto are two cells; a person or a date has digits or an address somewhere.
    is_wide = len(positions) + len(unknown) >= _FEWEST_UNKNOWN
    return 1 + len(positions) if is_wide and not any(map(_IN_DATA.search, unknown.values())) else 0
