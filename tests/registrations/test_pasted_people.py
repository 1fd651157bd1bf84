"""Pasted lists are read the same way for the people of a registration and for the guests of an invitation."""

from collections.abc import Callable

import pytest
from django.utils.translation import gettext
from phonenumber_field.phonenumber import to_python

from common.fields import PHONE_ALONE
from registrations.models import Guest
from registrations.pasted_people import MAX_GUESTS, PastedPerson, read_guests, read_people

Facts = tuple[str, str, str, str]


def facts_of_person(person: PastedPerson) -> Facts:
    return person.full_name, person.position, person.phone, person.email


def facts_of_guest(guest: Guest) -> Facts:
    further = ", ".join(word for word in (guest.position, guest.organisation) if word)
    return guest.name, further, guest.phone.as_e164 if guest.phone else "", guest.email


USES = [
    pytest.param((read_people, facts_of_person), id="people"),
    pytest.param((read_guests, facts_of_guest), id="guests"),
]


def read(use: tuple[Callable, Callable], text: str) -> tuple[list[Facts], list[str]]:
    """Name, further words, phone in E.164 and e-mail of each line that ``use`` reads; and its complaints."""
    reader, facts_of = use
    rows, complaints = reader(text)
    return [(name, words, _e164(phone), email) for name, words, phone, email in map(facts_of, rows)], complaints


def _e164(phone: str) -> str:
    return to_python(phone, region="VN").as_e164 if phone else ""


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    ("line", "person"),
    [
        ("Lê Văn Hai, Giám đốc, 0912 345 678", ("Lê Văn Hai", "Giám đốc", "0912 345 678", "")),
        ("Lê Văn Hai; Giám đốc; 0912345678; hai@v.example", ("Lê Văn Hai", "Giám đốc", "0912345678", "hai@v.example")),
        ("Lê Văn Hai\tGiám đốc, phụ trách\t0912.345.678", ("Lê Văn Hai", "Giám đốc, phụ trách", "0912.345.678", "")),
        ("hai@v.example, Lê Văn Hai", ("Lê Văn Hai", "", "", "hai@v.example")),
        ("Lê Văn Hai <hai@v.example>", ("Lê Văn Hai", "", "", "hai@v.example")),
        ("Lê Văn Hai <Hai@V.example>, Giám đốc", ("Lê Văn Hai", "Giám đốc", "", "hai@v.example")),
        ("1. Lê Văn Hai, Phó phòng, kinh doanh", ("Lê Văn Hai", "Phó phòng, kinh doanh", "", "")),
        ("1) Trần Thị A", ("Trần Thị A", "", "", "")),
        ("1. Lê Văn Cường - Phó giám đốc - 0912345678", ("Lê Văn Cường", "Phó giám đốc", "0912345678", "")),
        ("2) Lê Văn Cường – Phó giám đốc – 0912 345 678", ("Lê Văn Cường", "Phó giám đốc", "0912 345 678", "")),
        ("7 - Lê Văn Cường - cuong@v.example", ("Lê Văn Cường", "", "", "cuong@v.example")),
        ("Lê Văn Cường - 0912 - 345 - 678", ("Lê Văn Cường", "", "0912 - 345 - 678", "")),
        ("Lê Văn Cường, Phó - trưởng phòng", ("Lê Văn Cường", "Phó - trưởng phòng", "", "")),
        ("Lê Văn Cường-Hà, 0912345678", ("Lê Văn Cường-Hà", "", "0912345678", "")),
        ("12.\tTrần Thị A\tGiám đốc", ("Trần Thị A", "Giám đốc", "", "")),
        ("12.;Trần Thị A;Giám đốc", ("Trần Thị A", "Giám đốc", "", "")),
        ("7\tLê Văn Hai\tGiám đốc", ("Lê Văn Hai", "Giám đốc", "", "")),
        ("12. \tTrần Thị A\tGiám đốc", ("Trần Thị A", "Giám đốc", "", "")),
        ("12) ; Trần Thị A; Giám đốc", ("Trần Thị A", "Giám đốc", "", "")),
        ("\t7\tLê Văn Hai\tGiám đốc", ("Lê Văn Hai", "Giám đốc", "", "")),
        ("Lê Văn Hai 0912 345 678", ("Lê Văn Hai", "", "0912 345 678", "")),
        ("Trần Thị A 0912345678", ("Trần Thị A", "", "0912345678", "")),
        ("Trần Thị A – 0912345678 a@v.example", ("Trần Thị A", "", "0912345678", "a@v.example")),
        ("Lê Văn Hai", ("Lê Văn Hai", "", "", "")),
        ("Lê Văn Hai, Tổ 12, -", ("Lê Văn Hai", "Tổ 12, -", "", "")),
    ],
)
def test_a_line_is_understood_as_people_write_it(use, line, person):
    name, words, phone, email = person
    assert read(use, line) == ([(name, words, _e164(phone), email)], [])


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    "line",
    [
        "Lê Văn Hai, Giám đốc, 09o1234567",
        "Lê Văn Hai, Giám đốc, 09o12345678",
        "Lê Văn Hai; O912345678",
        "Lê Văn Hai; 0912345l78; hai@v.example",
        "Lê Văn Hai; 0912 345 67x",
        "Lê Văn Hai; 84o912345678",
        "Lê Văn Hai; 0912 345 678 (Lan)",
        "Lê Văn Hai; ĐT 0912 345 678",
        "Lê Văn Hai; 0205 3870 123 ext 5",
        "Lê Văn Hai, Kế toán 0912 345 678",
        "Lê Văn Hai O912345678",
        "Lê Văn Hai 09o12345678",
        "Lê Văn Hai 0912345678x",
    ],
)
def test_letters_in_a_phone_number_are_not_read_over(use, line):
    """A slip would become the number of somebody else, or no number and part of a position."""
    rows, (complaint,) = read(use, line)
    assert rows == []
    assert complaint.endswith(f"1 ({line}): {PHONE_ALONE}")


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    ("line", "words", "phone"),
    [
        ("Hai; Trưởng ban từ 01/01/2020", "Trưởng ban từ 01/01/2020", ""),
        ("Hai; Phòng 0123", "Phòng 0123", ""),
        ("Hai; Quyết định 1234 và 5678", "Quyết định 1234 và 5678", ""),
        ("Hai; 0912345678; trực 0987654321 (Lan)", "trực 0987654321 (Lan)", "+84912345678"),
    ],
)
def test_digits_in_a_position_are_no_phone_number(use, line, words, phone):
    assert read(use, line) == ([("Hai", words, phone, "")], [])


