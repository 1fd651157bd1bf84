"""The link to the page of a point's room: shown to whoever runs the point, and withdrawn by making another."""

from typing import NamedTuple

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, override
from django.views.decorators.http import require_POST

from bridges.models import BridgePoint
from bridges.readiness import has_line
from control import measuring, rooms
from control.line_needs import measured_words, shortfall_words
from registrations import qr
from staff.points.pages import point_page
from staff.workspace.access import WORKERS, Workspace
from staff.workspace.matter import log


class ShownLink(NamedTuple):
    """The link as it is shown: its address, and its QR code as the address of a picture."""

    url: str
    code: str


def shown_link(point: BridgePoint) -> ShownLink | None:
    """The link to the page of the room of ``point``; None for people at their own devices, who have no room."""
    if not has_line(point):
        return None
    url = rooms.link_of(point=point, now=timezone.now()).url
    return ShownLink(url, qr.address(url))


def measured_line(point: BridgePoint) -> tuple[str, str]:
    """The latest measurement of the line of ``point``, and what falls short in it, in words; "" where there is none."""
    measured = measuring.latest([point.pk]).get(point.pk)
    return (measured_words(measured), shortfall_words(measured, point)) if measured else ("", "")


@point_page(*WORKERS)
@require_POST
def renew(request: HttpRequest, workspace: Workspace, point: BridgePoint) -> HttpResponse:
    """Withdraw the link: whoever has the old one is let in no more."""
    rooms.renew_link(point=point, now=timezone.now())
    with override(None):
        words = gettext("Link of the room withdrawn, a new one made")
    log(request, point, CHANGE, words)
    messages.success(request, gettext("The old link of the room is withdrawn. Send the new one to the technician."))
    return redirect(f"{workspace.url('my_point', point.pk)}#room-link")
