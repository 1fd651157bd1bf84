"""More than one person: rows, pasted lists, the organiser's questions, what is sold and looked for."""

import html
import re

import pytest

from bridges.models import BridgePoint
from conference.models import Product
from outbox.models import Message
from registrations.forms.people import MAX_PEOPLE
from registrations.models import Answer, Delegate, Interest, Question, Registration
from tests.conftest import NOW
from tests.registrations.test_register_page import answers
from tests.support.factories import BridgePointFactory, ConferenceFactory, registered
from tests.support.html_forms import filled_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
URL = "/na/register/"


@pytest.fixture
def point() -> BridgePoint:
    return BridgePointFactory(conference=ConferenceFactory(slug="na", erase_after_days=90), name="Hội trường Chi Lăng")


def row(number: int, name: str, **fields: str) -> dict[str, str]:
    """The fields of one row of people."""
    return {f"people-{number}-{field}": value for field, value in {"full_name": name, **fields}.items()}


def names(registration: Registration | None = None) -> list[str]:
    of = Delegate.objects.filter(registration=registration or Registration.objects.get())
    return list(of.order_by("id").values_list("full_name", flat=True))


# --- rows ------------------------------------------------------------------------------------------------------------


def test_a_buyer_brings_his_colleagues_in_one_registration(client, point):
    more = {
        **row(0, "Lê Văn Hai", phone="0912 000 002"),
        **row(3, "Vũ Thị Ba", position="Kế toán", email="Ba@V.example"),
    }
    assert client.post(URL, answers(point, **more)).status_code == 302
    registration = Registration.objects.get()
    assert names() == ["Hoàng Văn Thụ", "Lê Văn Hai", "Vũ Thị Ba"]
    assert registration.seats == BridgePoint.objects.get().seats_taken == 3
    assert [d.is_contact for d in registration.delegates.order_by("id")] == [True, False, False]
    assert registration.delegates.get(full_name="Vũ Thị Ba").email == "ba@v.example"


def test_an_empty_row_is_nobody(client, point):
    client.post(URL, answers(point, **row(0, ""), **row(1, " ", phone="")))
    assert names() == ["Hoàng Văn Thụ"]


def test_a_row_needs_a_name_and_the_error_leads_to_it(client, point):
    response = client.post(URL, answers(point, **row(0, "Hai"), **row(1, "", phone="0912000003")))
    page = response.content.decode()
    assert response.status_code == 422
    assert 'href="#id_people-1-full_name"' in page
    assert 'value="0912000003"' in page
    assert 'value="Hai"' in page
    assert not Registration.objects.exists()


def test_a_contact_person_who_does_not_attend_takes_no_seat(client, point):
    client.post(URL, answers(point, contact_only="on", **row(0, "Lê Văn Hai")))
    registration = Registration.objects.get()
    assert names() == ["Lê Văn Hai"]
    assert (registration.contact_name, registration.contact_email) == ("Hoàng Văn Thụ", "thu@vidu.example")
    assert not registration.delegates.filter(is_contact=True).exists()
    assert Message.objects.filter(person=f"contact/{registration.pk}").exists()


def test_somebody_must_attend(client, point):
    response = client.post(URL, answers(point, contact_only="on"))
    assert response.status_code == 422
    assert "contact_only" in response.context["form"].errors


def test_without_a_script_a_button_gives_another_row_and_loses_nothing(client, point):
    shown = client.post(URL, answers(point, add_row="people", consent="", **row(0, "Hai", phone="12")))
    page = shown.content.decode()
    assert shown.status_code == 200
    assert 'name="people-1-full_name"' in page
    assert "dc-error" not in page
    sent = filled_in(shown)
    for name, value in {**row(0, "Hai", phone="12"), "full_name": "Hoàng Văn Thụ"}.items():
        assert sent[name] == [value]
    assert sent["point"] == [str(point.pk)]
    assert not Registration.objects.exists()


