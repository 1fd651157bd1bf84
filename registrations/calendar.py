"""The calendar file (iCalendar, RFC 5545) of a registration."""

from datetime import timedelta

from django.conf import settings
from icalendar import Alarm, Calendar, Event, vText

from registrations.models import Registration


def invitation(registration: Registration, link: str) -> str:
    """An iCalendar text for ``registration`` with the personal ``link``; the UID stays the same for ever."""
    conference, point = registration.conference, registration.bridge_point
    calendar = Calendar()
    calendar.add("prodid", "-//Diem Cau//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    event = Event()
    event.add("uid", f"{registration.uid}@{settings.SITE_DOMAIN}")
    event.add("dtstamp", registration.confirmed_at or registration.created_at)
    # Calendars take the file with the higher number; it grows whenever the date is set anew.
    event.add("sequence", max(int(conference.scheduled_at.timestamp()) - 1_600_000_000, 0))
    event.add("summary", f"{conference.short_name} – {point.name}")
    event.add("dtstart", conference.starts_at)
    event.add("dtend", conference.ends_at)
    event.add("location", vText(", ".join(part for part in (point.name, point.address) if part)))
    event.add("description", f"{conference.name}\n{registration.number}\n{link}")
    event.add("url", link)
    event.add("status", "TENTATIVE" if conference.is_tentative else "CONFIRMED")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", timedelta(hours=-1))
    alarm.add("description", conference.short_name)
    event.add_component(alarm)
    calendar.add_component(event)
    return calendar.to_ical().decode()
