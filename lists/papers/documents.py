"""Papers in Word: the list of delegates of a bridge point, and invitation letters with a QR code."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from docx.document import Document as DocumentType
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from bridges.models import BridgePoint
from common.phones import written
from common.search import fold
from conference.models import Conference
from lists.models import LetterTemplate
from lists.papers import letters
from lists.papers.decree30 import BLANK_DATE, date_words, head, office_of, place_words, signature, time_words
from lists.papers.sheet import as_bytes, keep_whole, new_paper, repeat_on_each_page, set_widths, write
from registrations.models import Delegate, Guest, Invitation

#: Heading and width in millimetres; together as wide as the sheet allows.
_LIST = (("STT", 15), ("Họ và tên", 36), ("Chức vụ", 25), ("Đơn vị", 36), ("Điện thoại", 31), ("Ký tên", 22))
_ALIGNED = (ALIGN.CENTER, ALIGN.LEFT, ALIGN.LEFT, ALIGN.LEFT, ALIGN.CENTER, ALIGN.LEFT)
_PHONE = 4
_SIGN_HERE = "(Ký, ghi rõ họ tên)"
#: Signs a letter while nobody has said who does.
_SOMEBODY = "Thủ trưởng cơ quan, đơn vị"
#: What a conference may be called; the first where its names do not say.
_MEETINGS = ("Hội nghị", "Hội thảo", "Diễn đàn", "Tọa đàm", "Hội chợ", "Cuộc họp")


def delegate_list(
    point: BridgePoint, delegates: Iterable[Delegate] | None = None, *, with_phones: bool = True
) -> bytes:
    """The list of those who have a seat at ``point``, by given name, to print and to sign. Two queries.

    Without ``with_phones`` nobody's phone number stands on it.
    """
    if delegates is None:
        delegates = Delegate.objects.attending().filter(registration__bridge_point=point)
        delegates = delegates.select_related("registration__organisation").order_by("sort_name", "id")
    conference = point.conference
    paper = new_paper(f"Danh sách đại biểu – {point.name}")
    head(paper, office_of(conference))
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
    count = _list_table(paper, delegates, with_phones=with_phones)
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


def _list_table(paper: DocumentType, delegates: Iterable[Delegate], *, with_phones: bool) -> int:
    shown = [column for column in range(len(_LIST)) if with_phones or column != _PHONE]
    rows = [
        (
            str(number),
            delegate.full_name,
            delegate.position,
            delegate.registration.organisation.name,
            written(delegate.phone),
            "",
        )
        for number, delegate in enumerate(delegates, start=1)
    ]
    table = paper.add_table(rows=len(rows) + 1, cols=len(shown), style="Table Grid")
    # One cell of python-docx is looked up in all of them: take them row by row.
    head_row, *table_rows = table.rows
    for cell, column in zip(head_row.cells, shown, strict=True):
        write(cell.paragraphs[0], _LIST[column][0], bold=True, size=13, align=ALIGN.CENTER)
    keep_whole(head_row)
    for table_row, values in zip(table_rows, rows, strict=True):
        for cell, column in zip(table_row.cells, shown, strict=True):
            write(cell.paragraphs[0], values[column], size=13, align=_ALIGNED[column])
            cell.paragraphs[0].paragraph_format.space_before = Pt(3)
            cell.paragraphs[0].paragraph_format.space_after = Pt(3)
        keep_whole(table_row)
    repeat_on_each_page(head_row)
    set_widths(table, [_LIST[column][1] for column in shown])
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
    """A letter to each of ``guests`` of one invitation, in the name of its inviter, each on a page of its own.

    Raises:
        WrongLetter: the conference has a Word file of its own that can no longer be filled in.
    """
    invitation = guests[0].invitation
    conference = invitation.conference
    shared = _shared(conference, invitation, day)
    return _letters(
        conference,
        [
            {
                **shared,
                **_reader(guest.name, guest.position, guest.organisation),
                **_place(guest.invitation.bridge_point),
                "loi_moi": _paragraphs(guest.invitation.text),
                "duong_link": guest.url,
                "da_dang_ky": False,
            }
            for guest in guests
        ],
    )


def delegate_letter(delegate: Delegate, *, day: date | None = None) -> bytes:
    """A letter to ``delegate``, who is registered, with the QR code of their personal page.

    In the name of whoever invited them, else of the conference's office.

    Raises:
        WrongLetter: as for guests.
    """
    registration = delegate.registration
    letter = {
        **_shared(registration.conference, registration.invitation, day),
        **_reader(delegate.full_name, delegate.position, registration.organisation.name),
        **_place(registration.bridge_point),
        "loi_moi": "",
        "duong_link": delegate.join_url,
        "da_dang_ky": True,
    }
    return _letters(registration.conference, [letter])


def letter_file(conference: Conference) -> bytes:
    """The Word file with placeholders that letters of ``conference`` are made from. One query."""
    content = LetterTemplate.objects.filter(conference=conference).values_list("content", flat=True).first()
    return letters.OWN_FILE.read_bytes() if content is None else bytes(content)


def _letters(conference: Conference, filled: Sequence[Mapping[str, str | bool]]) -> bytes:
    return letters.fill(letter_file(conference), filled, title=f"Giấy mời – {conference.short_name}")


def _shared(conference: Conference, invitation: Invitation | None, day: date | None) -> dict[str, str]:
    """What is the same in all letters that ``invitation`` brings."""
    office = office_of(conference, invitation)
    return {
        "co_quan": office.name,
        "co_quan_in_hoa": office.name.upper(),
        "co_quan_chu_quan": office.superior,
        "co_quan_chu_quan_in_hoa": office.superior.upper(),
        "chuc_vu_nguoi_ky": "\n".join(line.strip() for line in (office.signer_title or _SOMEBODY).upper().split("/")),
        "nguoi_ky": office.signer_name,
        "dia_danh": office.place,
        "ngay_thang": date_words(day) if day else BLANK_DATE,
        "hoi_nghi": conference.name,
        "hoi_nghi_ngan": conference.short_name,
        "trich_yeu": _subject(conference),
        "thoi_gian": time_words(conference.starts_at, tentative=conference.is_tentative),
    }


def _subject(conference: Conference) -> str:
    """What the letter invites to, in few words: "Hội nghị Na Chi Lăng 2027"; the kind of meeting is said once."""
    short = f" {fold(conference.short_name)} "
    if any(f" {fold(kind)} " in short for kind in _MEETINGS):
        return conference.short_name
    kind = next((kind for kind in _MEETINGS if fold(conference.name).startswith(fold(kind))), _MEETINGS[0])
    return f"{kind} {conference.short_name}"


def _reader(name: str, position: str, organisation: str) -> dict[str, str]:
    about = ", ".join(part for part in (position, organisation) if part)
    return {"ho_ten": name, "chuc_vu": position, "don_vi": organisation, "chuc_vu_don_vi": about}


def _place(point: BridgePoint | None) -> dict[str, str | bool]:
    if point is None:
        return {"dia_diem": "tại điểm cầu mà Ông/Bà chọn khi đăng ký", "truc_tuyen": False}
    if point.is_place:
        return {"dia_diem": place_words(point), "truc_tuyen": False}
    return {"dia_diem": f"trực tuyến, {point.name}", "truc_tuyen": True}


def _paragraphs(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
