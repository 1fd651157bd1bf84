"""The time as the database has it, so that a worker whose own clock is wrong sends nothing early and holds nothing."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone


def database_clock() -> Callable[[], datetime]:
    """A clock (UTC) set once by the database's and carried on by this machine's monotonic one.

    SQLite has no clock of its own: there it is this machine's.
    """
    if connection.vendor != "postgresql" or not settings.DATABASE_CLOCK:
        return timezone.now
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (set_to,) = cursor.fetchone()
    set_at = time.monotonic()
    return lambda: set_to + timedelta(seconds=time.monotonic() - set_at)
