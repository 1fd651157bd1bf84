"""Times and durations as messages say them."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from conference.models import Conference


def moment_words(moment: datetime) -> str:
    """``moment`` as "08:00, 19/7/2027" in Vietnam's time."""
    local = timezone.localtime(moment)
    return f"{date_format(local, 'TIME_FORMAT')}, {date_format(local, 'DATE_FORMAT')}"


def when_words(conference: Conference) -> str:
    """The start in words: "08:00, 19/7/2027", with "(dự kiến)" if tentative."""
    words = moment_words(conference.starts_at)
    return f"{words} ({gettext('tentative')})" if conference.is_tentative else words


def duration_words(minutes: int) -> str:
    """``minutes`` in the largest unit that fits evenly: "7 days", "60 minutes", "90 minutes"."""
    if minutes and minutes % (24 * 60) == 0:
        days = minutes // (24 * 60)
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if minutes % 60 == 0 and minutes > 60:
        hours = minutes // 60
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def countdown_words(conference: Conference, now: datetime) -> str:
    """How long until the start, in words, rounded as people say it; "" once it has begun."""
    if now >= conference.starts_at:
        return ""
    left = max(conference.starts_at - now, timedelta(minutes=1))
    minutes = -(-int(left.total_seconds()) // 60)
    if minutes > 36 * 60:
        days = (timezone.localtime(conference.starts_at).date() - timezone.localtime(now).date()).days
        return duration_words(max(days, 1) * 24 * 60)
    if minutes > 90:
        return duration_words(round(minutes / 60) * 60)
    return duration_words(minutes)


def begun_words(conference: Conference, now: datetime) -> str:
    """ "has begun" once the conference has; "" before."""
    return gettext("has begun") if now >= conference.starts_at else ""
