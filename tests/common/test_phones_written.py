"""Numbers are shown in a form that the same field takes back, also those from abroad."""

import pytest
from phonenumber_field.phonenumber import to_python

from common.fields import PhoneField
from common.phones import stored_phone, written


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+84912345678", "0912 345 678"),
        ("+842053870123", "0205 3870 123"),
        ("+6591234567", "+65 9123 4567"),
        ("+8613800138000", "+86 138 0013 8000"),
        ("+12125552368", "+1 212-555-2368"),
        ("", ""),
    ],
)
def test_a_number_is_written_as_people_here_write_it(stored, shown):
    assert written(stored) == shown
    assert written(to_python(stored)) == shown


@pytest.mark.parametrize("stored", ["+84912345678", "+6591234567", "+8613800138000", "+12125552368"])
def test_a_field_takes_back_what_it_shows(stored):
    field = PhoneField(region="VN")
    shown = field.prepare_value(to_python(stored))
    assert field.clean(shown).as_e164 == stored
    assert not field.has_changed(to_python(stored), shown)


def test_vietnamese_mobiles_are_written_as_the_library_writes_them():
    for prefix in range(300, 1000):
        number = to_python(f"+84{prefix}123456")
        assert written(number) == (number.as_national if number.is_valid() else number.raw_input)


@pytest.mark.parametrize(
    "stored", ["+84912345678", "+84992345678", "+842053870123", "+6591234567", "+84", "12", "x", "", None]
)
def test_a_stored_number_is_read_as_its_field_reads_it(stored):
    found, expected = stored_phone(stored), to_python(stored)
    assert type(found) is type(expected)
    assert getattr(found, "__dict__", found) == getattr(expected, "__dict__", expected)
