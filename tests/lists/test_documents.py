"""Papers in Word as offices print them."""

import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm

from bridges.models import Province
from conference.models import Partner
from lists.papers import documents
from lists.papers.decree30 import date_words, office_of
from registrations import services
from registrations.models import Delegate, Guest, Invitation
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered
from tests.support.papers import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(point):
    point.province = Province.objects.get(code="lang-son")
    point.save()
    Partner.objects.create(conference=point.conference, name="UBND huyện Chi Lăng", role="host")
    return point


def test_the_list_of_delegates_is_laid_out_as_the_decree_says(issued):
    registered(issued, now=NOW)
    content = documents.delegate_list(issued)
    lines = text(content)
    for words in (
        "UBND HUYỆN CHI LĂNG",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Lạng Sơn, ngày …… tháng …… năm ………",
        "DANH SÁCH ĐẠI BIỂU",
        "Điểm cầu: VNPT Bắc Ninh",
        "Thời gian: 08 giờ 00 phút, thứ Hai, ngày 19 tháng 7 năm 2027",
        "Danh sách có 1 đại biểu.",
        "(Ký, ghi rõ họ tên)",
    ):
        assert words in lines
    paper = Document(io.BytesIO(content))
    section = paper.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert paper.styles["Normal"].font.name == "Times New Roman"


@pytest.mark.parametrize(
    ("name", "short_name", "subject"),
    [
        ("Hội nghị xúc tiến tiêu thụ na", "Na Chi Lăng 2027", "Hội nghị Na Chi Lăng 2027"),
        ("Hội thảo về na", "Na Chi Lăng 2027", "Hội thảo Na Chi Lăng 2027"),
        ("Xúc tiến tiêu thụ na", "Na Chi Lăng 2027", "Hội nghị Na Chi Lăng 2027"),
        ("Hội nghị xúc tiến tiêu thụ na", "Hội nghị na", "Hội nghị na"),
        ("Diễn đàn na", "DIỄN ĐÀN NA", "DIỄN ĐÀN NA"),
    ],
)
def test_the_subject_of_the_letter_says_what_kind_of_meeting_it_is_once(point, name, short_name, subject):
    conference = point.conference
    conference.name, conference.short_name = name, short_name
    conference.save()
    letter = documents.delegate_letter(registered(point, now=NOW).delegates.get())
    assert f"Tham dự {subject}" in text(letter).splitlines()


@pytest.mark.parametrize(
    ("host", "hall_code", "place"),
    [
        ("Sở Công Thương tỉnh Phú Thọ", None, "Phú Thọ"),
        ("Sở Công Thương tỉnh Phú Thọ", "lang-son", "Phú Thọ"),
        ("UBND Thành phố Hồ Chí Minh", None, "Thành phố Hồ Chí Minh"),
        ("UBND thành phố Bắc Ninh, tỉnh Bắc Giang", None, "Bắc Giang"),
        ("Trung tâm Xúc tiến đầu tư TP. Đà Nẵng", None, "Đà Nẵng"),
        ("UBND huyện Chi Lăng", "lang-son", "Lạng Sơn"),
        ("UBND huyện Chi Lăng", None, "…………"),
        ("Hợp tác xã tỉnh Ví Dụ", None, "…………"),
    ],
)
def test_the_place_is_that_of_the_host_or_of_the_main_hall_and_of_no_other(point, host, hall_code, place):
    conference = point.conference
    point.is_hub, point.province = True, Province.objects.filter(code=hall_code).first()
    point.save()
    BridgePointFactory(conference=conference, province=Province.objects.get(code="ha-noi"))
    Partner.objects.create(conference=conference, name=host, role="host")
    assert office_of(conference).place == place
    assert f"{place}, ngày ……" in text(documents.delegate_list(point))


def test_of_several_halls_none_lends_its_province_unless_it_is_the_main_one(issued):
    BridgePointFactory(conference=issued.conference, province=Province.objects.get(code="ha-noi"))
    assert office_of(issued.conference).place == "…………"


