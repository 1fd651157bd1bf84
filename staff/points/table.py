"""All bridge points of a conference in one table, and what is done to several of them at once."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from bridges.line_tests import lines_are_in_use
from bridges.models import BridgePoint, Coordinator
from bridges.readiness import has_line, lacks_address, missing_details
from bridges.state_words import state_words
from messaging import changed_details
from registrations.models import Registration
from staff.day import line_results
from staff.points import undoing
from staff.points.pages import LineSwitch, line_switch, people_address
from staff.workspace.access import ORGANISERS, WORKERS, Workspace, workspace_page
from staff.workspace.pages import page

_State = Registration.State
#: What a button of the table does: the column that it sets, and to what.
_ACTIONS: dict[str, tuple[str, Any]] = {
    "open": ("is_open", True),
    "close": ("is_open", False),
    "passed": ("line_test", BridgePoint.LineState.PASSED.value),
    "failed": ("line_test", BridgePoint.LineState.FAILED.value),
}


@dataclass
class TableRow:
    """A point as the table shows it."""

    point: BridgePoint
    state: str
    missing: list[str]
    lacks_address: bool
    has_line: bool
    requests: int
    requests_url: str
    waiting_url: str
    coordinators: list[Coordinator]
    switch: LineSwitch
    #: Whether the press that moves it to its spare line stands here, too, and not only on its own pages.
    offers_spare: bool = False
    #: Whether its people do not know its present details, and nobody has decided yet whether they are told.
    is_untold: bool = False
    is_chosen: bool = False


def rows_of(workspace: Workspace, chosen: bool = False) -> list[TableRow]:
    """A row for each point that the user of ``workspace`` runs; seven statements, however many there are."""
    now = timezone.now()
    points = list(workspace.scope.points.values())
    for point in points:
        point.conference = workspace.conference
    requests = _requests(points)
    coordinators: dict[int, list[Coordinator]] = {}
    for row in Coordinator.objects.filter(bridge_point__in=points).select_related("user").order_by("pk"):
        coordinators.setdefault(row.bridge_point_id, []).append(row)
    in_use = lines_are_in_use(workspace.conference, now)
    untold = {point.pk for point in changed_details.points_with_news(points, now)}
    return [
        TableRow(
            point,
            state_words(point, now),
            missing_details(point),
            lacks_address(point),
            has_line(point),
            requests.get(point.pk, 0),
            people_address(workspace, point, _State.REQUESTED.value),
            people_address(workspace, point, _State.WAITLISTED.value),
            coordinators.get(point.pk, []),
            line_switch(workspace, point),
            in_use or point.line_test == BridgePoint.LineState.FAILED,
            point.pk in untold,
            chosen,
        )
        for point in points
    ]


def _requests(points: list[BridgePoint]) -> dict[int, int]:
    """How many registrations wait for a decision, by point."""
    waiting = Registration.objects.filter(bridge_point__in=points, state=_State.REQUESTED).order_by()
    return dict(waiting.values_list("bridge_point").annotate(count=Count("pk")))


@workspace_page(*WORKERS)
def table(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The table. A coordinator has a page of their own instead. ``?all=1`` chooses every row."""
    if not workspace.is_organiser:
        return redirect(workspace.url("my_point"))
    rows = rows_of(workspace, chosen=request.GET.get("all") == "1")
    return page(
        request,
        workspace,
        "points/table",
        title=gettext("Bridge points"),
        tab="points",
        rows=rows,
        shows_requests=any(row.requests for row in rows),
        shows_waiting=any(row.point.waiting_count for row in rows),
        all_chosen=request.GET.get("all") == "1",
    )


@workspace_page(*ORGANISERS)
def change_several(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Do what the pressed button says to the chosen points; by GET, as from a tab restored, leads back."""
    back = workspace.url("points")
    if request.method != "POST":
        return redirect(back)
    action = _ACTIONS.get(request.POST.get("action", ""))
    chosen = [int(text) for text in request.POST.getlist("point") if text.isdecimal() and len(text) < 19]
    mine = [pk for pk in chosen if pk in workspace.scope.points]
    if action is None or not mine:
        messages.warning(request, gettext("Please choose bridge points first: tick the boxes in front of them."))
        return redirect(back)
    name, value = action
    if name == "line_test":
        line_results.press(request, workspace, points=mine, result=value, back=back)
        return redirect(back)
    changes = undoing.change_column(request, workspace, points=mine, name=name, value=value)
    if changes:
        undoing.offer(request, workspace, _done_words(value, len(changes)), back=back, changes=changes)
    else:
        messages.info(request, gettext("Nothing was changed: everything stays as it is stored."))
    return redirect(back)


def _done_words(is_open: bool, count: int) -> str:
    """That ``count`` points take registrations now, or no more, in words."""
    if is_open:
        words = ngettext(
            "%(count)d bridge point takes registrations now.", "%(count)d bridge points take registrations now.", count
        )
    else:
        words = ngettext(
            "%(count)d bridge point takes no more registrations.",
            "%(count)d bridge points take no more registrations.",
            count,
        )
    return words % {"count": count}
