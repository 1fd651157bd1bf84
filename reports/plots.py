"""Drawings as SVG, made on the server: no script, no inline style, readable at any width.

Positions along the width are per cent of it and those along the height pixels, so that bars stretch with the page while
letters keep their size. Colours are classes of static/css/overview.css.
"""

from collections.abc import Sequence

from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_HEIGHT, _TOP, _BOTTOM = 190, 22, 24


def bar(parts: Sequence[tuple[str, int]], *, end: int | None = None, css: str = "dc-ov-bar") -> SafeString:
    """A bar of ``parts`` (class and amount) side by side; ``end``: where all of it ends, by default with the last part.

    For the eye only: the numbers must stand beside it.
    """
    whole = max(end or 0, sum(amount for _css, amount in parts), 1)
    pieces, start = [], 0
    for name, amount in parts:
        if amount > 0:
            pieces.append((_per_cent(start, whole), _per_cent(amount, whole), name))
            start += amount
    rects = format_html_join("", '<rect x="{}" width="{}" height="100%" class="{}"/>', pieces)
    return format_html('<svg class="{}" width="100%" height="14" aria-hidden="true">{}</svg>', css, rects)


def columns(values: Sequence[tuple[str, int]], *, title: str, description: str, uid: str) -> SafeString:
    """Columns over time: label and number of each. ``title`` and ``description`` say the same in words."""
    top = _ceiling(max((count for _label, count in values), default=0))
    return format_html(
        '<svg class="dc-ov-columns" width="100%" height="{height}" role="img" aria-labelledby="{uid}-title {uid}-desc">'
        '<title id="{uid}-title">{title}</title><desc id="{uid}-desc">{description}</desc>{grid}{bars}{labels}</svg>',
        height=_HEIGHT,
        uid=uid,
        title=title,
        description=description,
        grid=_grid(top),
        bars=_columns(values, top),
        labels=_labels([label for label, _count in values]),
    )


def _columns(values: Sequence[tuple[str, int]], top: int) -> SafeString:
    room = _HEIGHT - _TOP - _BOTTOM
    step = 100 / max(len(values), 1)
    # Few days must not become walls.
    width = min(step * 0.82, 6)
    pieces = []
    for number, (label, count) in enumerate(values):
        height = round(count / top * room, 1)
        if count:
            x = number * step + (step - width) / 2
            pieces.append(
                (f"{x:.3f}%", f"{_HEIGHT - _BOTTOM - height:g}", f"{width:.3f}%", f"{height:g}", label, count)
            )
    return format_html_join(
        "", '<rect x="{}" y="{}" width="{}" height="{}" rx="1"><title>{}: {}</title></rect>', pieces
    )


def _grid(top: int) -> SafeString:
    lines = []
    for value in (top, top // 2 if top % 2 == 0 else 0, 0):
        y = _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM)
        lines.append((f"{y:g}", f"{y:g}", f"{y - 4:g}", localize(value) if value else ""))
    return format_html_join(
        "", '<line x1="0" x2="100%" y1="{}" y2="{}"/><text class="dc-ov-value" x="0" y="{}">{}</text>', lines
    )


def _labels(labels: Sequence[str]) -> SafeString:
    """A few under their columns; of many the first, the middle and the last one."""
    step = 100 / max(len(labels), 1)
    if len(labels) <= 3:
        places = [(f"{(number + 0.5) * step:.3f}%", "middle", label) for number, label in enumerate(labels)]
    else:
        middle = len(labels) // 2
        places = [
            ("0", "start", labels[0]),
            (f"{(middle + 0.5) * step:.3f}%", "middle", labels[middle]),
            ("100%", "end", labels[-1]),
        ]
    y = _HEIGHT - 6
    return format_html_join(
        "", '<text x="{}" y="{}" text-anchor="{}">{}</text>', ((x, y, anchor, label) for x, anchor, label in places)
    )


def _ceiling(most: int) -> int:
    """A round number that no column exceeds."""
    unit = 1
    while True:
        for step in (2, 4, 6, 8, 10) if unit == 1 else (2, 3, 4, 5, 6, 8, 10):
            if most <= step * unit:
                return step * unit
        unit *= 10


def _per_cent(part: int, whole: int) -> str:
    return f"{part / whole * 100:.3f}%"
