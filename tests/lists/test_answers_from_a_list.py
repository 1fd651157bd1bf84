"""The organiser's own questions, and supply and demand, from a list of people."""

import io

import pytest
from openpyxl import load_workbook

from bridges.models import Province
from bridges.provinces import rows, successors
from conference.models import Product
from lists import exporting
from lists.models import ImportJob
from lists.people import answers
from lists.samples import sample
from registrations.models import Answer, Delegate, Interest, Question, Registration
from tests.support.factories import ConferenceFactory
from tests.support.lists import checked, notes, started, verdicts, xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]

HEADS = ["Họ và tên", "Đơn vị", "E-mail"]


def listed(conference, heads, *values, **more):
    """A list of people of one organisation with further columns ``heads``; one row of ``values`` each."""
    own = [[f"Lê Văn {n}", "HTX Na", f"{n}@vidu.example", *row] for n, row in enumerate(values, start=1)]
    return checked(conference, xlsx([*HEADS, *heads], own), **more)


@pytest.fixture
def samples(point):
    return Question.objects.create(conference=point.conference, text="Mang bao nhiêu mẫu?", kind="number")


@pytest.fixture
def vegetarian(point):
    return Question.objects.create(
        conference=point.conference, text="Ăn chay (nếu có)?", kind="yes_no", asked="delegate"
    )


def test_columns_with_the_words_of_a_question_answer_it(point, samples, vegetarian):
    job = listed(point.conference, ["mang bao nhiêu mẫu", "Ăn chay (nếu có)?"], [12, "x"], ["", "không"])
    assert job.options["ignored"] == []
    assert job.plan[0]["more"] == ["Mang bao nhiêu mẫu?: 12", "Ăn chay (nếu có)?: yes"]
    started(job)
    made = Registration.objects.get()
    first, second = made.delegates.order_by("pk")
    assert set(Answer.objects.values_list("question", "delegate", "value")) == {
        (samples.pk, None, "12"),
        (vegetarian.pk, first.pk, "yes"),
        (vegetarian.pk, second.pk, "no"),
    }


def test_a_question_of_another_conference_is_no_column(point):
    Question.objects.create(conference=ConferenceFactory(), text="Cỡ áo")
    assert listed(point.conference, ["Cỡ áo"], ["L"]).options["ignored"] == ["Cỡ áo"]


def test_an_answer_that_there_is_not_is_said_and_left_out(point, samples):
    choice = Question.objects.create(conference=point.conference, text="Cỡ áo", kind="choice", choices="M\nL")
    job = listed(point.conference, ["Cỡ áo", samples.text], ["XXL", "nhiều"], ["l", "3"])
    assert "“XXL” is no answer to “Cỡ áo”; it is left out." in notes(job)
    assert "“nhiều” is no answer to “Mang bao nhiêu mẫu?”; it is left out." in notes(job)
    assert verdicts(job) == ["new", "new"]
    started(job)
    assert set(Answer.objects.values_list("question", "value")) == {(choice.pk, "L"), (samples.pk, "3")}


def test_a_question_worded_as_one_of_our_headings_does_not_take_its_column(point):
    Question.objects.create(conference=point.conference, text="Điện thoại?")
    job = listed(point.conference, ["Điện thoại"], ["0912 345 678"])
    assert job.plan[0]["cells"][4] == "0912345678"


def test_what_is_sold_and_looked_for_comes_in(point):
    custard_apple = Product.objects.create(conference=point.conference, name="Na Chi Lăng")
    job = listed(
        point.conference,
        ["Chào bán", "Cần mua"],
        ["na chi lang, 1,5 tấn, tháng 7 đến tháng 9, VietGAP, OCOP 4 sao; Hồng không hạt", "Thùng giấy, 2.000 cái"],
        ["Na Chi Lăng", ""],
    )
    started(job)
    stored = Interest.objects.values_list("side", "product", "other", "amount", "season", "certificates", "ocop_stars")
    assert list(stored) == [
        ("sells", custard_apple.pk, "", "1,5 tấn", "tháng 7 đến tháng 9", ["vietgap"], 4),
        ("sells", None, "Hồng không hạt", "", "", [], None),
        ("buys", None, "Thùng giấy", "2.000 cái", "", [], None),
    ]


def test_what_we_export_comes_in_as_it_was(point):
    Product.objects.create(conference=point.conference, name="Na Chi Lăng")
    started(listed(point.conference, ["Cần bán"], ["Na Chi Lăng, 20 tấn, tháng 8, hữu cơ, OCOP 3 sao"]))
    before = list(Interest.objects.values("side", "product", "amount", "season", "certificates", "ocop_stars"))
    content = b"".join(exporting.export_xlsx(Registration.objects.all()))
    Registration.objects.get().delegates.update(email="other@vidu.example", full_name="Người Khác")
    Registration.objects.update(state="cancelled")
    Interest.objects.all().delete()
    started(checked(point.conference, content))
    assert list(Interest.objects.values("side", "product", "amount", "season", "certificates", "ocop_stars")) == before


