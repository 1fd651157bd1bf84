"""Which numbers our SMS reach: one rule for Python, for the database and for signing in."""

import re
from unicodedata import normalize

import pytest
from django.core.exceptions import ValidationError
from phonenumber_field.phonenumber import PhoneNumber

from accounts.phones import MobileField
from common.fields import PHONE_ALONE, PHONE_EXPECTED, PhoneField, read_phone
from common.phones import mobile_of, mobile_regex, valid_regex
from conference import checks
from registrations.models import Delegate
from tests.conftest import NOW
from tests.support.factories import BridgePointFactory, registered

REACHED = ["+84912345678", "+84388001122", "+84562345678", "+84701234567", "+84812345678"]
NOT_REACHED = ["+842053870123", "+6591234567", "+14155552671", "+8491234567", "0912345678", "", "+84912345678\n"]


@pytest.mark.parametrize(("number", "is_reached"), [(n, True) for n in REACHED] + [(n, False) for n in NOT_REACHED])
def test_our_sms_reach_mobile_numbers_of_vietnam(number, is_reached):
    assert mobile_of(number) == (number if is_reached else "")


@pytest.mark.parametrize("number", ["912345678", "2438251234", "19001234", "1800123456", "672123456"])
def test_the_rule_for_browsers_takes_what_the_form_takes(number):
    assert re.search(valid_regex("VN"), number)
    assert PhoneField(region="VN").clean(f"+84{number}")


@pytest.mark.parametrize("number", ["12", "012345678", "91234567", "9123456789", "112345678", "912345678\n1", ""])
def test_the_rule_for_browsers_refuses_what_the_form_refuses(number):
    assert not re.search(valid_regex("VN"), number)
    with pytest.raises(ValidationError):
        PhoneField(region="VN").clean(f"+84{number}")


@pytest.mark.parametrize("typed", ["0912345678", "0912 345 678", "0388.001.122", "0 5 6 2 3 4 5 6 7 8", "0701234567 "])
def test_a_mobile_as_people_type_it_is_read_as_phonenumbers_reads_it(typed):
    cleaned, read = PhoneField(region="VN").clean(typed), PhoneNumber.from_string(typed.strip(), region="VN")
    assert vars(cleaned) == vars(read)
    assert read.is_valid()


@pytest.mark.parametrize(
    "typed", ["0012345678", "0112345678", "091234567", "09123456789", "0912 345 678 9", "0912\n345678x"]
)
def test_what_is_nobodys_number_is_refused_as_it_was(typed):
    with pytest.raises(ValidationError):
        PhoneField(region="VN").clean(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "0912345678x",
        "ĐT 0912 345 678",
        "Lan: 0912 345 678",
        "ĐT: không có",
        "+84 912 345 678x9",
        "0912 345 678 #9",
        "0205 3870 123 ext 5",
        "tel:0912345678x",
    ],
)
def test_letters_and_extensions_are_refused_and_not_read_over(typed):
    with pytest.raises(ValidationError, match="0912 345 678"):
        PhoneField(region="VN").clean(typed)


LABELS = (
    "ĐT: ", "đt:", "ĐT. ", "SĐT: ", "Sđt.", "Số ĐT: ", "số điện thoại: ", "Điện thoại: ", "ĐTDĐ: ", "DĐ: ", "DT: ",
    "sdt: ", "Tel: ", "Tel.", "tel:", "TEL : ", "Phone: ", "Mobile: ", "Di động: ",
)  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
def test_a_label_before_a_number_is_left_out(label):
    assert PhoneField(region="VN").clean(f"{label}0912 345 678").as_e164 == "+84912345678"
    assert PhoneField(region="VN").clean(normalize("NFD", f"{label}+84912345678")).as_e164 == "+84912345678"


