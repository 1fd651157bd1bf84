"""The names under which the devices of rooms join a meeting."""

import re
from collections import defaultdict
from collections.abc import Iterable

from bridges.models import BridgePoint
from lists.people.columns import plain

#: What stands beside the name of a place in the name of its device.
_FILLERS = re.compile(
    r"\b(?:diem cau|phong hop|phong|hoi truong|truc tuyen|vnpt|tinh|thanh pho|tp|so|camera|cam|codec|may|laptop|pc|"
    r"polycom|poly|yealink|cisco|logitech|webex|tandberg|zoom|teams|room|rooms|vi du|\d+)\b"
)


def _bare(name: str) -> str:
    return " ".join(_FILLERS.sub(" ", plain(name)).split())


class RoomNames:
    """The rooms of ``points``, by what their devices may be called; the points come with their connections."""

    def __init__(self, points: Iterable[BridgePoint]) -> None:
        self._by_name: dict[str, set[int]] = defaultdict(set)
        self._by_bare: dict[str, set[int]] = defaultdict(set)
        for point in points:
            # A channel or people at home have no device that is a room.
            if not point.is_place:
                continue
            for name in (point.name, point.short_name, *_devices(point)):
                if plain(name):
                    self._by_name[plain(name)].add(point.pk)
                if _bare(name):
                    self._by_bare[_bare(name)].add(point.pk)

    def find(self, name: str) -> int | None:
        """The point whose device is called ``name``: as the point, or that and nothing that could be a person."""
        for found in (self._by_name.get(plain(name)), self._by_bare.get(_bare(name))):
            if found and len(found) == 1:
                return next(iter(found))
        return None


def _devices(point: BridgePoint) -> list[str]:
    """By what its connection knows the device."""
    connection = getattr(point, "connection", None)
    return [connection.account, connection.sip_address.partition("@")[0]] if connection else []
