"""Labels: in a column, right beside their markers, or in rows."""

import math
from collections.abc import Sequence
from dataclasses import replace

from bridges.map.parts import Box, Marker, TextLine
from bridges.map.text import fold, text_width

LINE = 14.0  # from one line of a label to the next
GAP = 4.0  # between two labels of one column

Band = tuple[float, float]  # from y to y


def label_column(
    markers: Sequence[Marker], side: str, x: float, width: float, bands: Sequence[Band]
) -> list[Marker] | None:
    """Give the markers of one column their labels, inside the bands; None when there is not enough room.

    `x` is the edge that the labels are flush with.
    """
    ordered = sorted(markers, key=lambda marker: (marker.y, marker.x))
    texts = [_fold(marker, width) for marker in ordered]
    heights = [len(text) * LINE + GAP for text in texts]
    centres = _stack([marker.y for marker in ordered], heights, bands)
    if centres is None:
        return None
    return [_label(marker, text, side, x, centre) for marker, text, centre in zip(ordered, texts, centres, strict=True)]


def label_beside(markers: Sequence[Marker], others: Sequence[Marker], taken: Sequence[Box], limit: Box) -> list[Marker]:
    """Those of the markers that have room for a label right beside them, with that label.

    `others` are all markers of the drawing, `taken` what else must stay free, `limit` the box that labels stay in.
    """
    done: list[Marker] = []
    signs = {marker.key: (marker.x - 8, marker.y - 7, marker.x + 8, marker.y + 7) for marker in others}
    for marker in sorted(markers, key=lambda marker: (not marker.hub, marker.y, marker.x)):
        barriers = [*taken, *(sign for key, sign in signs.items() if key != marker.key), *(m.box for m in done)]
        if labelled := _label_right_or_left(marker, barriers, limit):
            done.append(labelled)
    return done


def _label_right_or_left(marker: Marker, barriers: Sequence[Box], limit: Box) -> Marker | None:
    """The marker with its label right beside it, inside `limit` and clear of all `barriers`; None without room."""
    away = 13 if marker.hub else 9
    text = _fold(marker, 92)
    for side, x in (("right", marker.x + away), ("left", marker.x - away)):
        labelled = _label(marker, text, side, x, marker.y)
        if _is_inside(labelled.box, limit) and not any(_meet(labelled.box, barrier) for barrier in barriers):
            return labelled
    return None


def label_rows(pins: Sequence[Marker], x: float, y: float, width: float, columns: int) -> tuple[list[Marker], float]:
    """Markers with their labels at the right, row by row from y downwards; also the y below the last row."""
    done: list[Marker] = []
    each = width / columns
    for start in range(0, len(pins), columns):
        row = pins[start : start + columns]
        texts = [_fold(pin, each - 20) for pin in row]
        height = max(1, *(len(text) for text in texts)) * LINE + 7
        for number, (pin, text) in enumerate(zip(row, texts, strict=True)):
            left = x + number * each
            done.append(_label(pin.at(left + 5, y + height / 2), text, "right", left + 16, y + height / 2))
        y += height
    return done, y


def leave_out(markers: Sequence[Marker], labelled: Sequence[Marker]) -> list[Marker]:
    """The markers that are not among the labelled ones."""
    there = {marker.key for marker in labelled}
    return [marker for marker in markers if marker.key not in there]


def _stack(targets: Sequence[float], heights: Sequence[float], bands: Sequence[Band]) -> list[float] | None:
    """Centres for boxes of the given heights: in order, inside the bands, as near to the targets as can be.

    Exact, by dynamic programming over whole drawing units. None when they do not fit.
    """
    if not targets:
        return []
    size = math.ceil(max((bottom for _, bottom in bands), default=0)) + 1
    # best[t]: the least cost with everything so far ending at or above t
    best = [0.0] * size
    choices: list[list[int]] = []
    for target, height in zip(targets, heights, strict=True):
        best, choice = _least_so_far(_costs(best, target, height, bands))
        choices.append(choice)
    if best[-1] == math.inf:
        return None
    centres, end = [], size - 1
    for height, choice in zip(reversed(heights), reversed(choices), strict=True):
        end = choice[end] - math.ceil(height)
        centres.append(end + height / 2)
    return centres[::-1]


def _costs(best: Sequence[float], target: float, height: float, bands: Sequence[Band]) -> list[float]:
    """What it costs at least when a box of this height ends at t, for every t: infinite where it cannot."""
    cost = [math.inf] * len(best)
    for top_limit, bottom_limit in bands:
        for top in range(math.ceil(top_limit), math.floor(bottom_limit - height) + 1):
            if best[top] < math.inf:
                end = top + math.ceil(height)
                cost[end] = min(cost[end], best[top] + (top + height / 2 - target) ** 2)
    return cost


def _least_so_far(costs: Sequence[float]) -> tuple[list[float], list[int]]:
    """For every t the least cost at or above t, and where that is (-1 where there is none)."""
    best, choice = [], []
    least, at = math.inf, -1
    for end, cost in enumerate(costs):
        if cost < least:
            least, at = cost, end
        best.append(least)
        choice.append(at)
    return best, choice


def _fold(marker: Marker, width: float) -> list[str]:
    return fold(marker.text, width / _boldness(marker))


def _boldness(marker: Marker) -> float:
    return 1.1 if marker.hub else 1.0


def _label(marker: Marker, text: list[str], side: str, x: float, centre: float) -> Marker:
    """The marker with its label, whose nearer edge is at x."""
    top = centre - len(text) * LINE / 2
    lines = tuple(
        TextLine(line, round(x, 1), round(top + LINE * number + LINE * 0.76, 1)) for number, line in enumerate(text)
    )
    wide = max((text_width(line) for line in text), default=0.0) * _boldness(marker)
    left, anchor = (x, "start") if side == "right" else (x - wide, "end")
    box = (left, top, left + wide, top + len(text) * LINE)
    leader = ""
    if text and marker.located and abs(x - marker.x) > 14:
        near = box[0] - 3 if side == "right" else box[2] + 3
        step = -5 if side == "right" else 5
        leader = f"M{near:.1f} {centre:.1f}h{step}L{marker.x:.1f} {marker.y:.1f}"
    return replace(marker, side=side, anchor=anchor, lines=lines, leader=leader, box=tuple(round(v, 1) for v in box))


def _is_inside(box: Box, limit: Box) -> bool:
    return limit[0] <= box[0] and limit[1] <= box[1] and box[2] <= limit[2] and box[3] <= limit[3]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
