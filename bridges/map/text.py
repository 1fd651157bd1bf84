"""Text without a font: how wide a line is, and where a label breaks."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, takewhile

FONT = 12.0
LABEL_LINES = 2
#: Labels longer than so many letters are cut where they differ, unless what they share is dropped.
_LONG = 24
_SHARED_WORDS, _OWN_WORDS = 2, 2


def text_width(text: str, size: float = FONT) -> float:
    """About how wide a line of text is, in the unit of `size`. On the generous side: no font is at hand here."""
    width = 0.0
    for char in unicodedata.normalize("NFD", text):
        if unicodedata.combining(char):
            continue
        if char in "ijlıI.,:;'’|!()[] ":
            width += 0.33
        elif char in "frt-–/":
            width += 0.42
        elif char in "mwMW@%…—":
            width += 0.95
        elif unicodedata.east_asian_width(char) in "WF":
            width += 1.05
        elif char.isupper():
            width += 0.72
        else:
            width += 0.6
    return width * size


def without_shared_beginning(labels: Sequence[str]) -> list[str]:
    """``labels`` in the same order; of long ones that begin alike, what tells them apart: at least two words."""
    ordered = sorted({label for label in labels if len(label) > _LONG}, key=str.split)
    shared = dict.fromkeys(labels, 0)
    for one, other in pairwise(ordered):
        # In this order whoever shares most with a label stands beside it.
        pairs = zip(one.split(), other.split(), strict=False)
        count = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        shared[one], shared[other] = max(shared[one], count), max(shared[other], count)
    short = {label: _own_words(label, count) for label, count in shared.items()}
    seen = Counter(short.values())
    return [short[label] if seen[short[label]] == 1 else label for label in labels]


def _own_words(label: str, shared: int) -> str:
    words = label.split()
    shared = min(shared, len(words) - _OWN_WORDS)
    return " ".join(words[shared:]) if shared >= _SHARED_WORDS else label


def fold(label: str, width: float, lines: int = LABEL_LINES) -> list[str]:
    """Break a label into at most `lines` lines no wider than `width`; what does not fit ends in an ellipsis."""
    words = label.split()
    done: list[str] = []
    while words and len(done) < lines:
        if len(done) == lines - 2 and (halves := _halves(words, width)):
            return [*done, *halves]
        line = _take_line(words, width)
        if words and len(done) == lines - 1:
            line = " ".join([line, *words])  # too long by now: the rest is lost
        done.append(line if text_width(line) <= width else _cut(line, width))
    return done


def _halves(words: list[str], width: float) -> tuple[str, str] | None:
    """The words in two lines about equally long, "Thành phố / Hồ Chí Minh"; None if one will do or two will not."""
    if text_width(" ".join(words)) <= width:
        return None
    pairs = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    best = min(pairs, key=_longer, default=None)
    return best if best and _longer(best) <= width else None


def _longer(pair: tuple[str, str]) -> float:
    """The width of the longer line."""
    return max(map(text_width, pair))


def _take_line(words: list[str], width: float) -> str:
    """Take as many words off the beginning as one line holds, one at least."""
    line = words.pop(0)
    while words and text_width(f"{line} {words[0]}") <= width:
        line = f"{line} {words.pop(0)}"
    return line


def _cut(text: str, width: float) -> str:
    while text and text_width(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip(' -–,')}…"
