"""Making papers in Word: the sheet, paragraphs, tables without borders. Knows nothing of what they are about."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

FONT = "Times New Roman"
# What an XML file cannot hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def new_paper(title: str) -> DocumentType:
    """An empty A4 sheet with the margins of the decree (20 mm above and below, 30 left, 15 right), in 14 points."""
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    style = paper.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(14)
    # Word keeps one font for each script.
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(language)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    paper.core_properties.comments = ""
    describe(paper, title)
    return paper


def describe(paper: DocumentType, title: str) -> None:
    """Say in the properties of ``paper`` what it is, and that we have made it now."""
    properties = paper.core_properties
    properties.title, properties.language = printable(title)[:250], "vi-VN"
    properties.author = properties.last_modified_by = "Điểm Cầu"
    # Word keeps UTC.
    properties.created = properties.modified = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    properties.revision = 1
    # The picture of another document, which python-docx begins with and file managers show.
    relations = paper.part.package.rels
    for number in [n for n, relation in relations.items() if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
        del relations[number]


def as_bytes(paper: DocumentType) -> bytes:
    """The file."""
    stream = BytesIO()
    paper.save(stream)
    return stream.getvalue()


def printable(text: str) -> str:
    """``text`` without the characters that a Word file cannot hold."""
    return _UNPRINTABLE.sub("", text)


def write(
    paragraph: Paragraph, text: str, *, bold: bool = False, italic: bool = False, size: float = 0, align: Any = None
) -> Paragraph:
    """Add ``text`` to ``paragraph``; ``size`` in points, 0 for the sheet's own."""
    run = paragraph.add_run(printable(text))
    run.bold, run.italic = bold or None, italic or None
    if size:
        run.font.size = Pt(size)
    if align is not None:
        paragraph.alignment = align
    return paragraph


def lines(cell: _Cell, *texts: tuple[str, dict[str, Any]]) -> None:
    """One centred paragraph a text; the cell's own first."""
    for index, (text, form) in enumerate(texts):
        paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
        write(paragraph, text, **{"align": ALIGN.CENTER, **form})


def plain_table(paper: DocumentType, widths: Sequence[float], rows: int = 1) -> Table:
    """A table without borders; ``widths`` in millimetres."""
    table: Table = paper.add_table(rows=rows, cols=len(widths))
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    set_widths(table, widths)
    return table


def set_widths(table: Table, widths: Sequence[float]) -> None:
    """Fix the columns: Word goes by the cells, others by the grid."""
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def rule(cell: _Cell, *, indent: float) -> None:
    """A thin line below what stands in ``cell``, ``indent`` millimetres from each side."""
    paragraph = cell.add_paragraph()
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(indent)
    paragraph.paragraph_format.line_spacing = Pt(4)
    borders = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "auto")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    # Word wants them before these, which are set above.
    paragraph._p.get_or_add_pPr().insert_element_before(borders, "w:spacing", "w:ind", "w:jc")


def keep_whole(row: _Row) -> None:
    """A row is never cut by the end of a page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def repeat_on_each_page(row: _Row) -> None:
    """The row is the head of its table on each page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)