def _rows(content: bytes) -> list[list[str]]:
    tables = Document(io.BytesIO(content)).tables
    table = next(t for t in tables if t.rows[0].cells[0].text == "STT")
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_delegates_stand_by_given_name_with_numbers_and_room_to_sign(point):
    registration = registered(point, now=NOW, people=2)
    first, second = registration.delegates.order_by("id")
    for delegate, name in ((first, "An Văn Yên"), (second, "Vũ Thị Bình")):
        delegate.full_name = name
        delegate.save()
    rows = _rows(documents.delegate_list(point))
    assert rows[0] == ["STT", "Họ và tên", "Chức vụ", "Đơn vị", "Điện thoại", "Ký tên"]
    assert [(row[0], row[1], row[3], row[5]) for row in rows[1:]] == [
        ("1", "Vũ Thị Bình", "HTX Ví Dụ 1", ""),
        ("2", "An Văn Yên", "HTX Ví Dụ 1", ""),
    ]


def test_the_head_of_the_table_stands_on_each_page_and_no_row_is_cut(point):
    registered(point, now=NOW)
    tables = Document(io.BytesIO(documents.delegate_list(point))).tables
    table = next(t for t in tables if t.rows[0].cells[0].text == "STT")
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    assert sum(column.width for column in table.columns) <= Mm(165.5)


def test_only_those_with_a_seat_stand_on_the_list(point):
    point.seats = 1
    point.save()
    seated, waiting = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    assert waiting.state == "waitlisted"
    assert len(_rows(documents.delegate_list(point))) == 2
    services.cancel(registration=seated, now=NOW)
    assert [row[3] for row in _rows(documents.delegate_list(point))[1:]] == ["HTX Ví Dụ 2"]


def test_an_empty_list_can_be_printed(point):
    assert "Chưa có đại biểu nào." in text(documents.delegate_list(point))


def _guests(point, number: int) -> list[Guest]:
    invitation = Invitation.objects.create(
        conference=point.conference, bridge_point=point, name="Sở Công Thương", text="Lời mời riêng."
    )
    return [
        Guest.objects.create(
            invitation=invitation,
            name=f"Khách {i}",
            position="Giám đốc",
            organisation="Siêu thị",
            email=f"k{i}@vidu.example",
        )
        for i in range(number)
    ]


def test_a_letter_calls_a_guest_whose_name_begins_with_a_title_by_that_title_alone(issued):
    guest = _guests(issued, 1)[0]
    guest.name = "Bà Lò Thị Sen"
    lines = text(documents.guest_letters([guest], day=date(2027, 2, 8)))
    assert "Sở Công Thương trân trọng kính mời: Bà Lò Thị Sen, Giám đốc, Siêu thị.\n" in lines


def test_a_letter_says_who_invites_whom_to_what_when_and_where(issued):
    guest = _guests(issued, 1)[0]
    lines = text(documents.guest_letters([guest], day=date(2027, 2, 8)))
    for words in (
        "GIẤY MỜI\nTham dự Hội nghị",
        "Lạng Sơn, ngày 08 tháng 02 năm 2027",
        "SỞ CÔNG THƯƠNG",
        "Sở Công Thương trân trọng kính mời: Ông/Bà Khách 0, Giám đốc, Siêu thị.\nTới dự Hội nghị",
        "Lời mời riêng.",
        "Thời gian: 08 giờ 00 phút",
        "Địa điểm: VNPT Bắc Ninh, Lạng Sơn.",
        "Nơi nhận:",
        "THỦ TRƯỞNG CƠ QUAN, ĐƠN VỊ\n(Ký tên, đóng dấu)",
        guest.url,
    ):
        assert words in lines
    assert "V/v" not in lines, "a paper that has a name says below it what it is about"
    assert "chi lăng" not in lines.casefold()


SIGNS = {"superior": "UBND tỉnh Ví Dụ", "signer_title": "KT. Giám đốc / Phó Giám đốc", "signer_name": "Lê Thị Ký"}


def test_above_who_invites_stands_the_superior_body_and_below_the_letter_who_signs(issued):
    Partner.objects.create(conference=issued.conference, name="SỞ CÔNG THƯƠNG", role="co_organiser", **SIGNS)
    lines = text(documents.guest_letters(_guests(issued, 1)))
    assert lines.startswith("UBND TỈNH VÍ DỤ\nSỞ CÔNG THƯƠNG\n")
    assert "KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC\n\n\n\n\nLê Thị Ký" in lines
    assert "(Ký tên, đóng dấu)" not in lines


