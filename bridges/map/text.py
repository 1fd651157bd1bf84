"""Text without a font: how wide a line is, and where a label breaks."""

import unicodedata

FONT = 12.0
LABEL_LINES = 2


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


def fold(label: str, width: float, lines: int = LABEL_LINES) -> list[str]:
    """Break a label into at most `lines` lines no wider than `width`; what does not fit ends in an ellipsis."""
    words = label.split()
    done: list[str] = []
    while words and len(done) < lines:
        if len(done) == lines - 2 and text_width(" ".join(words)) > width:
            # The last break: where both lines are about equally long, "Thành phố / Hồ Chí Minh".
            halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
            fitting = [pair for pair in halves if all(text_width(half) <= width for half in pair)]
            if fitting:
                return [*done, *min(fitting, key=lambda pair: max(map(text_width, pair)))]
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}") <= width:
            line = f"{line} {words.pop(0)}"
        if words and len(done) == lines - 1:
            line = " ".join([line, *words])  # too long by now: the rest is lost
        done.append(line if text_width(line) <= width else _cut(line, width))
    return done


def _cut(text: str, width: float) -> str:
    while text and text_width(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip(' -–,')}…"
