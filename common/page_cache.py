"""Public pages are kept for some seconds for those who come for the first time.

A conference that the news has just named is asked for by many at once, and all of them see the same. Who has a cookie
(signed in, chose a language, has sent a form) always gets their own, fresh page.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

_View = Callable[..., HttpResponse]
_TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" )value="([^"]*)')


def for_newcomers(view: _View) -> _View:
    """Keep the answer of ``view`` for ``PAGE_CACHE_SECONDS`` for visitors without cookies and without a query."""

    @wraps(view)
    def answer_newcomer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
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

    return answer_newcomer


def form_for_newcomers(*, query: str) -> Callable[[_View], _View]:
    """Like ``for_newcomers``, for a page with a form: each visitor gets their own CSRF token.

    Kept without a query, and with one that the regular expression ``query`` fully matches.
    """

    def decorate(view: _View) -> _View:
        @wraps(view)
        def answer_newcomer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            asked = request.META.get("QUERY_STRING", "")
            if request.method != "GET" or request.COOKIES or (asked and not re.fullmatch(query, asked)):
                return view(request, *args, **kwargs)
            key = f"form/{get_language()}{request.path}?{asked}"
            if parts := caches["pages"].get(key):
                return HttpResponse(f'value="{get_token(request)}'.join(parts))
            response = view(request, *args, **kwargs)
            if settings.PAGE_CACHE_SECONDS and response.status_code == 200:
                # Text and token in turn.
                found = _TOKEN.split(response.content.decode())
                parts, tokens = found[::2], found[1::2]
                has_token = bool(request.META.get("CSRF_COOKIE_NEEDS_UPDATE"))
                # What stands anywhere else as well would go to others.
                is_shared = not any(token in part for token in tokens for part in parts)
                if is_shared and has_token == bool(tokens):
                    caches["pages"].set(key, parts, settings.PAGE_CACHE_SECONDS)
            return response

        return answer_newcomer

    return decorate
