"""The default texts, in the languages of the catalogue; a conference may have its own in their place.

In every text a line whose placeholders are all empty is left out, and so is a paragraph.
"""

from dataclasses import dataclass

from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from common.lookups import Among, LookUp
from messaging import message_kinds
from messaging.models import Template

_OPENING = _("Dear {name},")
# Whatever is said about the personal link stands in the paragraph, or the SMS line, of {link}: not everybody has one.
_LINK = _(
    "Your personal link. This page has everything you need to take part:\n"
    "{link}\n"
    "The link is yours alone: please do not pass it on."
)
# Goes with the QR code: see WITH_QR of messaging/message_kinds.py.
_LINK_AND_QR = _(
    "Your personal link. This page has everything you need to take part:\n"
    "{link}\n"
    "Its QR code is in this mail (ma-qr.png) and on that page.\n"
    "{desk}\n"
    "The link is yours alone: please do not pass it on."
)
# It may be the first one that they get: nothing here says that they know it.
_SAME_LINK = _(
    "Your personal link. This page has everything you need to take part:\n"
    "{link}\n"
    "Links in earlier messages remain valid. The link is yours alone: please do not pass it on."
)
_ACCEPT = _("You have not answered your invitation yet. Please accept here:\n{invitation}")
_WAITING = _("You are still on the waitlist: there is no seat for you yet. Your place in line: {place}.")
_PAGE = _("See, change or cancel the registration, have the messages sent again: {page}")
_CLOSING = _("Questions: {contact}")
_SIGNATURE = _("Kind regards,\n{signature}")
_OTHERS = _(
    "Links of those without an address of their own; please pass them on:\n"
    "{others}\n"
    "The QR code of each is attached, by name."
)
_PREPARE = _("Please prepare:\n{preparation}")