def test_without_a_script_another_row_is_given_also_below_an_empty_one_and_is_in_view(client, point):
    shown = client.post(URL, answers(point, add_row="people", **row(0, "", phone=" ")))
    page = shown.content.decode()
    people, products = re.findall(r'<details class="dc-more"( open)?>', page)
    assert (people, products) == (" open", "")
    assert re.findall(r'name="people-(\d)-full_name"', page) == ["0", "1"]
    (focused,) = re.findall(r"<[^>]* autofocus[^>]*>", page)
    assert 'name="people-1-full_name"' in focused
    assert "dc-error" not in page
    again = client.post(URL, filled_in(shown, add_row="people"))
    assert len(re.findall(r'name="people-\d-full_name"', again.content.decode())) == 3
    products = client.post(URL, answers(point, add_row="interests")).content.decode()
    assert re.findall(r'<details class="dc-more"( open)?>', products) == ["", " open"]


def test_without_a_script_there_are_no_more_rows_than_people(client, point):
    rows: dict[str, str] = {}
    for number in range(MAX_PEOPLE):
        rows |= row(number, "Hai" if number == 1 else "")
    page = client.post(URL, answers(point, add_row="people", **rows)).content.decode()
    assert len(re.findall(r'name="people-\d+-full_name"', page)) == MAX_PEOPLE


@pytest.mark.parametrize(("people", "status"), [(MAX_PEOPLE, 302), (MAX_PEOPLE + 1, 422)])
def test_a_registration_holds_fifty_people(client, point, people, status):
    rows = {}
    for number in range(people - 1):
        rows |= row(number, f"Người {number}")
    BridgePoint.objects.update(seats=None)
    assert client.post(URL, answers(point, **rows)).status_code == status
    assert Delegate.objects.count() == (people if status == 302 else 0)


def test_a_group_gets_all_its_seats_or_waits(client, point):
    BridgePoint.objects.update(seats=3)
    registered(point, now=NOW, number=9)
    client.post(URL, answers(point, **row(0, "Hai"), **row(1, "Ba")))
    assert Registration.objects.latest("id").state == "waitlisted"


def test_a_group_bigger_than_the_point_is_told_so_and_blocks_nobody(client, point):
    BridgePoint.objects.update(seats=2)
    answer = client.post(URL, answers(point, **row(0, "Hai"), **row(1, "Ba")))
    assert answer.status_code == 422
    assert "Điểm cầu này có tất cả 2 chỗ" in answer.content.decode()
    assert not Registration.objects.exists()


def test_at_a_point_with_no_seats_at_all_a_group_may_wait(client, point):
    BridgePoint.objects.update(seats=0)
    client.post(URL, answers(point, **row(0, "Hai"), **row(1, "Ba")))
    assert Registration.objects.get().state == "waitlisted"


@pytest.mark.usefixtures("numbers_at_hand")
def test_five_people_take_as_few_statements_as_one(client, point, django_assert_max_num_queries):
    rows = {}
    for number in range(4):
        rows |= row(number, f"Người {number}", email=f"n{number}@v.example")
    with django_assert_max_num_queries(20) as one:
        client.post(URL, answers(point, email="mot@v.example", phone=""))
    with django_assert_max_num_queries(20) as five:
        assert client.post(URL, answers(point, **rows)).status_code == 302
    assert len(five) == len(one)


def test_the_same_form_with_more_people_is_another_one(client, point):
    client.get(URL)
    client.post(URL, answers(point))
    client.post(URL, answers(point, **row(0, "Hai")))
    client.post(URL, answers(point, **row(0, "Hai")))
    assert Registration.objects.count() == 2


# --- a pasted list ---------------------------------------------------------------------------------------------------


def test_a_pasted_list_is_registered_with_the_rows(client, point):
    pasted = "Vũ Thị Ba, Kế toán, 0912 000 003\nĐỗ Bốn; ; ; bon@v.example"
    client.post(URL, answers(point, people_text=pasted, **row(0, "Hai")))
    assert names() == ["Hoàng Văn Thụ", "Hai", "Vũ Thị Ba", "Đỗ Bốn"]
    assert Delegate.objects.get(full_name="Vũ Thị Ba").phone.as_e164 == "+84912000003"


