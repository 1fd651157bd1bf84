"""The network address of a visitor, whatever proxies stand before the site (docs/adr/0032-proxies-and-time-outs.md)."""

import logging
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

logger = logging.getLogger(__name__)


def client_address(request: HttpRequest) -> str:
    """Where ``request`` comes from, in its usual spelling; "" if it cannot be told.

    Each proxy adds the address of whoever asked it at the right of ``X-Forwarded-For``. Only the last
    ``TRUSTED_PROXIES`` entries are therefore by proxies of ours; what stands further left is the visitor's word.
    """
    proxies = settings.TRUSTED_PROXIES or 0
    if not proxies:
        return _parsed(request.META.get("REMOTE_ADDR", ""))
    entries = [entry for entry in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if entry.strip()]
    if not entries:
        # The proxy's own address would make one visitor of all of them.
        logger.error("No X-Forwarded-For although TRUSTED_PROXIES is %s: the proxy must set it.", proxies)
        return ""
    return _parsed(entries[-min(proxies, len(entries))])


def _parsed(text: str) -> str:
    """The address in ``text``, which may have a port; "" if there is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    # A server that listens on IPv6 sees IPv4 visitors so; all of them share the network of the first 64 bits.
    return str(getattr(address, "ipv4_mapped", None) or address)
