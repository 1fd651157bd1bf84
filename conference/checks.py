"""Misconfiguration becomes a system check."""

from collections.abc import Sequence

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.db import Error as DatabaseError
from django.db import connections
from django.http.request import validate_host

from common.phones import mobile_regex


@register(Tags.security, deploy=True)
def real_installation(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """What a real installation must have set."""
    found: list[CheckMessage] = []
    if settings.DEMO:
        found.append(Error("DEMO is on: everybody can read the mailbox.", hint="Unset DEMO.", id="diemcau.E001"))
    if not settings.MFA_REQUIRED_FOR_STAFF:
        found.append(Warning("Staff may sign in without a second factor.", id="diemcau.W001"))
    if not settings.SITE_URL.startswith("https://"):
        found.append(Warning("SITE_URL is not an https:// address.", id="diemcau.W002"))
    if not validate_host(settings.SITE_DOMAIN, settings.ALLOWED_HOSTS):
        found.append(
            Warning(
                f"Links lead to {settings.SITE_DOMAIN}, to which the site does not answer.",
                hint="The host of SITE_URL must be one of ALLOWED_HOSTS.",
                id="diemcau.W003",
            )
        )
    if "sms" not in settings.OUTBOX_CHANNELS:
        found.append(Info("No SMS are sent.", hint="Set SMS_URL.", id="diemcau.I001"))
    return found


@register(Tags.security, deploy=True)
def real_servers(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """The servers beside which a real installation runs have been named."""
    found: list[CheckMessage] = []
    if not settings.MAIL_IS_SET:
        found.append(
            Warning(
                "No mail server is named: mail would go to port 25 of this machine.",
                hint="Set EMAIL_URL, or EMAIL_BACKEND for a provider's API.",
                id="diemcau.W004",
            )
        )
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        found.append(
            Warning(
                "The database is SQLite, which lets one process write at a time.",
                hint="Set DATABASE_URL to a PostgreSQL.",
                id="diemcau.W005",
            )
        )
    if not settings.REDIS_URL:
        found.append(
            Warning(
                "No Redis: Celery cannot run, and each web process counts its visitors for itself.",
                hint="Set REDIS_URL.",
                id="diemcau.W006",
            )
        )
    if settings.TRUSTED_PROXIES is None:
        found.append(
            Warning(
                "Nobody has said how many proxies stand before the site, whose word on addresses and HTTPS counts.",
                hint="Set TRUSTED_PROXIES: 1 behind one nginx, 0 for none.",
                id="diemcau.W007",
            )
        )
    return found


@register(Tags.compatibility)
def known_channels(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Every channel in the settings can be imported."""
    from outbox.channels import get_channel, names

    found: list[CheckMessage] = []
    for name in names():
        try:
            get_channel(name)
        except ImportError as error:
            found.append(Error(f"Channel {name!r} cannot be loaded: {error}", id="diemcau.E002"))
        except ValueError as error:
            hint = f"See {name.upper()}_URL in docs/channels.md."
            found.append(Error(f"The address of channel {name!r} is of no use: {error}", hint=hint, id="diemcau.E003"))
    return found


@register(Tags.compatibility)
def known_hours(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """The quiet hours are hours."""
    from outbox import quiet_hours

    try:
        quiet_hours.parse(settings.QUIET_HOURS)
    except ValueError as error:
        return [Error(str(error), id="diemcau.E004")]
    return []


@register(Tags.compatibility)
def known_countries(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """The countries to which SMS go exist."""
    try:
        mobile_regex()
    except ValueError as error:
        return [Error(f"SMS_COUNTRIES: {error}", id="diemcau.E006")]
    return []


@register(Tags.compatibility)
def known_sqlite(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """SQLite, if it is the database, knows RETURNING: the outbox claims messages by it (ADR 37)."""
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
        return []
    # Where PostgreSQL is used its library needs no memory.
    import sqlite3

    if sqlite3.sqlite_version_info >= (3, 35):
        return []
    return [
        Error(
            f"SQLite {sqlite3.sqlite_version} is too old: no message could leave.",
            hint="Use a Python with SQLite 3.35 or newer, or PostgreSQL (DATABASE_URL).",
            id="diemcau.E007",
        )
    ]


@register(Tags.database)
def known_database(app_configs: object, databases: Sequence[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """The tables were not made by a version before 0.2.0, whose migrations are gone. ``migrate`` asks this first."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        if _is_of_before(alias):
            found.append(
                Error(
                    "This database was made by a version before 0.2.0, the first release; it cannot be upgraded.",
                    hint="The demo starts anew with: rm -r var && make run. Elsewhere name an empty database in "
                    "DATABASE_URL; lists of people come along by export in the old version and import in this one.",
                    id="diemcau.E005",
                )
            )
    return found


def _is_of_before(alias: str) -> bool:
    """Whether migrations were applied that no longer exist; a database that does not answer says so elsewhere."""
    try:
        with connections[alias].cursor() as cursor:
            if "django_migrations" not in connections[alias].introspection.table_names(cursor):
                return False
            # The app of this name has been called outbox since.
            cursor.execute("SELECT 1 FROM django_migrations WHERE app = %s", ["notifications"])
            return cursor.fetchone() is not None
    except DatabaseError:
        return False
