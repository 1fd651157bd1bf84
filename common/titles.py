"""How somebody is addressed before their name."""

import re

# Lists of guests often say of a name how its person is addressed.
_TWO_TITLES = re.compile(r"Ông/Bà (?=(?i:Ông/Bà|Ông|Bà|Đ/c|Đồng chí) )")


def with_one_title(text: str) -> str:
    """``text`` in which nobody is called "Ông/Bà Ông Nguyễn Văn A": a title before the name stands alone."""
    return _TWO_TITLES.sub("", text)
