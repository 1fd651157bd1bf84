"""The registrant's own page: what was registered, the personal links, what can be done about it."""

from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from bridges.shown import ConferenceShown, PointShown, conference_shown, point_shown
from common.frames import Own, draw
from common.page_cache import kept_by_nobody
from common.phones import written
from registrations import consent, messages, qr, services
from registrations.models import Answer, Delegate, Interest, Organisation, Registration
from registrations.public.own_registration import (
    answers_of,
    interests_of,
    may_change,
    points_with_seats,
    registration_and_delegates,
)
from registrations.tokens import address

State = Registration.State


class _Shared(NamedTuple):
    """What the page says to everybody whose registration stands as this one does."""

    conference: ConferenceShown
    point: PointShown
    state: str
    state_words: str
    #: What the page is about: the state, or what has become of the conference.
    standing: str
    holds_seats: bool
    is_new: bool
    #: Its people have seats at something that lies ahead, and so use for links and codes.
    is_awaited: bool
    are_doors_open: bool
    #: The only way by which they hear of it, if it is one.
    ways: str
    colleagues_wait: bool
    can_change: bool
    can_move: bool
    can_register: bool
    can_save_date: bool
    consent_way: str
    consent_version: str
    consent_text: str


@kept_by_nobody
@require_safe
def registration_page(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link in the messages to the contact person; registering leads there, too."""
    (registration, delegates), now = registration_and_delegates(request, token), timezone.now()
    services.note_opened(registration=registration, mark=request.GET.get(services.MARK, ""), now=now)
    answers = answers_of(registration)
    shared = _shared(registration, delegates, now, is_new="new" in request.GET)
    people = [_of_delegate(delegate, with_code=shared.is_awaited) for delegate in delegates]
    own: Own = {**_of_registration(registration), "delegates": people}
    rare = _rare(registration, delegates, answers, people)
    return draw(request, "registrations/registration.html", shared, own, rare)


def _shared(registration: Registration, delegates: list[Delegate], now: datetime, *, is_new: bool) -> _Shared:
    conference, state = registration.conference, registration.state
    is_ahead = may_change(registration)
    ways = messages.ways(registration, delegates)
    return _Shared(
        conference=conference_shown(conference),
        point=point_shown(registration.bridge_point),
        state=state,
        state_words=capfirst(str(State(state).label)),
        standing=_standing(registration, now),
        holds_seats=registration.holds_seats,
        is_new=is_new and is_ahead,
        is_awaited=state == State.CONFIRMED and is_ahead,
        are_doors_open=now >= conference.doors_open_at,
        ways=ways.pop() if len(ways) == 1 else "",
        colleagues_wait=is_ahead and _colleagues_wait(registration, delegates),
        can_change=is_ahead,
        can_move=is_ahead and state in (State.WAITLISTED, State.CONFIRMED),
        can_register=not registration.is_active and not conference.refusal_at(now),
        can_save_date=is_ahead and state == State.CONFIRMED,
        consent_way=str(consent.WAYS.get(registration.consent_way, "")),
        consent_version=registration.consent_version,
        consent_text=_consent_text(registration),
    )


def _standing(registration: Registration, now: datetime) -> str:
    if registration.is_active and registration.conference.cancelled_at:
        return "called_off"
    if registration.is_active and now >= registration.conference.ends_at:
        return "over"
    return registration.state


def _colleagues_wait(registration: Registration, delegates: list[Delegate]) -> bool:
    """Whether SMS to some of ``delegates`` wait until the contact person has opened a message."""
    return registration.colleagues_wait and any(d.mobile and not d.is_contact for d in delegates)


def _consent_text(registration: Registration) -> str:
    """The words that were agreed to; "" if there were none, or they are not known here."""
    if registration.consent_version not in consent.TEXTS:
        return ""
    return consent.text(registration.conference.erase_after_days, registration.consent_version)


#: The pages to which this one leads, by their names in registrations/urls.py.
_PAGES = ("people", "correct", "move", "cancel", "resend", "erase", "data", "calendar")


def _of_registration(registration: Registration) -> dict[str, str]:
    """What the page says about this registration alone, and where it leads."""
    owner, consented_at, token = registration.organisation, registration.consented_at, registration.token
    place = registration.place_in_line if may_change(registration) else None
    return {
        "number": registration.number,
        "reason": registration.reason,
        "place_in_line": str(place or ""),
        "organisation": owner.name,
        "organisation_kind": capfirst(str(Organisation.Kind(owner.kind).label)),
        "province": str(owner.province or ""),
        "tax_code": owner.tax_code,
        "contact_name": registration.contact_name,
        "contact_position": registration.contact_position,
        "contact_phone": written(registration.contact_phone),
        "contact_email": registration.contact_email,
        "consented_at": date_format(timezone.localtime(consented_at), "DATETIME_FORMAT") if consented_at else "",
        **{f"{name}_url": address(f"registrations:{name}", token) for name in _PAGES},
    }


def _of_delegate(delegate: Delegate, *, with_code: bool) -> dict[str, str]:
    return {
        "full_name": delegate.full_name,
        "position": delegate.position,
        "join_url": delegate.join_url,
        "qr": qr.address(delegate.join_url) if with_code else "",
    }


def _rare(
    registration: Registration, delegates: list[Delegate], answers: list[Answer], people: list[dict[str, str]]
) -> dict[str, Any]:
    """What only few registrations have: answers, interests, a place in line and other points that have seats."""
    waits = registration.state == State.WAITLISTED and may_change(registration)
    rare: dict[str, Any] = {"interests": _interests(registration)}
    if alternatives := points_with_seats(registration)[:5] if waits else []:
        rare |= {"alternatives": alternatives, "registration": registration}
    if answers:
        rare["answers"] = [answer for answer in answers if answer.delegate_id is None]
        rare["delegates"] = [
            {**person, "answered": [answer for answer in answers if answer.delegate_id == delegate.pk]}
            for person, delegate in zip(people, delegates, strict=True)
        ]
    return rare


def _interests(registration: Registration) -> list[Interest]:
    # The page reads more of them than their model has.
    interests: list[Any] = list(interests_of(registration))
    names = dict(Interest.Certificate.choices)
    for interest in interests:
        interest.certificate_names = [names.get(value, value) for value in interest.certificates]
    return interests
