"""The picture of a conference: Vietnam, its bridge points, and a line from each to the hall.

Pure functions: places go in, a `Map` comes out that holds everything the template `bridges/_map.html` writes down.
No database, no request, no HTML. Two systems of coordinates are in use:

- *map units*: the coordinates of the outlines in `data/vietnam_map.json`; about 52 units to a degree of longitude;
- *drawing units*: the coordinates of the finished drawing, which is always `WIDTH` units wide. A phone shows it about
  that many CSS pixels wide, so a letter of 12 units is about 12 pixels there and grows with the drawing elsewhere.
"""

from bridges.map.country import project
from bridges.map.drawing import draw
from bridges.map.parts import Map, Marker, Place

__all__ = ["Map", "Marker", "Place", "draw", "project"]
