"""Where the join button may lead: out of this machine and its network, as a browser reads the address.

A link to ``127.0.0.1`` opens something on each visitor's own device, one to ``192.168.1.1`` their router's page. Only
what the address itself says counts: looking names up would tell the truth of this moment and of this network.
"""

import unicodedata
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote, urlsplit

#: Names that never stand in the public DNS (RFC 6761, 6762, 8375; ``.internal`` by ICANN), and what routers use.
_PRIVATE_NAMES = frozenset(
    {"localhost", "local", "internal", "localdomain", "lan", "home", "corp", "intranet", "private", "arpa"}
)
_NAT64 = IPv6Network("64:ff9b::/96")


def private_host(url: str) -> str:
    """The host of ``url`` if it lies in a private network or on the visitor's own device; "" for any other."""
    host = _host(url)
    address = _address(host)
    if address is not None:
        return host if _is_private(address) else ""
    name = host.rstrip(".")
    return host if name and (name.rpartition(".")[2] in _PRIVATE_NAMES or "." not in name) else ""


def _host(url: str) -> str:
    """The host as a browser understands it: without accents of writing, in lower case, without brackets."""
    # Browsers drop tabs and line breaks, and take \ for /.
    cleaned = "".join(url.split()).replace("\\", "/")
    try:
        host = urlsplit(cleaned).hostname or ""
    except ValueError:
        return ""
    return unicodedata.normalize("NFKC", unquote(host)).replace("。", ".").lower().partition("%")[0]


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that ``host`` writes, in whichever way; None if it is a name."""
    with suppress(ValueError):
        return ip_address(host)
    return _old_address(host)


def _old_address(host: str) -> IPv4Address | None:
    """An IPv4 address as browsers still read it: one to four numbers, also hexadecimal and octal, the last fills up."""
    parts = host.rstrip(".").split(".")
    if len(parts) > 4:
        return None
    numbers = [_number(part) for part in parts]
    whole = [number for number in numbers if number is not None]
    if len(whole) < len(numbers) or any(number > 255 for number in whole[:-1]):
        return None
    value = whole[-1] + sum(number << 8 * (3 - place) for place, number in enumerate(whole[:-1]))
    with suppress(ValueError):
        return IPv4Address(value)
    return None


def _number(part: str) -> int | None:
    """``part`` as a number: ``0x7f``, ``0177`` or ``127``; None if it is none."""
    base, digits = 10, part
    if part.startswith("0x"):
        base, digits = 16, part[2:] or "0"
    elif part.startswith("0") and len(part) > 1:
        base, digits = 8, part[1:]
    if not digits.isascii() or not digits.isalnum():
        return None
    with suppress(ValueError):
        return int(digits, base)
    return None


def _is_private(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_private(inner)
    return not address.is_global or address.is_multicast
