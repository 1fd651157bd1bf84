"""Papers in Word: the list of delegates of a bridge point, and invitation letters with a QR code."""

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO

import segno
from docx.document import Document as DocumentType
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from bridges.models import BridgePoint
from conference.models import Conference
from registrations.exchange.letterheads import (
    ALIGN,
    Office,
    as_bytes,
    head,
    keep_whole,
    lines,
    new_paper,
    office_of,
    place_words,
    plain_table,
    repeat_on_each_page,
    set_widths,
    signature,
    time_words,
    write,
)
from registrations.models import Delegate, Guest

#: Heading and width in millimetres; together as wide as the sheet allows.
_LIST = (("STT", 15), ("Họ và tên", 36), ("Chức vụ", 25), ("Đơn vị", 36), ("Điện thoại", 31), ("Ký tên", 22))
_SIGN_HERE = "(Ký, ghi rõ họ tên)"


def delegate_list(point: BridgePoint, delegates: Iterable[Delegate] | None = None) -> bytes:
    """The list of those who have a seat at ``point``, by given name, to print and to sign. Two queries."""
    if delegates is None:
        delegates = Delegate.objects.attending().filter(registration__bridge_point=point)
        delegates = delegates.select_related("registration__organisation").order_by("sort_name", "id")
    conference = point.conference
    paper = new_paper(f"Danh sách đại biểu – {point.name}")
    head(paper, office_of(conference), number="", subject="", day=None)
    write(paper.add_paragraph(), "DANH SÁCH ĐẠI BIỂU", bold=True, align=ALIGN.CENTER)
    write(paper.add_paragraph(), f"Dự {conference.name}", bold=True, align=ALIGN.CENTER)
    for label, text in (
        ("Điểm cầu", point.name),
        ("Thời gian", time_words(conference.starts_at, tentative=conference.is_tentative)),
        ("Địa điểm", place_words(point) if point.is_place else "trực tuyến"),
    ):
        paragraph = paper.add_paragraph()
        paragraph.alignment = ALIGN.CENTER
        write(paragraph, f"{label}: {text}", italic=True, size=13)
    paper.add_paragraph()
    count = _list_table(paper, delegates)
    total = paper.add_paragraph()
    total.paragraph_format.space_before = Pt(6)
    write(total, f"Danh sách có {count} đại biểu." if count else "Chưa có đại biểu nào.", italic=True, size=13)
    signature(
        paper,
        left=[("NGƯỜI LẬP DANH SÁCH", {"bold": True, "size": 13}), (_SIGN_HERE, {"italic": True, "size": 12})],
        right=[("PHỤ TRÁCH ĐIỂM CẦU", {"bold": True, "size": 13}), (_SIGN_HERE, {"italic": True, "size": 12})],
    )
    _number_pages(paper)
    return as_bytes(paper)


def _list_table(paper: DocumentType, delegates: Iterable[Delegate]) -> int:
    rows = [
        (
            str(number),
            delegate.full_name,
            delegate.position,
            delegate.registration.organisation.name,
            delegate.phone.as_national if delegate.phone else "",
            "",
        )
        for number, delegate in enumerate(delegates, start=1)
    ]
    table = paper.add_table(rows=len(rows) + 1, cols=len(_LIST), style="Table Grid")
    # One cell of python-docx is looked up in all of them: take them row by row.
    for index, row in enumerate(table.rows):
        values = [heading for heading, _width in _LIST] if index == 0 else rows[index - 1]
        for column, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
            centred = index == 0 or column in (0, 4)
            write(cell.paragraphs[0], value, bold=index == 0, size=13, align=ALIGN.CENTER if centred else ALIGN.LEFT)
            if index:
                cell.paragraphs[0].paragraph_format.space_before = Pt(3)
                cell.paragraphs[0].paragraph_format.space_after = Pt(3)
        keep_whole(row)
    repeat_on_each_page(table.rows[0])
    set_widths(table, [width for _heading, width in _LIST])
    return len(rows)


def _number_pages(paper: DocumentType) -> None:
    """The number of the page above it, from the second on."""
    section = paper.sections[0]
    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = ALIGN.CENTER
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        element = OxmlElement("w:instrText" if text else "w:fldChar")
        if text:
            element.text = text
        else:
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)
        run.font.size = Pt(13)


# --- invitation letters -----------------------------------------------------------------------------------------------


