"""The personal join page."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.signed_in import is_proven
from attendance import services
from attendance.desk import already_words, clerk_of, desk_for, runs, unproven_words, why_closed
from attendance.services import Door
from bridges.models import BridgePoint, Connection
from bridges.shown import ConferenceShown, PointShown, conference_shown, point_shown
from common.frames import draw
from common.lookups import LookUp
from registrations import qr
from registrations.models import Delegate
from registrations.public.language import speak_language_of
from registrations.services import MARK, note_opened
from registrations.tokens import fingerprint


def _map_url(point: BridgePoint) -> str:
    """Where a map shows ``point``: a plain link that the visitor may follow; the page itself asks no other host."""
    if point.latitude is not None and point.longitude is not None:
        query = f"{point.latitude},{point.longitude}"
    else:
        query = ", ".join(part for part in (point.address or point.name, str(point.province or "")) if part)
    return "https://www.google.com/maps/search/?" + urlencode({"api": 1, "query": query})


def _of_link(token_hash: str) -> QuerySet[Delegate]:
    """The delegate with this hash of their token, and what they are registered for; without texts of other pages."""
    registration, conference = "registration", "registration__conference"
    return (
        Delegate.objects.filter(token_hash=token_hash)
        .select_related(conference, f"{registration}__organisation", f"{registration}__bridge_point__province")
        .defer("search_text", "sort_name", f"{registration}__search_text", f"{registration}__submission_key")
        .defer(f"{registration}__organisation__search_text", f"{registration}__bridge_point__search_text")
        .defer(f"{conference}__search_text", f"{conference}__summary", f"{conference}__purpose")
        .order_by()
    )


_BY_LINK = LookUp(_of_link)
_CONNECTION = LookUp[Connection, int](lambda point: Connection.objects.filter(bridge_point=point).order_by())


@never_cache
# The button's answer is a redirect to the meeting room, which Chromium counts as part of the form's action.
# Its types know only views that take nothing but the request.
@csp_update({"form-action": ["https:", "http:"]})  # type: ignore[arg-type]
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows where and when, POST records attendance and leads to the room as it is now."""
    now = timezone.now()
    delegate = _BY_LINK.first(fingerprint(token))
    if delegate is None:
        raise Http404("No delegate has this link.")
    registration = delegate.registration
    speak_language_of(registration, request)
    if delegate.is_contact:
        note_opened(registration=registration, mark=request.GET.get(MARK, ""), now=now)
    door = services.door_at(registration, now)
    clerk = clerk_of(request, delegate)
    if request.method == "POST":
        if clerk and runs(clerk, registration.bridge_point):
            return _serve(request, clerk, delegate, now)
        if door is not Door.CANCELLED:
            return _press(request, delegate, now)
    return _page(request, delegate, door, clerk, now)


class _Shared(NamedTuple):
    """What the page says to everybody who takes part at the same point."""

    conference: ConferenceShown
    point: PointShown
    #: What the link leads to, see ``Door``.
    phase: str
    state: str
    preparation: tuple[str, ...]
    map_url: str
    has_come: bool
    can_press: bool
    #: How to connect: label and value.
    details: tuple[tuple[str, str], ...]
    instructions: str


def _page(request: HttpRequest, delegate: Delegate, door: Door, clerk: User | None, now: datetime) -> HttpResponse:
    """The page of ``delegate`` as ``door`` stands; staff ``clerk``, if there is one, see the desk on it."""
    registration = delegate.registration
    own = {
        "name": delegate.full_name,
        "position": delegate.position,
        "organisation": registration.organisation.name,
        "number": registration.number,
        "qr": qr.address(delegate.join_url) if door in (Door.BEFORE, Door.OPEN) else "",
        "now": timezone.localtime(now).isoformat(),
    }
    desk = {"desk": desk_for(request, clerk, delegate, now) if clerk else None}
    waits = registration.state in (registration.State.WAITLISTED, registration.State.REQUESTED)
    status = 410 if door is Door.CANCELLED and not waits else 200
    return draw(request, "attendance/join.html", _shared(delegate, door), own, desk, status)


def _shared(delegate: Delegate, door: Door) -> _Shared:
    registration, conference = delegate.registration, delegate.registration.conference
    point = registration.bridge_point
    # How to get into the room is read, and shown, while the door is open only.
    room = _CONNECTION.first(point.pk) if door is Door.OPEN else None
    return _Shared(
        conference=conference_shown(conference),
        point=point_shown(point),
        phase=door.value,
        state=registration.state,
        preparation=tuple(line for line in conference.preparation.splitlines() if line.strip()),
        map_url=_map_url(point) if point.is_place else "",
        has_come=door in (Door.OPEN, Door.OVER) and services.has_come(delegate),
        can_press=room is not None and bool(room.web_url),
        details=tuple(room.shown_details()) if room is not None else (),
        instructions=room.instructions if room is not None else "",
    )


def _press(request: HttpRequest, delegate: Delegate, now: datetime) -> HttpResponse:
    """Record that the delegate joins, and lead them to the room; back to their page if there is no way in."""
    room = None if "desk" in request.POST else _CONNECTION.first(delegate.registration.bridge_point_id)
    if room is not None and room.web_url:
        try:
            services.record(delegate=delegate, now=now)
        except services.DoorClosed:
            messages.info(request, gettext("The room is not open now. This page tells when it opens."))
        else:
            return redirect(room.web_url)
    return redirect("attendance:join", token=delegate.token)


def _serve(request: HttpRequest, clerk: User, delegate: Delegate, now: datetime) -> HttpResponse:
    """Check the delegate in at the desk, or take that back. Staff never join in the name of a delegate."""
    if not is_proven(request, clerk):
        messages.error(request, unproven_words())
    elif "undo" in request.POST:
        try:
            services.undo_check_in(delegate=delegate, by=clerk, now=now)
        except services.TooLateToUndo:
            messages.error(request, gettext("This can be taken back for a minute only, by whoever did it."))
        else:
            messages.success(request, gettext("%(name)s is not checked in any more.") % {"name": delegate.full_name})
    elif "desk" in request.POST:
        _check_in(request, clerk, delegate, now)
    return redirect("attendance:join", token=delegate.token)


def _check_in(request: HttpRequest, clerk: User, delegate: Delegate, now: datetime) -> None:
    try:
        done = services.check_in(delegate=delegate, by=clerk, now=now)
    except services.DoorClosed:
        messages.error(request, why_closed(delegate.registration, now))
        return
    if done.is_first:
        messages.success(request, gettext("%(name)s is checked in.") % {"name": delegate.full_name})
    else:
        messages.warning(request, already_words(delegate, done.attendance, now))
