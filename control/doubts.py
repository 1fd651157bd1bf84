"""Numbers of people that look like a slip of the finger: asked about once, and taken when they are meant."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from bridges.models import BridgePoint
from control.floor import number_in
from control.models import Room
from control.present import Present, recorded_at

#: More people than this are in no room.
MOST_PEOPLE = 20_000
#: A number is asked about that is more than so many times what is expected, and at least so many people more.
_TIMES, _MORE = 2, 50


@dataclass(frozen=True)
class Doubt:
    """A number as it was typed, and what is said of it: whether it is meant (``is_asked``), or that it is none."""

    typed: str
    words: str
    is_asked: bool = False


def asked_about_from(*expected: int | None) -> int:
    """The least number of people that is asked about, where so many are ``expected`` (None: nobody knows).

    More than twice the largest of them, and at least 50 more.
    """
    most = max((number for number in expected if number is not None), default=0)
    return max(_TIMES * most + 1, most + _MORE)


def heads_asked_about(point: BridgePoint, room: Room | None) -> int:
    """The least number of people in the room of ``point`` that is asked about.

    Expected are as many as it has seats, as are registered, and as were counted last. No query.
    """
    return asked_about_from(point.seats, point.seats_taken, room.head_count if room else None)


def hands_asked_about(point: BridgePoint, room: Room | None) -> int:
    """The least number of hands in the room of ``point`` that is asked about. One query.

    Expected are as many as are in the room, counted or checked in; while nobody is, as ``heads_asked_about`` says.
    """
    recorded = recorded_at([point])[point.pk]
    here = Present(recorded.checked_in, counted=room.head_count if room else None).in_room
    return asked_about_from(here) if here else heads_asked_about(point, room)


def doubt_of_heads(typed: str, asked_from: int) -> Doubt | None:
    """What is said of ``typed`` people in a room, of whom ``asked_from`` are asked about; None: nothing."""
    return _doubt(typed, asked_from, heads_words)


def doubt_of_hands(typed: str, asked_from: int) -> Doubt | None:
    """The same of raised hands."""
    return _doubt(typed, asked_from, hands_words)


def _doubt(typed: str, asked_from: int, words: Callable[[int], str]) -> Doubt | None:
    number = _number(typed)
    if number is None:
        return Doubt(typed, gettext("Please type a number from 0 to %(most)d.") % {"most": MOST_PEOPLE})
    return Doubt(typed, words(number), is_asked=True) if number >= asked_from else None


def _number(typed: str) -> int | None:
    """The number of people in ``typed``; None: it is none, or more than are in any room."""
    try:
        number = number_in(typed)
    except ValueError:
        return None
    return number if number <= MOST_PEOPLE else None


def heads_words(count: int | str) -> str:
    """Asks whether ``count`` people are meant; a text stands for a number that a script fills in."""
    many = count if isinstance(count, int) else 2
    return ngettext("%(count)s person: is that right?", "%(count)s people: is that right?", many) % {"count": count}


def hands_words(count: int | str) -> str:
    """The same for raised hands."""
    many = count if isinstance(count, int) else 2
    return ngettext("%(count)s hand: is that right?", "%(count)s hands: is that right?", many) % {"count": count}


def words_of_script() -> dict[str, str]:
    """What the script of the page of a room asks, with "{n}" for the number."""
    number = "{n}"
    return {
        "people": heads_words(number),
        "hands": hands_words(number),
        "yes": gettext("Yes, take %(count)s") % {"count": number},
    }
