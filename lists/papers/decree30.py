"""Official papers in Word by Decree 30/2020: the sheet, the head, the place for the signature.

Always in Vietnamese: that is the language of these papers, whoever prints them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from docx.document import Document as DocumentType

from bridges.models import BridgePoint, Kind, Province
from common.search import fold
from conference.models import Conference, Partner
from lists.papers.sheet import keep_whole, lines, plain_table, rule
from lists.people.columns import plain
from registrations.models import Invitation

_COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
_MOTTO = "Độc lập - Tự do - Hạnh phúc"
#: A date that is written by hand.
BLANK_DATE = "ngày …… tháng …… năm ………"
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
#: Where the place is not known it is written by hand.
_BLANK_PLACE = "…………"
#: What stands before the name of a province in the name of an office; the surest first: "thành phố X, tỉnh Y" is Y.
_BEFORE_PROVINCE = ("tinh", "thanh pho", "tp")
#: Who may stand at the head and sign, the first there is.
_ISSUERS = (Partner.Role.HOST, Partner.Role.ORGANISER)


@dataclass(frozen=True)
class Office:
    """Whose papers they are, who signs them, and where they are written; what is not known is empty."""

    name: str
    place: str
    superior: str = ""
    signer_title: str = ""
    signer_name: str = ""


def office_of(conference: Conference, invitation: Invitation | None = None) -> Office:
    """Whoever invites by ``invitation``; without one the host of ``conference``, else its organiser.

    What stands above the name, and who signs, is what the partner of that name, or the one that the invitation names,
    has. The place is the province that the names of the office say, else that of the main hall, and never that of
    another point. Three queries.
    """
    partners = list(conference.partners.all())
    hosts = [partner for role in _ISSUERS for partner in partners if partner.role == role]
    name = invitation.name if invitation else hosts[0].name if hosts else ""
    partner = _partner(partners, name, invitation.partner_id if invitation else None)
    superior = partner.superior if partner else ""
    place = _province_in(name, superior) or _province_of_main_hall(conference) or _BLANK_PLACE
    name = name or conference.contact_name or "Ban tổ chức"
    if partner is None:
        return Office(name, place)
    return Office(name, place, superior, partner.signer_title, partner.signer_name)


def _province_in(*names: str) -> str:
    """The province that the first of ``names`` to say one says: "Sở Công Thương tỉnh Phú Thọ"; "" if none does."""
    provinces = {
        plain(name).removeprefix("thanh pho "): name for name in Province.objects.values_list("name", flat=True)
    }
    for name in names:
        for before in _BEFORE_PROVINCE:
            for folded, province in provinces.items():
                if f" {before} {folded} " in f" {plain(name)} ":
                    return province
    return ""


def _province_of_main_hall(conference: Conference) -> str:
    """Where the main hall is, or the only hall if none is marked as that; "" if that is not known."""
    halls = list(conference.bridge_points.filter(kind=Kind.VENUE).select_related("province").order_by("-is_hub")[:2])
    if not halls or (len(halls) > 1 and not halls[0].is_hub):
        return ""
    return halls[0].province.name if halls[0].province else ""


def _partner(partners: Sequence[Partner], name: str, number: int | None) -> Partner | None:
    """The one with that ``number``, else the one called ``name``."""
    chosen = [partner for partner in partners if partner.pk == number]
    return next(iter(chosen or [p for p in partners if fold(p.name) == fold(name)]), None)


def head(paper: DocumentType, office: Office) -> None:
    """The issuing body at left, below its superior, the national motto with the place at right.

    The date is written by hand.
    """
    table = plain_table(paper, (70, 95), rows=2)
    left, right = table.rows[0].cells
    above = [(office.superior.upper(), {"size": 13})] if office.superior else []
    lines(left, *above, (office.name.upper(), {"bold": True, "size": 13}))
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
