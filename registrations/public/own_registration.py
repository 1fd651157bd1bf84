"""Finding the registration behind its personal link, and what belongs to it."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone

from bridges.models import BridgePoint
from bridges.seat_words import offer_words
from common.lookups import LookUp, columns
from registrations.models import Answer, Delegate, Interest, Registration
from registrations.public.language import speak_language_of
from registrations.services import is_ahead
from registrations.tokens import fingerprint

#: What a page says of a registration stands in these rows beside its own; their long texts are for other pages.
_PARTS = ("conference", "bridge_point__province", "organisation__province")
_LONG = (
    "search_text", "organisation__search_text", "bridge_point__search_text", "conference__search_text",
    "conference__summary", "conference__purpose",
)  # fmt: skip

# What the page of the registrant does not say: each column costs the web process as much as half a line of Python.
_UNSAID = {
    "": "search_text sort_name list_order",
    "registration": "submission_key decided_by invitation seats erased_at created_at confirmed_at cancelled_at",
    "registration__organisation__province": "code valid_from valid_to latitude longitude sort_name",
    "registration__conference": "needs_approval holds_seats takes_questions preparation tells_next_room scheduled_at",
    "registration__bridge_point": "host_name latitude longitude is_hub seats is_open approval line_test on_spare_since"
    " position seats_taken seats_reserved waiting_count queue_tail",
    "registration__bridge_point__province": "code valid_from valid_to latitude longitude sort_name",
}


def _what_exists(registration: str) -> dict[str, Any]:
    """Whether there are answers and interests; ``registration`` names its number. Their types stand in the model."""
    own = {"registration": OuterRef(registration)}
    return {
        "has_answers": Exists(Answer.objects.filter(**own)),
        "has_interests": Exists(Interest.objects.filter(**own)),
    }


def _of_link(token_hash: str) -> QuerySet[Registration]:
    """The registration with this hash of its token, and what it belongs to."""
    found = Registration.objects.filter(token_hash=token_hash).select_related(*_PARTS).defer(*_LONG)
    return found.annotate(**_what_exists("pk")).order_by()


def _delegates_of(registration: int) -> QuerySet[Delegate]:
    return Delegate.objects.filter(registration=registration).as_entered().defer("search_text", "sort_name")


def _delegates_of_link(token_hash: str) -> QuerySet[Delegate]:
    """The people of the registration with this hash of its token, each with all that ``_of_link`` finds."""
    found = Delegate.objects.filter(registration__token_hash=token_hash).as_entered()
    parts, long = ([f"registration__{name}" for name in names] for names in (_PARTS, _LONG))
    found = found.select_related(*parts).defer(*long, *columns(_UNSAID))
    return found.annotate(**_what_exists("registration"))


_BY_LINK = LookUp(_of_link)
_DELEGATES = LookUp(_delegates_of)
_DELEGATES_BY_LINK = LookUp(_delegates_of_link)


def registration_of(request: HttpRequest, token: str) -> Registration:
    """The registration whose link holds ``token``, in whose language ``request`` is answered.

    Raises:
        Http404: there is none.
    """
    registration = _BY_LINK.first(fingerprint(token))
    if registration is None:
        raise Http404("No registration has this link.")
    _prepare(registration, request, token)
    return registration


def registration_and_delegates(request: HttpRequest, token: str) -> tuple[Registration, list[Delegate]]:
    """As ``registration_of``, and its people as ``delegates_of`` has them. One statement; two if there are no people.

    Raises:
        Http404: there is no such registration.
    """
    # Its delegates may be annotated, which their model does not say.
    delegates: list[Any] = _DELEGATES_BY_LINK.rows(fingerprint(token))
    if not delegates:
        return registration_of(request, token), []
    first = delegates[0]
    registration: Registration = first.registration
    registration.has_answers, registration.has_interests = first.has_answers, first.has_interests
    for delegate in delegates:
        delegate.registration = registration
    _prepare(registration, request, token)
    return registration, delegates


def _prepare(registration: Registration, request: HttpRequest, token: str) -> None:
    registration.was_found_by(token)
    registration.bridge_point.conference = registration.conference
    speak_language_of(registration, request)


def delegates_of(registration: Registration) -> list[Delegate]:
    """The people of ``registration`` as they were entered, the contact person first: lists alone go by given names."""
    delegates = _DELEGATES.rows(registration.pk)
    for delegate in delegates:
        delegate.registration = registration
    return delegates


def answers_of(registration: Registration) -> list[Answer]:
    """What ``registration``, one of ``registration_of``, and its people answered; no statement if that is nothing."""
    return list(registration.answers.select_related("question")) if registration.has_answers else []


def interests_of(registration: Registration) -> list[Interest]:
    """What they sell or look for; no statement if that is nothing."""
    return list(registration.interests.select_related("product")) if registration.has_interests else []


def may_change(registration: Registration) -> bool:
    """Whether its people can still change something about ``registration``."""
    return is_ahead(registration, timezone.now())


def points_with_seats(registration: Registration) -> list[BridgePoint]:
    """The points to which ``registration`` could move now, with the words about their seats."""
    offered = registration.conference.bridge_points.filter(is_open=True).select_related("province")
    points = offered.exclude(pk=registration.bridge_point_id)
    found = []
    # Pages read more of a point than the model has.
    point: Any
    for point in points:
        point.conference = registration.conference
        kept = _seats_kept(point, registration)
        # Where organisers decide nobody comes in by moving, unless they have decided about them.
        is_admitted = not point.needs_approval or registration.decided_at
        if is_admitted and _has_seats(point, registration.seats, kept):
            point.seats_words = offer_words(point, kept)
            found.append(point)
    return found


def _seats_kept(point: BridgePoint, registration: Registration) -> int:
    """How many seats at ``point`` the invitation keeps with which ``registration`` came."""
    invitation = registration.invitation if registration.invitation_id else None
    return invitation.kept if invitation and invitation.bridge_point_id == point.pk else 0


def _has_seats(point: BridgePoint, wanted: int, kept: int) -> bool:
    return point.seats_left is None or kept >= wanted or point.seats_left >= wanted
