"""The picture of a conference: Vietnam, its bridge points, and a line from each to the hall.

Pure functions: places go in, a `Map` comes out that holds everything the template `bridges/_map.html` writes down.
No database, no request, no HTML. Two systems of coordinates are in use:

- *map units*: the coordinates of the outlines in `data/vietnam_map.json`; about 52 units to a degree of longitude;
- *drawing units*: the coordinates of the finished drawing, which is always `WIDTH` units wide. A phone shows it about
  that many CSS pixels wide, so a letter of 12 units is about 12 pixels there and grows with the drawing elsewhere.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data" / "vietnam_map.json"

# Kind of point -> its sign, an SVG path around the origin: circle, screen, diamond, triangle. Colour is not enough.
SHAPES = {
    "venue": "M-5.2 0a5.2 5.2 0 1 0 10.4 0a5.2 5.2 0 1 0-10.4 0z",
    "video_room": "M-3.8-4.6h7.6a1.6 1.6 0 0 1 1.6 1.6v6a1.6 1.6 0 0 1-1.6 1.6h-7.6a1.6 1.6 0 0 1-1.6-1.6v-6"
    "a1.6 1.6 0 0 1 1.6-1.6z",
    "ecommerce": "M0-6.6 6.6 0 0 6.6-6.6 0z",
    "online": "M0-6.2 6.2 4.8H-6.2z",
}
KINDS = tuple(SHAPES)

WIDTH = 340.0
FONT = 12.0
LINE = 14.0  # from one line of a label to the next
EDGE = 6.0  # nothing with meaning comes nearer to the border of the drawing
GAP = 4.0  # between two labels of one column

# The cropped drawing has three columns: labels, the land that the points need, labels.
LEFT_COLUMN = 98.0
RIGHT_COLUMN = 104.0
LABEL_LINES = 2
MARKER_DISTANCE = 13.0  # two markers nearer than this are pushed apart
SCALE_MAX = 2.0  # nearer than this the simplified outline shows its corners
SCALE_FULL = 0.8  # when the points need a smaller scale than this, the whole country is drawn instead
HEIGHT_AIM = 380.0
HEIGHT_MIN = 300.0
HEIGHT_NAMES = 500.0  # taller than this without the online points: too many names, numbers take their place
NAMES_MAX = 30  # with more points than this only those get their number that have room for it beside them
INSET_WIDTH = 98.0


@dataclass(frozen=True)
class Place:
    """A bridge point as the map needs it.

    `key` is unique among the places of one map, `kind` is one of `KINDS`, `latitude` and `longitude` are in degrees,
    both None for a point that is nowhere on land (an online channel). `label` and `note` are plain text, `url` an
    address or "".
    """

    key: str
    label: str
    kind: str
    latitude: float | None = None
    longitude: float | None = None
    url: str = ""
    note: str = ""

    @property
    def located(self) -> bool:
        """Whether it has a spot on the drawing. A point abroad has none and stands with the online ones."""
        if self.latitude is None or self.longitude is None:
            return False
        return 6 <= self.latitude <= 24 and 101.5 <= self.longitude <= 116.5


@dataclass(frozen=True)
class TextLine:
    """One line of a label: plain text and the start of its baseline, in drawing units."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Marker:
    """A place on the drawing. All numbers are drawing units.

    - `number`: its position in the list, from 1.
    - `text`: what is to be written beside it: the label or, in a numbered map, the number.
    - `lines`: the same broken to fit (the last line may end in "…"), with their SVG text-anchor in `anchor`.
    - `side`: the side of the marker that they are on, "left" or "right".
    - `box`: what they cover: left, top, right, bottom.
    - `leader`: the path from there to the marker, "" where they stand next to it.
    """

    key: str
    label: str
    kind: str
    url: str
    note: str
    x: float
    y: float
    hub: bool
    located: bool
    number: int = 0
    text: str = ""
    side: str = "right"
    anchor: str = "start"
    lines: tuple[TextLine, ...] = ()
    leader: str = ""
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    @property
    def shape(self) -> str:
        """The sign of its kind, an SVG path around the origin."""
        return SHAPES[self.kind]


@dataclass(frozen=True)
class Line:
    """The curve from a point to the hub: its SVG path, and key and kind of the point."""

    d: str
    key: str
    kind: str


