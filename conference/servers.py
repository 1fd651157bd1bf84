"""The servers that the site uses, as Django and Celery want them named: database, cache, broker, channels."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import environ
from redis.backoff import NoBackoff
from redis.retry import Retry

# In seconds, but for the last one (milliseconds): no packet has been acknowledged for so long.
_TCP = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def database(url: str, *, kept_for: int) -> dict[str, Any]:
    """The entry of ``DATABASES`` for ``url``; a PostgreSQL connection is kept for ``kept_for`` seconds."""
    entry: dict[str, Any] = environ.Env.db_url_config(url)
    if entry["ENGINE"] == "django.db.backends.sqlite3":
        # ADR 3: SQLite has no row locks, so a writing transaction takes the one write lock at once.
        entry["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    else:
        entry["ENGINE"] = "conference.postgresql"
        entry["CONN_MAX_AGE"] = kept_for
        entry["CONN_HEALTH_CHECKS"] = True
        # What DATABASE_URL says itself counts. A machine that is gone is noticed by TCP; see conference/postgresql too.
        entry["OPTIONS"] = {**_TCP, **entry.get("OPTIONS", {})}
    return entry


def caches(redis_url: str, *, page_seconds: int) -> dict[str, dict[str, Any]]:
    """``CACHES``: Redis or the process's own memory; public pages are kept for ``page_seconds``, 0 is not at all."""
    local = "django.core.cache.backends.locmem.LocMemCache"
    return {
        "default": _redis_cache(redis_url) if redis_url else {"BACKEND": local},
        # In the process itself: asking a server would cost more than it saves.
        "pages": {
            "BACKEND": local if page_seconds else "django.core.cache.backends.dummy.DummyCache",
            "LOCATION": "pages",
        },
    }


def _redis_cache(url: str) -> dict[str, Any]:
    # What must not be lost is in the database: a cache that does not answer counts as empty.
    return {
        "BACKEND": "common.cache.RedisOrMemory",
        "LOCATION": url,
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 0.5,
            # The client library would try again for seconds while somebody waits for a page.
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 0)},
        },
        "KEY_PREFIX": "diemcau",
    }


def broker_url(redis_url: str) -> str:
    """``REDIS_URL`` as Celery wants it: what others call ``unix://…?db=0`` is ``redis+socket://…?virtual_host=0``.

    Without one: a broker in memory, which nobody but this process sees.
    """
    if not redis_url:
        return "memory://"
    if not redis_url.startswith("unix://"):
        return redis_url
    place, _, query = redis_url.removeprefix("unix://").partition("?")
    return f"redis+socket://{place}?virtual_host={dict(parse_qsl(query)).get('db', '0')}"


def channels(
    variable: Callable[[str, str], str], *, demo: bool, relaxed: bool
) -> tuple[dict[str, str], dict[str, str]]:
    """``OUTBOX_CHANNELS`` and ``OUTBOX_CHANNEL_URLS``; ``variable`` reads one of the environment, with a default."""
    classes = {"email": "outbox.channels.email.EmailChannel"}
    urls = {}
    for name in ("SMS", "ZALO"):
        # smpp://…, kannel://…, esms://…, vnpt://…, zns://…: the scheme names the module in outbox/channels/.
        url = variable(f"{name}_URL", "")
        # A class from elsewhere is named by its dotted path. A real site sends nothing unless it names a channel: the
        # console would write phone numbers and personal links into its log.
        found = variable(f"{name}_CHANNEL", url.partition(":")[0].partition("+")[0])
        if not found and name == "SMS" and relaxed:
            found = "demo.sms_channel.Gateway" if demo else "console"
        if found:
            classes[name.lower()] = found if "." in found else f"outbox.channels.{found}.Gateway"
            urls[name.lower()] = url
    return classes, urls
