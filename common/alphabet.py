"""The order of the Vietnamese alphabet, the same on every database engine and whatever its collation.

a ă â, d đ, e ê, o ô ơ and u ư are letters of their own: Cao Bằng stands before Cần Thơ, Dũng before Đạt. Of words with
the same letters the tone decides: level, falling, asking, tumbling, rising, heavy. A key holds digits and small letters
only, since collations agree on nothing else; digits stand before letters in all of them.
"""

import unicodedata
from functools import lru_cache

_BREVE, _CIRCUMFLEX, _HORN = "\u0306", "\u0302", "\u031b"
#: Letters that have sisters, and where each of them stands among these.
_SISTERS = {
    "a": {"": "1", _BREVE: "2", _CIRCUMFLEX: "3"},
    "d": {"": "1"},
    "đ": {"": "2"},
    "e": {"": "1", _CIRCUMFLEX: "2"},
    "o": {"": "1", _CIRCUMFLEX: "2", _HORN: "3"},
    "u": {"": "1", _HORN: "2"},
}
_LEVEL = "1"
_TONES = {"\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0301": "5", "\u0323": "6"}
# Before all letters: "Cà Mau" before "Cao Bằng".
_BETWEEN = "0"
_DIGIT = "7"


def name_key(full_name: str) -> str:
    """By which a person's name is sorted: the given name, which stands last, then the names before it."""
    *before, given = _words(full_name) or [""]
    return _BETWEEN.join([text_key(given), text_key(" ".join(before))])


def text_key(text: str) -> str:
    """By which ``text`` is sorted: all its letters, then its tones."""
    keys = [_word_key(word) for word in _words(text)]
    return _BETWEEN.join(letters for letters, _tones in keys) + _BETWEEN * 2 + "".join(tones for _, tones in keys)


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in text).split()


@lru_cache(maxsize=4096)
def _word_key(word: str) -> tuple[str, str]:
    """The letters of ``word``, and its tone."""
    letters: list[str] = []
    tones = ""
    characters = unicodedata.normalize("NFD", word.casefold())
    for place, character in enumerate(characters):
        if character in _TONES:
            tones += _TONES[character]
        elif character in _SISTERS:
            letters.append(_place_among_sisters(character, _marks(characters, place + 1)))
        elif character.isdigit():
            letters.append(_DIGIT + character)
        elif not unicodedata.combining(character):
            letters.append(character)
    return "".join(letters), tones or _LEVEL


def _place_among_sisters(letter: str, marks: str) -> str:
    """The key of a ``letter`` that is another one with some marks: ``marks`` are those that it carries."""
    sisters = _SISTERS[letter]
    place = next((place for mark, place in sisters.items() if mark and mark in marks), sisters[""])
    return ("d" if letter == "đ" else letter) + place


def _marks(characters: str, start: int) -> str:
    """The marks in ``characters`` from ``start`` up to the next letter."""
    end = start
    while end < len(characters) and unicodedata.combining(characters[end]):
        end += 1
    return characters[start:end]
