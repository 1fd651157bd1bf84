"""The values of the placeholders for one recipient: what a message fills in."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from bridges.models import BridgePoint, Kind, TestRound
from conference.models import Conference
from messaging import line_words, message_kinds, time_words, unsubscribing
from messaging.answers import AnswerFound
from messaging.batch import ABOUT_CONFERENCE, Batch
from messaging.changed_details import changes_words
from messaging.recipients import Recipient
from registrations.messages import REGISTERED_AGAIN
from registrations.models import Delegate, Guest, Registration
from registrations.services import MARK
from registrations.tokens import address

_LINK = re.compile(r"https?://\S+")


class Values(Mapping[str, str]):
    """The values of the placeholders for one recipient, each computed when it is asked for."""

    def __init__(self, recipient: Recipient, kind: str, batch: Batch, channel: str, occasion: str = "") -> None:
        self.to, self.kind, self.now, self.batch, self.channel = recipient, kind, batch.now, batch, channel
        self.occasion = occasion
        self._known: dict[str, str] = {}
        # In the language in which it is made.
        self._shared = batch.words_about(recipient.conference)

    def __getitem__(self, name: str) -> str:
        known = self._known if name in _VALUES else self._shared
        if (value := known.get(name)) is None:
            value = known[name] = _VALUES[name](self) if name in _VALUES else _SHARED[name](self)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter([*_SHARED, *_VALUES])

    def __len__(self) -> int:
        return len(_SHARED) + len(_VALUES)

    @cached_property
    def opening_mark(self) -> str:
        """What both links of a contact person carry until one is opened."""
        return self.to.registration.opening_mark() if self.to.registration else ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that the stored copy must not show."""
        hidden = [] if self.to.is_staff else [self._known.get(name, "") for name in ("link", "page", "own_questions")]
        hidden += [self._known.get("invitation", ""), self._known.get("stop", "")]
        hidden += [*_LINK.findall(self._known.get("others", ""))]
        # Written as a text has them once it is filled in.
        told = [self._known[name] for name in ("details", "changes") if name in self._known]
        hidden += [re.sub(r"\n{3,}", "\n\n", value).strip() for value in told]
        return tuple(secret for secret in hidden if secret)


# --- links ------------------------------------------------------------------------------------------------------------


def _link(values: Values) -> str:
    """The personal link; for a coordinator the page of their point.

    A technician has none, nor has a contact person who does not attend. But an SMS has room for one link: for a contact
    person who has no mail with it, or has the links of others to pass on, it is their page.
    """
    to = values.to
    if to.delegate:
        return _delegate_link(values, to.delegate)
    if to.contact_of:
        return _page(values) if values.channel == "sms" else ""
    if to.coordinator:
        page = reverse("workspace:my_point", args=[to.conference.slug, to.coordinator.bridge_point_id])
        return f"{settings.SITE_URL}{page}"
    return ""


def _delegate_link(values: Values, delegate: Delegate) -> str:
    if delegate.registration.state != Registration.State.CONFIRMED:
        return ""
    if values.channel == "sms" and _needs_page(values, delegate):
        return _page(values)
    return _marked(values, delegate.join_url, is_page=False) if delegate.is_contact else delegate.join_url


def _needs_page(values: Values, delegate: Delegate) -> bool:
    """Whether an SMS about the registration itself leads a contact person to their page, where all links are.

    It does so in the confirmation, and in what says later that the links stay as they are.
    """
    if not delegate.is_contact or values.kind not in message_kinds.SAME_LINK:
        return False
    return not delegate.email or bool(values.batch.delegates_without_address(delegate.registration.pk))


def _page(values: Values) -> str:
    """The registrant's own page: it can cancel, so only the contact person gets it."""
    registration = values.to.registration
    if registration and values.to.is_contact and values.kind not in (message_kinds.CANCELLED, message_kinds.DECLINED):
        return _marked(values, registration.url, is_page=True)
    return ""


def _marked(values: Values, url: str, *, is_page: bool) -> str:
    """``url`` for a contact person; opening it shows that messages reach them, for which others may wait."""
    registration = values.to.registration
    if registration is None or registration.link_opened_at is not None:
        return url
    # A mail has room for it also where nobody waits: staff ask who has opened theirs.
    if values.channel == "email":
        return f"{url}?{MARK}={values.opening_mark}"
    if not registration.colleagues_wait:
        return url
    is_alone = values.to.delegate is not None and registration.seats == 1
    # Colleagues may be added later on the page. But an SMS is short, and Zalo knows one form of link.
    if values.channel == "zalo" or (is_alone and (registration.contact_email or not is_page)):
        return url
    return f"{url}?{MARK}={values.opening_mark}"


