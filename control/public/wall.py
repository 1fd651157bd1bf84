"""The wall screen: how the points stand, for everybody in the hall to see. No names of people, no numbers to call."""

from datetime import datetime
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import condition, require_safe

from common.kept_parts import part
from common.lookups import LookUp
from conference.models import Conference
from control import board as boards
from control.models import WallLink
from control.public.withdrawn import says_whose_link
from registrations.tokens import fingerprint

#: Milliseconds between two looks of the screen.
EVERY = 3000

_BY_LINK = LookUp[WallLink, str](
    lambda token_hash: WallLink.objects.filter(token_hash=token_hash).select_related("conference").order_by()
)


def _conference(request: HttpRequest, token: str) -> Conference:
    """The conference whose screen has this link; looked for once a request.

    Raises:
        Http404: there is none, or the link was withdrawn.
    """
    known: Conference | None = getattr(request, "wall_conference", None)
    if known is not None:
        return known
    link = _BY_LINK.first(fingerprint(token))
    if link is None:
        raise Http404("No wall screen has this link.")
    request.wall_conference = link.conference  # type: ignore[attr-defined]
    return link.conference


def _mark(request: HttpRequest, token: str) -> str:
    known: str | None = getattr(request, "wall_mark", None)
    if known is None:
        known = f'"{boards.mark(_conference(request, token), timezone.now(), "wall")}"'
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
    conference = _conference(request, token)
    more = {"token": token, "mark": _mark(request, token), "every": EVERY}
    return render(request, "control/wall.html", {**_context(conference, timezone.now()), **more})


@never_cache
@require_safe
@condition(etag_func=_mark)
def wall_now(request: HttpRequest, token: str) -> HttpResponse:
    """The part of the screen that changes; 304 while nothing has."""
    conference = _conference(request, token)
    mark = f"wall/{conference.pk}/{_mark(request, token)}"
    return part(request, mark, "control/_wall.html", partial(_context, conference, timezone.now()))
