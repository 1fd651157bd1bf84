"""The rows of .xlsx and .csv files. Runs in the limited process: a refusal is a word, the site says it to people."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lists.cells import as_text

#: A workbook is a packed archive: so many bytes may come out of it. 5,000 rows of twelve columns need some 5 MB.
MAX_UNPACKED = 40 * 1024 * 1024
MAX_COLUMNS = 256
#: In characters, of all cells. 5,000 rows of twelve columns need a tenth of it.
MAX_TEXT = 10_000_000
#: No field is longer than half of it; what is longer is cut.
_MAX_CELL = 4000
# Empty rows that Excel keeps below a table because they once had a format.
_EMPTY_ENOUGH = 2000
#: The separator of CSV is looked for in so many lines.
_FIRST_LINES = 25
_SEPARATORS = ",;\t"
# Windows' Vietnamese code page keeps accents as characters of their own: letters that say a guess was right.
_VIETNAMESE = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u0300\u0301\u0303\u0309\u0323]")
_OTHER_FILES = (".pdf", ".doc", ".docx", ".ods", ".jpg", ".png")
_PDF = b"%PDF"
_ARCHIVE = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Refused(Exception):
    """The file is no table that can be used; ``why`` in one word, with what belongs to it."""

    def __init__(self, why: str, **about: int) -> None:
        super().__init__(why)
        self.answer = {"refused": why, **about}


def read(content: bytes, name: str, *, most_rows: int) -> dict[str, Any]:
    """The rows of the file ``content`` called ``name``, from the top, at most ``most_rows`` that are not empty.

    Returns:
        ``{"lines": [[number, [text of each cell]], …]}``, or ``{"refused": a word, …}``.
    """
    try:
        if why := refusal_at_sight(content, name):
            raise Refused(why)
        lines = _lines_of_xlsx(content) if content.startswith(_ARCHIVE) else _lines_of_csv(content)
        return {"lines": _filled(lines, most_rows)}
    except Refused as refused:
        return refused.answer


def refusal_at_sight(content: bytes, name: str) -> str:
    """The word of a refusal that the ``name`` or the first bytes of ``content`` give reason for; "" if none."""
    if name.lower().endswith(_OTHER_FILES) or content.startswith(_PDF):
        return "no list"
    is_old = content.startswith(_OLD_OFFICE) or (name.lower().endswith(".xls") and not content.startswith(_ARCHIVE))
    return "old" if is_old else ""


def _filled(lines: Iterator[tuple[int, Sequence[Any]]], most_rows: int) -> list[tuple[int, list[str]]]:
    """The rows of ``lines`` that hold something, as texts."""
    found: list[tuple[int, list[str]]] = []
    last, length = 0, 0
    for number, values in lines:
        if number - last > _EMPTY_ENOUGH:
            break
        if any(values[MAX_COLUMNS:]):
            raise Refused("columns")
        cells = _cells(values[:MAX_COLUMNS])
        if not cells:
            continue
        last, length = number, length + sum(map(len, cells))
        if length > MAX_TEXT:
            raise Refused("text")
        found.append((number, cells))
        if len(found) == most_rows:
            break
    return found


def _cells(values: Sequence[Any]) -> list[str]:
    """The texts of a row, without the empty ones behind the last."""
    cells = [as_text(value[:_MAX_CELL] if isinstance(value, str) else value) for value in values]
    while cells and not cells[-1]:
        cells.pop()
    return cells


# --- xlsx -------------------------------------------------------------------------------------------------------------


def _lines_of_xlsx(content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    # Here alone: the site knows this module for what needs no library.
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        _check_archive(content)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        visible = (
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        )
        name = next(visible, None)
        if name is None:
            raise Refused("damaged")
        # Values, not formulas.
        yield from enumerate(book.get_sheet_by_name(name).iter_rows(), start=1)
    except (CalamineError, zipfile.BadZipFile, NotImplementedError, ValueError, OSError, LookupError) as error:
        raise Refused("damaged") from error


def _check_archive(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        # The library would take other formats as well.
        archive.getinfo("xl/workbook.xml")
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            raise Refused("unpacked")


# --- csv --------------------------------------------------------------------------------------------------------------


def _lines_of_csv(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    text = _decode(content)
    if "\x00" in text:
        raise Refused("no list")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text.splitlines()))
    try:
        # Rows as a spreadsheet counts them: a cell may hold several lines of the file.
        yield from enumerate(reader, start=1)
    except csv.Error as error:
        raise Refused("line", line=reader.line_num) from error


def _decode(content: bytes) -> str:
    """UTF-8 with or without BOM, UTF-16 ("Unicode text" of Excel), else Windows' Vietnamese code page."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1258", errors="replace")
    if "\ufffd" in text or not _VIETNAMESE.search(text):
        raise Refused("letters")
    return unicodedata.normalize("NFC", text)


def _separator(lines: Iterable[str]) -> str:
    """What stands between the cells: whatever is most frequent in the line that has the most of it."""
    best, most = ",", 0
    for line in list(lines)[:_FIRST_LINES]:
        bare = re.sub(r'"[^"]*"', "", line)
        for separator in _SEPARATORS:
            if (count := bare.count(separator)) > most:
                best, most = separator, count
    return best
