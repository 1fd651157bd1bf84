"""Text without Vietnamese accents, for SMS and for searching."""

import unicodedata

# Letters that are letters of their own in Unicode and do not decompose.
_LETTERS = str.maketrans({"đ": "d", "Đ": "D", "–": "-", "—": "-", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'"})


# Latin letters, marks and punctuation. Beyond stand a million letters of others, and whoever sends a text chooses them.
_LEARNT = 0x2100


class _Bare(dict[int, int | None]):
    """For ``str.translate``: marks that stand on the letter before them are left out. It learns Latin that it sees."""

    def __missing__(self, letter: int) -> int | None:
        found = None if unicodedata.combining(chr(letter)) else letter
        if letter < _LEARNT:
            self[letter] = found
        return found


_BARE = _Bare()


def without_accents(text: str) -> str:
    """``text`` with Vietnamese letters as plain ones: "Điểm cầu" becomes "Diem cau". Other scripts stay."""
    bare = unicodedata.normalize("NFD", text).translate(_BARE)
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)
