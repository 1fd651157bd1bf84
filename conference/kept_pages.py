"""Answers with pages that are kept, before anything is asked or drawn."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.cache import get_conditional_response

from common import visits
from common.compression import best_encoding
from common.csrf_tokens import get_token
from common.one_at_a_time import one_at_a_time
from common.page_cache import Page, Sent, has_own_pages, may_be_kept, shelf
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
        if request.method not in ("GET", "HEAD") or has_own_pages(request.COOKIES):
            return self.get_response(request)
        key = (chosen_language(request.COOKIES), request.path, request.META.get("QUERY_STRING", ""))
        if page := shelf.get(key):
            return self._answer_with_kept(request, page)
        with one_at_a_time(key):
            if page := shelf.get(key):
                return self._answer_with_kept(request, page)
            return self._answer_anew(request, key)

    def _answer_anew(self, request: HttpRequest, key: tuple[str, ...]) -> HttpResponse:
        """What is behind this middleware answers, and it is kept if it may be."""
        response = self.get_response(request)
        if page := _kept(request, response):
            return self._answer(request, shelf.put(key, page, settings.PAGE_CACHE_SECONDS))
        return response

    def _answer_with_kept(self, request: HttpRequest, page: Page) -> HttpResponse:
        # Refuses a host that is not ours, as CommonMiddleware does.
        request.get_host()
        return self._answer(request, page)

    def _answer(self, request: HttpRequest, page: Page) -> HttpResponse:
        encoding = best_encoding(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        if page.has_token:
            # Each visitor's own.
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


_Environment = dict[str, Any]
#: What may make another answer of a page than the whole of it.
_CONDITIONS = ("HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE")
#: This one says what somebody has already: thousands of phones ask so for what is on now.
_HAS = "HTTP_IF_NONE_MATCH"


class SentPages:
    """Stands around Django (WSGI) and says again what it said to somebody who asked the same way.

    Only while the page is kept, and only of pages without a token: all that such an answer depends on is the page, and
    ``_asked``. So the host was one of ours, and no redirect to HTTPS was due.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: _Environment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        page = _kept_for(environ)
        if page is None:
            visits.note()
            return self._application(environ, start_response)
        asked = _asked(environ)
        if sent := page.sent(asked):
            # A list of its own: servers may add to it.
            start_response(sent.status, list(sent.headers))
            return [sent.body]

        begun: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            begun[:] = status, list(headers)
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        answer = self._application(environ, start)
        if isinstance(answer, HttpResponse) and _may_be_said_again(environ, answer):
            status, headers = begun
            page.note(asked, Sent(status, headers, answer.content))
        return answer


def _may_be_said_again(environ: _Environment, answer: HttpResponse) -> bool:
    """Whether ``answer`` is the whole page for somebody who has nothing, or says that what they have is the page.

    Of the many ways to say what one has only the plain one is kept, and none that has changed since.
    """
    if _HAS not in environ:
        return answer.status_code == 200
    return answer.status_code == 304 and environ[_HAS] == answer.get("ETag")


def _kept_for(environ: _Environment) -> Page | None:
    """The page that is kept for this request, if it asks for all of it and gets it as everybody does."""
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    # Other letters stand here as bytes, and in what was kept as they are read.
    if environ["REQUEST_METHOD"] != "GET" or not path.isascii() or any(name in environ for name in _CONDITIONS):
        return None
    cookies = parse_cookie(environ.get("HTTP_COOKIE", ""))
    if has_own_pages(cookies):
        return None
    page = shelf.get((chosen_language(cookies), path, environ.get("QUERY_STRING", "")))
    return page if page and not page.has_token else None


def _asked(environ: _Environment) -> tuple[str | None, ...]:
    """What else of a request counts for its answer: where it was sent, whether by HTTPS, how it may be compressed."""
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
    return (
        environ.get("HTTP_HOST"),
        environ.get("SERVER_NAME"),
        environ.get("SERVER_PORT"),
        environ["wsgi.url_scheme"],
        environ.get("HTTP_X_FORWARDED_PROTO"),
        # What goes out as it is CompressionMiddleware may still compress, by its own reading.
        best_encoding(accepted) or accepted,
        environ.get(_HAS),
    )
