"""Times and lengths as meeting systems write them.

Which of two numbers is the day is not said in a file: what lies nearest to the conference is meant.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from django.utils.translation import gettext

from common.search import fold
from lists.people.cleaning import Refused

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?=\D|$)")
_YEAR_LAST = re.compile(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?=\D|$)")
_NAMED = re.compile(r"\b([a-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4})\b")
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?![\d:])(?:\s*(am|pm|sa|ch)\b)?")
_OFFSET = re.compile(r"(?:(?:utc|gmt)\s*|(?<=:\d\d)\s*)([+-])(\d{1,2}):?(\d{2})?\)?$")
_IN_UTC = re.compile(r"(?:\d\s*z|\b(?:utc|gmt))\)?$")
_PARTS = re.compile(r"(\d+(?:[.,]\d+)?)\s*(hours?|hrs?|h|gio|minutes?|mins?|m|phut|ph|p|seconds?|secs?|s|giay)\b")
_LONGEST = 48 * 3600


def moment(text: str, *, near: datetime, zone: tzinfo) -> datetime | None:
    """The moment that ``text`` names, None if it is empty; without a date it is on the day of ``near``.

    ``zone``: whose clock is meant where the text does not say it.

    Raises:
        Refused: it is no time.
    """
    if not text.strip("-–. "):
        return None
    words = fold(text)
    clock = _clock(words)
    dates = list(_dates(words, near.astimezone(zone).date()))
    if clock is None or not dates:
        raise Refused(gettext("“%(text)s” is not a time.") % {"text": text[:40]})
    at = _zone_in(words, zone)
    return min((datetime.combine(day, clock, at) for day in dates), key=lambda found: abs(found - near))


def _clock(words: str) -> time | None:
    found = _CLOCK.search(words)
    if found is None:
        return None
    hour, half = int(found[1]), found[4]
    if half in ("am", "sa", "pm", "ch"):
        if not 1 <= hour <= 12:
            # "15:05 CH": some write the half of the day behind 24 hours as well.
            half = ""
        else:
            hour = hour % 12 + (12 if half in ("pm", "ch") else 0)
    try:
        return time(hour, int(found[2]), int(found[3] or 0))
    except ValueError:
        return None


def _dates(words: str, day: date) -> Iterator[date]:
    """Every date that ``words`` may name; ``day`` if they name none."""
    if found := _YEAR_FIRST.search(words):
        numbers = [(int(found[1]), int(found[2]), int(found[3]))]
    elif found := _YEAR_LAST.search(words):
        one, other, year = int(found[1]), int(found[2]), int(found[3])
        year += 2000 if year < 100 else 0
        numbers = [(year, other, one), (year, one, other)]
    elif (found := _NAMED.search(words)) and found[1] in _MONTHS:
        numbers = [(int(found[3]), _MONTHS.index(found[1]) + 1, int(found[2]))]
    else:
        yield day
        return
    for year, month, number in numbers:
        try:
            yield date(year, month, number)
        except ValueError:
            continue


def _zone_in(words: str, zone: tzinfo) -> tzinfo:
    """The zone that ``words`` end with, else ``zone``."""
    if found := _OFFSET.search(words):
        shift = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return timezone(-shift if found[1] == "-" else shift) if shift < timedelta(hours=24) else zone
    return UTC if _IN_UTC.search(words) else zone


def seconds(text: str) -> int | None:
    """The length that ``text`` names, in seconds; a bare number is minutes. None if it is empty.

    Raises:
        Refused: it is no length.
    """
    words = fold(text)
    if not words.strip("-–. "):
        return None
    found = _named_parts(words)
    if found is None:
        found = _bare(words)
    if found is None or not 0 <= found <= _LONGEST:
        raise Refused(gettext("“%(text)s” is not a length of time.") % {"text": text[:40]})
    return found


def _named_parts(words: str) -> int | None:
    """ "1h 2m 3s", "1 giờ 2 phút"; None where no unit stands."""
    parts = _PARTS.findall(words)
    return int(sum(float(number.replace(",", ".")) * _seconds_of(unit) for number, unit in parts)) if parts else None


def _seconds_of(unit: str) -> int:
    if unit[0] == "s" or unit == "giay":
        return 1
    return 60 if unit[0] in "mp" else 3600


def _bare(words: str) -> int | None:
    """ "01:02:03", "1:02" (hours and minutes), "62" or "62,5" (minutes)."""
    if re.fullmatch(r"\d{1,3}:\d{2}(:\d{2})?", words):
        hours, minutes, *rest = map(int, words.split(":"))
        return hours * 3600 + minutes * 60 + sum(rest)
    if re.fullmatch(r"\d{1,5}([.,]\d{1,4})?", words):
        return int(float(words.replace(",", ".")) * 60)
    return None
