"""Middleware of the whole site."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeGuard

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage import default_storage
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject, empty

from common.compression import compress_once

_LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)
# Bytes, as Django has it: what is shorter fits into a packet anyway.
_WORTH_COMPRESSING = 200


def chosen_language(cookies: Mapping[str, str]) -> str:
    """The language of the pages that the visitor with these sees: the one they chose, or Vietnamese."""
    chosen = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in _LANGUAGES else settings.LANGUAGE_CODE


class ChosenLanguageMiddleware:
    """Vietnamese unless the visitor chose another language in the header.

    Django's own LocaleMiddleware follows ``Accept-Language``: many Vietnamese phones are set to English, and their
    owners would be met in English by the site of a Vietnamese authority.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = request.LANGUAGE_CODE = chosen_language(request.COOKIES)
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
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\x00" in query:
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
        if not self.PARTS.isdisjoint(parts):
            return True
        return bool(request.META.get("QUERY_STRING")) and any(name in request.GET for name in self.QUERY)


class CompressionMiddleware(GZipMiddleware):
    """Compresses what is not kept, unless another site had a signed-in visitor's browser ask for it.

    Whoever can have pages asked for again and again, with words of theirs in the query, and sees how long the answers
    are could guess what else stands on them (BREACH, docs/adr/0038-kept-pages.md). Browsers say who had them ask
    (Sec-Fetch-Site). For those that do not, Django makes each answer longer by a random number of bytes.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_asked_by_others = request.META.get("HTTP_SEC_FETCH_SITE") in ("cross-site", "same-site")
        if is_asked_by_others and settings.SESSION_COOKIE_NAME in request.COOKIES:
            return response
        if not _is_plain_page(response, request):
            return super().process_response(request, response)
        patch_vary_headers(response, ("Accept-Encoding",))
        packed = compress_once(response.content, padding=self.max_random_bytes)
        if len(packed) < len(response.content):
            response.content = packed
            response.headers["Content-Length"] = str(len(packed))
            response.headers["Content-Encoding"] = "gzip"
        return response


def _is_plain_page(response: HttpResponseBase, request: HttpRequest) -> TypeGuard[HttpResponse]:
    """Whether ``response`` is one text for whoever reads gzip, so that nothing but compressing it is to be done."""
    is_whole = isinstance(response, HttpResponse) and len(response.content) >= _WORTH_COMPRESSING
    is_as_it_was = not response.has_header("Content-Encoding") and not response.has_header("ETag")
    return is_whole and is_as_it_was and "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")


class MessagesWhenAskedMiddleware(MessageMiddleware):
    """As Django's, but where messages are kept is looked up when somebody adds or shows one: few pages do."""

    def process_request(self, request: Any) -> None:
        request._messages = SimpleLazyObject(partial(default_storage, request))

    def process_response(self, request: Any, response: HttpResponse) -> HttpResponse:
        if getattr(getattr(request, "_messages", None), "_wrapped", None) is empty:
            return response
        answered: HttpResponse = super().process_response(request, response)
        return answered


class PolicyMiddleware(CSPMiddleware):
    """Writes each Content-Security-Policy once and not for each answer: pages have the usual one, or add to it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        # By what is added to the usual one. That stands in the decorators of views, so that they are few.
        self._policies: dict[str, str] = {}

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        # What the decorators of django-csp leave on an answer with a policy of its own, and who asked for a nonce.
        marks = {name for name in (*vars(response), *vars(request)) if name.startswith("_csp")}
        if settings.DEBUG or marks - {"_csp_update"}:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._with(getattr(response, "_csp_update", None)))
        return response

    def _with(self, added: Any) -> str:
        key = repr(added)
        if key not in self._policies:
            # In one order in every process, so that the same page has the same entity tag.
            self._policies[key] = "; ".join(sorted(build_policy(update=added).split("; ")))
        return self._policies[key]
