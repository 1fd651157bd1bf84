"""Lists for Excel: one row a delegate, nothing that a spreadsheet would calculate, nobody who was erased."""

import csv
import io
import tracemalloc
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from openpyxl import load_workbook

from common.phones import written
from conference.models import Product
from lists import exporting, workbook
from registrations import services
from registrations.models import Answer, Delegate, Erasure, Interest, Question, Registration
from staff.lists import people_export
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered
from tests.support.lists import checked, verdicts

pytestmark = pytest.mark.django_db


def sheet(rows=None) -> list[dict]:
    content = b"".join(exporting.export_xlsx(Registration.objects.all() if rows is None else rows))
    head, *lines = load_workbook(io.BytesIO(content)).active.iter_rows()
    return [{h.value: cell for h, cell in zip(head, line, strict=True)} for line in lines]


def table(rows=None) -> list[dict]:
    content = b"".join(exporting.export_csv(Registration.objects.all() if rows is None else rows))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def renamed(delegate: Delegate, **fields) -> Delegate:
    for name, value in fields.items():
        setattr(delegate, name, value)
    delegate.save()
    return delegate


def test_each_delegate_is_a_row_and_they_sort_by_given_name(point):
    registration = registered(point, now=NOW, people=2)
    first, second = registration.delegates.order_by("id")
    renamed(first, full_name="Nguyễn Thị Ánh Tuyết")
    renamed(second, full_name="Vũ Bình")
    rows = table()
    assert [(r["No."], r["Family and middle name"], r["Given name"]) for r in rows] == [
        ("1", "Vũ", "Bình"),
        ("2", "Nguyễn Thị Ánh", "Tuyết"),
    ]
    assert rows[0]["Registration number"] == registration.number
    assert rows[0]["Registered at"] == "01/07/2027 10:00"
    assert rows[0]["State"] == "confirmed"


def test_a_phone_is_text_and_keeps_its_zero(point):
    registered(point, now=NOW)
    cell = sheet()[0]["Phone"]
    assert cell.data_type == "s"
    assert cell.number_format == "@"
    assert cell.value.startswith("09")


@pytest.mark.parametrize("text", ["=1+1", "+84", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x")'])
def test_no_cell_is_a_formula(point, text):
    delegate = registered(point, now=NOW).delegates.get()
    Delegate.objects.filter(pk=delegate.pk).update(position=text)
    cell = sheet()[0]["Position"]
    assert cell.data_type == "s"
    assert cell.value.strip() == text.strip()
    assert table()[0]["Position"] == f"'{text}"


@pytest.mark.parametrize("text", ["-2+3", "=1+1", "@ví", "'-2+3", "''=1", "'quoted'", "Ví's", "Giám đốc"])
def test_our_own_csv_comes_back_without_a_change(point, text):
    delegate = registered(point, now=NOW).delegates.get()
    renamed(delegate, position=text)
    with translation.override("vi"):
        content = b"".join(exporting.export_csv(Registration.objects.all()))
    assert verdicts(checked(point.conference, content, kind="people")) == ["same"]


def test_an_ordinary_text_has_no_apostrophe(point):
    registered(point, now=NOW)
    assert table()[0]["Position"] == "Giám đốc"


def test_who_was_erased_does_not_appear(point):
    gone, stays = registered(point, now=NOW, number=1), registered(point, now=NOW, number=2)
    services.erase(registration=gone, way=Erasure.Way.STAFF, now=NOW)
    assert [row["Registration number"] for row in table()] == [stays.number]


def test_only_what_the_given_rows_hold_is_written(point):
    other = BridgePointFactory(conference=point.conference)
    registered(point, now=NOW, number=1)
    registered(other, now=NOW, number=2)
    assert [r["Organisation"] for r in table(Registration.objects.filter(bridge_point=other))] == ["HTX Ví Dụ 2"]


def test_each_question_is_a_column_with_the_answers_of_its_own_delegate(point):
    asked = Question.objects.create(conference=point.conference, text="Ăn chay?", kind="yes_no", asked="delegate")
    once = Question.objects.create(conference=point.conference, text="Xe", position=1)
    Question.objects.create(conference=BridgePointFactory().conference, text="Của hội nghị khác")
    registration = registered(point, now=NOW, people=2)
    first = registration.delegates.order_by("sort_name").first()
    Answer.objects.create(registration=registration, delegate=first, question=asked, value="yes")
    Answer.objects.create(registration=registration, question=once, value="=Xe tải")
    rows = table()
    assert [(r["Ăn chay?"], r["Xe"]) for r in rows] == [("yes", "'=Xe tải"), ("", "'=Xe tải")]
    assert "Của hội nghị khác" not in rows[0]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("25", 25), ("0", 0), ("-3", -3), ("1.200", 1200), ("1,200", 1200), ("1 200 000", 1_200_000),
        ("1,5", 1.5), ("1.25", 1.25), ("0,5", 0.5),
        ("0912345678", "0912345678"), ("1.2345", "1.2345"), ("1.200,5", "1.200,5"), ("12,3456", "12,3456"),
        ("1.20.300", "1.20.300"), ("9" * 16, "9" * 16), ("", None),
    ],
)  # fmt: skip
def test_a_number_that_is_asked_for_is_a_number_in_excel_unless_it_can_be_read_in_two_ways(point, typed, written):
    asked = Question.objects.create(conference=point.conference, text="Diện tích (ha)", kind="number")
    registration = registered(point, now=NOW)
    Answer.objects.create(registration=registration, question=asked, value=typed)
    assert sheet()[0]["Diện tích (ha)"].value == written
    assert table()[0]["Diện tích (ha)"] == ("'-3" if typed == "-3" else typed)


