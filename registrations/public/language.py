"""The language of a page: that in which its reader registered, or one that they choose while a form is half filled."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
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


#: What the language button in the header is called where it sends the form of the page along.
SWITCH = "switch_language"
_View = Callable[..., HttpResponse]


def switches_language(view: _View) -> _View:
    """Let the language button send the form of the page along: ``view`` draws it as it was typed, in that language.

    The view must check or store nothing of a form that holds ``SWITCH``. The choice is remembered as Django does it.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        chosen = request.POST.get(SWITCH, "") if request.method == "POST" else ""
        if chosen not in dict(settings.LANGUAGES):
            return view(request, *args, **kwargs)
        # From here on they have chosen it: see speak_language_of.
        request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = chosen
        translation.activate(chosen)
        request.LANGUAGE_CODE = chosen
        response = view(request, *args, **kwargs)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            path=settings.LANGUAGE_COOKIE_PATH,
            domain=settings.LANGUAGE_COOKIE_DOMAIN,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite=cast(Literal["Lax", "Strict", "None"] | None, settings.LANGUAGE_COOKIE_SAMESITE),
        )
        return response

    return answer