def _invitation(values: Values) -> str:
    """Where a guest accepts their invitation; no notice leads there once registration has closed."""
    guest = values.to.guest
    if guest is None or (values.kind in message_kinds.NOTICES and values.now >= values.to.conference.closes_at):
        return ""
    return guest.url


def _others(values: Values) -> str:
    """Name and personal link of each delegate whom no message reaches, one a line."""
    return "\n".join(f"{delegate.full_name}: {delegate.join_url}" for delegate in others_of(values.to, values.batch))


def others_of(to: Recipient, batch: Batch) -> list[Delegate]:
    """The delegates whom no message reaches and whose links ``to``, their contact person, passes on."""
    registration = to.registration
    if registration is None or registration.pk is None or not to.is_contact:
        return []
    if registration.state != Registration.State.CONFIRMED:
        return []
    return batch.delegates_without_address(registration.pk)


def qr_content_id(delegate: Delegate) -> str:
    """The Content-ID of the picture of the QR code of ``delegate`` in their mail."""
    return f"qr-{delegate.token_hash[:16]}@{settings.SITE_DOMAIN}"


def _qr(values: Values) -> str:
    """Where the HTML finds the picture of the QR code; only some mails have it."""
    if values.kind not in message_kinds.WITH_QR or values.to.delegate is None or not values["link"]:
        return ""
    return f"cid:{qr_content_id(values.to.delegate)}"


def _desk(values: Values) -> str:
    """What to do with the QR code of the mail where people sit in a room together; elsewhere there is no desk."""
    if not values["qr"] or values.to.point is None or not values.to.point.is_place:
        return ""
    return gettext("Please show the QR code at the check-in desk, if there is one.")


def _stop(values: Values) -> str:
    """Where a delegate stops announcements; whoever looks after a point gets them as part of that."""
    if values.kind != message_kinds.ANNOUNCEMENT or values.to.delegate is None:
        return ""
    return unsubscribing.url_of(values.to.delegate)


def _why(values: Values) -> str:
    """Why a contact person gets the link to their page; for an SMS in a few words, with the number."""
    is_again, is_sms = values.occasion == REGISTERED_AGAIN, values.channel == "sms"
    return _WHY[is_again, is_sms]() % {"number": values["number"]}


_WHY: dict[tuple[bool, bool], Callable[[], str]] = {
    # Whoever used the same phone or tax code may belong to another organisation, and there may be more than two.
    (True, False): lambda: gettext(
        "You receive this because another registration with the same e-mail address, phone number or tax code as yours"
        " has come in. If you registered more than once by mistake, please cancel what you do not need; otherwise you"
        " need not do anything."
    ),
    (False, False): lambda: gettext(
        "You receive this because you asked for the link or because your address in the registration is new."
    ),
    (True, True): lambda: gettext("a new registration has details of yours, no. %(number)s."),
    (False, True): lambda: gettext("you are registered, no. %(number)s."),
}


def _no_room(values: Values) -> str:
    """Says that organisers have not entered how to get into the online room of somebody who has a seat there."""
    point, delegate = values.to.point, values.to.delegate
    if point is None or point.is_place or delegate is None or not values["link"]:
        return ""
    line = values.batch.lines.in_use(point)
    if line.web_url or line.instructions or line.shown_details():
        return ""
    return gettext("The link to the room is not there yet; it will be on your personal page.")


def _signature(values: Values) -> str:
    """Who signs: the organisers, and on the next lines the agencies that host the conference."""
    conference = values.to.conference
    organisers = gettext("The organisers of %(event)s") % {"event": conference.short_name}
    return "\n".join([organisers, *values.batch.hosts_of(conference.pk)])


def _meeting_name(values: Values) -> str:
    """How somebody who takes part online calls themselves in the meeting, so that its list shows who they are."""
    point, delegate = values.to.point, values.to.delegate
    if point is None or point.is_place or delegate is None or not values["link"]:
        return ""
    name = f"{values['number']} {delegate.full_name}"
    return gettext("Your name in the meeting, so that you are counted: %(name)s") % {"name": name}


# --- what has changed -------------------------------------------------------------------------------------------------


def _details(values: Values) -> str:
    """The details of the line in use, one a line; for those who connect the room."""
    point = values.to.point
    if point is None or not values.to.is_staff:
        return ""
    return line_words.details_words(values.batch.lines.in_use(point))


def _when(values: Values) -> str:
    return time_words.when_words(values.to.conference, values.now)


def _new_time(values: Values) -> str:
    return gettext("New time: %(when)s") % {"when": _when(values)}


def _fixed_date(values: Values) -> str:
    return gettext("The date is fixed: %(when)s") % {"when": _when(values)}


def _takes_place(values: Values) -> str:
    return gettext("The conference takes place after all: %(when)s") % {"when": _when(values)}


