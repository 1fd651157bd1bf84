"""Lists as people send them: headings, separators, letters, and what Excel does to numbers."""

import io

import pytest
from openpyxl import Workbook

from lists import cells, reading
from lists.people import cleaning, columns
from lists.people.cleaning import Refused
from lists.reading import Unreadable


def read(content: bytes, name: str = "danh-sach.csv", wanted=columns.PEOPLE, needed=("full_name", "first_name")):
    return reading.read(content, name, columns=wanted, needed=needed)


def workbook(*rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("heading", ["Họ và tên", "HỌ VÀ TÊN", "ho ten", "Ho va ten (*)", "Full name", "Họ  và\ntên"])
def test_a_heading_is_recognised_with_and_without_accents_and_in_english(heading):
    found, ignored = columns.recognise([heading, "Điện thoại"], columns.PEOPLE)
    assert found == {0: "full_name", 1: "phone"}
    assert ignored == []


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Họ tên đại biểu", "full_name"), ("Họ và tên người dự", "full_name"), ("Tên người tham dự", "full_name"),
        ("Chức vụ đại biểu", "position"), ("Điện thoại của đại biểu", "phone"), ("Mã số thuế đơn vị", "tax_code"),
        ("Email người dự (nếu có)", "email"), ("Nơi dự", "point"), ("Nơi tham dự", "point"), ("Địa điểm dự", "point"),
    ],
)  # fmt: skip
def test_a_heading_may_say_of_whom_it_is(heading, field):
    assert columns.recognise(["STT", heading], columns.PEOPLE) == ({1: field}, [])


def test_a_heading_that_says_it_exactly_goes_before_one_that_says_of_whom():
    found, ignored = columns.recognise(["Điện thoại đơn vị", "Họ tên", "Điện thoại"], columns.PEOPLE)
    assert found == {1: "full_name", 2: "phone"}
    assert ignored == ["Điện thoại đơn vị"]
    found, ignored = columns.recognise(["Tên đơn vị", "Tên điểm cầu"], columns.POINTS)
    assert (found, ignored) == ({1: "name"}, ["Tên đơn vị"])


def test_unknown_columns_are_named_and_numbering_is_not():
    found, ignored = columns.recognise(["STT", "Họ tên", "Ngày sinh", None, "SĐT"], columns.PEOPLE)
    assert found == {1: "full_name", 4: "phone"}
    assert ignored == ["Ngày sinh"]


def test_the_headings_may_stand_below_a_title():
    content = workbook(
        ["UBND HUYỆN CHI LĂNG"], [], ["DANH SÁCH ĐẠI BIỂU"], ["STT", "Họ và tên", "Đơn vị"], [1, "Lê Ví", "HTX Na"]
    )
    table = read(content, "a.xlsx")
    assert [(row.line, row.cells) for row in table.rows] == [(5, {"full_name": "Lê Ví", "organisation": "HTX Na"})]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_is_read_with_each_separator_and_encoding(separator, encoding):
    text = f"Họ và tên{separator}Đơn vị\r\nNguyễn Thị Ví{separator}HTX Dụ\r\n"
    assert read(text.encode(encoding)).rows[0].cells == {"full_name": "Nguyễn Thị Ví", "organisation": "HTX Dụ"}


def test_csv_in_the_code_page_of_windows_is_read():
    # What Excel writes there: the letter with its mark, the tone as a character of its own.
    content = "Ho ten,Don vi\nNguyê\u0303n Thi\u0323 Ví,Hô\u0323 Du\u0323\n".encode("cp1258")
    assert read(content).rows[0].cells == {"full_name": "Nguyễn Thị Ví", "organisation": "Hộ Dụ"}


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.csv", "empty"),
        (b"%PDF-1.4 nothing, nothing", "a.pdf", "neither"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "a.xls", "old Excel"),
        (b"PK\x03\x04" + b"damaged" * 50, "a.xlsx", "damaged"),
        (b"a,b\n1,2\n", "a.csv", "headings"),
        ("Họ và tên,Đơn vị\n".encode(), "a.csv", "nobody"),
        (b"x" * (reading.MAX_BYTES + 1), "a.csv", "5 MB"),
        (("Họ và tên,Đơn vị\n" + "A,B\n" * 5001).encode(), "a.csv", "5.000"),
    ],
)
def test_what_is_no_list_is_refused_in_words(content, name, words, settings):
    settings.LANGUAGE_CODE = "en"
    from django.utils import translation

    with translation.override("en"), pytest.raises(Unreadable, match=words):
        read(content, name)


