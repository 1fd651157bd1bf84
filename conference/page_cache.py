"""Public pages are kept for some seconds for those who come for the first time.

A conference that the news has just named is asked for by many at once, and all of them see the same. Who has a cookie
(signed in, chose a language, has sent a form) always gets his own, fresh page.
"""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language


def for_newcomers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep the answer of ``view`` for ``PAGE_CACHE_SECONDS`` for visitors without cookies and without a query."""

    @wraps(view)
    def kept(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method != "GET" or request.COOKIES or request.META.get("QUERY_STRING"):
            return view(request, *args, **kwargs)
        key = f"page/{get_language()}{request.path}"
        content = caches["pages"].get(key)
        if content is not None:
            response = HttpResponse(content)
            patch_vary_headers(response, ["Cookie"])
            return response
        response = view(request, *args, **kwargs)
        # A page with a form carries the visitor's own token.
        is_shared = response.status_code == 200 and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        if is_shared and settings.PAGE_CACHE_SECONDS:
            caches["pages"].set(key, response.content, settings.PAGE_CACHE_SECONDS)
        return response

    return kept
