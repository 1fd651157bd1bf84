"""The screen in the hall: what is called, what comes next, a poll. Nothing of people but what the organisers allow."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import condition, require_safe

from control import poll_results
from control.models import Floor, FloorQuestion, Poll
from control.public.screen_links import ScreenLink
from control.public.withdrawn import says_whose_link
from control.questions_shown import shown, with_askers

#: Milliseconds between two looks of the screen.
EVERY = 3000
#: So many of those that come next are shown: they are read from the other end of a hall.
_NEXT = 3

_LINK = ScreenLink(Floor)


def _mark(request: HttpRequest, token: str) -> str:
    """Changes with each press at the chair's table. One query."""
    return f'"{_LINK.row(request, token).version}-{get_language()}"'


def _context(floor: Floor, now: datetime) -> dict[str, Any]:
    rows = with_askers(FloorQuestion.objects.shown().filter(conference=floor.conference))
    waiting = rows.exclude(state=FloorQuestion.State.ANSWERED)
    found = shown(waiting, floor.names)
    polls = Poll.objects.filter(conference=floor.conference)
    opened = polls.filter(state=Poll.State.OPEN).first()
    # The newest result stands until another poll opens or it is withdrawn.
    published = polls.filter(state=Poll.State.PUBLISHED).order_by("-closed_at", "-pk").first() if not opened else None
    return {
        "conference": floor.conference,
        "as_of": now,
        "called": found[FloorQuestion.State.CALLED],
        "next": found[FloorQuestion.State.CHOSEN][:_NEXT],
        "poll": opened,
        "published": published,
        "result": poll_results.published(published) if published else None,
    }


@never_cache
@says_whose_link(
    _("This link to the screen in the hall does not hold any more"),
    _("Please ask the organisers of the conference for the new link, and open it on this screen."),
)
@require_safe
def screen(request: HttpRequest, token: str) -> HttpResponse:
    """The screen as it stands; its part asks for itself anew."""
    floor = _LINK.row(request, token)
    more = {"token": token, "mark": _mark(request, token), "every": EVERY}
    return render(request, "control/screen.html", {**_context(floor, timezone.now()), **more})


@never_cache
@require_safe
@condition(etag_func=_mark)
def screen_now(request: HttpRequest, token: str) -> HttpResponse:
    """The part of the screen that changes; 304 while nothing has."""
    return render(request, "control/_screen.html", _context(_LINK.row(request, token), timezone.now()))
