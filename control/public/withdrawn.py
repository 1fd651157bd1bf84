"""What a link of a room or of a screen leads to once it was withdrawn: whose link it was, and whom to ask."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise

_View = Callable[..., HttpResponseBase]


def says_whose_link(title: Any, whom_to_ask: Any) -> Callable[[_View], _View]:
    """For a page behind a link: where nothing has the link, say so (404) under ``title``, and ``whom_to_ask``.

    Which conference it was nobody knows: of a withdrawn link nothing is kept.
    """

    def decorate(view: _View) -> _View:
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except Http404:
                words: dict[str, str | Promise] = {"title": title, "whom_to_ask": whom_to_ask}
                return render(request, "control/withdrawn.html", words, status=404)

        return page

    return decorate
