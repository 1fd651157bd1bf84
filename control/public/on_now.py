"""What is on now: a small page for everybody, and the part of other pages that asks for it again and again."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from common.page_cache import kept_page
from conference.models import Conference
from control.show import Standing, on_now

_View = Callable[..., HttpResponse]


def _conference(slug: str) -> Conference:
    return get_object_or_404(Conference.objects.published(), slug=slug)


def _standing(conference: Conference) -> Standing | None:
    return None if conference.cancelled_at else on_now(conference, timezone.now())


@require_safe
@kept_page()
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """What is on now, for who reads without JavaScript; 404 until the conference is published."""
    conference = _conference(slug)
    return render(request, "control/now.html", {"conference": conference, "standing": _standing(conference)})


def _in_asked_language(view: _View) -> _View:
    """A personal page may speak another language than its visitor's browser has chosen, and says which."""

    @wraps(view)
    def answer(request: HttpRequest, slug: str) -> HttpResponse:
        asked = request.GET.get("l", "")
        with translation.override(asked if asked in dict(settings.LANGUAGES) else get_language()):
            return view(request, slug)

    return answer


@require_safe
@kept_page(query=r"l=\w{2}")
@_in_asked_language
def part(request: HttpRequest, slug: str) -> HttpResponse:
    """The same as a part of a page; empty while nothing is on.

    Its mark is made of what it says. One made of the number of presses or of the minute would have every phone of the
    conference fetch again what it shows already, and thousands ask.
    """
    response = render(request, "control/_on_now.html", {"standing": _standing(_conference(slug))})
    mark = f'"{sha256(response.content).hexdigest()[:24]}"'
    response["ETag"] = mark
    # Its types know that it may find nothing to say.
    return get_conditional_response(request, etag=mark, response=response) or response
