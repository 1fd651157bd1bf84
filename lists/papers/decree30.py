"""Official papers in Word by Decree 30/2020: the sheet, the head, the place for the signature.

Always in Vietnamese: that is the language of these papers, whoever prints them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

from django.utils import timezone
from docx import Document
from docx.document import Document as DocumentType
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from bridges.models import BridgePoint
from conference.models import Conference, Partner

FONT = "Times New Roman"
_COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
_MOTTO = "Độc lập - Tự do - Hạnh phúc"
#: A date that is written by hand.
BLANK_DATE = "ngày …… tháng …… năm ………"
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
# What an XML file cannot hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Who may stand at the head and sign, the first there is.
_ISSUERS = (Partner.Role.HOST, Partner.Role.ORGANISER)


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
    properties = paper.core_properties
    properties.title, properties.author, properties.comments = title[:250], "Điểm Cầu", ""
    properties.language = "vi-VN"
    return paper


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
    paragraph._p.get_or_add_pPr().append(borders)


@dataclass(frozen=True)
class Office:
    """Whose papers they are, and where they are written."""

    issuer: str
    place: str


def office_of(conference: Conference) -> Office:
    """The host of ``conference``, else its organiser, in the province of its main hall. Two queries."""
    partners = list(conference.partners.all())
    named = [partner.name for role in _ISSUERS for partner in partners if partner.role == role]
    points = conference.bridge_points.select_related("province").exclude(province=None)
    hall = points.order_by("-is_hub", "position", "id").first()
    issuer = next(iter(named), "") or conference.contact_name or "Ban tổ chức"
    return Office(issuer, hall.province.name if hall and hall.province else "…………")


def head(paper: DocumentType, office: Office) -> None:
    """The issuing body at left, the national motto with the place at right; the date is written by hand."""
    table = plain_table(paper, (70, 95), rows=2)
    left, right = table.rows[0].cells
    lines(left, (office.issuer.upper(), {"bold": True, "size": 13}))
    rule(left, indent=23)
    lines(right, (_COUNTRY, {"bold": True, "size": 12}), (_MOTTO, {"bold": True, "size": 13}))
    rule(right, indent=19)
    lines(table.rows[1].cells[1], (f"{office.place}, {BLANK_DATE}", {"italic": True, "size": 13}))
    paper.add_paragraph()


def date_words(day: date) -> str:
    """ "ngày 08 tháng 7 năm 2021": a zero before days under 10 and before the months 1 and 2."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def time_words(moment: datetime, *, tentative: bool = False) -> str:
    """ "08 giờ 00 phút, thứ Hai, ngày 19 tháng 7 năm 2021", Vietnam time."""
    local = timezone.localtime(moment)
    words = f"{local:%H} giờ {local:%M} phút, {_WEEKDAYS[local.weekday()]}, {date_words(local.date())}"
    return f"{words} (dự kiến)" if tentative else words


def place_words(point: BridgePoint) -> str:
    """The bridge point and where it is, nothing twice."""
    said = point.name
    for part in (point.address, point.province.name if point.province else ""):
        if part and part.casefold() not in said.casefold():
            said = f"{said}, {part}"
    return said


def signature(
    paper: DocumentType, *, left: Sequence[tuple[str, dict[str, Any]]], right: Sequence[tuple[str, dict[str, Any]]]
) -> None:
    """What stands at the foot, both sides on one page."""
    paper.add_paragraph()
    table = plain_table(paper, (75, 90))
    for cell, texts in zip(table.rows[0].cells, (left, right), strict=True):
        lines(cell, *texts)
    for cell in table.rows[0].cells:
        for paragraph in cell.paragraphs:
            paragraph.paragraph_format.keep_together = paragraph.paragraph_format.keep_with_next = True
    keep_whole(table.rows[0])


def keep_whole(row: _Row) -> None:
    """A row is never cut by the end of a page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def repeat_on_each_page(row: _Row) -> None:
    """The row is the head of its table on each page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)