def test_digits_in_an_answer_that_is_text_stay_text(point):
    asked = Question.objects.create(conference=point.conference, text="Biển số")
    Answer.objects.create(registration=registered(point, now=NOW), question=asked, value="12345")
    assert sheet()[0]["Biển số"].value == "12345"


def test_a_list_is_printed_across_as_wide_as_the_page_with_its_headings_on_each(point):
    registered(point, now=NOW)
    book = load_workbook(io.BytesIO(b"".join(exporting.export_xlsx(Registration.objects.all()))))
    page = book.active
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", int(page.PAPERSIZE_A4))
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (1, 0)
    assert page.print_title_rows == "$1:$1"
    assert page.oddFooter.center.text == "&P/&N"
    assert page["F2"].alignment.wrap_text
    about = book.properties
    assert (about.creator, about.lastModifiedBy, about.title) == ("Điểm Cầu", "Điểm Cầu", "Delegates")
    assert about.created == about.modified == NOW.replace(tzinfo=None)


def test_a_title_with_an_apostrophe_is_no_end_of_a_name():
    book = load_workbook(io.BytesIO(b"".join(workbook.stream("Xã A's / [B]", ["x"], [["y"]]))))
    assert book.active.title == "Xã A s    B"
    assert book.active.print_title_rows == "$1:$1"


def test_what_it_sells_and_looks_for_stands_beside_each_other(point):
    registration = registered(point, now=NOW)
    Interest.objects.create(registration=registration, side="sells", other="Na dai", amount="20 tấn")
    Interest.objects.create(registration=registration, side="buys", other="Phân bón")
    row = table()[0]
    assert (row["Sells"], row["Looks for"]) == ("Na dai, 20 tấn", "Phân bón")


def test_what_it_sells_is_written_with_season_certificates_and_stars_in_the_language_of_the_request(point):
    registration = registered(point, now=NOW)
    product = Product.objects.create(conference=point.conference, name="Na Chi Lăng")
    Interest.objects.create(
        registration=registration, side="sells", product=product, amount="20 tấn", season="tháng 7",
        certificates=["vietgap", "organic"], ocop_stars=4,
    )  # fmt: skip
    Interest.objects.create(registration=registration, side="buys", other="Ổi", certificates=["globalgap"])
    with translation.override("vi"):
        pieces = exporting.export_csv(Registration.objects.all())
    content = b"".join(pieces).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(content))
    assert "Na Chi Lăng, 20 tấn, tháng 7, VietGAP, hữu cơ, OCOP 4 sao" in row.values()
    assert "Ổi, GlobalGAP" in row.values()


