"""References: how outbox rows name whom and what they are about, such as "delegate/7", "point/3" or "notice/5/2".

The outbox itself never looks into them; only the rooms that wrote a reference know what its kind means.
"""

from dataclasses import dataclass
from typing import Self

from django.db.models import CharField, F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat

_TEXT = CharField()
# No row has a number that the database cannot hold.
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Ref:
    """One row by its kind and its number; ``part`` counts what one row sends several times, from 1 on.

    ``str(Ref("delegate", 7))`` is "delegate/7", ``str(Ref("notice", 5, 2))`` is "notice/5/2".
    """

    kind: str
    number: int
    part: int | None = None

    def __str__(self) -> str:
        if self.part is None:
            return f"{self.kind}/{self.number}"
        return f"{self.kind}/{self.number}/{self.part}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The reference that ``text`` is; None where it is none, such as "", "own_page" or "delegate/x"."""
        kind, slash, rest = text.partition("/")
        number, second_slash, part = rest.partition("/")
        if not kind or not slash or not _is_number(number):
            return None
        if not second_slash:
            return cls(kind, int(number))
        return cls(kind, int(number), int(part)) if _is_number(part) else None

    @staticmethod
    def expression(kind: str, path: str | F) -> Combinable:
        """The same as ``str(Ref(kind, number))`` in a query, with the number in the column ``path``."""
        return Concat(Value(f"{kind}/"), Cast(path, _TEXT), output_field=_TEXT)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
