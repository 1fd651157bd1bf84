"""Pages behind a personal link speak the language in which their reader registered."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from registrations.models import Registration


def speak_language_of(registration: Registration, request: HttpRequest) -> None:
    """Answer ``request`` in the language of ``registration``, as its messages do, unless the visitor chose one.

    Until the end of the request: the middleware that set a language before sets it back.
    """
    if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "") in dict(settings.LANGUAGES):
        return
    if registration.language in dict(settings.LANGUAGES):
        translation.activate(registration.language)
        request.LANGUAGE_CODE = registration.language
