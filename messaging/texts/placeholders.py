"""The placeholders that texts may have: a fixed list, replaced by plain values. No template code runs through them."""

import re
from difflib import get_close_matches

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from messaging import message_kinds

#: Characters for private use that stand around a name on its way into HTML; no text may have them.
MARKS = "\ue000\ue001"
# Whatever stands in braces was meant as a placeholder, and is refused where it is none.
_IN_BRACES = re.compile(r"\{([^{}\n]*)\}")

LABELS = {
    "name": _("full name"),
    "position": _("position"),
    "organisation": _("organisation"),
    "number": _("registration number"),
    "event": _("short name of the conference"),
    "conference": _("name of the conference"),
    "when": _("hour and date of the start"),
    "time": _("start and end"),
    "countdown": _("time left until the start"),
    "starts_in": _("“in 7 days”, “tomorrow”; the line is left out once it has begun"),
    "begins": _("“is about to start”, and “has begun” from the start on"),
    "begun": _("“has begun”, once it has; the line is left out before"),
    "point": _("bridge point"),
    "point_short": _("short name of the bridge point"),
    "point_kind": _("kind of the bridge point"),
    "address": _("address of the bridge point"),
    "facts": _("when, where, organisation and number, as a table"),
    "link": pgettext_lazy("placeholder", "personal link"),
    "desk": _("to show the QR code at the check-in desk; the line is left out where there is no room"),
    "page": _("the registrant’s own page (to the contact person)"),
    "others": _("links of delegates without an address (to the contact person)"),
    "why": _("why somebody gets the link to their registration"),
    "inviter": _("who invites"),
    "words": _("words of the invitation"),
    "invitation": _("link to accept the invitation"),
    "no_room": _("that the link to an online room has not been entered yet, if so"),
    "meeting_name": _("name to use in the online meeting"),
    "place": _("place on the waitlist"),
    "reason": _("reason of the organisers"),
    "preparation": _("what to prepare"),
    "contact": _("contact of the organisers"),
    "signature": _("who signs: the organisers and the host"),
    "conference_page": _("page of the conference"),
    "stop": _("link by which a person gets no more messages like this"),
    "earlier": _("hour and date before the change"),
    "changes": _("what has changed"),
    "details": _("connection details"),
    "asked": _("the question that was asked"),
    "answer": _("the answer to it"),
    "own_questions": _("page with one’s own questions"),
    "round": _("name of the test round"),
    "round_when": _("hour and date of the test round"),
    "round_news": _("that the test round is at another time, if so"),
    "round_note": _("what to know of the test round"),
    "line": _("whether the bridge point is on its spare line"),
}

#: What is replaced; everything else is plain text.
PATTERN = re.compile(r"\{(" + "|".join(LABELS) + r")\}")

_COMMON = ("name", "event", "conference", "when", "time", "point", "point_short", "point_kind", "address", "facts",
           "contact", "signature", "conference_page")  # fmt: skip
_DELEGATE = ("position", "organisation", "number", "page")
_AHEAD = ("countdown", "starts_in", "begun", "preparation")

_BY_KIND: dict[str, tuple[str, ...]] = {
    message_kinds.CONFIRMED: (*_COMMON, *_DELEGATE, *_AHEAD, "link", "desk", "others"),
    message_kinds.PROMOTED: (*_COMMON, *_DELEGATE, *_AHEAD, "link", "desk", "others"),
    message_kinds.MOVED: (*_COMMON, *_DELEGATE, *_AHEAD, "link", "desk", "others"),
    message_kinds.REQUESTED: (*_COMMON, *_DELEGATE),
    message_kinds.DECLINED: (*_COMMON, *_DELEGATE, "reason"),
    message_kinds.OWN_PAGE: (*_COMMON, *_DELEGATE, "why"),
    message_kinds.INVITED: (*_COMMON, "position", "organisation", "preparation", "inviter", "words", "invitation"),
    message_kinds.WAITLISTED: (*_COMMON, *_DELEGATE, "countdown", "place"),
    message_kinds.CANCELLED: (*_COMMON, *_DELEGATE),
    message_kinds.REMINDER: (*_COMMON, *_DELEGATE, *_AHEAD, "link", "meeting_name", "place"),
    message_kinds.STARTING: (*_COMMON, *_DELEGATE, *_AHEAD, "begins", "link", "no_room", "meeting_name", "place"),
    message_kinds.FOLLOW_UP: (*_COMMON, *_DELEGATE),
    message_kinds.RESCHEDULED: (*_COMMON, *_DELEGATE, *_AHEAD, "link", "place", "earlier", "invitation"),
    message_kinds.DATE_FIXED: (*_COMMON, *_DELEGATE, *_AHEAD, "link", "place", "invitation"),
    message_kinds.RESTORED: (*_COMMON, *_DELEGATE, *_AHEAD, "link", "place", "invitation"),
    message_kinds.CONFERENCE_CANCELLED: (*_COMMON, *_DELEGATE, "earlier", "reason"),
    message_kinds.DETAILS: (*_COMMON, *_DELEGATE, *_AHEAD, "link", "changes"),
    message_kinds.STAFF_REMINDER: (*_COMMON, *_AHEAD, "link", "details"),
    message_kinds.STAFF_NEWS: (*_COMMON, "countdown", "link", "details", "changes"),
    message_kinds.STAFF_CANCELLED: (*_COMMON, "link", "earlier", "reason"),
    message_kinds.ANNOUNCEMENT: (*_COMMON, *_DELEGATE, *_AHEAD, "link", "stop", "invitation"),
}


def of_kind(kind: str) -> list[tuple[str, str]]:
    """The placeholders of a kind of message, each with what it stands for, for the menu beside the editor."""
    return [(name, str(LABELS[name])) for name in LABELS if name in _BY_KIND[kind]]


def named(text: str) -> str:
    """``text`` for readers to whom nothing is filled in: what a placeholder stands for, in square brackets."""
    return PATTERN.sub(lambda found: f"[{LABELS[found[1]]}]", text)


def unknown_in(text: str, kind: str) -> list[str]:
    """What stands in braces in ``text`` and is no placeholder of ``kind``, in order, once each."""
    known = _BY_KIND.get(kind, ())
    return list(dict.fromkeys(name for name in _IN_BRACES.findall(text) if name not in known))


def fault_in(text: str, kind: str) -> str:
    """What keeps ``text`` from being a text of ``kind``, in words; "" if nothing does."""
    if strangers := unknown_in(text, kind):
        return unknown_words(strangers, kind)
    if any(mark in text for mark in MARKS):
        return gettext("This text has invisible characters that mean nothing elsewhere. Please type it again.")
    return ""


def unknown_words(strangers: list[str], kind: str) -> str:
    """Says that ``strangers`` are no placeholders of ``kind``, and which one may have been meant."""
    words = [gettext("There is no placeholder {%(name)s} in this message.") % {"name": name} for name in strangers]
    for name in strangers:
        if near := get_close_matches(name, _BY_KIND.get(kind, ()), n=1, cutoff=0.6):
            words.append(gettext("Did you mean {%(name)s}?") % {"name": near[0]})
    return " ".join(words)
