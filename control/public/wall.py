"""The wall screen: how the points stand, for everybody in the hall to see. No names of people, no numbers to call."""

from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import condition, require_safe

from common.kept_parts import part
from conference.models import Conference
from control import board as boards
from control.models import WallLink
from control.public.screen_links import ScreenLink
from control.public.withdrawn import says_whose_link

#: Milliseconds between two looks of the screen.
EVERY = 3000

_LINK = ScreenLink(WallLink)


def _mark(request: HttpRequest, token: str) -> str:
    known: str | None = getattr(request, "wall_mark", None)
    if known is None:
        known = f'"{boards.mark(_LINK.row(request, token).conference, timezone.now(), "wall")}"'
        request.wall_mark = known  # type: ignore[attr-defined]
    return known


def _context(conference: Conference, now: datetime) -> dict[str, Any]:
    points = list(conference.bridge_points.select_related("connection"))
    for point in points:
        point.conference = conference
    return {"board": boards.board(conference, points, now), "conference": conference}


@never_cache
@says_whose_link(
    _("This link to the wall screen does not hold any more"),
    _("Please ask the organisers of the conference for the new link, and open it on this screen."),
)
@require_safe
def wall(request: HttpRequest, token: str) -> HttpResponse:
    """The screen as it stands; its part asks for itself anew."""
    conference = _LINK.row(request, token).conference
    more = {"token": token, "mark": _mark(request, token), "every": EVERY}
    return render(request, "control/wall.html", {**_context(conference, timezone.now()), **more})


@never_cache
@require_safe
@condition(etag_func=_mark)
def wall_now(request: HttpRequest, token: str) -> HttpResponse:
    """The part of the screen that changes; 304 while nothing has."""
    conference = _LINK.row(request, token).conference
    mark = f"wall/{conference.pk}/{_mark(request, token)}"
    return part(request, mark, "control/_wall.html", partial(_context, conference, timezone.now()))
