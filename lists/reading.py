"""Reading .xlsx and .csv files that people upload: rows of texts under the columns that we know."""

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from lists.formulas import unguard
from lists.people.columns import Column, recognise

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 5000
# A workbook is a packed archive: so much may come out of it. 5,000 rows of twelve columns need some 5 MB.
_MAX_UNPACKED = 40 * 1024 * 1024
_MAX_COLUMNS = 60
# A title, an issuing body and the national motto may stand above the headings.
_HEADER_WITHIN = 25
# Empty rows that Excel keeps below a table because they once had a format.
_EMPTY_ENOUGH = 2000
_SEPARATORS = ",;\t"
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")
# Windows' Vietnamese code page keeps accents as characters of their own: letters that say a guess was right.
_VIETNAMESE = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u0300\u0301\u0303\u0309\u0323]")


# Whatever the library raises about a file that is not what it says; broken XML is a SyntaxError.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError, LookupError, ValueError, TypeError,
    AttributeError, OSError, EOFError, NotImplementedError, RuntimeError,
)  # fmt: skip


class Unreadable(Exception):
    """The file cannot be used; the text says why, for people."""


@dataclass(frozen=True)
class Row:
    """One row of a list: its number in the file, and the text of each field."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """What a file holds."""

    rows: list[Row]
    found: list[str]
    ignored: list[str]


def read(content: bytes, name: str, *, columns: Sequence[Column], needed: Sequence[str]) -> Table:
    """The rows of the file ``content`` called ``name``; at least one column of ``needed`` must be there.

    Raises:
        Unreadable: it is no table that we know, or too big.
    """
    if len(content) > MAX_BYTES:
        raise Unreadable(gettext("The file is bigger than 5 MB. Please split the list, or take pictures out of it."))
    if not content.strip():
        raise Unreadable(gettext("The file is empty."))
    lines = _lines_of_xlsx(content) if content[:4] == b"PK\x03\x04" else _lines_of_csv(content, name)
    return _table(lines, columns, needed)


def _table(lines: Iterator[tuple[int, list[Any]]], columns: Sequence[Column], needed: Sequence[str]) -> Table:
    positions, ignored = _header(lines, columns, needed)
    lengths = {column.field: column.length for column in columns}
    rows: list[Row] = []
    empty = 0
    for line, values in lines:
        cells = _cells(values, positions, lengths)
        if not cells:
            empty += 1
            if empty > _EMPTY_ENOUGH:
                break
            continue
        empty = 0
        if len(rows) == MAX_ROWS:
            raise Unreadable(
                gettext("The list has more than %(most)s rows. Please split it into several files.") % {"most": "5.000"}
            )
        rows.append(Row(line, cells))
    if not rows:
        raise Unreadable(gettext("There is nobody below the headings: the list is empty."))
    return Table(rows, [columns_label(columns, field) for field in positions.values()], ignored)


def _cells(values: Sequence[Any], positions: Mapping[int, str], lengths: Mapping[str, int]) -> dict[str, str]:
    """The texts of one row by field; empty ones are missing."""
    cells = {}
    for index, field in positions.items():
        if index < len(values) and (text := as_text(values[index])):
            # A little more than fits, so that whoever checks it can say so.
            cells[field] = text[: lengths[field] + 1]
    return cells


def columns_label(columns: Sequence[Column], field: str) -> str:
    """What our own lists call ``field``."""
    return next(column.heading for column in columns if column.field == field)


def _header(
    lines: Iterator[tuple[int, list[Any]]], columns: Sequence[Column], needed: Sequence[str]
) -> tuple[dict[int, str], list[str]]:
    """The columns by position; ``lines`` stands below the headings then."""
    for seen, (_line, values) in enumerate(lines):
        if seen >= _HEADER_WITHIN:
            break
        positions, ignored = recognise([as_text(value) for value in values], columns)
        # A title such as "Danh sách đại biểu" is one cell; headings are at least two.
        if len(positions) > 1 and set(needed) & set(positions.values()):
            return positions, ignored
    raise Unreadable(
        gettext(
            "No row with the headings was found. One column must be called “%(name)s”; the sample shows all of them."
        )
        % {"name": columns_label(columns, needed[0])}
    )


def as_text(value: Any) -> str:
    """A cell as text on one line, in NFC, without what nobody can see and what our own CSV puts before formulas."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float):
        # Phones and tax codes that Excel took for numbers.
        value = int(value) if value.is_integer() and abs(value) < 1e15 else value
    elif isinstance(value, datetime | date):
        value = value.isoformat()
    text = unicodedata.normalize("NFC", unguard(str(value)))
    text = text.replace("\xa0", " ").replace("\r", " ").replace("\n", " ").replace("\t", " ")
    return " ".join(_FORBIDDEN.sub("", text).split())


# --- xlsx -------------------------------------------------------------------------------------------------------------


def _lines_of_xlsx(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    damaged = gettext("This is no Excel file, or it is damaged. Please save it as .xlsx once more.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED:
                raise Unreadable(
                    gettext("The file is bigger than 5 MB. Please split the list, or take pictures out of it.")
                )
        # Values, not formulas; read row by row.
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = next((s for s in book.worksheets if s.sheet_state == "visible"), None)
        if sheet is None:
            raise Unreadable(damaged)
        # What the file says about its own size is often wrong.
        sheet.reset_dimensions()
        for line, values in enumerate(sheet.iter_rows(values_only=True, max_col=_MAX_COLUMNS), start=1):
            yield line, list(values)
    except _DAMAGED as error:
        raise Unreadable(damaged) from error


# --- csv --------------------------------------------------------------------------------------------------------------


def _lines_of_csv(content: bytes, name: str) -> Iterator[tuple[int, list[Any]]]:
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable(gettext("This is an old Excel file (.xls) or one with a password. Please save it as .xlsx."))
    text = _decode(content)
    if "\x00" in text or name.lower().endswith((".pdf", ".doc", ".docx", ".ods", ".jpg", ".png")):
        raise Unreadable(gettext("This is neither an Excel file (.xlsx) nor a list in CSV."))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text.splitlines()))
    try:
        # Rows as a spreadsheet counts them: a cell may hold several lines of the file.
        for line, values in enumerate(reader, start=1):
            yield line, list(values[:_MAX_COLUMNS])
    except csv.Error as error:
        raise Unreadable(
            gettext("Line %(line)d of the file cannot be read. Please save it as .xlsx.") % {"line": reader.line_num}
        ) from error


def _decode(content: bytes) -> str:
    """UTF-8 with or without BOM, UTF-16 ("Unicode text" of Excel), else Windows' Vietnamese code page."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1258", errors="replace")
    if "\ufffd" in text or not _VIETNAMESE.search(text):
        raise Unreadable(gettext("The letters of this file cannot be read. Please save it as .xlsx or as CSV UTF-8."))
    return unicodedata.normalize("NFC", text)


def _separator(lines: Iterable[str]) -> str:
    """What stands between the cells: whatever is most frequent in the line that has the most of it."""
    best, most = ",", 0
    for line in list(lines)[:_HEADER_WITHIN]:
        bare = re.sub(r'"[^"]*"', "", line)
        for separator in _SEPARATORS:
            if (count := bare.count(separator)) > most:
                best, most = separator, count
    return best