def _news_of_point(values: Values) -> str:
    """What has changed at the point since its people were told last."""
    point = values.to.point
    if point is None:
        return ""
    connection, known = values.batch.connection_of(point.pk), values.batch.known_details_of(point.pk)
    return changes_words(point, connection, known, for_staff=values.to.is_staff)


#: What has changed, where a notice about the conference says it; else it is the details of the point.
_CHANGES: dict[str, Callable[[Values], str]] = {
    message_kinds.RESCHEDULED: _new_time,
    message_kinds.DATE_FIXED: _fixed_date,
    message_kinds.RESTORED: _takes_place,
}


def _changes(values: Values) -> str:
    return _CHANGES.get(values.kind, _news_of_point)(values)


def _earlier(values: Values) -> str:
    """When the conference was to start, as people know it."""
    known = values.batch.known_time_of(values.to.conference.pk)
    return time_words.moment_words(known.starts_at if known else values.to.conference.starts_at)


# --- everything else --------------------------------------------------------------------------------------------------


def _reason(values: Values) -> str:
    """Why the organisers cancelled the conference, or what they decided about the registration."""
    if values.kind in (message_kinds.CONFERENCE_CANCELLED, message_kinds.STAFF_CANCELLED):
        return _sentence(values.to.conference.cancel_reason)
    return values.to.registration.reason if values.to.registration else ""


def _sentence(words: str) -> str:
    """``words`` with a full stop, so that they do not run into what follows on the one line of an SMS."""
    return words if not words or words.endswith((".", "!", "?", "…")) else f"{words}."


def _of_registration(attribute: Callable[[Registration], str]) -> Callable[[Values], str]:
    return lambda values: attribute(values.to.registration) if values.to.registration else ""


def _of_point(attribute: Callable[[BridgePoint], str]) -> Callable[[Values], str]:
    return lambda values: attribute(values.to.point) if values.to.point else ""


def _of_guest(attribute: Callable[[Guest], str]) -> Callable[[Values], str]:
    return lambda values: attribute(values.to.guest) if values.to.guest else ""


def _of_answer(attribute: Callable[[AnswerFound], str]) -> Callable[[Values], str]:
    return lambda values: attribute(found) if (found := values.batch.answers.of(values.occasion)) else ""


def _own_questions(values: Values) -> str:
    """Where a delegate reads what they have asked, and what became of it."""
    if values.to.delegate is None:
        return ""
    return f"{settings.SITE_URL}{address('control:floor', values.to.delegate.token)}"


def _of_round(attribute: Callable[[TestRound], str]) -> Callable[[Values], str]:
    return lambda values: attribute(found) if (found := values.batch.lines.round_of(values.occasion)) else ""


def _round_when(values: Values) -> str:
    found = values.batch.lines.round_of(values.occasion)
    return time_words.moment_words(line_words.known_start(values.occasion, found)) if found else ""


_organisation = _of_registration(lambda registration: registration.organisation.name)


def _about_conference(words: Callable[[Conference, datetime], str]) -> Callable[[Values], str]:
    return lambda values: words(values.to.conference, values.now)


#: What says the same to everybody at a conference.
_SHARED: dict[str, Callable[[Values], str]] = {
    "signature": _signature,
    **{name: _about_conference(words) for name, words in ABOUT_CONFERENCE.items()},
}
_VALUES: dict[str, Callable[[Values], str]] = {
    "name": lambda v: v.to.name,
    "position": lambda v: getattr(v.to.delegate or v.to.guest, "position", ""),
    "inviter": _of_guest(lambda guest: guest.invitation.name),
    "words": _of_guest(lambda guest: guest.invitation.text.strip().replace("\r\n", "\n")),
    "invitation": _invitation,
    "others": _others,
    "reason": _reason,
    "organisation": lambda v: v.to.guest.organisation if v.to.guest else _organisation(v),
    "number": _of_registration(lambda r: r.number),
    "no_room": _no_room,
    "meeting_name": _meeting_name,
    "why": _why,
    "qr": _qr,
    "desk": _desk,
    "stop": _stop,
    "point": _of_point(lambda point: point.name),
    "point_short": _of_point(lambda point: point.label),
    "point_kind": _of_point(lambda point: str(Kind(point.kind).label)),
    "address": _of_point(lambda point: point.whole_address),
    "link": _link,
    "page": _page,
    "place": _of_registration(lambda r: str(r.place_in_line or "")),
    "earlier": _earlier,
    "changes": _changes,
    "details": _details,
    "line": lambda v: line_words.line_words(v.to.point),
    "round": _of_round(lambda found: found.label),
    "round_when": _round_when,
    "round_note": _of_round(lambda found: found.note.strip().replace("\r\n", "\n")),
    "asked": _of_answer(lambda found: found.question),
    "answer": _of_answer(lambda found: found.answer),
    "own_questions": _own_questions,
    "round_news": lambda v: line_words.round_news(v.occasion),
}