def test_the_partner_that_an_invitation_names_counts_before_one_of_the_same_name(issued):
    Partner.objects.create(conference=issued.conference, name="Sở Công Thương", role="co_organiser", superior="Không")
    partner = Partner.objects.create(conference=issued.conference, name="Sở", role="co_organiser", **SIGNS)
    guests = _guests(issued, 1)
    guests[0].invitation.partner = partner
    assert text(documents.guest_letters(guests)).startswith("UBND TỈNH VÍ DỤ\nSỞ CÔNG THƯƠNG\n")


def test_somebody_else_s_letter_is_not_signed_by_the_host(issued):
    Partner.objects.update(**SIGNS)
    lines = text(documents.guest_letters(_guests(issued, 1)))
    assert "UBND TỈNH VÍ DỤ" not in lines
    assert "Lê Thị Ký" not in lines


def test_above_the_host_of_a_list_stands_its_superior_body(issued):
    Partner.objects.update(**SIGNS)
    assert text(documents.delegate_list(issued)).startswith("UBND TỈNH VÍ DỤ\nUBND HUYỆN CHI LĂNG\n")


@pytest.mark.parametrize("make", [lambda point: documents.delegate_list(point), lambda point: _letter(point)])
def test_a_paper_says_that_it_was_made_now_and_by_us(issued, make):
    content = make(issued)
    about = Document(io.BytesIO(content)).core_properties
    assert (about.created, about.modified) == (NOW, NOW)
    assert (about.author, about.last_modified_by, about.comments) == ("Điểm Cầu", "Điểm Cầu", "")
    assert b"docProps/thumbnail" not in content


def _letter(point) -> bytes:
    return documents.guest_letters(_guests(point, 1))


def test_the_parts_of_a_line_stand_in_the_order_that_word_wants(issued):
    """Word takes the properties of a paragraph in one order only: borders before spacing, indents and alignment."""
    for content in (documents.delegate_list(issued), _letter(issued)):
        for about in Document(io.BytesIO(content)).element.iter(qn("w:pPr")):
            names = [child.tag for child in about]
            if qn("w:pBdr") in names:
                assert names.index(qn("w:pBdr")) < min(names.index(qn("w:spacing")), names.index(qn("w:ind")))


def test_a_delegate_s_letter_is_the_office_s_unless_somebody_else_invited_him(issued):
    alone = registered(issued, now=NOW, number=1).delegates.get()
    invitation = Invitation.objects.create(conference=issued.conference, name="Sở Công Thương")
    invited = registered(issued, now=NOW, number=2, invitation=invitation).delegates.get()
    own, other = text(documents.delegate_letter(alone)), text(documents.delegate_letter(invited))
    assert "UBND huyện Chi Lăng trân trọng kính mời" in own
    assert "UBND HUYỆN CHI LĂNG" in own
    assert "Sở Công Thương trân trọng kính mời" in other
    assert "SỞ CÔNG THƯƠNG" in other
    assert "chi lăng" not in other.casefold()


def test_the_letter_of_a_delegate_leads_to_his_own_page(point):
    delegate = registered(point, now=NOW).delegates.get()
    assert delegate.join_url in text(documents.delegate_letter(delegate))


def test_letters_ask_the_database_once_for_all_of_them(point):
    _guests(point, 3)
    rows = Guest.objects.select_related("invitation__conference", "invitation__bridge_point__province")

    def queries(guests) -> int:
        with CaptureQueriesContext(connection) as asked:
            documents.guest_letters(guests)
        return len(asked)

    assert queries(list(rows[:1])) == queries(list(rows))


def test_a_list_asks_the_same_with_one_and_with_many(point):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            documents.delegate_list(point)
        return len(asked)

    registered(point, now=NOW, number=1)
    one = queries()
    registered(point, now=NOW, number=2, people=3)
    assert queries() == one
    assert Delegate.objects.count() == 4


@pytest.mark.parametrize(
    ("day", "said"),
    [(date(2021, 7, 8), "ngày 08 tháng 7 năm 2021"), (date(2021, 2, 19), "ngày 19 tháng 02 năm 2021")],
)
def test_a_date_is_written_as_the_decree_says(day, said):
    assert date_words(day) == said


def test_what_word_cannot_hold_is_left_out(point):
    registered(point, now=NOW)
    Delegate.objects.update(position="Giám\x0b đốc\x00".replace("\x00", ""))
    assert "Giám đốc" in text(documents.delegate_list(point))
