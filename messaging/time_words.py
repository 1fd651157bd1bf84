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


def when_words(conference: Conference, now: datetime) -> str:
    """The start in words: "08:00, 19/7/2027", with "(dự kiến)" while it is tentative."""
    return _with_tentative(moment_words(conference.starts_at), conference, now)


def span_words(conference: Conference, now: datetime) -> str:
    """Start and end: "08:00–11:30, 19/7/2027", or "08:00, 19/7/2027 – 17:00, 20/7/2027"; "(dự kiến)" as above."""
    starts, ends = timezone.localtime(conference.starts_at), timezone.localtime(conference.ends_at)
    if starts.date() == ends.date():
        words = f"{date_format(starts, 'TIME_FORMAT')}–{moment_words(ends)}"
    else:
        words = f"{moment_words(starts)} – {moment_words(ends)}"
    return _with_tentative(words, conference, now)


def _with_tentative(words: str, conference: Conference, now: datetime) -> str:
    # Nothing is tentative any more once people are let in.
    is_tentative = conference.is_tentative and now < conference.doors_open_at
    return f"{words} ({gettext('tentative')})" if is_tentative else words


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


def starts_in_words(conference: Conference, now: datetime) -> str:
    """When it starts as people say it: "in 7 days", "tomorrow", "in 60 minutes"; "" once it has begun."""
    if not (left := countdown_words(conference, now)):
        return ""
    days = (timezone.localtime(conference.starts_at).date() - timezone.localtime(now).date()).days
    if days == 1 and conference.starts_at - now > timedelta(minutes=90):
        return gettext("tomorrow")
    if days > 1:
        left = duration_words(days * 24 * 60)
    return gettext("in %(duration)s") % {"duration": left}


def begins_words(conference: Conference, now: datetime) -> str:
    """What is said at the start: "is about to start", and once it has, "has begun"."""
    return begun_words(conference, now) or gettext("is about to start")


def begun_words(conference: Conference, now: datetime) -> str:
    """ "has begun" once the conference has; "" before."""
    return gettext("has begun") if now >= conference.starts_at else ""
