"""Which bridge point a row of a list of people means."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext

from bridges.models import BridgePoint
from lists.people import columns
from lists.people.cleaning import Refused


class PointFinder:
    """Finds a bridge point by its name, its short name, or a part of them that only one has.

    ``default``: the number of the point of rows that name none. ``meant``: the number of the point that somebody has
    said a text means, by the text as ``plain`` writes it.
    """

    def __init__(
        self, points: Sequence[BridgePoint], default: int | None = None, meant: Mapping[str, int] | None = None
    ) -> None:
        by_number = {point.pk: point for point in points}
        self._meant = {text: by_number[pk] for text, pk in (meant or {}).items() if pk in by_number}
        self._names = [(point, {columns.plain(point.name), columns.plain(point.short_name)} - {""}) for point in points]
        self._default = next((p for p in points if p.pk == default), points[0] if len(points) == 1 else None)
        self._found: dict[str, BridgePoint] = {}

    def __call__(self, text: str) -> BridgePoint:
        if not text:
            if self._default is None:
                raise Refused(gettext("There is no bridge point."))
            return self._default
        if text not in self._found:
            self._found[text] = self._find(text)
        return self._found[text]

    def _find(self, text: str) -> BridgePoint:
        key = columns.plain(text)
        if key in self._meant:
            return self._meant[key]
        same = [point for point, names in self._names if key in names]
        alike = same or [point for point, names in self._names if any(f" {key} " in f" {name} " for name in names)]
        if len(alike) == 1:
            return alike[0]
        words = (
            gettext("“%(text)s” can be several bridge points.")
            if alike
            else gettext("There is no bridge point “%(text)s”.")
        )
        raise Refused(words % {"text": text[:60]})
