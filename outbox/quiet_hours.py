"""Hours in which no phone may ring (22:00–07:00 unless ``QUIET_HOURS`` says otherwise).

Vietnam's Decree 91/2020 forbids advertising by SMS at night; ours are notices, but nobody wants them at night either.
"""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

#: The channels that ring.
CHANNELS = frozenset({"sms", "zalo"})
# Whoever cannot be told after the night is told this long before it.
_BEFORE = timedelta(minutes=30)


def parse(text: str) -> tuple[time, time] | None:
    """Start and end of the quiet hours in ``text`` ("22:00-07:00"); None for "" or hours of no length.

    Raises:
        ValueError: this is not a span of hours.
    """
    if not text.strip():
        return None
    start, separator, end = text.replace("–", "-").partition("-")
    if not separator:
        raise ValueError(f"QUIET_HOURS must look like 22:00-07:00, not {text!r}")
    hours = time.fromisoformat(start.strip()), time.fromisoformat(end.strip())
    return None if hours[0] == hours[1] else hours


def night_around(moment: datetime) -> tuple[datetime, datetime] | None:
    """Start and end (UTC) of the quiet hours that hold ``moment``; None by day. The end itself is day."""
    hours = parse(settings.QUIET_HOURS)
    if hours is None:
        return None
    local = timezone.localtime(moment)
    for days in (-1, 0):
        day = local.date() + timedelta(days=days)
        start = timezone.make_aware(datetime.combine(day, hours[0]))
        end = timezone.make_aware(datetime.combine(day + timedelta(days=hours[1] <= hours[0]), hours[1]))
        if start <= moment < end:
            return start, end
    return None


def next_waking_time(channel: str, moment: datetime, *, until: datetime | None = None) -> datetime:
    """When a message over ``channel`` that belongs at ``moment`` may go out.

    By day and on channels that do not ring: then. At night: when the night ends, or before it begins if ``until``, the
    moment from which the message helps nobody, comes before that.
    """
    night = night_around(moment) if channel in CHANNELS else None
    if night is None:
        return moment
    start, end = night
    return end if until is None or end < until else start - _BEFORE
