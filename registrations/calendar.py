"""The calendar file (iCalendar, RFC 5545) of a registration."""

from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from registrations.models import Registration


def invitation(
    registration: Registration, link: str, *, method: str = "PUBLISH", changed_at: datetime | None = None
) -> str:
    """An iCalendar text for ``registration`` with the personal ``link``; the UID stays the same for ever.

    ``method`` (RFC 5546): "PUBLISH" puts it into a calendar or replaces what stands there, "CANCEL" takes it out.
    ``changed_at``: when something was changed of which the registration does not know (UTC), such as an address.
    """
    conference, point = registration.conference, registration.bridge_point
    calendar = Calendar()
    calendar.add("prodid", "-//Diem Cau//VI")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    event = Event()
    event.add("uid", f"{registration.uid}@{settings.SITE_DOMAIN}")
    changes = (
        registration.created_at,
        registration.confirmed_at,
        registration.cancelled_at,
        conference.scheduled_at,
        conference.cancelled_at,
        changed_at,
    )
    revised_at = max(moment for moment in changes if moment)
    event.add("dtstamp", revised_at)
    # Calendars take the file with the higher number; it grows with every change and with nothing else.
    event.add("sequence", max(int(revised_at.timestamp()) - 1_600_000_000, 0))
    # RFC 5546 asks for it with every method.
    organiser = vCalAddress(f"mailto:{conference.contact_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organiser.params["cn"] = vText(conference.contact_name or conference.short_name)
    event.add("organizer", organiser)
    event.add("summary", f"{conference.short_name} – {point.name}")
    event.add("dtstart", conference.starts_at)
    event.add("dtend", conference.ends_at)
    event.add("location", vText(", ".join(part for part in (point.name, point.address) if part)))
    event.add("description", f"{conference.name}\n{registration.number}\n{link}")
    event.add("url", link)
    if method == "CANCEL":
        event.add("status", "CANCELLED")
    else:
        event.add("status", "TENTATIVE" if conference.is_tentative else "CONFIRMED")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", timedelta(hours=-1))
        alarm.add("description", conference.short_name)
        event.add_component(alarm)
    calendar.add_component(event)
    return calendar.to_ical().decode()
