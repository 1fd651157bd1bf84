"""Whether somebody whose data are written anew is the same person, or another one who comes in their place.

It decides about personal links: a corrected slip keeps the link, another person gets a new one and the old link is
dead. Names are compared without accents; whether a phone or an e-mail address stays tells the rest.
"""

from enum import Enum
from typing import Any, Protocol

from common.phones import e164_of
from common.search import fold


class Likeness(Enum):
    """How a person stands to the one who stood there before."""

    SAME = "same"
    OTHER = "other"
    #: Name and addresses say different things: whoever changes it must be asked.
    IN_DOUBT = "in doubt"


class Named(Protocol):
    """Somebody with a name and addresses: a delegate, or what was typed about one."""

    @property
    def full_name(self) -> str: ...

    @property
    def phone(self) -> Any: ...

    @property
    def email(self) -> str: ...


def compare(before: Named, after: Named) -> Likeness:
    """What ``after`` is to ``before``.

    With the same name they are the same person, whatever becomes of the addresses. A name that is alike is a slip while
    an address stays, or there was none; with no address left of those before it is in doubt. Another name is somebody
    else; but in doubt while an address stays, since offices share them and a whole name may have been wrong.
    """
    if _words(before.full_name) == _words(after.full_name):
        return Likeness.SAME
    known = _addresses(before)
    stays = bool(known & _addresses(after))
    if _is_alike(fold(before.full_name), fold(after.full_name)):
        return Likeness.SAME if stays or not known else Likeness.IN_DOUBT
    return Likeness.IN_DOUBT if stays else Likeness.OTHER


def is_same(before: Named, after: Named, answer: bool | None) -> bool | None:
    """Whether ``after`` is ``before``; in doubt the ``answer`` counts, and None means that somebody must be asked."""
    likeness = compare(before, after)
    return answer if likeness is Likeness.IN_DOUBT else likeness is Likeness.SAME


def _words(name: str) -> list[str]:
    return name.casefold().split()


def _addresses(person: Named) -> set[str]:
    return {e164_of(person.phone), person.email.lower()} - {""}


def _is_alike(before: str, after: str) -> bool:
    """Whether two folded names can be two spellings of one.

    The same letters, the same words in another order, one of them left out or added, or one letter wrong.
    """
    first, second = before.split(), after.split()
    if sorted(first) == sorted(second) or _is_one_slip("".join(first), "".join(second)):
        return True
    shorter, longer = sorted((first, second), key=len)
    # A surname alone is shared by a third of the country: two words in common, or the given name, which stands last.
    says_enough = len(shorter) > 1 or shorter[-1:] == longer[-1:]
    return bool(shorter) and says_enough and set(shorter) <= set(longer)


def _is_one_slip(before: str, after: str) -> bool:
    """Whether one letter is added, left out, wrong, or has changed places with its neighbour; or nothing at all."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    old, new = before[start:], after[start:]
    same_rest = old[1:] == new[1:] or old[1:] == new or old == new[1:]
    return same_rest or (old[1::-1] == new[:2] and old[2:] == new[2:])