@dataclass(frozen=True)
class Islands:
    """An archipelago: its name, where the name stands (middle of the baseline), and a dot for each island."""

    name: str
    x: float
    y: float
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Rect:
    """A rectangle in drawing units."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Inset:
    """The whole country in a corner of a cropped drawing; `window` is the part that the drawing shows large."""

    frame: Rect
    transform: str
    window: Rect
    islands: tuple[Islands, ...]


@dataclass(frozen=True)
class Map:
    """Everything that the template writes down. Numbers are drawing units, outlines are map units under `transform`.

    `numbered` says that the points were too many for their names: the list beside the drawing must then be numbered in
    the order of the places (the hub first when it was not among them), which is the order of `markers`.
    `kinds` are the kinds among the points (without the hub), each with its sign, for the key below the drawing.
    """

    uid: str
    width: float
    height: float
    view_box: str
    land: str
    borders: str
    transform: str
    islands: tuple[Islands, ...]
    inset: Inset | None
    markers: tuple[Marker, ...]
    lines: tuple[Line, ...]
    hub: Marker | None
    numbered: bool
    online_frame: Rect | None
    kinds: tuple[tuple[str, str], ...]
    source: str
    licence: str


@dataclass(frozen=True)
class _View:
    """Map units to drawing units."""

    scale: float
    dx: float
    dy: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        return x * self.scale + self.dx, y * self.scale + self.dy

    @property
    def transform(self) -> str:
        return f"translate({self.dx:.2f} {self.dy:.2f}) scale({self.scale:.4f})"


@cache
def base() -> dict:
    """The contents of `vietnam_map.json`: outlines, borders, archipelagos, projection, source. Read once."""
    return json.loads(DATA.read_text(encoding="utf-8"))


@cache
def _bounds() -> tuple[float, float, float, float]:
    left, top, width, height = (float(part) for part in base()["view_box"].split())
    return left, top, left + width, top + height


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Where a place lies on the outlines: degrees north and east in, x and y in map units out (Mercator)."""
    p = base()["projection"]
    mercator = math.degrees(math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2)))
    return p["x0"] + p["x_per_degree"] * longitude, p["y0"] + p["y_per_mercator_degree"] * mercator


def draw(places: Sequence[Place], hub: Place | None, *, uid: str = "dc-map") -> Map:
    """Lay out the map of one conference.

    In: the points, the hall that all lines lead to (None: no lines; it may or may not be among `places`), and the
    prefix of the ids in the SVG, which must differ between two maps on one page. Out: a `Map`. The drawing is cropped
    to the region that the points need, with the whole country as an inset; points far apart get the whole country.
    """
    ordered = list(places)
    if hub is not None and all(place.key != hub.key for place in ordered):
        ordered.insert(0, hub)
    hub_key = hub.key if hub is not None else None
    numbered = sum(place.located for place in ordered) > NAMES_MAX
    pins, view, height, inset, frame = _lay_out(ordered, hub_key, numbered)
    if not numbered and height - (frame.height if frame is not None and inset is None else 0) > HEIGHT_NAMES:
        numbered = True
        pins, view, height, inset, frame = _lay_out(ordered, hub_key, numbered)
    # Back to the order in which the places came: the list beside the map has it too.
    markers = sorted(pins, key=lambda marker: marker.number)
    centre = next((marker for marker in markers if marker.hub), None)
    lines = tuple(
        Line(_curve(marker, centre, sideways=inset is not None), marker.key, marker.kind)
        for marker in markers
        if centre is not None and not marker.hub
    )
    data = base()
    return Map(
        uid=uid,
        width=WIDTH,
        height=height,
        view_box=f"0 0 {WIDTH:g} {height:g}",
        land="".join(data["paths"]),
        borders="".join(data["borders"]),
        transform=view.transform,
        # A cropped drawing has them in the inset, where labels and lines cannot cover them.
        islands=() if inset is not None else _islands(view, FONT - 1),
        inset=inset,
        markers=tuple(markers),
        lines=lines,
        hub=centre,
        numbered=numbered,
        online_frame=frame,
        kinds=tuple((k, shape) for k, shape in SHAPES.items() if any(m.kind == k and not m.hub for m in markers)),
        source=data["source"],
        licence=data["licence"],
    )