@pytest.mark.parametrize(
    "bad",
    [
        "Ba, Kế toán, 12345",
        "Ba, 12",
        "3. Ba, 0912 000 003, 12",
        "12",
        "Ba, b@@v",
        "0912000003",
        "Ba, Kế\x07toán",
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_the_list_stays(client, point, bad):
    pasted = f"Hai, Giám đốc\n{bad}\nBốn"
    client.cookies["django_language"] = "en"
    response = client.post(URL, answers(point, people_text=pasted))
    page = html.unescape(response.content.decode())
    assert response.status_code == 422
    assert "Line 2 (" in page
    assert "Line 1" not in page
    assert 'href="#id_people_text"' in page
    assert pasted in page
    assert not Registration.objects.exists()


def test_a_good_list_becomes_rows_when_something_else_is_wrong(client, point):
    response = client.post(URL, answers(point, consent="", people_text="Hai, Giám đốc\nBa", **row(2, "Một")))
    sent = filled_in(response)
    assert [sent[f"people-{n}-full_name"] for n in (2, 3, 4)] == [["Một"], ["Hai"], ["Ba"]]
    assert sent["people_text"][0].strip() == ""


# --- the organiser's questions ---------------------------------------------------------------------------------------


@pytest.fixture
def questions(point) -> dict[str, Question]:
    make = Question.objects.create
    return {
        "stand": make(conference=point.conference, text="Có gian hàng?", kind="yes_no", is_required=True),
        "cars": make(conference=point.conference, text="Mấy xe?", kind="number"),
        "meal": make(
            conference=point.conference, text="Ăn gì?", kind="choice", choices="Chay\nMặn", asked="delegate",
            is_required=True,
        ),
        "note": make(conference=point.conference, text="Ghi chú", asked="delegate"),
    }  # fmt: skip


def asked(questions: dict[str, Question], before: str = "", **values: str) -> dict[str, str]:
    return {f"{before}question-{questions[name].pk}": value for name, value in values.items()}


def test_questions_are_answered_once_for_the_organisation_and_by_each_delegate(client, point, questions):
    sent = {
        **answers(point, **row(0, "Hai")),
        **asked(questions, stand="yes", cars="1,5", meal="Chay"),
        **asked(questions, "people-0-", meal="Mặn", note="Ngồi đầu"),
    }
    assert client.post(URL, sent).status_code == 302
    stored = {(a.delegate and a.delegate.full_name, a.question.text): a.value for a in Answer.objects.all()}
    assert stored == {
        (None, "Có gian hàng?"): "yes",
        (None, "Mấy xe?"): "1,5",
        ("Hoàng Văn Thụ", "Ăn gì?"): "Chay",
        ("Hai", "Ăn gì?"): "Mặn",
        ("Hai", "Ghi chú"): "Ngồi đầu",
    }
    page = client.get(Registration.objects.get().get_absolute_url()).content.decode()
    assert "Có gian hàng?" in page
    assert "Ngồi đầu" in page


def test_questions_that_must_be_answered_are_named(client, point, questions):
    response = client.post(URL, answers(point, **row(0, "Hai")))
    page = response.content.decode()
    assert response.status_code == 422
    for field in ("id_", "id_people-0-"):
        assert f'href="#{field}question-{questions["meal"].pk}"' in page
    assert f'href="#id_question-{questions["stand"].pk}"' in page
    assert f'href="#id_question-{questions["note"].pk}"' not in page


def test_a_contact_person_who_does_not_attend_is_not_asked_as_a_delegate(client, point, questions):
    sent = {
        **answers(point, contact_only="on", **row(0, "Hai")),
        **asked(questions, stand="no"),
        **asked(questions, "people-0-", meal="Mặn"),
    }
    assert client.post(URL, sent).status_code == 302


@pytest.mark.parametrize(
    ("question", "value"), [("stand", "perhaps"), ("cars", "many"), ("meal", "Đá"), ("note", "\x07")]
)
def test_an_answer_that_is_none_is_refused(client, point, questions, question, value):
    sent = {**answers(point), **asked(questions, stand="yes", meal="Chay"), **asked(questions, **{question: value})}
    assert client.post(URL, sent).status_code == 422


def test_questions_out_of_use_or_of_others_are_neither_asked_nor_stored(client, point, questions):
    Question.objects.update(is_active=False)
    foreign = Question.objects.create(conference=ConferenceFactory(), text="Của hội nghị khác")
    sent = {**answers(point), f"question-{foreign.pk}": "x", **asked(questions, stand="yes")}
    assert client.post(URL, sent).status_code == 302
    assert not Answer.objects.exists()
    assert "Có gian hàng?" not in client.get(URL).content.decode()


# --- what is sold and looked for -------------------------------------------------------------------------------------


def interest(number: int, **fields) -> dict:
    return {f"interests-{number}-{name}": value for name, value in fields.items()}


def test_what_is_sold_and_looked_for_is_stored(client, point):
    na = Product.objects.create(conference=point.conference, name="Na Chi Lăng")
    sells = interest(
        0,
        side="sells",
        product=na.pk,
        amount="20 tấn",
        season="7–9",
        certificates=["vietgap", "organic"],
        ocop_stars="4",
    )
    client.post(URL, answers(point, **sells, **interest(1, side="buys", other="Thùng xốp"), **interest(2, side="")))
    first, second = Interest.objects.all()
    assert (first.side, first.product, first.amount, first.season) == ("sells", na, "20 tấn", "7–9")
    assert (first.certificates, first.ocop_stars) == (["vietgap", "organic"], 4)
    assert (second.side, second.product, second.other, second.ocop_stars) == ("buys", None, "Thùng xốp", None)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"side": "sells"}, "other"),
        ({"other": "Na"}, "side"),
        ({"side": "sells", "other": "Na", "ocop_stars": "6"}, "ocop_stars"),
        ({"side": "sells", "other": "Na", "certificates": "iso"}, "certificates"),
        ({"side": "sells", "product": "foreign"}, "product"),
    ],
)
def test_half_a_row_is_named(client, point, fields, wrong):
    foreign = Product.objects.create(conference=ConferenceFactory(), name="Của hội nghị khác")
    fields = {name: str(foreign.pk) if value == "foreign" else value for name, value in fields.items()}
    response = client.post(URL, answers(point, **interest(0, **fields)))
    assert response.status_code == 422
    assert f'href="#id_interests-0-{wrong}"' in response.content.decode()