def test_a_number_that_follows_a_name_without_a_blank_is_a_number():
    assert read_people("Hai0912345678")[0] == [PastedPerson("Hai", phone="0912345678")]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    "heading",
    ["STT\tHọ tên\tChức vụ", "Họ và tên; Chức vụ; Đơn vị; E-mail; Điện thoại", "Full name, position, phone"],
)
def test_headings_and_empty_lines_are_nobody(use, heading):
    people, complaints = read(use, f"{heading}\n\n ; ;\n1\tHai\tKế toán\n")
    assert ([name for name, *_others in people], complaints) == (["Hai"], [])


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    "bad",
    [
        "Ba, Kế toán, 12345",
        "Ba, 12",
        "3. Ba, 0912 000 003, 12",
        "12",
        "7;;",
        "Ba, b@@v",
        "Ba, b@v",
        f"Ba, {'b' * 250}@v.example",
        "Ba, b@v.example c@v.example",
        "Ba; Kế toán; b@v.example; c@v.example",
        "Ba <b@v.example>, b@@v",
        "Ba, b@@v, b@v.example",
        "b@v.example",
        "0912000003",
        "Ba 0912 000 00",
        "Ba, Kế\x07toán",
        f"{'B' * 151}",
        f"Ba, {'K' * 151}",
    ],
)
def test_a_line_that_cannot_be_read_is_named(use, bad):
    people, (complaint,) = read(use, f"Hai, Giám đốc\n{bad}\nBốn")
    assert [name for name, *_others in people] == ["Hai", "Bốn"]
    assert "2 (" in complaint
    assert len(complaint) < 250


def test_the_cells_of_a_guest_keep_their_place():
    (guest,), _complaints = read_guests("Trần Văn A;;Sở NN&MT;;0912345678")
    assert (guest.position, guest.organisation) == ("", "Sở NN&MT")


