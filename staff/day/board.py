"""*Bảng điều khiển*: how every point stands now, what is set for a room by telephone, and the map of it."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, override
from django.views.decorators.http import condition, require_POST

from bridges.models import BridgePoint
from bridges.readiness import has_line
from common.kept_parts import part
from control import board as boards
from control import rooms, wall
from control.models import RoomState
from control.rooms import BadReport, Report
from staff.day.board_map import map_of
from staff.day.incidents import NewIncidentForm, enter, incident_forms
from staff.day.subtabs import day_page
from staff.edit_conflicts import focus_in
from staff.points.pages import point_page
from staff.workspace.access import EVERYBODY, ORGANISERS, READERS, WORKERS, Role, Workspace, workspace_page
from staff.workspace.matter import log

#: Milliseconds between two looks of a board.
EVERY = 3000


def _map_mark(request: HttpRequest, workspace: Workspace, *, with_doors: bool = False) -> str:
    """What the answer of a board depends on; looked for once a request. Coordinators see their own points."""
    known: str | None = getattr(request, "board_mark", None)
    if known is None:
        reader = None if workspace.role in READERS else workspace.user.pk
        found = boards.mark(workspace.conference, timezone.now(), workspace.role, reader, with_doors=with_doors)
        known = f'"{found}"'
        request.board_mark = known  # type: ignore[attr-defined]
    return known


def _mark(request: HttpRequest, workspace: Workspace) -> str:
    return _map_mark(request, workspace, with_doors=True)


def points_of(workspace: Workspace) -> list[BridgePoint]:
    """The points that the user of ``workspace`` sees on the board, with their conference."""
    points = list(workspace.scope.points.values())
    for point in points:
        point.conference = workspace.conference
    return points


def _context(workspace: Workspace, now: datetime) -> dict[str, Any]:
    found = boards.board(workspace.conference, points_of(workspace), now, with_doors=True)
    may_change = workspace.role in WORKERS
    return {
        "board": found,
        "conference": workspace.conference,
        "incidents": incident_forms(found.incidents, now, may_change=may_change),
        "may_change": may_change,
        "may_call": workspace.role != Role.LEADER,
        "states": [(state.value, state.label) for state in RoomState],
    }


@workspace_page(*EVERYBODY)
def board(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The board as it stands; its part asks for itself anew."""
    return _page(request, workspace)


def _page(request: HttpRequest, workspace: Workspace, entered: NewIncidentForm | None = None) -> HttpResponse:
    """``entered``: an incident that cannot be entered as it was typed."""
    new_incident = entered or NewIncidentForm(None, workspace)
    focus_in(new_incident, new_incident.fields)
    # Before what it stands for, so that a change in between is asked for again.
    mark = _mark(request, workspace)
    context = _context(workspace, timezone.now())
    link = wall.link_of(conference=workspace.conference) if workspace.is_organiser else None
    return day_page(
        request,
        workspace,
        "day/board",
        title=gettext("Board"),
        here="board",
        status=422 if entered else 200,
        live=workspace.url("board_now"),
        mark=mark,
        every=EVERY,
        wall_link=link,
        new_incident=new_incident,
        **context,
    )


@workspace_page(*WORKERS)
@require_POST
def enter_incident(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Enter an incident by hand, from now on."""
    form = NewIncidentForm(request.POST, workspace)
    if not form.is_valid():
        return _page(request, workspace, form)
    enter(request, workspace, form)
    return redirect(workspace.url("board"))


@workspace_page(*EVERYBODY)
@condition(etag_func=_mark)
def board_now(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The part of the board that changes; 304 while nothing has. Drawn once for all who see the same."""
    mark = f"board/{workspace.conference.pk}/{_mark(request, workspace)}"
    return part(request, mark, "staff/day/_board.html", lambda: _context(workspace, timezone.now()))


@workspace_page(*EVERYBODY)
def board_map(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The points on the map, each in the colour of its state."""
    mark = _map_mark(request, workspace)
    found = boards.board(workspace.conference, points_of(workspace), timezone.now())
    return day_page(
        request,
        workspace,
        "day/board_map",
        title=gettext("Map of the rooms"),
        here="board",
        live=workspace.url("board_map_now"),
        mark=mark,
        every=EVERY,
        board=found,
        map=map_of(found),
    )


@workspace_page(*EVERYBODY)
@condition(etag_func=_map_mark)
def board_map_now(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The part of the map that changes; 304 while nothing has."""
    found = boards.board(workspace.conference, points_of(workspace), timezone.now())
    return render(request, "staff/day/_board_map.html", {"board": found, "map": map_of(found)})


@point_page(*WORKERS)
@require_POST
def say(request: HttpRequest, workspace: Workspace, point: BridgePoint) -> HttpResponse:
    """Set a room's state, or answer what it asks for, in its name: somebody has telephoned."""
    kind, _, value = request.POST.get("say", "").partition("=")
    now = timezone.now()
    if not has_line(point):
        raise Http404
    try:
        report = Report(uuid4(), kind, value, now)
    except BadReport:
        messages.error(request, gettext("This could not be read. Please press again."))
    else:
        rooms.note_reports(point=point, reports=[report], now=now, by=workspace.user)
        messages.success(request, gettext("Noted for %(point)s.") % {"point": point.label})
    return redirect(workspace.url("board"))


@workspace_page(*ORGANISERS)
@require_POST
def renew_wall(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Withdraw the link of the wall screen; a new one is made."""
    wall.renew_link(conference=workspace.conference)
    with override(None):
        words = gettext("Link of the wall screen withdrawn, a new one made")
    log(request, workspace.conference, CHANGE, words)
    messages.success(request, gettext("The old link of the wall screen is withdrawn; here is the new one."))
    return redirect(f"{workspace.url('board')}#wall")
