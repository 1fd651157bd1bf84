"""From the points of a conference to its finished map."""

from collections.abc import Sequence
from functools import lru_cache

from bridges.map import layouts, spots
from bridges.map.country import View, base, islands, outlines, project
from bridges.map.parts import KINDS, NAMES_MAX, SHAPES, WIDTH, Line, Map, Marker, Place
from bridges.map.text import FONT

HEIGHT_NAMES = 500.0  # taller than this without the online points: too many names, numbers take their place


def draw(places: Sequence[Place], hub: Place | None, *, uid: str = "dc-map") -> Map:
    """Lay out the map of one conference.

    In: the points, the hall that all lines lead to (None: no lines; it may or may not be among `places`), and the
    prefix of the ids in the SVG, which must differ between two maps on one page. Out: a `Map`. The drawing is cropped
    to the region that the points need, with the whole country as an inset; points far apart get the whole country.
    """
    return _draw(tuple(places), hub, uid)


@lru_cache(maxsize=64)
def _draw(places: tuple[Place, ...], hub: Place | None, uid: str) -> Map:
    """The same map for the same points: a conference is looked at far more often than its points change."""
    if hub is not None and all(place.key != hub.key for place in places):
        places = (hub, *places)
    hub_key = hub.key if hub is not None else None
    layout, numbered = _choose_layout(places, hub_key)
    # Back to the order in which the places came: the list beside the map has it too.
    markers = sorted(layout.markers, key=lambda marker: marker.number)
    centre = next((marker for marker in markers if marker.hub), None)
    land, borders = outlines()
    return Map(
        uid=uid,
        width=WIDTH,
        height=layout.height,
        view_box=f"0 0 {WIDTH:g} {layout.height:g}",
        land=land,
        borders=borders,
        transform=layout.view.transform,
        # A cropped drawing has them in the inset, where labels and lines cannot cover them.
        islands=() if layout.inset is not None else islands(layout.view, FONT - 1),
        inset=layout.inset,
        markers=tuple(markers),
        lines=_lines(markers, centre, sideways=layout.inset is not None) if centre else (),
        hub=centre,
        numbered=numbered,
        online_frame=layout.online_frame,
        kinds=_kinds(markers),
        source=base()["source"],
        licence=base()["licence"],
    )


def _choose_layout(places: Sequence[Place], hub_key: str | None) -> tuple[layouts.Layout, bool]:
    """The layout with names beside the markers; with numbers, and True, where there are too many names."""
    if sum(place.located for place in places) <= NAMES_MAX:
        layout = _lay_out(places, hub_key, numbered=False)
        if _height_of_names(layout) <= HEIGHT_NAMES:
            return layout, False
    return _lay_out(places, hub_key, numbered=True), True


def _lay_out(places: Sequence[Place], hub_key: str | None, *, numbered: bool) -> layouts.Layout:
    pins = [_pin(place, number, hub_key, numbered) for number, place in enumerate(places, 1)]
    online = [pin for pin in pins if not pin.located]
    # What is located has both.
    points = [project(place.latitude, place.longitude) for place in places if place.located]  # type: ignore[arg-type]
    if view := spots.crop(points):
        return layouts.region(_place_pins(pins, points, view), online, view)
    view = spots.whole_country()
    return layouts.country(_place_pins(pins, points, view), online, view)


def _place_pins(pins: Sequence[Marker], points: Sequence[spots.Spot], view: View) -> list[Marker]:
    """The located ones of the pins, each at its point (map units) as the view shows it."""
    there = spots.push_apart([view.point(x, y) for x, y in points])
    located = (pin for pin in pins if pin.located)
    return [pin.at(x, y) for pin, (x, y) in zip(located, there, strict=True)]


def _lines(markers: Sequence[Marker], hub: Marker, *, sideways: bool) -> tuple[Line, ...]:
    """A line from each marker to the hub."""
    return tuple(
        Line(_curve(marker, hub, sideways=sideways), marker.key, marker.kind) for marker in markers if not marker.hub
    )


def _kinds(markers: Sequence[Marker]) -> tuple[tuple[str, str], ...]:
    """The kinds among the markers without the hub, each with its sign, in the order of `SHAPES`."""
    there = {marker.kind for marker in markers if not marker.hub}
    return tuple((kind, shape) for kind, shape in SHAPES.items() if kind in there)


def _height_of_names(layout: layouts.Layout) -> float:
    """The height without the online points, where they stand below the country."""
    below = layout.online_frame if layout.inset is None else None
    return layout.height - (below.height if below is not None else 0)


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
        tone=place.tone,
    )


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