# --- tax code, landline, consent -------------------------------------------------------------------------------------


def test_a_tax_code_is_kept_as_the_tax_office_writes_it(client, point):
    client.post(URL, answers(point, tax_code="0100 233 488"))
    assert Registration.objects.get().organisation.tax_code == "0100233488"


def test_a_wrong_tax_code_is_named(client, point):
    response = client.post(URL, answers(point, tax_code="0100233489"))
    assert (response.status_code, set(response.context["form"].errors)) == (422, {"tax_code"})


@pytest.mark.parametrize(("email", "status"), [("", 422), ("thu@vidu.example", 302)])
def test_a_landline_alone_reaches_nobody(client, point, email, status):
    assert client.post(URL, answers(point, phone="0205 3870 123", email=email)).status_code == status


@pytest.mark.parametrize(("email", "status"), [("", 422), ("thu@vidu.example", 302)])
def test_a_foreign_number_alone_reaches_nobody(client, point, email, status):
    response = client.post(URL, answers(point, phone="+65 9123 4567", email=email))
    assert response.status_code == status
    assert ("Hệ thống không gửi được SMS đến số này" in response.content.decode()) is not bool(email)
    assert set(Message.objects.values_list("channel", flat=True)) == ({"email"} if email else set())


def test_the_consent_says_when_the_data_are_erased(client, point):
    client.cookies["django_language"] = "en"
    assert "erased 90 days after the end of the conference" in client.get(URL).content.decode()
    client.post(URL, answers(point))
    registration = Registration.objects.get()
    assert (registration.consent_version, registration.consent_way) == ("2026-12b", "web")
    assert registration.consented_at == NOW


def test_every_field_of_the_form_has_its_label(client, point, questions):
    page = client.get(URL).content.decode()
    fields = re.findall(r'<(?:input|select|textarea)[^>]*? id="([^"]+)"', page)
    labels = re.findall(r'<label[^>]* for="([^"]+)"', page)
    wrapped = {"id_consent", "id_contact_only"}
    assert sorted(set(fields) - set(labels) - wrapped) == []
    assert len(fields) == len(set(fields))
