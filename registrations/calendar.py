"""The calendar file (iCalendar, RFC 5545) of a registration."""

from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import get_language, gettext
from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from registrations.models import Registration

# What differs from one registration to the next; letters only, so that the library writes them as they are.
_UID, _LINK, _NUMBER, _STAMP = "OURUID", "OURLINK", "OURNUMBER", datetime(1970, 1, 1)  # noqa: DTZ001
_LONGEST = 75
_STAMP_WRITTEN, _SEQUENCE = "19700101T000000Z", 990_990_990


class _Entry(NamedTuple):
    """What many registrations of one point have in common."""

    method: str
    event: str
    conference: str
    point: str
    address: str
    starts_at: datetime
    ends_at: datetime
    is_tentative: bool
    organiser: str
    organiser_address: str
    language: str


def invitation(
    registration: Registration, link: str, *, method: str = "PUBLISH", changed_at: datetime | None = None
) -> str:
    """An iCalendar text for ``registration`` with the personal ``link``, in the language of now.

    The UID stays the same for ever; one that takes it out of the calendar has no link.

    ``method`` (RFC 5546): "PUBLISH" puts it into a calendar or replaces what stands there, "CANCEL" takes it out.
    ``changed_at``: when something was changed of which the registration does not know (UTC), such as an address.
    """
    conference, point = registration.conference, registration.bridge_point
    changes = (
        registration.created_at,
        registration.confirmed_at,
        registration.cancelled_at,
        conference.scheduled_at,
        conference.cancelled_at,
        changed_at,
    )
    revised_at = max(moment for moment in changes if moment)
    entry = _Entry(
        method,
        conference.short_name,
        conference.name,
        point.name,
        point.whole_address,
        conference.starts_at,
        conference.ends_at,
        conference.is_tentative,
        conference.contact_name or conference.short_name,
        conference.contact_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        get_language() or settings.LANGUAGE_CODE,
    )
    own = {
        _UID: f"{registration.uid}@{settings.SITE_DOMAIN}",
        _LINK: link,
        _NUMBER: registration.number,
        _STAMP_WRITTEN: f"{revised_at:%Y%m%dT%H%M%SZ}",
        # Calendars take the file with the higher number; it grows with every change and with nothing else.
        str(_SEQUENCE): str(max(int(revised_at.timestamp()) - 1_600_000_000, 0)),
    }
    return "\r\n".join(_fold(_fill(line, own)) if is_own else line for is_own, line in _lines(entry))


def _fill(line: str, own: dict[str, str]) -> str:
    for name, value in own.items():
        line = line.replace(name, value)
    return line


def _fold(line: str) -> str:
    """``line`` in pieces of at most 75 octets (RFC 5545 section 3.1)."""
    octets = line.encode()
    if len(octets) <= _LONGEST:
        return line
    pieces, start = [], 0
    while start < len(octets):
        # The space before each further piece counts.
        end = start + _LONGEST - 1
        # No character is cut in two: those of UTF-8 go on with octets of the form 10xxxxxx.
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(octets[start:end].decode())
        start = end
    return "\r\n ".join(pieces)


@lru_cache(maxsize=256)
def _lines(entry: _Entry) -> tuple[tuple[bool, str], ...]:
    """The lines of the file, written by the library once for all registrations; True: it holds something to fill in."""
    calendar = Calendar()
    calendar.add("prodid", "-//Diem Cau//VI")
    calendar.add("version", "2.0")
    calendar.add("method", entry.method)
    event = Event()
    event.add("uid", _UID)
    event.add("dtstamp", _STAMP)
    event.add("sequence", _SEQUENCE)
    # RFC 5546 asks for it with every method.
    organiser = vCalAddress(f"mailto:{entry.organiser_address}")
    organiser.params["cn"] = vText(entry.organiser)
    event.add("organizer", organiser)
    event.add("summary", f"{entry.event} – {entry.point}")
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at)
    event.add("location", vText(", ".join(part for part in (entry.point, entry.address) if part)))
    label = gettext("Registration number:")
    if entry.method == "CANCEL":
        # The link is dead, or leads to a page that says no more than this.
        event.add("description", f"{entry.conference}\n{label} {_NUMBER}")
        event.add("status", "CANCELLED")
    else:
        event.add("description", f"{entry.conference}\n{label} {_NUMBER}\n{gettext('Personal page:')} {_LINK}")
        event.add("url", _LINK)
        event.add("status", "TENTATIVE" if entry.is_tentative else "CONFIRMED")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", timedelta(hours=-1))
        alarm.add("description", entry.event)
        event.add_component(alarm)
    calendar.add_component(event)
    folded = calendar.to_ical().decode()
    unfolded = folded.replace("\r\n ", "").split("\r\n")
    names = (_UID, _LINK, _NUMBER, _STAMP_WRITTEN, str(_SEQUENCE))
    return tuple((True, line) if any(name in line for name in names) else (False, _fold(line)) for line in unfolded)
