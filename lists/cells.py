"""A cell of a list as text."""

import re
import unicodedata
from datetime import date, datetime
from typing import Any

from lists.formulas import unguard

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")


# "1.200" and "1,200" are twelve hundred here, "1,5" and "1.5" one and a half; "1,2345" may be anything.
_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d{0,14})")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:([., ])\d{3})(?:\1\d{3}){0,3}")
_DECIMAL = re.compile(r"([+-]?(?:0|[1-9]\d{0,11}))[.,](\d{1,2})")


def as_number(text: str) -> int | float | str:
    """A number as people here type it as a number; ``text`` itself where it can be read in two ways, or in none."""
    if _WHOLE.fullmatch(text):
        return int(text)
    if _GROUPED.fullmatch(text):
        return int(re.sub(r"[., ]", "", text))
    if match := _DECIMAL.fullmatch(text):
        return float(f"{match[1]}.{match[2]}")
    return text


def as_text(value: Any) -> str:
    """A cell as text on one line, in NFC, without what nobody can see and what our own CSV puts before formulas."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float):
        # Phones and tax codes that Excel took for numbers.
        value = int(value) if value.is_integer() and abs(value) < 1e15 else value
    elif isinstance(value, datetime | date):
        value = value.isoformat()
    text = unicodedata.normalize("NFC", unguard(str(value)))
    text = text.replace("\xa0", " ").replace("\r", " ").replace("\n", " ").replace("\t", " ")
    return " ".join(_FORBIDDEN.sub("", text).split())