# --- text -----------------------------------------------------------------------------------------------------------


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
        if len(done) == lines - 2:
            # The last break: where both lines are about equally long, "Thành phố / Hồ Chí Minh".
            halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
            fitting = [pair for pair in halves if all(text_width(half) <= width for half in pair)]
            if text_width(" ".join(words)) > width and fitting:
                done.extend(min(fitting, key=lambda pair: max(map(text_width, pair))))
                return done
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}") <= width:
            line = f"{line} {words.pop(0)}"
        rest_is_lost = bool(words) and len(done) == lines - 1
        if rest_is_lost or text_width(line) > width:
            line = _cut(f"{line} {' '.join(words)}" if rest_is_lost else line, width)
        done.append(line)
    return done


def _cut(text: str, width: float) -> str:
    while text and text_width(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip(' -–,')}…"


# --- where the points go --------------------------------------------------------------------------------------------


def _crop(points: Sequence[tuple[float, float]]) -> _View | None:
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
    return _View(scale, middle - (left + right) / 2 * scale, height / 2 - (top + bottom) / 2 * scale)


def _whole() -> _View:
    """The view for a drawing of the whole country."""
    left, top, right, _ = _bounds()
    scale = (WIDTH - 4) / (right - left)
    return _View(scale, 2 - left * scale, 4 - top * scale)