def test_a_packed_bomb_is_refused_before_it_is_unpacked():
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (60 * 1024 * 1024))
    assert len(stream.getvalue()) < reading.MAX_BYTES
    with pytest.raises(Unreadable):
        read(stream.getvalue(), "a.xlsx")


@pytest.mark.parametrize(
    "cell",
    [
        912345678, 912345678.0, 84912345678, "'0912345678", "0912.345.678", "0912 345 678", "+84 912 345 678",
        "84912345678", "912345678", "9.12345678E+08", "9,12345678E+08", "912345678.0", "(0912) 345-678",
        "0912345678 / 0987654321", "0912345678; 0987654321", "ĐT: 0912 345 678", "SĐT.0912345678", "Tel: 912345678",
        "DĐ: 0912345678 - Tel: 0205 3870 123",
    ],
)  # fmt: skip
def test_a_phone_is_understood_however_excel_mangles_it(cell):
    assert cleaning.phone(cells.as_text(cell))[0] == "+84912345678"


def test_digits_that_excel_has_dropped_are_not_guessed():
    with pytest.raises(Refused):
        cleaning.phone("9.12E+08")


@pytest.mark.parametrize("cell", ["0123", "không rõ", "01234567890"])
def test_what_is_no_phone_is_refused(cell):
    with pytest.raises(Refused):
        cleaning.phone(cell)


@pytest.mark.parametrize(
    "cell",
    ["09o12345678", "O912345678", "0912345678x", "0912 345 678 (C)", "ĐT: 0912 345 678 (Lan)", "0205 3870 123 #5"],
)
def test_letters_in_a_number_are_not_read_over(cell):
    with pytest.raises(Refused) as refused:
        cleaning.phone(cell)
    assert str(refused.value).startswith(f"“{cell}” is more than a phone number")


@pytest.mark.parametrize(
    "text",
    [
        "Tổng cộng: 12 người", "TỔNG CỘNG : 12", "tong cong 12", "Cộng: 12", "Tổng", "CỘNG", "Tổng số", "Tổng cộng.",
        "Tổng số đại biểu: mười hai", "Total 12", "total", "Sum: 3", "Tổng 12 người",
    ],
)  # fmt: skip
def test_a_total_is_told_from_a_person(text):
    assert cleaning.is_total(text)


@pytest.mark.parametrize(
    "name",
    [
        "Tống Văn Cộng", "Tống Thị Lan 2", "Công Thị Nghĩa", "Công", "Tong Van Cong", "Tongkham 2", "Tổng Văn Ví",
        "Cộng Hòa", "Lê Văn 1", "Sumi Tanaka", "Nguyễn Văn Tổng: Phó", "",
    ],
)  # fmt: skip
def test_a_name_is_no_total(name):
    assert not cleaning.is_total(name)


def test_a_landline_is_a_phone():
    assert cleaning.phone("0205 3870 123") == ("+842053870123", False)


@pytest.mark.parametrize("cell", ["", "-", "không có"])
def test_no_e_mail_is_none(cell):
    assert cleaning.email(cell) == ("", False)


def test_of_two_e_mail_addresses_the_first_is_taken_and_that_is_said():
    assert cleaning.email("A@Vidu.example; b@vidu.example") == ("a@vidu.example", True)


def test_a_tax_code_gets_back_the_zero_that_excel_dropped():
    assert cleaning.tax_code(cells.as_text(100109106)) == "0100109106"


@pytest.mark.parametrize(
    ("word", "name", "kind"),
    [
        ("Hợp tác xã", "", "cooperative"), ("HTX", "", "cooperative"), ("state agency", "", "agency"),
        ("Hộ sản xuất", "", "household"), ("Báo chí", "", "press"), ("", "HTX Na Chi Lăng", "cooperative"),
        ("", "Công ty TNHH Ví Dụ", "business"), ("", "UBND huyện Chi Lăng", "agency"),
        ("", "Bảo Long", "other"), ("", "Hồ Tây Farm", "other"),
    ],
)  # fmt: skip
def test_the_kind_is_what_the_column_says_or_the_name_begins_with(word, name, kind):
    assert columns.organisation_kind(word, name) == (kind, True)


def test_a_number_that_starts_like_a_formula_or_hidden_characters_are_plain_text():
    assert cells.as_text("\ufeffLê\u200b Ví\u202e\n Dụ ") == "Lê Ví Dụ"
    assert cells.as_text("=1+1") == "=1+1"
