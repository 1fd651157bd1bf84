"""The country: its outlines, the projection onto them, and the archipelagos."""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bridges.map.parts import WIDTH, Islands
from bridges.map.text import text_width

DATA = Path(__file__).resolve().parents[1] / "data" / "vietnam_map.json"


@dataclass(frozen=True)
class View:
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
def base() -> dict[str, Any]:
    """The contents of `vietnam_map.json`: outlines, borders, archipelagos, projection, source. Read once."""
    contents: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return contents


@cache
def bounds() -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the whole country, in map units."""
    left, top, width, height = (float(part) for part in base()["view_box"].split())
    return left, top, left + width, top + height


@cache
def outlines() -> tuple[str, str]:
    """The land and the borders of its provinces, each as one SVG path in map units. All maps share them."""
    return "".join(base()["paths"]), "".join(base()["borders"])


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Where a place lies on the outlines: degrees north and east in, x and y in map units out (Mercator)."""
    p = base()["projection"]
    mercator = math.degrees(math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2)))
    return p["x0"] + p["x_per_degree"] * longitude, p["y0"] + p["y_per_mercator_degree"] * mercator


def islands(view: View, size: float, edge: float = WIDTH) -> tuple[Islands, ...]:
    """Both archipelagos with their names in letters of that size, none of them beyond `edge` on the right."""
    groups = []
    for group in base()["islands"]:
        dots = tuple((round(x, 1), round(y, 1)) for x, y in (view.point(x, y) for x, y in group["dots"]))
        middle = min(view.point(group["x"], group["y"])[0], edge - 3 - text_width(group["name"], size) / 2)
        groups.append(Islands(group["name"], round(middle, 1), round(max(y for _, y in dots) + size + 1, 1), dots))
    return tuple(groups)
