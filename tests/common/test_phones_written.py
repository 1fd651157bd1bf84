"""Numbers are shown in a form that the same field takes back, also those from abroad."""

import pytest
from phonenumber_field.phonenumber import to_python

from common.fields import PhoneField
from common.phones import written


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
