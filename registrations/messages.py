"""What we say to registrants: which messages, to whom, and their words."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from phonenumbers import PhoneNumberType, number_type

from conference.models import Conference
from notifications import channels
from notifications.channels import Attachment
from notifications.models import Message
from notifications.outbox import Content
from notifications.plain_text import without_accents
from registrations.calendar import invitation
from registrations.models import Delegate, Registration

#: Which state a registration must still be in when a message of this kind leaves.
VALID_IN = {
    "confirmed": Registration.State.CONFIRMED,
    "promoted": Registration.State.CONFIRMED,
    "reminder": Registration.State.CONFIRMED,
    "waitlisted": Registration.State.WAITLISTED,
    "cancelled": Registration.State.CANCELLED,
}


def is_mobile(phone) -> bool:
    """Whether ``phone`` (a PhoneNumber, or empty) can receive an SMS."""
    return bool(phone) and number_type(phone) in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def addresses(delegate: Delegate, *, by_email: bool = True, by_sms: bool = True) -> list[tuple[str, str]]:
    """Channel and address of each way to reach ``delegate``."""
    ways = []
    in_use = channels.names()
    if by_email and "email" in in_use and delegate.email:
        ways.append(("email", delegate.email))
    if by_sms and "sms" in in_use and is_mobile(delegate.phone):
        ways.append(("sms", delegate.phone.as_e164))
    return ways


def about(
    registration: Registration,
    delegates: Iterable[Delegate],
    *,
    kind: str,
    now: datetime,
    ends_at: datetime,
    occasion: str = "",
) -> list[Message]:
    """The outbox rows that tell ``delegates`` about ``registration``; worthless after ``ends_at``.

    ``kind`` is a key of VALID_IN; ``occasion`` tells apart messages of one kind, "" for the first.
    """
    return [
        Message(
            key=f"{kind}/{registration.pk}/{occasion}/{delegate.pk}/{channel}",
            channel=channel,
            address=address,
            language=registration.language,
            composer="registrations",
            kind=kind,
            topic=f"point/{registration.bridge_point_id}",
            person=delegate.person,
            due_at=now,
            created_at=now,
            expires_at=ends_at,
        )
        for delegate in delegates
        for channel, address in addresses(delegate)
    ]


def compose(batch: list[Message]) -> dict[int, Content]:
    """The texts of ``batch`` as they are right now; what no longer holds true is left out."""
    ids = {m.pk: int(m.person.partition("/")[2]) for m in batch}
    delegates = Delegate.objects.select_related(
        "registration__organisation", "registration__conference", "registration__bridge_point__province"
    ).in_bulk(set(ids.values()))
    contents = {}
    for message in batch:
        delegate = delegates.get(ids[message.pk])
        if delegate and _still_true(message, delegate.registration):
            with translation.override(message.language):
                contents[message.pk] = _content(message, delegate)
    return contents


def _still_true(message: Message, registration: Registration) -> bool:
    if registration.conference.cancelled_at and message.kind != "cancelled":
        return False
    return registration.state == VALID_IN[message.kind]


def _content(message: Message, delegate: Delegate) -> Content:
    registration = delegate.registration
    conference, point = registration.conference, registration.bridge_point
    context = {
        "kind": message.kind,
        "delegate": delegate,
        "registration": registration,
        "conference": conference,
        "point": point,
        "when": when_words(conference),
        "countdown": _countdown(conference, timezone.now()) if message.kind == "reminder" else "",
        "place_in_line": registration.place_in_line,
        "join_url": delegate.join_url,
        "registration_url": registration.url if delegate.is_contact else "",
        "conference_url": f"{settings.SITE_URL}{conference.get_absolute_url()}",
    }
    secrets = (delegate.join_url, registration.url)
    if message.channel == "sms":
        return Content(text=without_accents(_sms_text(context)), secrets=secrets)
    subject = _subject(context)
    context["subject"] = subject
    attachments = []
    if message.kind in ("confirmed", "promoted"):
        attachments.append(Attachment("hoi-nghi.ics", invitation(registration, delegate.join_url), "text/calendar"))
    return Content(
        subject=subject,
        # The organiser's texts may have any line breaks; a subject has none.
        text=render_to_string("messages/registration.txt", context).strip() + "\n",
        html=render_to_string("messages/registration.html", context),
        sender_name=conference.short_name,
        reply_to=conference.contact_email,
        attachments=attachments,
        secrets=secrets,
    )


def when_words(conference: Conference) -> str:
    """The start in words: "08:00, 19/7/2027", with "(dự kiến)" if tentative."""
    start = timezone.localtime(conference.starts_at)
    words = f"{date_format(start, 'TIME_FORMAT')}, {date_format(start, 'DATE_FORMAT')}"
    return f"{words} ({_('tentative')})" if conference.is_tentative else words


def duration_words(minutes: int) -> str:
    """``minutes`` in the largest unit that fits evenly: "7 days", "60 minutes", "90 minutes"."""
    if minutes % (24 * 60) == 0:
        days = minutes // (24 * 60)
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if minutes % 60 == 0 and minutes > 60:
        hours = minutes // 60
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def _countdown(conference: Conference, now: datetime) -> str:
    """How long until the start, in words, rounded as people say it."""
    left = max(conference.starts_at - now, timedelta(minutes=1))
    minutes = -(-int(left.total_seconds()) // 60)
    if minutes > 36 * 60:
        days = (timezone.localtime(conference.starts_at).date() - timezone.localtime(now).date()).days
        return duration_words(max(days, 1) * 24 * 60)
    if minutes > 90:
        return duration_words(round(minutes / 60) * 60)
    return duration_words(minutes)


def _subject(context: dict) -> str:
    words = {"event": context["conference"].short_name, "point": context["point"].label}
    subject = {
        "confirmed": _("Registered: %(event)s – %(point)s"),
        "promoted": _("You have a seat: %(event)s – %(point)s"),
        "waitlisted": _("On the waitlist: %(event)s – %(point)s"),
        "cancelled": _("Cancelled: %(event)s – %(point)s"),
        "reminder": _("Reminder: %(event)s – %(point)s"),
    }[context["kind"]]
    return " ".join((subject % words).split())


def _sms_text(context: dict) -> str:
    words = {
        "event": context["conference"].short_name,
        "point": context["point"].label,
        "when": context["when"],
        "number": context["registration"].number,
        "link": context["join_url"],
        "page": context["registration"].url,
        "place": context["place_in_line"],
        "countdown": context["countdown"],
    }
    text = {
        "confirmed": _("%(event)s: registered, no. %(number)s. %(when)s, %(point)s. Your link: %(link)s"),
        "promoted": _("%(event)s: you now have a seat, no. %(number)s. %(when)s, %(point)s. Your link: %(link)s"),
        "waitlisted": _("%(event)s: %(point)s is full. You are no. %(place)s on the waitlist. %(page)s"),
        "cancelled": _("%(event)s: registration %(number)s at %(point)s is cancelled."),
        "reminder": _("%(event)s starts in %(countdown)s: %(when)s, %(point)s. Your link: %(link)s"),
    }[context["kind"]]
    return text % words