def many(point, count: int) -> None:
    """That many people more, each with something to sell and an answer."""
    registration = registered(point, now=NOW, number=50)
    question = Question.objects.get_or_create(conference=point.conference, text="Xe")[0]
    Interest.objects.create(registration=registration, side="sells", other="Na", certificates=["organic"])
    Answer.objects.create(registration=registration, question=question, value="Xe tải")
    people = [
        Delegate(
            registration=registration,
            full_name=f"Người {number}",
            sort_name=f"{number:05}",
            token_hash=uid.hex,
            uid=uid,
        )
        for number, uid in enumerate(uuid4() for _ in range(count))
    ]
    Delegate.objects.bulk_create(people)


@pytest.mark.parametrize("export", [exporting.export_csv, exporting.export_xlsx])
def test_a_list_takes_two_statements_however_many_parts_it_comes_in(point, monkeypatch, export):
    monkeypatch.setattr(exporting, "_AT_ONCE", 20)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert list(export(Registration.objects.all()))
        return len(asked)

    many(point, 10)
    assert statements() == 2
    Delegate.objects.all().delete()
    Registration.objects.all().delete()
    many(point, 200)
    assert statements() == 2


def test_ten_times_as_many_people_take_no_more_memory(point, monkeypatch):
    monkeypatch.setattr(exporting, "_AT_ONCE", 50)

    def peak() -> int:
        tracemalloc.start()
        try:
            for _piece in exporting.export_csv(Registration.objects.all()):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    many(point, 600)
    list(exporting.export_csv(Registration.objects.all()))
    at_few = peak()
    registration = Registration.objects.get()
    uids = [uuid4() for _ in range(5400)]
    Delegate.objects.bulk_create(
        [Delegate(registration=registration, full_name="Người", token_hash=uid.hex, uid=uid) for uid in uids]
    )
    assert peak() < 1.5 * at_few


def test_the_number_of_queries_stays_the_same(point):
    Question.objects.create(conference=point.conference, text="Xe")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            list(exporting.export_xlsx(Registration.objects.all()))
        return len(asked)

    registered(point, now=NOW, number=1)
    one = queries()
    for number in (2, 3):
        registration = registered(point, now=NOW, number=number, people=2)
        Interest.objects.create(registration=registration, side="sells", other="Na", certificates=["organic"])
    assert queries() == one


def test_a_list_of_any_length_is_written_in_pieces():
    pieces = list(
        workbook.stream(
            "Danh sách: [1]", ["A"], ([f"dòng {i}", *[str(i * 7919 + c) for c in range(40)]] for i in range(3000))
        )
    )
    assert len(pieces) > 3
    loaded = load_workbook(io.BytesIO(b"".join(pieces)))
    assert loaded.active.max_row == 3001
    assert loaded.active["A3001"].value == "dòng 2999"


def test_characters_that_no_file_can_hold_are_left_out():
    content = b"".join(workbook.stream("x", ["A"], [["a\x00b\x0bc\ud800<&>"]]))
    assert load_workbook(io.BytesIO(content)).active["A2"].value == "abc<&>"


@pytest.mark.parametrize("action", [people_export.export_as_xlsx, people_export.export_as_csv])
def test_the_actions_of_the_administration_write_what_was_chosen(point, action, rf):
    registered(point, now=NOW)
    response = action(admin.site, rf.post("/"), Registration.objects.all())
    assert "attachment" in response.headers["Content-Disposition"]
    assert len(b"".join(response.streaming_content)) > 100
    assert action.allowed_permissions == ["view"]


@pytest.mark.parametrize("phone", ["+84912345678", "+84388001122", "+842053870123", "+84900000000", "+6591234567", ""])
def test_phones_are_written_as_the_library_writes_them(phone):
    assert exporting.national(phone) == written(phone)
