"""What somebody sees who opens an address that takes only what a button sends: by a reload or after signing in."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.cache import add_never_cache_headers

from conference.reserved import reserved_words

View = TypeVar("View", bound=Callable[..., HttpResponse])


def without_page(view: View) -> View:
    """Mark a view below whose address others stand, and which shows nothing: nobody is led there."""
    view.has_page = False  # type: ignore[attr-defined]  # functions take attributes
    return view


class OnlyPostMiddleware:
    """A page in place of a bare 405, with the way to the page where the button stands: the nearest one above.

    Status and ``Allow`` stay. Scripts do not ask for HTML, and get the bare answer as before.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or not _is_read_by_people(request):
            return response
        page = render(request, "405.html", {"back": page_above(request.path)}, status=405)
        page.headers["Allow"] = response.headers["Allow"]
        add_never_cache_headers(page)
        # The decorator of the view has said it in the log.
        page._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
        return page


def _is_read_by_people(request: HttpRequest) -> bool:
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "")


def page_above(path: str) -> str:
    """The address of the nearest page above ``path``; "" if there is none but the site's first."""
    while path := path.rstrip("/").rpartition("/")[0]:
        if _is_page(f"{path}/"):
            return f"{path}/"
    return ""


def _is_page(path: str) -> bool:
    try:
        match = resolve(path)
    except Resolver404:
        return False
    # The administration has a view without a name for whatever is nothing; a conference takes what is nobody's.
    is_nothing = match.url_name is None or match.kwargs.get("slug", "") in reserved_words()
    return not is_nothing and getattr(match.func, "has_page", True)
