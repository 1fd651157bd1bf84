"""Finding the registration behind its personal link."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from registrations.models import Registration
from registrations.public.language import speak_language_of


def registration_of(request: HttpRequest, token: str) -> Registration:
    """The registration whose link holds ``token``, in whose language ``request`` is answered; 404 if there is none."""
    related = Registration.objects.select_related(
        "conference", "bridge_point__province", "organisation__province", "invitation"
    )
    registration = get_object_or_404(related.by_token(token))
    registration.bridge_point.conference = registration.conference
    speak_language_of(registration, request)
    return registration
