"""The two layouts: the region of the points with an inset, or the whole country."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bridges.map import labels
from bridges.map.country import View, bounds, islands
from bridges.map.labels import GAP, LINE, Band
from bridges.map.parts import EDGE, NAMES_MAX, WIDTH, Inset, Marker, Rect
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


def region(markers: Sequence[Marker], online: Sequence[Marker], view: View) -> Layout:
    """The region of the points in the middle, labels in two columns, inset below left, online points below right."""
    right_x = WIDTH - RIGHT_COLUMN
    left, top, right, bottom = bounds()
    inset_height = round(INSET_WIDTH * (bottom - top) / (right - left)) + 4
    _, rows_height = labels.rows(online, right_x, 0, RIGHT_COLUMN - EDGE, 1)
    # Many online points need a taller sheet than the land does.
    height = max(HEIGHT_MIN, max(marker.y for marker in markers) + 30, rows_height + 4 * EDGE if online else 0)
    # The labels may need more room than the land: then the drawing becomes taller, never the letters smaller.
    while True:
        inset_top = height - EDGE - inset_height
        online_top = height - EDGE - rows_height - 4 if online else height
        # Two or three points need no columns at all, if their labels keep clear of inset and online points.
        corners = [(0, inset_top - 4, INSET_WIDTH + EDGE + 4, height), (right_x - 10, online_top - 6, WIDTH, height)]
        beside = []
        if len(markers) <= 3 or len(markers) > NAMES_MAX:
            beside = labels.beside(markers, markers, corners, (EDGE, EDGE, WIDTH - EDGE, height - EDGE))
        if len(markers) > NAMES_MAX:
            beside += labels.without(markers, beside)
        if len(beside) < len(markers):
            # Both columns end above inset and online points; what lies lower has its label in the middle if it can.
            low = [marker for marker in markers if marker.y > inset_top + 4]
            beside = labels.beside(low, markers, [], (LEFT_COLUMN + EDGE + 4, EDGE, right_x - 8, height - EDGE))
        by_x = sorted(labels.without(markers, beside), key=lambda marker: (marker.x, marker.y))
        half = len(by_x) // 2
        left_done = labels.column(by_x[:half], "left", LEFT_COLUMN, LEFT_COLUMN - EDGE, [(EDGE, inset_top - 4)])
        right_done = labels.column(by_x[half:], "right", right_x, RIGHT_COLUMN - EDGE, [(EDGE, online_top - 6)])
        if left_done is not None and right_done is not None:
            break
        height += 20
    height = float(math.ceil(height))
    rows, frame = [], None
    if online:
        rows, _ = labels.rows(online, right_x, online_top + 1, RIGHT_COLUMN - EDGE, 1)
        frame = Rect(right_x - 6, round(online_top - 2, 1), RIGHT_COLUMN + 6 - EDGE / 2, rows_height + 6)
    inset = _inset(view, height, Rect(EDGE, round(height - EDGE - inset_height, 1), INSET_WIDTH, inset_height))
    return Layout([*beside, *left_done, *right_done, *rows], view, height, inset, frame)


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
    column = view.point(CAPE, 0)[0] + 6
    # The archipelagos and their names stay free.
    archipelagos = [
        (min(x for x, _ in group.dots) - 8, min(y for _, y in group.dots) - 8, WIDTH, group.y + 6)
        for group in islands(view, FONT - 1)
    ]
    beside = labels.beside(markers, markers, archipelagos, (EDGE, EDGE, WIDTH - EDGE, land_bottom))
    if len(markers) > NAMES_MAX:
        beside += labels.without(markers, beside)
    others = labels.without(markers, beside)
    written = [marker.box for marker in beside if marker.lines]
    # What reaches into a column takes that stretch of it.
    taken = [(box[1], box[3]) for box in [*archipelagos, *written] if box[2] > column - 6]
    (west_edge, west_top), west_bottom = view.point(WEST_EDGE, WEST_TOP), view.point(0, WEST_BOTTOM)[1]
    west_free = _without((west_top, west_bottom), [(box[1], box[3]) for box in written if box[0] < west_edge + 6])
    inland = [m for m in others if m.y > west_top - 12 and m.x < view.point(WEST_MARKERS, 0)[0]]
    # Whatever does not fit in the west goes to the sea, the northernmost first: they are nearest to it.
    inland.sort(key=lambda marker: marker.y)
    while (west_done := labels.column(inland, "left", west_edge, west_edge - EDGE, west_free)) is None:
        del inland[0]
    outside = labels.without(others, inland)
    extra = 0.0
    while True:
        sea = _without((EDGE, land_bottom + extra), taken)
        sea_done = labels.column(outside, "right", column, WIDTH - column - EDGE, sea)
        if sea_done is not None:
            break
        # A good guess for many points, then small steps.
        extra += max(20.0, len(outside) * (LINE + GAP) - sum(bottom - top for top, bottom in sea))
    y = land_bottom + extra
    rows, frame = [], None
    if online:
        rows, rows_end = labels.rows(online, EDGE + 8, y + 12, WIDTH - 2 * EDGE - 12, 2)
        frame = Rect(EDGE, y + 8, WIDTH - 2 * EDGE, rows_end - y - 4)
        y = rows_end + 8
    return Layout([*beside, *west_done, *sea_done, *rows], view, float(math.ceil(y)), None, frame)


def _without(band: Band, taken: Iterable[Band]) -> list[Band]:
    """The parts of a band that are left when others are taken out of it."""
    free, start = [], band[0]
    for low, high in sorted(taken):
        if low > start:
            free.append((start, min(low, band[1])))
        start = max(start, high)
    if start < band[1]:
        free.append((start, band[1]))
    return free