_SUBJECTS = {
    message_kinds.CONFIRMED: _("Registered: {event} – {point_short}"),
    message_kinds.PROMOTED: _("You have a seat: {event} – {point_short}"),
    message_kinds.MOVED: _("New bridge point: {event} – {point_short}"),
    message_kinds.WAITLISTED: _("On the waitlist: {event} – {point_short}"),
    message_kinds.CANCELLED: _("Cancelled: {event} – {point_short}"),
    message_kinds.REQUESTED: _("Received: {event} – {point_short}"),
    message_kinds.DECLINED: _("Not accepted: {event} – {point_short}"),
    message_kinds.OWN_PAGE: _("Your registration: {event}"),
    message_kinds.INVITED: _("Invitation: {event}, {when}"),
    message_kinds.REMINDER: _("Reminder: {event} – {point_short}"),
    message_kinds.STARTING: _("{event} {begins} – {point_short}"),
    message_kinds.TEST_ROUND: _("{round}, {round_when}: {event} – {point_short}"),
    message_kinds.ROUND_CANCELLED: _("{round}, {round_when}, is cancelled: {event}"),
    message_kinds.LINE_MOVED: _("Another line: {event} – {point_short}"),
    message_kinds.QUESTION_ANSWERED: _("Your question is answered: {event}"),
    message_kinds.STAFF_LINE_MOVED: _("{point_short} {line} – {event}"),
    message_kinds.FOLLOW_UP: _("Thank you: {event}"),
    message_kinds.RESCHEDULED: _("New time: {event} – {when}"),
    message_kinds.DATE_FIXED: _("The date is fixed: {event} – {when}"),
    message_kinds.CONFERENCE_CANCELLED: _("The conference is cancelled: {event}"),
    message_kinds.RESTORED: _("It takes place after all: {event} – {when}"),
    message_kinds.DETAILS: _("Changed: {event} – {point_short}"),
    message_kinds.STAFF_REMINDER: _("Reminder: {event} – {point_short}"),
    message_kinds.STAFF_NEWS: _("Changed: {event} – {point_short}"),
    message_kinds.STAFF_CANCELLED: _("The conference is cancelled: {event}"),
}
_MAILS = {
    message_kinds.CONFIRMED: (
        _OPENING,
        _("Your registration is confirmed."),
        "{facts}",
        _LINK_AND_QR,
        _OTHERS,
        _PAGE,
        _CLOSING,
    ),
    message_kinds.REQUESTED: (
        _OPENING,
        _("We have received your registration. The organisers decide on it and write to you."),
        "{facts}",
        _PAGE,
        _CLOSING,
    ),
    message_kinds.DECLINED: (
        _OPENING,
        _("We are sorry: the organisers could not accept your registration."),
        _("Their reason: {reason}"),
        "{facts}",
        _CLOSING,
    ),
    message_kinds.INVITED: (
        _OPENING,
        _("{inviter} cordially invites you to {conference}."),
        "{words}",
        "{facts}",
        _("Please accept here, by name and with whom you bring:\n{invitation}"),
        _("The link is yours alone: please do not pass it on."),
        _CLOSING,
    ),
    message_kinds.OWN_PAGE: (
        _OPENING,
        _("Your organisation is registered for {conference}. See, change or cancel the registration here:\n{page}"),
        "{why}",
        "{facts}",
        _CLOSING,
    ),
    message_kinds.PROMOTED: (
        _OPENING,
        _("You now have a seat at {point}: your registration is confirmed."),
        "{facts}",
        _LINK_AND_QR,
        _OTHERS,
        _PAGE,
        _CLOSING,
    ),
    message_kinds.MOVED: (
        _OPENING,
        _("Your registration has moved to another bridge point: {point}."),
        "{facts}",
        _LINK_AND_QR,
        _("Links and QR codes in earlier messages remain valid."),
        _PAGE,
        _CLOSING,
    ),
    message_kinds.WAITLISTED: (
        _OPENING,
        _("{point} is full. You are number {place} on the waitlist; we write to you as soon as there is a seat."),
        "{facts}",
        _PAGE,
        _CLOSING,
    ),
    message_kinds.CANCELLED: (
        _OPENING,
        _("This registration is cancelled. Its personal links no longer work."),
        "{facts}",
        _CLOSING,
    ),
    message_kinds.REMINDER: (
        _OPENING,
        _("The conference starts {starts_in}."),
        _("The conference {begun}."),
        _WAITING,
        "{facts}",
        _PREPARE,
        _LINK,
        "{meeting_name}",
        _PAGE,
        _CLOSING,
    ),
    message_kinds.STARTING: (
        _OPENING,
        _("{conference} {begins} ({when})."),
        _WAITING,
        _LINK,
        "{no_room}",
        "{meeting_name}",
        "{facts}",
        _CLOSING,
    ),
    message_kinds.FOLLOW_UP: (
        _OPENING,
        _("Thank you for your interest in {conference}, and for your support."),
        _("Programme and contacts stay on its page: {conference_page}"),
        _CLOSING,
    ),
    message_kinds.RESCHEDULED: (
        _OPENING,
        _("{conference} takes place at another time: {when}."),
        _("Before, it was announced for {earlier}."),
        _("Your registration stays valid: no. {number}."),
        _WAITING,
        _ACCEPT,
        "{facts}",
        _SAME_LINK,
        _PAGE,
        _CLOSING,
    ),
    message_kinds.DATE_FIXED: (
        _OPENING,
        _("The date of {conference} was tentative and is now fixed: {when}."),
        _("Your registration stays valid: no. {number}."),
        _WAITING,
        _ACCEPT,
        "{facts}",
        _SAME_LINK,
        _PAGE,
        _CLOSING,
    ),
    message_kinds.RESTORED: (
        _OPENING,
        _("{conference} takes place after all: {when}. Please excuse the confusion."),
        _("Your registration stays valid: no. {number}."),
        _WAITING,
        _ACCEPT,
        "{facts}",
        _SAME_LINK,
        _PAGE,
        _CLOSING,
    ),
    message_kinds.CONFERENCE_CANCELLED: (
        _OPENING,
        _("We are sorry: {conference}, announced for {earlier}, does not take place."),
        _("The reason: {reason}"),
        _CLOSING,
    ),
    message_kinds.DETAILS: (
        _OPENING,
        _("Something has changed at your bridge point:\n{changes}"),
        "{facts}",
        _SAME_LINK,
        _CLOSING,
    ),
    message_kinds.STAFF_REMINDER: (
        _OPENING,
        _("The conference starts {starts_in}; you look after this bridge point."),
        _("The conference {begun}; you look after this bridge point."),
        "{facts}",
        _("Connection details:\n{details}"),
        _("In the administration: {link}"),
        _CLOSING,
    ),
    message_kinds.STAFF_NEWS: (
        _OPENING,
        _("Something has changed at the bridge point that you look after:\n{changes}"),
        "{facts}",
        _("Connection details:\n{details}"),
        _("In the administration: {link}"),
        _CLOSING,
    ),
    message_kinds.TEST_ROUND: (
        _OPENING,
        "{round_news}",
        _("{round} of {conference}: {round_when}, at {point}, which you look after."),
        _("Please be there in time, and test picture, sound, return sound and the spare line."),
        "{round_note}",
        _("Connection details:\n{details}"),
        _("In the administration: {link}"),
        _CLOSING,
    ),
    message_kinds.ROUND_CANCELLED: (
        _OPENING,
        _("{round} of {conference}, announced for {round_when}, is cancelled and does not take place."),
        _("You need not prepare anything for it."),
        _CLOSING,
    ),
    message_kinds.LINE_MOVED: (
        _OPENING,
        _("Your bridge point {point} is now joined over another line."),
        _SAME_LINK,
        _CLOSING,
    ),
    message_kinds.QUESTION_ANSWERED: (
        _OPENING,
        _("Here is the answer to your question at {conference}."),
        _("The question:\n{asked}"),
        _("The answer:\n{answer}"),
        _("Your questions:\n{own_questions}"),
        _CLOSING,
    ),
    message_kinds.STAFF_LINE_MOVED: (
        _OPENING,
        _("{point}, which you look after, is {line}. Please connect the room over it."),
        _("Connection details:\n{details}"),
        _("In the administration: {link}"),
        _CLOSING,
    ),
    message_kinds.STAFF_CANCELLED: (
        _OPENING,
        _("We are sorry: {conference}, announced for {earlier}, is cancelled and does not take place."),
        _("The reason: {reason}"),
        _("{point}, which you look after, need not be connected."),
        _("In the administration: {link}"),
        _CLOSING,
    ),
}
_SMS = {
    message_kinds.CONFIRMED: _(
        "{event}: registered, no. {number}. {when}, {point_short}.\nYour link and QR code: {link}"
    ),
    message_kinds.PROMOTED: _(
        "{event}: you now have a seat, no. {number}. {when}, {point_short}.\nYour link and QR code: {link}"
    ),
    message_kinds.MOVED: _("{event}: you are now at {point_short}. {when}.\nYour link and QR code: {link}"),
    message_kinds.WAITLISTED: _("{event}: {point_short} is full. You are no. {place} on the waitlist. {page}"),
    message_kinds.CANCELLED: _("{event}: registration {number} at {point_short} is cancelled."),
    message_kinds.REQUESTED: _("{event}: registration {number} received; the organisers decide on it. {page}"),
    message_kinds.DECLINED: _("{event}: registration {number} was not accepted: {reason}"),
    message_kinds.INVITED: _("{inviter} invites you to {event}, {when}. Please register: {invitation}"),
    message_kinds.OWN_PAGE: _("{event}: {why}\nSee or change it: {page}"),
    message_kinds.REMINDER: _(
        "{event} starts {starts_in}: {when}, {point_short}.\n"
        "{event} {begun}: {when}, {point_short}.\n"
        "You are on the waitlist, place in line: {place}.\n"
        "Your link: {link}"
    ),
    message_kinds.STARTING: _(
        "{event} {begins}: {when}, {point_short}.\n"
        "You are on the waitlist, place in line: {place}.\n"
        "Your link: {link}\n"
        "{no_room}"
    ),
    message_kinds.FOLLOW_UP: _("{event}: thank you for your interest and support. {conference_page}"),
    message_kinds.RESCHEDULED: _(
        "{event} takes place at another time: {when}.\n"
        "You are on the waitlist, place in line: {place}.\n"
        "Your link: {link}\n"
        "Please register: {invitation}"
    ),
    message_kinds.DATE_FIXED: _(
        "{event}: the date is now fixed: {when}.\n"
        "You are on the waitlist, place in line: {place}.\n"
        "Your link: {link}\n"
        "Please register: {invitation}"
    ),
    message_kinds.RESTORED: _(
        "{event} takes place after all: {when}.\n"
        "You are on the waitlist, place in line: {place}.\n"
        "Your link: {link}\n"
        "Please register: {invitation}"
    ),
    message_kinds.CONFERENCE_CANCELLED: _(
        "{event}, {earlier}, is cancelled. We are sorry.\nReason: {reason}\nContact: {contact}"
    ),
    message_kinds.DETAILS: _("{event}: changed at {point_short}.\nEverything stands behind your link: {link}"),
    message_kinds.STAFF_REMINDER: _(
        "{event} starts {starts_in}: {when}. You look after {point_short}. {link}\n"
        "{event} {begun}: {when}. You look after {point_short}. {link}"
    ),
    message_kinds.STAFF_NEWS: _("{event}: changed at {point_short}: {changes}"),
    message_kinds.TEST_ROUND: _("{event}: {round}, {round_when}, {point_short}.\n{round_news}\n{contact}"),
    message_kinds.ROUND_CANCELLED: _("{event}: {round}, {round_when}, is cancelled.\nContact: {contact}"),
    message_kinds.LINE_MOVED: _(
        "{event}: {point_short} is now joined over another line. Your link leads there: {link}"
    ),
    message_kinds.QUESTION_ANSWERED: _("{event}: your question is answered. Read the answer: {own_questions}"),
    message_kinds.STAFF_LINE_MOVED: _("{event}: {point_short} is {line}.\n{details}"),
    message_kinds.STAFF_CANCELLED: _(
        "{event}, {earlier}, is cancelled; {point_short} need not be connected.\nReason: {reason}\nContact: {contact}"
    ),
}
#: Below every announcement by mail to somebody who registered, unless its text says it.
ANNOUNCEMENT_CLOSING = _("To get no more messages like this one about the conference: {stop}")


