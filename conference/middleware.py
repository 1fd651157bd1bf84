"""Middleware of the whole site."""

from collections.abc import Callable
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import translation


class ChosenLanguageMiddleware:
    """Vietnamese unless the visitor chose another language in the header.

    Django's own LocaleMiddleware follows ``Accept-Language``: many Vietnamese phones are set to English, and their
    owners would be met in English by the site of a Vietnamese authority.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        # A view may have found out what its reader speaks: see registrations/public/language.py.
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response


class RefuseNULMiddleware:
    """400 for a NUL character in the query: no text of ours has one, and PostgreSQL refuses it with an error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in unquote(request.META.get("QUERY_STRING", "")):
            raise BadRequest("NUL in the query")
        return self.get_response(request)


class SecretAddressMiddleware:
    """Keeps an address that is a key out of every ``Referer`` header, that to this site's own log too.

    ``no-referrer`` for what is no page: redirects, files, callbacks. Browsers send a form of a page under that policy
    with ``Origin: null``, which the check against forged forms refuses; pages say ``strict-origin``, which names the
    host and nothing more (docs/adr/0030-secrets-at-rest.md).
    """

    #: The parts of an address that are secret, by their names in the urls.py of the rooms.
    PARTS = frozenset({"token", "sealed", "secret", "key", "uidb36"})
    #: The same in a query: the form of an invitation, and of its guest.
    QUERY = ("i", "g")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if self._is_secret(request):
            is_page = response.get("Content-Type", "").startswith("text/html") and not response.has_header("Location")
            response.headers["Referrer-Policy"] = "strict-origin" if is_page else "no-referrer"
        return response

    def _is_secret(self, request: HttpRequest) -> bool:
        parts = request.resolver_match.kwargs if request.resolver_match else {}
        return not self.PARTS.isdisjoint(parts) or any(name in request.GET for name in self.QUERY)
