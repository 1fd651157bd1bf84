"""A corrected slip and another person are told apart by name and addresses."""

import pytest

from registrations.same_person import Likeness, compare, is_same
from registrations.services import Person

SAME, OTHER, IN_DOUBT = Likeness.SAME, Likeness.OTHER, Likeness.IN_DOUBT
PHONE, MAIL = "+84912000001", "vi@vidu.example"


def somebody(name: str, phone: str = PHONE, email: str = MAIL) -> Person:
    return Person(name, "", phone, email)


@pytest.mark.parametrize(
    "name",
    [
        "hoàng văn ví",
        "Hoàng  Văn Ví",
        "Hoang Van Vi",
        "Hoàng Văn Vĩ",
        "Hoàng Văn Vi",
        "Hoàng Văn Víi",
        "Hoàng Vă Ví",
        "Hoàng Vna Ví",
        "Hoàng Ví",
        "Ông Hoàng Văn Ví",
        "Ví Hoàng Văn",
        "HoàngVăn Ví",
    ],
)
def test_a_slip_in_the_name_is_the_same_person_while_an_address_stays(name):
    assert compare(somebody("Hoàng Văn Ví"), somebody(name, phone="")) is SAME


@pytest.mark.parametrize(("phone", "email"), [("", ""), ("+84912000002", "khac@vidu.example"), (PHONE, "")])
def test_the_same_name_is_the_same_person_at_whatever_address(phone, email):
    assert compare(somebody("Hoàng Văn Ví"), somebody("HOÀNG VĂN VÍ", phone, email)) is SAME


@pytest.mark.parametrize("name", ["Hoàng Văn Vi", "Hoàng Văn Việ", "Hoàng Ví", "Hoàng Văn Vía"])
def test_a_name_that_is_alike_at_other_addresses_is_in_doubt(name):
    assert compare(somebody("Hoàng Văn Ví"), somebody(name, "+84912000002", "khac@vidu.example")) is IN_DOUBT
    assert compare(somebody("Hoàng Văn Ví"), somebody(name, "", "")) is IN_DOUBT


@pytest.mark.parametrize("name", ["Trần Thị Mua", "Hoàng Văn Ban", "Hoàng", "Nguyễn Văn Ví"])
def test_another_name_at_an_address_of_before_is_in_doubt(name):
    assert compare(somebody("Hoàng Văn Ví"), somebody(name, "+84912000002")) is IN_DOUBT
    assert compare(somebody("Hoàng Văn Ví"), somebody(name, email=MAIL.upper())) is IN_DOUBT


@pytest.mark.parametrize("name", ["Trần Thị Mua", "Hoàng Văn Ban", "Hoàng", "Nguyễn Văn Ví"])
@pytest.mark.parametrize(("phone", "email"), [("+84912000002", "khac@vidu.example"), ("", "")])
def test_another_name_without_an_address_of_before_is_somebody_else(name, phone, email):
    assert compare(somebody("Hoàng Văn Ví"), somebody(name, phone, email)) is OTHER


def test_without_an_address_the_name_decides():
    nobody_reaches = somebody("Hoàng Văn Ví", "", "")
    assert compare(nobody_reaches, somebody("Hoàng Văn Vi", "", "")) is SAME
    assert compare(nobody_reaches, somebody("Hoàng Văn Vi")) is SAME
    assert compare(nobody_reaches, somebody("Trần Thị Mua", "", "")) is OTHER
    assert compare(nobody_reaches, somebody("Trần Thị Mua")) is OTHER


@pytest.mark.parametrize("answer", [True, False, None])
def test_the_answer_counts_in_doubt_only(answer):
    before = somebody("Hoàng Văn Ví")
    assert is_same(before, somebody("Trần Thị Mua"), answer) is answer
    assert is_same(before, somebody("Hoàng Văn Vi"), answer) is True
    assert is_same(before, somebody("Trần Thị Mua", "", ""), answer) is False
