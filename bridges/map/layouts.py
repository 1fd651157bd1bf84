"""The two layouts: the region of the points with an inset, or the whole country."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bridges.map import labels
from bridges.map.country import View, bounds, islands
from bridges.map.labels import GAP, LINE, Band
from bridges.map.parts import EDGE, NAMES_MAX, WIDTH, Box, Inset, Marker, Rect
from bridges.map.spots import HEIGHT_MIN, LEFT_COLUMN, RIGHT_COLUMN
from bridges.map.text import FONT

INSET_WIDTH = 98.0

# The whole country, in map units. Labels have room in the sea beyond its easternmost cape, and in the west where the
# drawing is empty as far as Laos and Cambodia reach: left of the edge, between top and bottom.
CAPE = 388
WEST_EDGE, WEST_TOP, WEST_BOTTOM = 232, 285, 615
WEST_MARKERS = 300  # markers left of this may have their label there


class Layout(NamedTuple):
    """The markers with their labels, in any order, and what surrounds them."""

    markers: list[Marker]
    view: View
    height: float
    inset: Inset | None
    online_frame: Rect | None


class _Sheet(NamedTuple):
    """How a drawing of the region is divided: the inset stands below left, the online points below right of `right_x`.

    Both columns of labels end above them; `online_top` is `height` where no point is online.
    """

    height: float
    right_x: float
    inset_top: float
    online_top: float


def region(markers: Sequence[Marker], online: Sequence[Marker], view: View) -> Layout:
    """The region of the points in the middle, labels in two columns, inset below left, online points below right."""
    right_x = WIDTH - RIGHT_COLUMN
    left, top, right, bottom = bounds()
    inset_height = round(INSET_WIDTH * (bottom - top) / (right - left)) + 4
    _, rows_height = labels.label_rows(online, right_x, 0, RIGHT_COLUMN - EDGE, 1)

    def sheet_of(height: float) -> _Sheet:
        online_top = height - EDGE - rows_height - 4 if online else height
        return _Sheet(height, right_x, height - EDGE - inset_height, online_top)

    # Many online points need a taller sheet than the land does.
    sheet = sheet_of(max(HEIGHT_MIN, max(marker.y for marker in markers) + 30, rows_height + 4 * EDGE if online else 0))
    # The labels may need more room than the land: then the drawing becomes taller, never the letters smaller.
    while (labelled := _label_region(markers, sheet)) is None:
        sheet = sheet_of(sheet.height + 20)
    height = float(math.ceil(sheet.height))
    rows, frame = [], None
    if online:
        rows, _ = labels.label_rows(online, right_x, sheet.online_top + 1, RIGHT_COLUMN - EDGE, 1)
        frame = Rect(right_x - 6, round(sheet.online_top - 2, 1), RIGHT_COLUMN + 6 - EDGE / 2, rows_height + 6)
    inset = _inset(view, height, Rect(EDGE, round(height - EDGE - inset_height, 1), INSET_WIDTH, inset_height))
    return Layout([*labelled, *rows], view, height, inset, frame)


def _label_region(markers: Sequence[Marker], sheet: _Sheet) -> list[Marker] | None:
    """The markers with their labels, beside them or in the two columns; None when the sheet is too low for all."""
    beside = _label_beside(markers, sheet)
    by_x = sorted(labels.leave_out(markers, beside), key=lambda marker: (marker.x, marker.y))
    half = len(by_x) // 2
    left = labels.label_column(by_x[:half], "left", LEFT_COLUMN, LEFT_COLUMN - EDGE, [(EDGE, sheet.inset_top - 4)])
    right_band = (EDGE, sheet.online_top - 6)
    right = labels.label_column(by_x[half:], "right", sheet.right_x, RIGHT_COLUMN - EDGE, [right_band])
    return None if left is None or right is None else [*beside, *left, *right]


def _label_beside(markers: Sequence[Marker], sheet: _Sheet) -> list[Marker]:
    """The markers that need no place in a column: labelled right beside them, or too many for a label each."""
    height, right_x = sheet.height, sheet.right_x
    beside: list[Marker] = []
    if len(markers) <= 3 or len(markers) > NAMES_MAX:
        # Two or three points need no columns at all, if their labels keep clear of inset and online points.
        inset = (0, sheet.inset_top - 4, INSET_WIDTH + EDGE + 4, height)
        online = (right_x - 10, sheet.online_top - 6, WIDTH, height)
        beside = labels.label_beside(markers, markers, [inset, online], (EDGE, EDGE, WIDTH - EDGE, height - EDGE))
    if len(markers) > NAMES_MAX:
        return beside + labels.leave_out(markers, beside)
    if len(beside) == len(markers):
        return beside
    # Both columns end above inset and online points; what lies lower has its label in the middle if it can.
    low = [marker for marker in markers if marker.y > sheet.inset_top + 4]
    return labels.label_beside(low, markers, [], (LEFT_COLUMN + EDGE + 4, EDGE, right_x - 8, height - EDGE))


def _inset(view: View, height: float, frame: Rect) -> Inset:
    """The whole country inside `frame`, with the part that a drawing of this view and height shows large."""
    left, top, right, _ = bounds()
    scale = (frame.width - 8) / (right - left)  # the frame is a little larger than that: the names need it
    small = View(scale, frame.x - left * scale, frame.y - top * scale)
    # What the drawing shows, in map units, then in the inset; cut to the frame.
    x0, y0 = small.point(-view.dx / view.scale, -view.dy / view.scale)
    x1, y1 = small.point((WIDTH - view.dx) / view.scale, (height - view.dy) / view.scale)
    x0, y0 = max(x0, frame.x), max(y0, frame.y)
    x1, y1 = min(x1, frame.x + frame.width), min(y1, frame.y + frame.height)
    window = Rect(round(x0, 1), round(y0, 1), round(max(x1 - x0, 1), 1), round(max(y1 - y0, 1), 1))
    return Inset(frame, small.transform, window, islands(small, 8, frame.x + frame.width))


def country(markers: Sequence[Marker], online: Sequence[Marker], view: View) -> Layout:
    """The whole country with both archipelagos; labels beside the markers, the others in the sea or in the west."""
    land_bottom = view.point(0, bounds()[3])[1]
    # The archipelagos and their names stay free.
    archipelagos = [
        (min(x for x, _ in group.dots) - 8, min(y for _, y in group.dots) - 8, WIDTH, group.y + 6)
        for group in islands(view, FONT - 1)
    ]
    beside = labels.label_beside(markers, markers, archipelagos, (EDGE, EDGE, WIDTH - EDGE, land_bottom))
    if len(markers) > NAMES_MAX:
        beside += labels.leave_out(markers, beside)
    others = labels.leave_out(markers, beside)
    written = [marker.box for marker in beside if marker.lines]
    in_west = _label_in_west(others, written, view)
    in_sea, bottom = _label_in_sea(labels.leave_out(others, in_west), [*archipelagos, *written], view, land_bottom)
    rows, frame = [], None
    if online:
        rows, rows_end = labels.label_rows(online, EDGE + 8, bottom + 12, WIDTH - 2 * EDGE - 12, 2)
        frame = Rect(EDGE, bottom + 8, WIDTH - 2 * EDGE, rows_end - bottom - 4)
        bottom = rows_end + 8
    return Layout([*beside, *in_west, *in_sea, *rows], view, float(math.ceil(bottom)), None, frame)


def _label_in_west(markers: Sequence[Marker], written: Sequence[Box], view: View) -> list[Marker]:
    """Those of the markers inland that have room for their label in the west, with that label.

    `written` are the labels that stand there already.
    """
    (edge, top), bottom = view.point(WEST_EDGE, WEST_TOP), view.point(0, WEST_BOTTOM)[1]
    free = _cut_out((top, bottom), [(box[1], box[3]) for box in written if box[0] < edge + 6])
    easternmost = view.point(WEST_MARKERS, 0)[0]
    inland = [marker for marker in markers if marker.y > top - 12 and marker.x < easternmost]
    # Whatever does not fit in the west goes to the sea, the northernmost first: they are nearest to it.
    inland.sort(key=lambda marker: marker.y)
    while (labelled := labels.label_column(inland, "left", edge, edge - EDGE, free)) is None:
        del inland[0]
    return labelled


def _label_in_sea(
    markers: Sequence[Marker], boxes: Sequence[Box], view: View, land_bottom: float
) -> tuple[list[Marker], float]:
    """The markers with their labels in a column in the sea; also where the drawing ends, as low as that needs.

    `boxes` stay free.
    """
    column = view.point(CAPE, 0)[0] + 6
    # What reaches into the column takes that stretch of it.
    taken = [(box[1], box[3]) for box in boxes if box[2] > column - 6]
    bottom, extra = land_bottom, 0.0
    while True:
        free = _cut_out((EDGE, bottom), taken)
        labelled = labels.label_column(markers, "right", column, WIDTH - column - EDGE, free)
        if labelled is not None:
            return labelled, bottom
        # A good guess for many points, then small steps.
        extra += max(20.0, len(markers) * (LINE + GAP) - sum(low - high for high, low in free))
        bottom = land_bottom + extra


def _cut_out(band: Band, taken: Iterable[Band]) -> list[Band]:
    """The parts of a band that are left when others are taken out of it."""
    free, start = [], band[0]
    for low, high in sorted(taken):
        if low > start:
            free.append((start, min(low, band[1])))
        start = max(start, high)
    if start < band[1]:
        free.append((start, band[1]))
    return free
