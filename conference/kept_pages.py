"""Answers with pages that are kept, before anything is asked or drawn."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.utils.cache import get_conditional_response

from common.compression import best_encoding
from common.page_cache import Page, has_own_pages, may_be_kept, shelf
from conference.middleware import chosen_language


class KeptPagesMiddleware:
    """Stands before all that a kept page does not need: sessions, addresses, views.

    What came before it still holds: the redirect to HTTPS, the headers of SecurityMiddleware, compressing what is not
    kept. The headers of everything behind it were kept with the page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._csrf = CsrfViewMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or has_own_pages(request):
            return self.get_response(request)
        key = (chosen_language(request), request.path, request.META.get("QUERY_STRING", ""))
        if page := shelf.get(key):
            # Refuses a host that is not ours, as CommonMiddleware does.
            request.get_host()
            return self._answer(request, page)
        response = self.get_response(request)
        if page := _kept(request, response):
            shelf.put(key, page, settings.PAGE_CACHE_SECONDS)
            return self._answer(request, page)
        return response

    def _answer(self, request: HttpRequest, page: Page) -> HttpResponse:
        encoding = best_encoding(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        if page.has_token:
            # Each visitor's own, in Django's own way.
            self._csrf.process_request(request)
            response = page.with_token(get_token(request), encoding)
            self._csrf.process_response(request, response)
        else:
            response = page.without_token(encoding)
            response = get_conditional_response(request, etag=response["ETag"], response=response) or response
        if request.method == "HEAD":
            response.content = b""
        return response


def _kept(request: HttpRequest, response: HttpResponse) -> Page | None:
    """``response`` as a page to keep; None if its view or its visitor forbids it."""
    match = request.resolver_match
    if (
        settings.PAGE_CACHE_SECONDS
        and request.method == "GET"
        and response.status_code == 200
        and match is not None
        and may_be_kept(match.func, request.META.get("QUERY_STRING", ""))
    ):
        return Page.of(response)
    return None
