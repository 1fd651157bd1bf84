"""Text without Vietnamese accents, for SMS and for searching."""

import unicodedata

# Letters that are letters of their own in Unicode and do not decompose.
_LETTERS = str.maketrans({"đ": "d", "Đ": "D", "–": "-", "—": "-", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'"})


def without_accents(text: str) -> str:
    """``text`` with Vietnamese letters as plain ones: "Điểm cầu" becomes "Diem cau". Other scripts stay."""
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)