def _apart(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Push points apart that would cover each other; two rooms in one town are the usual case."""
    moved = [list(point) for point in points]
    for _ in range(60 if len(points) <= NAMES_MAX else 10):
        still = True
        for i in range(len(moved)):
            for j in range(i + 1, len(moved)):
                dx, dy = moved[j][0] - moved[i][0], moved[j][1] - moved[i][1]
                distance = math.hypot(dx, dy)
                if distance >= MARKER_DISTANCE - 0.01:
                    continue
                still = False
                if distance < 0.01:
                    # The same spot: any direction will do, as long as each pair has another one.
                    angle = 2.4 * j + 0.3
                    dx, dy, distance = math.cos(angle), math.sin(angle), 1.0
                push = (MARKER_DISTANCE - math.hypot(moved[j][0] - moved[i][0], moved[j][1] - moved[i][1])) / 2
                for index, sign in ((i, -1), (j, 1)):
                    moved[index][0] += sign * dx / distance * push
                    moved[index][1] += sign * dy / distance * push
        if still:
            break
    # However many there are, they stay on the drawing.
    return [(min(max(x, 2 * EDGE), WIDTH - 2 * EDGE), max(y, 2 * EDGE)) for x, y in moved]


def _pin(place: Place, number: int, hub_key: str | None, numbered: bool) -> Marker:
    """A marker without a position. Unknown kinds are drawn like an online point rather than not at all."""
    hub = place.key == hub_key
    text = place.label
    if numbered and not hub:
        text = str(number) if place.located else f"{number}. {place.label}"
    return Marker(
        key=place.key,
        label=place.label,
        kind=place.kind if place.kind in KINDS else "online",
        url=place.url,
        note=place.note,
        x=0.0,
        y=0.0,
        hub=hub,
        located=place.located,
        number=number,
        text=text,
    )


def _at(pin: Marker, x: float, y: float) -> Marker:
    return replace(pin, x=round(x, 1), y=round(y, 1))


# --- labels ---------------------------------------------------------------------------------------------------------


def _stack(
    targets: Sequence[float], heights: Sequence[float], bands: Sequence[tuple[float, float]]
) -> list[float] | None:
    """Centres for boxes of the given heights: in order, inside the bands, as near to the targets as can be.

    Exact, by dynamic programming over whole drawing units. None when they do not fit.
    """
    if not targets:
        return []
    size = math.ceil(max(bottom for _, bottom in bands)) + 1
    infinite = math.inf
    # best[t]: the least cost with everything so far ending at or above t
    best = [0.0] * size
    choices: list[list[int]] = []
    for target, height in zip(targets, heights, strict=True):
        cost = [infinite] * size
        for top_limit, bottom_limit in bands:
            for top in range(math.ceil(top_limit), math.floor(bottom_limit - height) + 1):
                if best[top] < infinite:
                    end = top + math.ceil(height)
                    if end < size:
                        cost[end] = min(cost[end], best[top] + (top + height / 2 - target) ** 2)
        choice, best_end, running = [], -1, infinite
        for end in range(size):
            if cost[end] < running:
                running, best_end = cost[end], end
            choice.append(best_end)
            cost[end] = running
        best = cost
        choices.append(choice)
    if best[-1] == infinite:
        return None
    centres, end = [], size - 1
    for height, choice in zip(reversed(heights), reversed(choices), strict=True):
        end = choice[end] - math.ceil(height)
        centres.append(end + height / 2)
    return centres[::-1]


def _place_column(
    markers: Sequence[Marker], side: str, x: float, width: float, bands: Sequence[tuple[float, float]]
) -> list[Marker] | None:
    """Give the markers of one column their labels; x is the edge that the labels are flush with."""
    ordered = sorted(markers, key=lambda marker: (marker.y, marker.x))
    texts = [_fold(marker, width) for marker in ordered]
    heights = [len(text) * LINE + GAP for text in texts]
    centres = _stack([marker.y for marker in ordered], heights, bands)
    if centres is None:
        return None
    return [
        _labelled(marker, text, side, x, centre) for marker, text, centre in zip(ordered, texts, centres, strict=True)
    ]


def _fold(marker: Marker, width: float) -> list[str]:
    return fold(marker.text, width / _boldness(marker))


def _boldness(marker: Marker) -> float:
    return 1.1 if marker.hub else 1.0


def _labelled(marker: Marker, text: list[str], side: str, x: float, centre: float) -> Marker:
    anchor = "start" if side == "right" else "end"
    top = centre - len(text) * LINE / 2
    lines = tuple(
        TextLine(line, round(x, 1), round(top + LINE * number + LINE * 0.76, 1)) for number, line in enumerate(text)
    )
    wide = max((text_width(line) for line in text), default=0.0) * _boldness(marker)
    left = x if anchor == "start" else x - wide
    box = (left, top, left + wide, top + len(text) * LINE)
    leader = ""
    if text and marker.located and abs(x - marker.x) > 14:
        near = box[0] - 3 if side == "right" else box[2] + 3
        step = -5 if side == "right" else 5
        leader = f"M{near:.1f} {centre:.1f}h{step}L{marker.x:.1f} {marker.y:.1f}"
    return replace(marker, side=side, anchor=anchor, lines=lines, leader=leader, box=tuple(round(v, 1) for v in box))


_Box = tuple[float, float, float, float]


def _meet(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _beside(markers: Sequence[Marker], others: Sequence[Marker], taken: Sequence[_Box], limit: _Box) -> list[Marker]:
    """Those of the markers that have room for a label right beside them, with that label.

    `others` are all markers of the drawing, `taken` what else must stay free, `limit` the box that labels stay in.
    """
    done: list[Marker] = []
    signs = {marker.key: (marker.x - 8, marker.y - 7, marker.x + 8, marker.y + 7) for marker in others}
    for marker in sorted(markers, key=lambda marker: (not marker.hub, marker.y, marker.x)):
        away = 13 if marker.hub else 9
        text = _fold(marker, 92)
        for side, x in (("right", marker.x + away), ("left", marker.x - away)):
            labelled = _labelled(marker, text, side, x, marker.y)
            box = labelled.box
            inside = limit[0] <= box[0] and limit[1] <= box[1] and box[2] <= limit[2] and box[3] <= limit[3]
            barriers = [*taken, *(sign for key, sign in signs.items() if key != marker.key), *(m.box for m in done)]
            if inside and not any(_meet(box, barrier) for barrier in barriers):
                done.append(labelled)
                break
    return done


def _with_the_rest(labelled: Sequence[Marker], markers: Sequence[Marker]) -> list[Marker]:
    """The labelled markers and, without a label, all others."""
    there = {marker.key for marker in labelled}
    return [*labelled, *(marker for marker in markers if marker.key not in there)]


def _online_rows(pins: Sequence[Marker], x: float, y: float, width: float, columns: int) -> tuple[list[Marker], float]:
    """Markers with their labels at the right, row by row from y downwards; also the y below the last row."""
    done: list[Marker] = []
    each = width / columns
    for start in range(0, len(pins), columns):
        row = pins[start : start + columns]
        texts = [_fold(pin, each - 20) for pin in row]
        height = max(1, *(len(text) for text in texts)) * LINE + 7
        for number, (pin, text) in enumerate(zip(row, texts, strict=True)):
            left = x + number * each
            done.append(_labelled(_at(pin, left + 5, y + height / 2), text, "right", left + 16, y + height / 2))
        y += height
    return done, y


# --- the two layouts ------------------------------------------------------------------------------------------------

_Layout = tuple[list[Marker], _View, float, Inset | None, Rect | None]


def _lay_out(places: Sequence[Place], hub_key: str | None, numbered: bool) -> _Layout:
    pins = [_pin(place, number, hub_key, numbered) for number, place in enumerate(places, 1)]
    online = [pin for pin in pins if not pin.located]
    points = [project(place.latitude, place.longitude) for place in places if place.located]
    cropped = _crop(points)
    view = cropped or _whole()
    spots = _apart([view.point(x, y) for x, y in points])
    markers = [_at(pin, x, y) for pin, (x, y) in zip((pin for pin in pins if pin.located), spots, strict=True)]
    return (_lay_out_cropped if cropped else _lay_out_full)(markers, online, view)


def _lay_out_cropped(markers: Sequence[Marker], online: Sequence[Marker], view: _View) -> _Layout:
    """The region of the points in the middle, labels in two columns, inset below left, online points below right."""
    right_x = WIDTH - RIGHT_COLUMN
    left, top, right, bottom = _bounds()
    inset_height = round(INSET_WIDTH * (bottom - top) / (right - left)) + 4
    rows, rows_height = _online_rows(online, right_x, 0, RIGHT_COLUMN - EDGE, 1)
    height = max(HEIGHT_MIN, max(marker.y for marker in markers) + 30)
    # The labels may need more room than the land: then the drawing becomes taller, never the letters smaller.
    while True:
        inset_top = height - EDGE - inset_height
        online_top = height - EDGE - rows_height - 4 if online else height
        # Two or three points need no columns at all, if their labels keep clear of inset and online points.
        corners = [(0, inset_top - 4, INSET_WIDTH + EDGE + 4, height), (right_x - 10, online_top - 6, WIDTH, height)]
        beside = []
        if len(markers) <= 3 or len(markers) > NAMES_MAX:
            beside = _beside(markers, markers, corners, (EDGE, EDGE, WIDTH - EDGE, height - EDGE))
        if len(markers) > NAMES_MAX:
            beside = _with_the_rest(beside, markers)
        if len(beside) < len(markers):
            # Both columns end above inset and online points; what lies lower has its label in the middle if it can.
            low = [marker for marker in markers if marker.y > inset_top + 4]
            beside = _beside(low, markers, [], (LEFT_COLUMN + EDGE + 4, EDGE, right_x - 8, height - EDGE))
        there = {marker.key for marker in beside}
        by_x = sorted((m for m in markers if m.key not in there), key=lambda marker: (marker.x, marker.y))
        half = len(by_x) // 2
        left_done = _place_column(by_x[:half], "left", LEFT_COLUMN, LEFT_COLUMN - EDGE, [(EDGE, inset_top - 4)])
        right_done = _place_column(by_x[half:], "right", right_x, RIGHT_COLUMN - EDGE, [(EDGE, online_top - 6)])
        if left_done is not None and right_done is not None:
            break
        height += 20
    height = float(math.ceil(height))
    frame = None
    if online:
        frame = Rect(right_x - 6, round(online_top - 2, 1), RIGHT_COLUMN + 6 - EDGE / 2, rows_height + 6)
        rows, _ = _online_rows(online, right_x, online_top + 1, RIGHT_COLUMN - EDGE, 1)
    inset = _inset(view, height, Rect(EDGE, round(height - EDGE - inset_height, 1), INSET_WIDTH, inset_height))
    return [*beside, *left_done, *right_done, *rows], view, height, inset, frame


def _inset(view: _View, height: float, frame: Rect) -> Inset:
    """The whole country inside `frame`, with the part that a drawing of this view and height shows large."""
    left, top, right, _ = _bounds()
    scale = (frame.width - 8) / (right - left)  # the frame is a little larger than that: the names need it
    small = _View(scale, frame.x - left * scale, frame.y - top * scale)
    # What the drawing shows, in map units, then in the inset; cut to the frame.
    x0, y0 = small.point(-view.dx / view.scale, -view.dy / view.scale)
    x1, y1 = small.point((WIDTH - view.dx) / view.scale, (height - view.dy) / view.scale)
    x0, y0 = max(x0, frame.x), max(y0, frame.y)
    x1, y1 = min(x1, frame.x + frame.width), min(y1, frame.y + frame.height)
    window = Rect(round(x0, 1), round(y0, 1), round(max(x1 - x0, 1), 1), round(max(y1 - y0, 1), 1))
    return Inset(frame, small.transform, window, _islands(small, 8, frame.x + frame.width))


def _islands(view: _View, size: float, edge: float = WIDTH) -> tuple[Islands, ...]:
    groups = []
    for group in base()["islands"]:
        dots = tuple((round(x, 1), round(y, 1)) for x, y in (view.point(x, y) for x, y in group["dots"]))
        middle = min(view.point(group["x"], group["y"])[0], edge - 3 - text_width(group["name"], size) / 2)
        groups.append(Islands(group["name"], round(middle, 1), round(max(y for _, y in dots) + size + 1, 1), dots))
    return tuple(groups)


def _lay_out_full(markers: Sequence[Marker], online: Sequence[Marker], view: _View) -> _Layout:
    """The whole country with both archipelagos; labels beside the markers, the others in the sea or in the west."""
    land_bottom = view.point(0, _bounds()[3])[1]
    # Right of the easternmost cape; the archipelagos and their names stay free.
    column = view.point(388, 0)[0] + 6
    archipelagos = [
        (min(x for x, _ in group.dots) - 8, min(y for _, y in group.dots) - 8, WIDTH, group.y + 6)
        for group in _islands(view, FONT - 1)
    ]
    beside = _beside(markers, markers, archipelagos, (EDGE, EDGE, WIDTH - EDGE, land_bottom))
    if len(markers) > NAMES_MAX:
        beside = _with_the_rest(beside, markers)
    there = {marker.key for marker in beside}
    markers = [marker for marker in markers if marker.key not in there]
    # What reaches into a column takes that stretch of it.
    taken = [(box[1], box[3]) for box in [*archipelagos, *(m.box for m in beside if m.lines)] if box[2] > column - 6]
    # West of the central coast the drawing is empty as far as Laos and Cambodia reach.
    west_top, west_bottom = view.point(0, 285)[1], view.point(0, 615)[1]
    west_edge = view.point(232, 0)[0]
    west_taken = [(m.box[1], m.box[3]) for m in beside if m.lines and m.box[0] < west_edge + 6]
    west = [m for m in markers if m.y > west_top - 12 and m.x < view.point(300, 0)[0]]
    west_free = _without((west_top, west_bottom), west_taken) or [(west_top, west_top)]
    extra = 0.0
    while True:
        end = land_bottom + extra
        sea = _without((EDGE, end), taken)
        # Whatever does not fit in the west goes to the sea, the northernmost first: they are nearest to it.
        for moved in range(len(west) + 1):
            inland = sorted(west, key=lambda m: m.y)[moved:]
            west_done = _place_column(inland, "left", west_edge, west_edge - EDGE, west_free)
            if west_done is not None:
                break
        outside = [m for m in markers if m not in inland]
        sea_done = _place_column(outside, "right", column, WIDTH - column - EDGE, sea)
        if west_done is not None and sea_done is not None:
            break
        # A good guess for many points, then small steps.
        extra += max(20.0, len(outside) * (LINE + GAP) - sum(bottom - top for top, bottom in sea))
    y = land_bottom + extra
    rows: list[Marker] = []
    frame = None
    if online:
        rows, rows_end = _online_rows(online, EDGE + 8, y + 12, WIDTH - 2 * EDGE - 12, 2)
        frame = Rect(EDGE, y + 8, WIDTH - 2 * EDGE, rows_end - y - 4)
        y = rows_end + 8
    return [*beside, *west_done, *sea_done, *rows], view, float(math.ceil(y)), None, frame


def _without(band: tuple[float, float], taken: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The parts of a band that are left when others are taken out of it."""
    free, start = [], band[0]
    for low, high in sorted(taken):
        if low > start:
            free.append((start, min(low, band[1])))
        start = max(start, high)
    if start < band[1]:
        free.append((start, band[1]))
    return free


def _curve(marker: Marker, hub: Marker, *, sideways: bool) -> str:
    """The line from a marker to the hub, as an SVG path."""
    dx, dy = hub.x - marker.x, hub.y - marker.y
    if not marker.located:
        # Leaves the row of online points at a right angle, so that it does not run through its neighbours' labels.
        along, up = (0.75, 0.1) if sideways else (0.1, 0.6)
        control = (marker.x + dx * along, marker.y + dy * up)
    else:
        # Bent to one side by a sixth of the length: lines from points in one direction do not cover each other.
        control = (marker.x + dx / 2 - dy * 0.16, marker.y + dy / 2 + dx * 0.16)
    return f"M{marker.x:.1f} {marker.y:.1f}Q{control[0]:.1f} {control[1]:.1f} {hub.x:.1f} {hub.y:.1f}"
