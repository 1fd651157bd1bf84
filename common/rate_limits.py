"""How often one network address may ask for what costs others something.

Counted in the cache, by the hour. A whole office, or a hall with one wireless network, stands behind one address: the
limits are meant for machines. A cache that does not answer limits nobody.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from common.cache import count_each
from common.client_address import client_address

logger = logging.getLogger(__name__)

HOUR = 3600
_NOBODY_IS_LIMITED = "The cache does not count: nobody is limited."
#: Posts an hour from one address; ``REQUESTS_PER_HOUR`` in the settings may say otherwise, 0 is no limit.
PER_HOUR = {"register": 60, "find": 30, "resend": 30, "change": 120}


def visitor_address(request: HttpRequest) -> str:
    """Where ``request`` comes from; of IPv6 the network that one customer has. "" if it cannot be told."""
    found = client_address(request)
    if not found:
        return ""
    address = ip_address(found)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False).network_address)
    return found


def is_too_much(request: HttpRequest, action: str) -> bool:
    """Count one ``action`` (a key of PER_HOUR); whether its address has done it too often within this hour."""
    limit: int = {**PER_HOUR, **getattr(settings, "REQUESTS_PER_HOUR", {})}[action]
    address = visitor_address(request)
    if not limit or not address:
        return False
    return count(f"{action}/{address}", timezone.now()) > limit


def count(what: str, now: datetime, *, often: bool = False) -> int:
    """Count one ``what`` more; how often it has been counted within the hour of ``now``, 0 if the cache is down.

    The cache is asked once for what comes once in an hour; with ``often``, for what was counted already.
    """
    key = _key(what, now)
    try:
        if often and (found := _count_on(key)):
            return found
        if cache.add(key, 1, timeout=HOUR):
            return 1
        found = cache.incr(key)
    except Exception:  # Whatever is wrong with the cache, people register.
        logger.warning(_NOBODY_IS_LIMITED, exc_info=True)
        return 0
    # A cache that is down may answer None.
    return found or 0


def _count_on(key: str) -> int:
    """Count at ``key`` if something has been counted there; 0 if not."""
    try:
        return cache.incr(key) or 0
    except ValueError:
        return 0


def count_all(whats: Sequence[str], now: datetime) -> list[int]:
    """As ``count`` for each of ``whats``, one after the other; the cache is asked once for all."""
    try:
        return count_each([_key(what, now) for what in whats], seconds=HOUR)
    except Exception:  # As above.
        logger.warning(_NOBODY_IS_LIMITED, exc_info=True)
        return [0] * len(whats)


def _key(what: str, now: datetime) -> str:
    return f"limit/{what}/{int(now.timestamp()) // HOUR}"


def refusal(request: HttpRequest) -> HttpResponse:
    """The page that asks to wait."""
    seconds = HOUR - int(timezone.now().timestamp()) % HOUR
    response = render(request, "429.html", {"minutes": -(-seconds // 60)}, status=429)
    response["Retry-After"] = str(seconds)
    return response


def limit_posts(action: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """For a view: each of its posts counts as one ``action``."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def count_first(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and is_too_much(request, action):
                return refusal(request)
            return view(request, *args, **kwargs)

        return count_first

    return decorate
