"""Which details a bridge point needs to be connected, by its kind, and which of them are still missing."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext

from bridges.lines import line_in_use
from bridges.models import BridgePoint, Connection, JoinDetails, Kind

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


def details_of(line: JoinDetails) -> list[str]:
    """The fields that ``line`` has: those of its point's kind, and what was filled in while that was another."""
    kind = line.bridge_point.kind
    return [name for name in _ROOM if name in DETAILS[kind] or getattr(line, name)]


def has_line(point: BridgePoint) -> bool:
    """Whether somebody tests the line of ``point``."""
    return point.kind not in OWN_LINE


def has_way_in(point: BridgePoint) -> bool:
    """Whether anything says how ``point`` is joined now: a link, a meeting ID or an address; by phone, if by spare."""
    line = line_in_use(point)
    return bool(line.web_url or line.meeting_id or line.sip_address or (point.on_spare_since and line.dial_in))


def lacks_address(point: BridgePoint) -> bool:
    """Whether people go to ``point``, and nothing says where that is."""
    return point.is_place and not point.address


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
    elif point.kind in (Kind.ECOMMERCE, Kind.ONLINE) and not line_in_use(point).web_url:
        missing.append(gettext("link"))
    if lacks_technician(point):
        missing.append(gettext("technical contact with phone"))
    return missing