@pytest.mark.parametrize(
    "line",
    [
        "3\t\tGiám đốc\tSở Công Thương\ta@v.example",
        "3.\t\tGiám đốc\tSở Công Thương\ta@v.example",
        "\t3\t\tGiám đốc\tSở Công Thương\ta@v.example",
        "3) ;;Giám đốc;Sở Công Thương;a@v.example",
        ";Giám đốc;Sở Công Thương;a@v.example",
        "3;0912345678;;Giám đốc;Sở Công Thương;a@v.example",
        "\tGiám đốc 0912345678",
    ],
)
def test_only_a_guest_without_a_name_is_refused(line):
    """What stands first in the line of a person is their name: it has no columns that could shift."""
    guests, (complaint,) = read_guests(line)
    assert guests == []
    assert gettext("Please give the name of this person.") in complaint
    (person,), complaints = read_people(line)
    assert (person.full_name, complaints) == ("Giám đốc", [])


@pytest.mark.parametrize(
    ("line", "person"),
    [
        ("7\t\tLê Văn Hai\tGiám đốc", PastedPerson("Lê Văn Hai", "Giám đốc")),
        ("\tLê Văn Hai\tGiám đốc", PastedPerson("Lê Văn Hai", "Giám đốc")),
        ("\tLê Văn Hai 0912 345 678", PastedPerson("Lê Văn Hai", phone="0912 345 678")),
        ("7;;Lê Văn Hai;;Giám đốc;", PastedPerson("Lê Văn Hai", "Giám đốc")),
    ],
)
def test_empty_cells_in_the_line_of_a_person_say_nothing(line, person):
    assert read_people(line) == ([person], [])


def test_too_many_guests_are_refused_at_once():
    guests, (complaint,) = read_guests("Lê B\n" * (MAX_GUESTS + 1))
    assert guests == []
    assert str(MAX_GUESTS) in complaint


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    "text", ["ĐT: 0912 345 678", "SĐT 0912345678", "(ĐT: 0912.345.678)", "- Tel. 0912 345 678", "đt 0912345678"]
)
def test_a_label_behind_a_name_is_no_part_of_the_name(use, text):
    assert read(use, f"Lê Văn Hai {text}") == ([("Lê Văn Hai", "", _e164("0912 345 678"), "")], [])


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", ["Đỗ Thị Mobi", "Trần Văn Stel", "Hai (Lan)"])
def test_a_name_that_ends_like_a_label_stays(use, name):
    assert read(use, f"{name} 0912 345 678")[0] == [(name, "", _e164("0912 345 678"), "")]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("label", ["ĐT: ", "SĐT:", "Tel. ", "DĐ: ", "Mobile: "])
def test_a_label_before_a_number_is_no_part_of_it(use, label):
    assert read(use, f"Lê Văn Hai; {label}0912 345 678")[0] == [("Lê Văn Hai", "", _e164("0912 345 678"), "")]


@pytest.mark.parametrize("use", USES)
def test_everything_that_is_wrong_with_a_line_is_said_at_once_and_each_once(use):
    rows, complaints = read(
        use, "Lê Văn Hai; 0123; hai@; https://vidu.example\n; 0912 34; hai@v; ba@\nLan; 0912 345 678"
    )
    assert [name for name, *_others in rows] == ["Lan"]
    phone, mail = gettext("This is not a phone number. Example: 0912 345 678."), "ten@example.vn"
    first, second = complaints
    for words in (phone, mail, gettext("Please leave out addresses of web pages here.")):
        assert first.count(words) == 1
    for words in (phone, mail, gettext("Please give the name of this person.")):
        assert second.count(words) == 1
    assert gettext("Please give the name of this person.") not in first


def test_a_mistyped_number_is_told_as_that_and_not_as_a_word_too_many():
    _guests, (complaint,) = read_guests("Lê Văn Hai; Giám đốc; HTX Na; 09o1234567")
    assert complaint.endswith(f"): {PHONE_ALONE}")


def test_a_guest_without_name_and_with_too_much_is_told_both():
    _guests, (complaint,) = read_guests("; Giám đốc; HTX Na; Bắc Ninh; 0912 34")
    assert gettext("Please give the name of this person.") in complaint
    assert (
        gettext(
            "There is more than name, position and organisation. Please put semicolons between them"
            " where one holds a comma."
        )
        in complaint
    )
    assert "0912 345 678" in complaint