def guest_letters(guests: Sequence[Guest], *, day: date | None = None) -> bytes:
    """A letter to each of ``guests`` of one invitation, each on a page of its own."""
    conference = guests[0].invitation.conference
    paper, office = new_paper(f"Giấy mời – {conference.short_name}"), office_of(conference)
    for index, guest in enumerate(guests):
        if index:
            paper.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        invitation = guest.invitation
        _letter(
            paper,
            conference,
            office,
            point=invitation.bridge_point,
            reader=(guest.name, guest.position, guest.organisation),
            words=invitation.text,
            link=guest.url,
            ask="Ông/Bà vui lòng đăng ký tham dự bằng cách quét mã QR này, hoặc tại địa chỉ:",
            day=day,
        )
    return as_bytes(paper)


def delegate_letter(delegate: Delegate, *, day: date | None = None) -> bytes:
    """A letter to ``delegate``, who is registered, with the QR code of his personal page."""
    registration = delegate.registration
    conference = registration.conference
    paper, office = new_paper(f"Giấy mời – {conference.short_name}"), office_of(conference)
    _letter(
        paper,
        conference,
        office,
        point=registration.bridge_point,
        reader=(delegate.full_name, delegate.position, registration.organisation.name),
        words="",
        link=delegate.join_url,
        ask="Mã QR dành riêng cho Ông/Bà, dùng khi vào dự. Trang thông tin của Ông/Bà:",
        day=day,
    )
    return as_bytes(paper)


def _letter(
    paper: DocumentType,
    conference: Conference,
    office: Office,
    *,
    point: BridgePoint | None,
    reader: tuple[str, str, str],
    words: str,
    link: str,
    ask: str,
    day: date | None,
) -> None:
    subject = f"V/v mời dự {conference.short_name}"
    head(paper, office, number="Số:        /GM-BTC", subject=subject, day=day)
    write(paper.add_paragraph(), "GIẤY MỜI", bold=True, align=ALIGN.CENTER)
    to = paper.add_paragraph()
    to.paragraph_format.space_before = to.paragraph_format.space_after = Pt(6)
    name, position, organisation = reader
    write(to, "Kính gửi: ", align=ALIGN.CENTER)
    write(to, f"Ông/Bà {name}", bold=True)
    if about := ", ".join(part for part in (position, organisation) if part):
        write(paper.add_paragraph(), about, align=ALIGN.CENTER)
    _body(paper, f"{office.issuer} trân trọng kính mời Ông/Bà tới dự {conference.name}.")
    for line in words.splitlines():
        if line.strip():
            _body(paper, line.strip())
    _fact(paper, "Thời gian", f"{time_words(conference.starts_at, tentative=conference.is_tentative)}.")
    if point is None:
        _fact(paper, "Địa điểm", "tại điểm cầu mà Ông/Bà chọn khi đăng ký.")
    elif point.is_place:
        _fact(paper, "Địa điểm", f"{place_words(point)}.")
    else:
        _fact(paper, "Hình thức", f"trực tuyến, {point.name}.")
    _qr_code(paper, ask, link)
    _body(paper, "Rất mong Ông/Bà sắp xếp thời gian tham dự./.")
    small = {"size": 11, "align": ALIGN.LEFT}
    signature(
        paper,
        left=[
            ("Nơi nhận:", {"bold": True, "italic": True, "size": 12, "align": ALIGN.LEFT}),
            ("- Như trên;", small),
            ("- Lưu: VT.", small),
        ],
        right=[("TM. BAN TỔ CHỨC", {"bold": True, "size": 13}), ("(Ký tên, đóng dấu)", {"italic": True, "size": 12})],
    )


def _body(paper: DocumentType, text: str) -> Paragraph:
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.first_line_indent = Mm(10)
    paragraph.paragraph_format.space_before = Pt(6)
    return write(paragraph, text, align=ALIGN.JUSTIFY)


def _fact(paper: DocumentType, label: str, text: str) -> None:
    paragraph = _body(paper, "")
    write(paragraph, f"{label}: ", bold=True)
    write(paragraph, text)


def _qr_code(paper: DocumentType, ask: str, link: str) -> None:
    picture = BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="png", scale=8, border=2)
    paper.add_paragraph()
    table = plain_table(paper, (35, 130))
    left, right = table.rows[0].cells
    left.paragraphs[0].add_run().add_picture(picture, width=Mm(30))
    lines(right, (ask, {"size": 13, "align": ALIGN.LEFT}), (link, {"size": 11, "align": ALIGN.LEFT}))
    keep_whole(table.rows[0])
