"""What is taken for a number where buttons and forms name rows: one rule."""

import pytest

from control.floor import number_in, number_of


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("12", 12), ("007", 7), ("9" * 15, int("9" * 15))])
def test_digits_are_a_number(text, number):
    assert number_in(text) == number_of(text) == number


@pytest.mark.parametrize("text", ["", " 1", "-1", "+1", "1.5", "²", "١", "x", "9" * 16])
def test_everything_else_is_none(text):
    assert number_of(text) == -1
    with pytest.raises(ValueError, match=r".*"):
        number_in(text)
