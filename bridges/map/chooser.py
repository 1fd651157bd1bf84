"""A piece of the map on which somebody points at a place: what it shows, and which place a point of it is."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from bridges.map.country import View, base, bounds, outlines, project

#: Side of the picture, in pixels: it stands on the smallest phone as it is, because places are counted in pixels.
SIZE = 300
#: Pixels for a map unit, which is two kilometres: the surroundings of a town.
_NEAR = 3.2


class Spot(NamedTuple):
    """A place in degrees."""

    latitude: float
    longitude: float


def unproject(x: float, y: float) -> Spot:
    """The place that lies at ``x``, ``y`` of the outlines, in map units."""
    p = base()["projection"]
    mercator = math.radians((y - p["y0"]) / p["y_per_mercator_degree"])
    latitude = math.degrees(2 * math.atan(math.exp(mercator)) - math.pi / 2)
    return Spot(latitude, (x - p["x0"]) / p["x_per_degree"])


def _view(centre: Spot | None) -> View:
    """Around ``centre``; None: the whole mainland."""
    if centre is None:
        left, top, _right, bottom = bounds()
        scale = SIZE / (bottom - top)
        return View(scale, -left * scale, -top * scale)
    x, y = project(*centre)
    return View(_NEAR, SIZE / 2 - x * _NEAR, SIZE / 2 - y * _NEAR)


def spot_at(x: float, y: float, centre: Spot | None) -> Spot:
    """The place at the pixel ``x``, ``y`` of the picture around ``centre``, to some ten metres."""
    view = _view(centre)
    found = unproject((x - view.dx) / view.scale, (y - view.dy) / view.scale)
    return Spot(round(found.latitude, 4), round(found.longitude, 4))


def picture(centre: Spot | None, mark: Spot | None, names: Iterable[tuple[str, float, float]]) -> SafeString:
    """The picture as SVG: ``mark`` is the place that is chosen now, ``names`` stand at their places (degrees)."""
    view = _view(centre)
    land, borders = outlines()
    written = []
    for name, latitude, longitude in names:
        x, y = view.point(*project(latitude, longitude))
        if 0 < x < SIZE and 0 < y < SIZE:
            written.append((f"{x:.0f}", f"{y:.0f}", name))
    labels = format_html_join("", '<text x="{}" y="{}">{}</text>', written if centre is not None else ())
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}">'
        '<rect width="{size}" height="{size}" fill="#e6e9e0"/>'
        '<g transform="{transform}" stroke-linejoin="round">'
        '<path d="{land}" fill="#f4f6ea" stroke="#6f8a4e" stroke-width="1" vector-effect="non-scaling-stroke"/>'
        '<path d="{borders}" fill="none" stroke="#9aa886" stroke-width="1" vector-effect="non-scaling-stroke"/></g>'
        '<g font-family="sans-serif" font-size="11" text-anchor="middle" fill="#3d4a34" stroke="#f4f6ea"'
        ' stroke-width="3" paint-order="stroke" stroke-linejoin="round">{labels}</g>{mark}</svg>',
        size=SIZE, transform=view.transform, land=land, borders=borders, labels=labels, mark=_drawn_mark(mark, view),
    )  # fmt: skip


def _drawn_mark(mark: Spot | None, view: View) -> SafeString | str:
    if mark is None:
        return ""
    x, y = view.point(*project(*mark))
    return format_html(
        '<circle cx="{x}" cy="{y}" r="7" fill="#a52020" fill-opacity=".25"/>'
        '<circle cx="{x}" cy="{y}" r="3.5" fill="#a52020" stroke="#fff" stroke-width="1.2"/>',
        x=f"{x:.1f}",
        y=f"{y:.1f}",
    )
