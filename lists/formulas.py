"""Cells of CSV that a spreadsheet would calculate: an apostrophe before them, taken off when they come back."""

import re

#: What Excel takes for a formula, or for the end of a cell. A text that has such an apostrophe already gets another
#: one, so that each comes back as it was.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_SUSPECT = frozenset("'=+-@\t\r")


def guard(text: str) -> str:
    """``text``, with an apostrophe before what a spreadsheet would calculate."""
    # The first letter acquits nearly all of the two million cells of a long list.
    return f"'{text}" if text and text[0] in _SUSPECT and _FORMULA.match(text) else text


def unguard(text: str) -> str:
    """``text`` without the apostrophe that ``guard`` has put before it."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
