"""Which part of the country is drawn, and where on it the points stand."""

import math
from collections.abc import Sequence
from itertools import combinations

from bridges.map.country import View, bounds
from bridges.map.parts import EDGE, NAMES_MAX, WIDTH

# The cropped drawing has three columns: labels, the land that the points need, labels.
LEFT_COLUMN = 98.0
RIGHT_COLUMN = 104.0
SCALE_MAX = 2.0  # nearer than this the simplified outline shows its corners
SCALE_FULL = 0.8  # when the points need a smaller scale than this, the whole country is drawn instead
HEIGHT_AIM = 380.0
HEIGHT_MIN = 300.0

MARKER_DISTANCE = 13.0  # two markers nearer than this are pushed apart

Spot = tuple[float, float]


def crop(points: Sequence[Spot]) -> View | None:
    """The view for a cropped drawing, or None when the points lie so far apart that the whole country is better."""
    if not points:
        return None
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    inner = WIDTH - LEFT_COLUMN - RIGHT_COLUMN - 34
    scale = min(SCALE_MAX, inner / max(right - left, 1), (HEIGHT_AIM - 60) / max(bottom - top, 1))
    if scale < SCALE_FULL:
        return None
    middle = LEFT_COLUMN + (WIDTH - LEFT_COLUMN - RIGHT_COLUMN) / 2
    height = max(HEIGHT_MIN, (bottom - top) * scale + 60)
    return View(scale, middle - (left + right) / 2 * scale, height / 2 - (top + bottom) / 2 * scale)


def whole_country() -> View:
    """The view for a drawing of the whole country."""
    left, top, right, _ = bounds()
    scale = (WIDTH - 4) / (right - left)
    return View(scale, 2 - left * scale, 4 - top * scale)


def push_apart(points: Sequence[Spot]) -> list[Spot]:
    """Push points apart that would cover each other; two rooms in one town are the usual case."""
    moved = [list(point) for point in points]
    for _ in range(60 if len(points) <= NAMES_MAX else 10):
        still = True
        for (_, one), (number, other) in combinations(enumerate(moved), 2):
            if math.hypot(other[0] - one[0], other[1] - one[1]) < MARKER_DISTANCE - 0.01:
                still = False
                _push_pair(one, other, angle=2.4 * number + 0.3)
        if still:
            break
    # However many there are, they stay on the drawing.
    return [(min(max(x, 2 * EDGE), WIDTH - 2 * EDGE), max(y, 2 * EDGE)) for x, y in moved]


def _push_pair(one: list[float], other: list[float], *, angle: float) -> None:
    """Move two spots away from each other until they are `MARKER_DISTANCE` apart.

    Two at the same spot move along `angle` (radians): any will do, as long as each pair has another one.
    """
    dx, dy = other[0] - one[0], other[1] - one[1]
    distance = math.hypot(dx, dy)
    push = (MARKER_DISTANCE - distance) / 2
    if distance < 0.01:
        dx, dy, distance = math.cos(angle), math.sin(angle), 1.0
    for spot, sign in ((one, -1), (other, 1)):
        spot[0] += sign * dx / distance * push
        spot[1] += sign * dy / distance * push
