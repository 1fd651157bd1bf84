"""What the pages of one bridge point in the workspace have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext

from bridges.lines import spare_line
from bridges.models import BridgePoint
from bridges.seat_words import seat_counts_words
from bridges.state_words import state_words
from staff.workspace.access import Role, Workspace, workspace_page


def point_page(*roles: Role) -> Callable[..., Callable[..., HttpResponse]]:
    """Makes a view the page of a point that its user runs; the point stands in place of its number. Others get 404."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @workspace_page(*roles)
        @wraps(view)
        def answer(request: HttpRequest, workspace: Workspace, pk: int, **arguments: Any) -> HttpResponse:
            return view(request, workspace, point_of(workspace, pk), **arguments)

        return answer

    return decorate


def point_of(workspace: Workspace, pk: int) -> BridgePoint:
    """The point with this number, with its connection and its conference.

    Raises:
        Http404: the user of ``workspace`` does not run it.
    """
    point = workspace.scope.points.get(pk)
    if point is None:
        raise Http404
    point.conference = workspace.conference
    return point


def neighbours(workspace: Workspace, point: BridgePoint) -> tuple[BridgePoint | None, BridgePoint | None]:
    """The points before and after ``point``, among those that the user runs."""
    points = list(workspace.scope.points.values())
    place = [one.pk for one in points].index(point.pk)
    before = points[place - 1] if place else None
    return before, points[place + 1] if place + 1 < len(points) else None


@dataclass(frozen=True)
class LineSwitch:
    """Over which line a point is joined, and the press that moves it to the other (``staff/points/_line.html``)."""

    address: str
    spare_address: str
    on_spare_since: datetime | None
    #: Whether something says how the spare line is joined.
    has_spare: bool


def line_switch(workspace: Workspace, point: BridgePoint) -> LineSwitch:
    """What a page says about the lines of ``point``. One statement, unless they are loaded."""
    return LineSwitch(
        workspace.url("point_line", point.pk),
        workspace.url("point_spare", point.pk),
        point.on_spare_since,
        spare_line(point).is_known,
    )


def frame(workspace: Workspace, point: BridgePoint, page: str) -> dict[str, Any]:
    """What stands around each page of ``point``: state and seats, the other pages, the points before and after.

    ``page``: the name of this one; the points before and after are opened at the same.
    """
    pages = [
        ("point", gettext("Connection")),
        ("point_spare", gettext("Spare line")),
        ("point_place", gettext("Place and seats")),
        ("point_people", gettext("Coordinators and technician")),
    ]
    previous, following = neighbours(workspace, point)
    return {
        "point": point,
        "point_state": state_words(point, timezone.now()),
        "point_seats": seat_counts_words(point),
        "subtabs": [(label, workspace.url(name, point.pk), name == page) for name, label in pages],
        "previous_point": previous,
        "previous_url": workspace.url(page, previous.pk) if previous else "",
        "following_point": following,
        "following_url": workspace.url(page, following.pk) if following else "",
        "is_organiser": workspace.is_organiser,
        "tab": tab_of(workspace),
        "switch": line_switch(workspace, point),
    }


def people_address(workspace: Workspace, point: BridgePoint, state: str = "") -> str:
    """The list of the people of ``point``, those in ``state`` alone if that is given."""
    asked: dict[str, int | str] = {"point": point.pk, **({"state": state} if state else {})}
    return f"{workspace.url('people')}?{urlencode(asked)}"


def tab_of(workspace: Workspace) -> str:
    """The tab under which the pages of points stand for the user of ``workspace``."""
    return "points" if workspace.is_organiser else "my_point"
