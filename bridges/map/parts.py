"""What goes into a map and what comes out of it, and the limits that every part keeps."""

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Self

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
EDGE = 6.0  # nothing with meaning comes nearer to the border of the drawing
NAMES_MAX = 30  # with more points than this only those get their number that have room for it beside them

Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class Place:
    """A bridge point as the map needs it.

    `key` is unique among the places of one map, `kind` is one of `KINDS`, `latitude` and `longitude` are in degrees,
    both None for a point that is nowhere on land (an online channel). `label` and `note` are plain text, `url` an
    address or "". `tone` is the end of a class by which a style sheet may colour it, "" for the colour of its kind.
    """

    key: str
    label: str
    kind: str
    latitude: float | None = None
    longitude: float | None = None
    url: str = ""
    note: str = ""
    tone: str = ""

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
    tone: str = ""
    box: Box = (0.0, 0.0, 0.0, 0.0)

    @property
    def shape(self) -> str:
        """The sign of its kind, an SVG path around the origin."""
        return SHAPES[self.kind]

    def at(self, x: float, y: float) -> Self:
        """The same marker, standing there."""
        return replace(self, x=round(x, 1), y=round(y, 1))


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

    @cached_property
    def mark(self) -> str:
        """The same for equal maps: by it a drawing is kept."""
        return sha256(repr(self).encode()).hexdigest()
