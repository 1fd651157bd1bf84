"""Finding the registration behind its personal link, and what belongs to it."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest

from common.lookups import LookUp
from registrations.models import Answer, Delegate, Interest, Registration
from registrations.public.language import speak_language_of
from registrations.tokens import fingerprint


def _of_link(token_hash: str) -> QuerySet[Registration]:
    """The registration with this hash of its token, and what it belongs to; without long texts for other pages."""
    own = {"registration": OuterRef("pk")}
    # Their types stand in the model.
    exists: dict[str, Any] = {
        "has_answers": Exists(Answer.objects.filter(**own)),
        "has_interests": Exists(Interest.objects.filter(**own)),
    }
    return (
        Registration.objects.filter(token_hash=token_hash)
        .select_related("conference", "bridge_point", "organisation__province")
        .defer("search_text", "organisation__search_text", "bridge_point__search_text", "conference__search_text")
        .defer("conference__summary", "conference__purpose")
        .annotate(**exists)
        .order_by()
    )


def _delegates_of(registration: int) -> QuerySet[Delegate]:
    return Delegate.objects.filter(registration=registration).as_entered().defer("search_text", "sort_name")


_BY_LINK = LookUp(_of_link)
_DELEGATES = LookUp(_delegates_of)


def registration_of(request: HttpRequest, token: str) -> Registration:
    """The registration whose link holds ``token``, in whose language ``request`` is answered.

    Raises:
        Http404: there is none.
    """
    registration = _BY_LINK.first(fingerprint(token))
    if registration is None:
        raise Http404("No registration has this link.")
    registration.bridge_point.conference = registration.conference
    speak_language_of(registration, request)
    return registration


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
