"""A place on earth as people paste it: two numbers, or the address of a map."""

import re

_NUMBER = r"-?\d{1,3}\.\d+"
# Of Google Maps: the place itself (!3d…!4d…) before the middle of the picture (@…).
_IN_LINKS = (
    re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})"),
    re.compile(rf"[?&](?:q|query|ll|destination|mlat)=({_NUMBER})(?:,|%2C|\+|&mlon=)+({_NUMBER})", re.IGNORECASE),
    re.compile(rf"@({_NUMBER}),({_NUMBER})"),
    # OpenStreetMap.
    re.compile(rf"#map=\d+/({_NUMBER})/({_NUMBER})"),
)
_ALONE = re.compile(r"\(?\s*(-?\d{1,3}(?:[.,]\d+)?)°?\s*[NB]?\s*[,; ]\s*(-?\d{1,3}(?:[.,]\d+)?)°?\s*[EĐ]?\s*\)?")


def read_coordinates(text: str) -> tuple[float, float] | None:
    """Latitude and longitude in degrees, of "21.03, 105.85" or in the address of a map; None: there are none."""
    text = text.strip()
    for pattern in _IN_LINKS:
        if match := pattern.search(text):
            return _checked(match[1], match[2])
    match = _ALONE.fullmatch(text)
    return _checked(match[1], match[2]) if match else None


def _checked(latitude: str, longitude: str) -> tuple[float, float] | None:
    north, east = float(latitude.replace(",", ".")), float(longitude.replace(",", "."))
    return (north, east) if -90 <= north <= 90 and -180 <= east <= 180 else None


def write_coordinates(latitude: float | None, longitude: float | None) -> str:
    """ "21.0285, 105.8542", as a field takes it back; "" where there is no place."""
    if latitude is None or longitude is None:
        return ""
    return f"{round(latitude, 5)}, {round(longitude, 5)}"