@pytest.mark.parametrize(
    "typed",
    ["0205 3870 123", "+84 912 345 678", "84912345678", "(0912) 345-678", "+65 9123 4567"],
)
def test_other_ways_to_write_a_number_are_read_as_before(typed):
    assert vars(PhoneField(region="VN").clean(typed)) == vars(PhoneNumber.from_string(typed, region="VN"))


def test_of_a_country_that_there_is_not_no_rule_is_made():
    with pytest.raises(ValueError, match="XX"):
        valid_regex("XX")


def test_a_number_as_a_form_cleans_it_is_understood():
    assert mobile_of(PhoneNumber.from_string("0912 345 678", region="VN")) == "+84912345678"
    assert mobile_of(None) == ""


@pytest.mark.parametrize(
    ("countries", "number", "is_reached"),
    [
        (["VN", "SG"], "+6591234567", True),
        (["VN", "SG"], "+84912345678", True),
        # A landline there, a number of nobody, a country that is not in the list.
        (["VN", "SG"], "+6562345678", False),
        (["VN", "SG"], "+65912345678", False),
        (["VN", "SG"], "+447700900123", False),
        (["SG"], "+84912345678", False),
        ([], "+84912345678", False),
    ],
)
def test_the_settings_name_the_countries_to_which_sms_go(settings, countries, number, is_reached):
    settings.SMS_COUNTRIES = countries
    assert mobile_of(number) == (number if is_reached else "")


@pytest.mark.parametrize(("countries", "is_fault"), [(["VN", "SG"], False), (["XX"], True), (["Singapore"], True)])
def test_a_country_that_there_is_not_is_found_before_the_first_message(settings, countries, is_fault):
    settings.SMS_COUNTRIES = countries
    assert [fault.id for fault in checks.known_countries(None)] == (["diemcau.E006"] if is_fault else [])


def test_nobody_signs_in_with_a_number_that_gets_no_code():
    assert MobileField().clean("0912 345 678") == "+84912345678"
    for typed in ("+65 9123 4567", "0205 3870 123"):
        with pytest.raises(ValidationError):
            MobileField().clean(typed)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("0912 34", PHONE_EXPECTED),
        ("xin chào", PHONE_EXPECTED),
        ("0912abc345678", PHONE_ALONE),
        ("09o12345678", PHONE_ALONE),
        ("0912345678 ext 5", PHONE_ALONE),
        ("0912 345 678 #5", PHONE_ALONE),
        ("0912 345 678 số mới", PHONE_ALONE),
    ],
)
def test_what_is_no_phone_number_is_refused_in_the_same_words_everywhere(typed, words):
    for clean in (MobileField().clean, PhoneField(region="VN").clean, read_phone):
        with pytest.raises(ValidationError) as refused:
            clean(typed)
        assert refused.value.messages == [str(words)]


def test_where_no_form_stands_a_number_is_read_as_the_form_reads_it():
    assert [read_phone(text) for text in ("0912 345 678", "+65 9123 4567", " ")] == ["+84912345678", "+6591234567", ""]


def test_without_a_phone_none_is_stored():
    assert MobileField(required=False).clean("  ") == ""


@pytest.mark.django_db
@pytest.mark.parametrize("countries", [["VN"], ["VN", "SG", "US"]])
def test_the_database_applies_the_same_rule(settings, countries):
    settings.SMS_COUNTRIES = countries
    reached = {number for number in [*REACHED, *NOT_REACHED] if mobile_of(number)}
    assert reached >= set(REACHED)
    point = BridgePointFactory()
    for number, phone in enumerate([*REACHED, "+842053870123", "+6591234567", "+14155552671", ""], start=1):
        delegate = registered(point, now=NOW, number=number).delegates.get()
        delegate.phone = phone
        delegate.save()
    chosen = Delegate.objects.filter(phone__regex=mobile_regex())
    assert set(chosen.values_list("mobile", flat=True)) == reached
    assert set(Delegate.objects.exclude(mobile="").values_list("pk")) == set(chosen.values_list("pk"))
