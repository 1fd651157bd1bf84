"""Which details a bridge point needs to be connected, by its kind, and which of them are still missing."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext

from bridges.models import BridgePoint, Connection, Kind

_ROOM = ("web_url", "meeting_id", "password", "server", "account", "sip_address", "dial_in", "instructions")
#: The connection details that a kind of point has, in the order in which they are typed.
DETAILS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        Kind.VENUE: _ROOM,
        Kind.VIDEO_ROOM: _ROOM,
        Kind.ECOMMERCE: ("web_url", "instructions"),
        Kind.ONLINE: ("web_url", "meeting_id", "password", "dial_in", "instructions"),
    }
)
#: People join these over a line of their own making: nobody tests it for them, and no technician sits there.
OWN_LINE = (Kind.ONLINE,)


def connection_of(point: BridgePoint) -> Connection:
    """The connection details of ``point``; empty and not stored where it has none yet."""
    return getattr(point, "connection", None) or Connection(bridge_point=point)


def details_of(point: BridgePoint) -> list[str]:
    """The fields that ``point`` has: those of its kind, and what was filled in while it was of another kind."""
    connection = connection_of(point)
    return [name for name in _ROOM if name in DETAILS[point.kind] or getattr(connection, name)]


def has_line(point: BridgePoint) -> bool:
    """Whether somebody tests the line of ``point``."""
    return point.kind not in OWN_LINE


def has_way_in(point: BridgePoint) -> bool:
    """Whether anything says how ``point`` is joined: a link, a meeting ID or an address."""
    connection = connection_of(point)
    return bool(connection.web_url or connection.meeting_id or connection.sip_address)


def lacks_technician(point: BridgePoint) -> bool:
    """Whether ``point`` needs somebody who connects it, and nobody can be phoned."""
    return point.kind == Kind.VIDEO_ROOM and not connection_of(point).technician_phone


def missing_details(point: BridgePoint) -> list[str]:
    """What is missing before ``point`` (with its connection) can be connected, in words; empty: it is complete.

    A hall is where the others are connected to, and needs nothing.
    """
    missing = []
    if point.kind == Kind.VIDEO_ROOM and not has_way_in(point):
        missing.append(gettext("link, meeting ID or SIP address"))
    elif point.kind in (Kind.ECOMMERCE, Kind.ONLINE) and not connection_of(point).web_url:
        missing.append(gettext("link"))
    if lacks_technician(point):
        missing.append(gettext("technical contact with phone"))
    return missing
