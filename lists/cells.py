"""A cell of a list as text."""

import re
import unicodedata
from datetime import date, datetime
from typing import Any

from lists.formulas import unguard

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")


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