def test_somebody_known_gets_answers_and_products_that_are_news(point, samples, vegetarian):
    heads = [samples.text, vegetarian.text, "Chào bán"]
    started(listed(point.conference, heads, [12, "có", "Na, 20 tấn"]))
    assert verdicts(listed(point.conference, heads, [12, "x", "na"])) == ["same"]
    job = listed(point.conference, heads, [15, "", "Na; Hồng"])
    assert verdicts(job) == ["changed"]
    assert "Mang bao nhiêu mẫu?: 15 (it was “12”)." in notes(job)
    assert "+ sells: Hồng." in notes(job)
    started(job)
    assert set(Answer.objects.values_list("question", "value")) == {(samples.pk, "15"), (vegetarian.pk, "yes")}
    assert list(Interest.objects.values_list("other", "amount")) == [("Na", "20 tấn"), ("Hồng", "")]
    assert Delegate.objects.count() == 1


def test_too_many_products_in_one_cell_are_said(point):
    job = listed(point.conference, ["Chào bán"], ["; ".join(f"Sản phẩm {n}" for n in range(25))])
    assert "More than 20 products: the others are left out." in notes(job)
    started(job)
    assert Interest.objects.count() == 20


def test_the_plan_of_a_list_asks_as_much_for_ten_known_people_as_for_two(
    point, samples, vegetarian, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from lists import jobs

    heads = [samples.text, vegetarian.text, "Chào bán"]
    values = [[n, "có", f"Na {n}"] for n in range(10)]
    started(listed(point.conference, heads, *values))
    two = listed(point.conference, heads, *values[:2])
    with CaptureQueriesContext(connection) as queries:
        jobs.plan_anew(two)
    ten = listed(point.conference, heads, *values)
    with django_assert_num_queries(len(queries)):
        jobs.plan_anew(ten)


@pytest.mark.parametrize(
    ("text", "kind", "choices", "said"),
    [
        ("Có", "yes_no", "", "yes"),
        ("ko", "yes_no", "", "no"),
        ("1.000", "number", "", "1.000"),
        ("cỡ lớn", "choice", "Cỡ nhỏ\nCỡ lớn", "Cỡ lớn"),
        ("  gì cũng được ", "text", "", "gì cũng được"),
    ],
)
def test_answers_are_stored_as_the_form_stores_them(text, kind, choices, said):
    assert answers.answer(Question(kind=kind, choices=choices, text="?"), text) == said


def test_the_sample_has_a_column_for_each_question_and_reads_itself(point, samples):
    from lists.people import columns

    content = b"".join(sample(ImportJob.Kind.PEOPLE, ["Bắc Ninh"], columns.asked_of(point.conference)))
    heads = [cell.value for cell in load_workbook(io.BytesIO(content)).active[1]]
    assert heads[-3:] == ["Cần bán", "Cần mua", "Mang bao nhiêu mẫu?"]
    job = checked(point.conference, content)
    assert (verdicts(job), job.options["ignored"]) == (["new", "new"], [])


# --- provinces --------------------------------------------------------------------------------------------------------


def test_every_province_that_is_no_more_lies_in_one_that_is():
    table = {row["code"]: row for row in rows()}
    gone = {code for code, row in table.items() if row["valid_to"]}
    assert set(successors()) == gone
    assert len({table[code]["name"] for code in gone if code.endswith("-2021")}) == 53
    assert {table[code]["valid_to"] for code in successors().values()} == {None}
    # 34 today: those 23 and Huế, and ten that never changed.
    assert len(set(successors().values())) == 24


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Bắc Giang", "Bắc Ninh"), ("hai duong", "Hải Phòng"), ("TP. Thừa Thiên Huế", "Huế"), ("TT Huế", "Huế"),
        ("BRVT", "Thành phố Hồ Chí Minh"), ("Bà Rịa – Vũng Tàu", "Thành phố Hồ Chí Minh"), ("Đắk Nông", "Lâm Đồng"),
        ("Kiên Giang", "An Giang"), ("Hà Giang", "Tuyên Quang"), ("Quảng Nam", "Đà Nẵng"),
    ],
)  # fmt: skip
def test_an_old_name_is_found_as_the_province_of_today(point, old, new):
    job = listed(point.conference, ["Tỉnh"], [old])
    started(job)
    assert Registration.objects.get().organisation.province.name == new
    assert job.options["provinces"] == [[old, new, 1]]


def test_before_the_merger_the_old_names_were_the_names(point):
    conference = point.conference
    conference.starts_at = conference.starts_at.replace(year=2025, month=3)
    conference.save()
    job = listed(conference, ["Tỉnh"], ["Bắc Giang"])
    assert job.options["provinces"] == []
    assert "today" not in notes(job)
    assert Province.objects.filter(name="Bắc Giang").exists()
