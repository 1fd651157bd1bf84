"""Small workbooks that become big when they are opened, each in another way."""

from tests.support.lists import people
from tests.support.papers import with_entries

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_SHEET = "xl/worksheets/sheet1.xml"


def _sheet(rows: str) -> bytes:
    return with_entries(people({}), {_SHEET: f"<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>".encode()})


def many_styles(count: int = 7_900_000) -> bytes:
    """62 KB: a list of one person and ``count`` formats of cells."""
    styles = f'<styleSheet {_MAIN}><cellXfs count="{count}">{"<xf/>" * count}</cellXfs></styleSheet>'
    return with_entries(people({}), {"xl/styles.xml": styles.encode()})


def many_strings(count: int = 7_900_000) -> bytes:
    """A list of one person whose texts stand in the cells, and ``count`` texts that no cell has."""
    strings = f"<sst {_MAIN}>{'<si/>' * count}</sst>"
    return with_entries(people({}), {"xl/sharedStrings.xml": strings.encode()})


def far_cell() -> bytes:
    """A list with one cell more, in the last column of the last row."""
    return _sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def wide_row(columns: int) -> bytes:
    """One row of ``columns`` cells."""
    return _sheet(f"<row>{'<c><v>1</v></c>' * columns}</row>")


def long_texts(rows: int, length: int) -> bytes:
    """``rows`` cells of ``length`` letters each."""
    return _sheet(f'<row><c t="inlineStr"><is><t>{"a" * length}</t></is></c></row>' * rows)