@dataclass(frozen=True)
class Text:
    """A text to be filled in; ``subject`` means something to mail, and is the template's number for Zalo."""

    subject: str
    body: str
    keep_accents: bool = False


def default(kind: str, channel: str, language: str) -> Text | None:
    """Our own text; None for Zalo, whose templates are approved for one sender each."""
    with translation.override(language):
        if channel == "email":
            return Text(str(_SUBJECTS[kind]), "\n\n".join(str(part) for part in (*_MAILS[kind], _SIGNATURE)) + "\n")
        if channel == "sms":
            return Text("", str(_SMS[kind]))
    return None


#: What leads people on, the most important first, and what a text without it means.
_LEADS = {
    "link": _("This text has no {link}: nobody gets their personal link by it."),
    "invitation": _("This text has no {invitation}: nobody can accept the invitation by it."),
    "page": _("This text has no {page}: nobody gets to the page of their registration by it."),
}


def leads_nowhere(text: Text, kind: str, channel: str, language: str) -> str:
    """Says that ``text`` lacks the link that our own for this kind and channel has; "" if it does not."""
    ours = default(kind, channel, language)
    for name, words in _LEADS.items():
        if ours is not None and f"{{{name}}}" in ours.body:
            return "" if f"{{{name}}}" in text.body else str(words)
    return ""


_OWN: LookUp[Template, list[int]] = LookUp(
    lambda numbers: Template.objects.filter(Among(F("conference"), numbers)).order_by()
)


def of_conferences(conferences: set[int]) -> dict[tuple[int, str, str, str], Text]:
    """The own texts of these conferences by conference, kind, channel and language. One query."""
    return {
        (t.conference_id, t.kind, t.channel, t.language): Text(t.subject, t.body, t.keep_accents)
        for t in _OWN.rows([*conferences])
    }
