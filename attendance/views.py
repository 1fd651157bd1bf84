"""The personal join page."""

from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from attendance import services
from attendance.models import Attendance
from attendance.services import Door
from bridges.models import BridgePoint, Connection
from registrations import qr
from registrations.models import Delegate


def _map_url(point: BridgePoint) -> str:
    """Where a map shows ``point``: a plain link that the visitor may follow; the page itself asks no other host."""
    if point.latitude is not None and point.longitude is not None:
        query = f"{point.latitude},{point.longitude}"
    else:
        query = ", ".join(part for part in (point.address or point.name, str(point.province or "")) if part)
    return "https://www.google.com/maps/search/?" + urlencode({"api": 1, "query": query})


def _staff_of(request: HttpRequest, point: BridgePoint) -> bool:
    user = request.user
    return user.is_authenticated and user.is_staff and BridgePoint.objects.run_by(user).filter(pk=point.pk).exists()


@never_cache
# The button's answer is a redirect to the meeting room, which Chromium counts as part of the form's action.
@csp_update({"form-action": ["https:", "http:"]})
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows where and when, POST records attendance and leads to the room as it is now."""
    now = timezone.now()
    related = Delegate.objects.select_related(
        "registration__conference", "registration__organisation", "registration__bridge_point__province"
    )
    delegate = get_object_or_404(related.by_token(token))
    registration = delegate.registration
    point = registration.bridge_point
    door = services.door_at(registration, now)
    context = {
        "delegate": delegate,
        "registration": registration,
        "conference": registration.conference,
        "phase": door.value,
    }
    if door is Door.CANCELLED:
        waits = registration.state in (registration.State.WAITLISTED, registration.State.REQUESTED)
        return render(request, "attendance/join.html", context, status=200 if waits else 410)
    connection = Connection.objects.filter(bridge_point=point).first()
    if request.method == "POST":
        return _press(request, delegate, connection, now)
    context |= {
        "point": point,
        "opens_at": registration.conference.doors_open_at,
        "preparation": [line for line in registration.conference.preparation.splitlines() if line.strip()],
        "is_place": point.is_place,
        "map_url": _map_url(point) if point.is_place else "",
        "qr_svg": qr.svg(delegate.join_url, gettext("QR code of %(name)s") % {"name": delegate.full_name}),
        "attendance": Attendance.objects.filter(delegate=delegate).first(),
        **_behind_the_door(request, point, connection, is_open=door is Door.OPEN),
    }
    return render(request, "attendance/join.html", context)


def _behind_the_door(
    request: HttpRequest, point: BridgePoint, connection: Connection | None, *, is_open: bool
) -> dict[str, Any]:
    """How to get into the room, which the page shows while the door is open only."""
    is_connected = is_open and connection is not None
    return {
        "can_press": is_connected and bool(connection.web_url),
        "details": connection.shown_details() if is_connected else [],
        "instructions": connection.instructions if is_connected else "",
        "staff_may_check_in": is_open and _staff_of(request, point),
    }


def _press(request: HttpRequest, delegate: Delegate, connection: Connection | None, now) -> HttpResponse:
    at_desk = "desk" in request.POST
    if at_desk and not _staff_of(request, delegate.registration.bridge_point):
        at_desk = False
    try:
        if at_desk:
            services.record(delegate=delegate, now=now, checked_in_by=request.user)
            messages.success(request, gettext("%(name)s is checked in.") % {"name": delegate.full_name})
        elif connection and connection.web_url:
            services.record(delegate=delegate, now=now)
            return redirect(connection.web_url)
    except services.DoorClosed:
        messages.info(request, gettext("The room is not open now. This page tells when it opens."))
    return redirect("attendance:join", token=delegate.token)
