"""Adding a bridge point, its connection, and its place and seats: one matter on each page."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from bridges.coordinates import read_coordinates, write_coordinates
from bridges.map import chooser
from bridges.map.chooser import Spot
from bridges.models import BridgePoint, Connection
from bridges.readiness import connection_of, missing_details
from messaging import changed_details
from staff.messages.changes import ask_about_details, details_warning
from staff.points.matters import ConnectionMatterForm, NewPointForm, PlaceForm, provinces_of
from staff.points.pages import frame, neighbours, point_page
from staff.points.seats import warn_of_seats
from staff.workspace.access import ORGANISERS, WORKERS, Workspace, workspace_page
from staff.workspace.matter import edit_matter
from staff.workspace.pages import page


@workspace_page(*ORGANISERS)
def add(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """A short form, and one is at the connection of the new point."""
    return edit_matter(
        request,
        workspace,
        make_form=lambda data: NewPointForm(data, instance=BridgePoint(conference=workspace.conference)),
        title=gettext("Add a bridge point"),
        tab="points",
        after_save=lambda form: workspace.url("point", form.instance.pk),
        template="points/short",
        is_organiser=True,
        button=gettext("Add the bridge point"),
        cancel_url=workspace.url("points"),
    )


@point_page(*WORKERS)
def connection(request: HttpRequest, workspace: Workspace, point: BridgePoint) -> HttpResponse:
    """How the point is connected; after a change, whether its people are told."""
    if request.method == "GET" and (words := details_warning(request, point)):
        messages.warning(request, words)
    return edit_matter(
        request,
        workspace,
        make_form=lambda data: ConnectionMatterForm(data, instance=stored_connection(point, data)),
        title=point.name,
        back=_next_address(request, workspace, point, "point"),
        after_save=lambda form: _after_details(request, workspace, point, form, "point"),
        template="points/connection",
        missing=missing_details(point),
        **frame(workspace, point, "point"),
    )


def stored_connection(point: BridgePoint, data: Any) -> Connection:
    """The row of connection details to be shown, or to be changed by what was sent: then it is made if need be."""
    if data is None:
        return connection_of(point)
    row, _is_new = Connection.objects.get_or_create(bridge_point=point)
    row.bridge_point = point
    return row


def _next_address(request: HttpRequest, workspace: Workspace, point: BridgePoint, name: str) -> str:
    """The same page of the next point, if that was asked for; else "", which is this one's."""
    following = neighbours(workspace, point)[1]
    return workspace.url(name, following.pk) if "next" in request.POST and following else ""


def _after_details(request: HttpRequest, workspace: Workspace, point: BridgePoint, form: Any, name: str) -> str | None:
    """Where to go once ``form`` is saved: to the question whether people are told, where it changed what they know.

    Whoever goes on to the next point answers it later.
    """
    if not changed_details.concerns(form.changed_data):
        return None
    if "next" in request.POST:
        if words := details_warning(request, point):
            messages.warning(request, words)
        return None
    asked = ask_about_details(request, point)
    return asked["Location"] if asked else None


@point_page(*WORKERS)
def place(request: HttpRequest, workspace: Workspace, point: BridgePoint) -> HttpResponse:
    """Where the point is, and how many find room. A press on the map fills in where that is, and stores nothing."""
    if request.method == "POST" and "map.x" in request.POST and workspace.is_organiser:
        return _place_from_map(request, workspace, point)

    def after_save(form: Any) -> str | None:
        if "seats" in form.changed_data:
            warn_of_seats(request, form.instance)
        return _after_details(request, workspace, form.instance, form, "point_place")

    return edit_matter(
        request,
        workspace,
        make_form=lambda data: PlaceForm(data, instance=point, is_organiser=workspace.is_organiser),
        title=point.name,
        back=_next_address(request, workspace, point, "point_place"),
        after_save=after_save,
        template="points/place",
        centre=write_coordinates(*(point.coordinates or (None, None))),
        mark=write_coordinates(point.latitude, point.longitude),
        **frame(workspace, point, "point_place"),
    )


def _place_from_map(request: HttpRequest, workspace: Workspace, point: BridgePoint) -> HttpResponse:
    """The page with everything as it was typed, and with the place on which somebody has pressed."""
    data = request.POST.copy()
    found = chooser.spot_at(_number(data.get("map.x")), _number(data.get("map.y")), _spot(data.get("map-centre", "")))
    data["spot"] = write_coordinates(*found)
    with transaction.atomic():
        form = PlaceForm(data, instance=point, is_organiser=True)
        form.is_valid()
    messages.info(request, gettext("The place is marked on the map. It counts once you save it."))
    context: dict[str, Any] = {"form": form, "centre": data["spot"], "mark": data["spot"], "is_map_open": True}
    # Drawn with the name that is stored.
    point.refresh_from_db(fields=["name", "short_name", "kind"])
    return page(
        request, workspace, "points/place", title=point.name, **context, **frame(workspace, point, "point_place")
    )


def _number(text: str | None) -> float:
    return float(min(int(text), chooser.SIZE)) if text and text.isdecimal() and len(text) < 6 else 0.0


def _spot(text: str) -> Spot | None:
    found = read_coordinates(text[:100])
    return Spot(*found) if found else None


@workspace_page(*ORGANISERS)
def map_picture(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The piece of the map around ``?centre=`` (the whole country without), with ``?mark=`` marked."""
    names = provinces_of(workspace.conference).values_list("name", "latitude", "longitude")
    drawing = chooser.picture(_spot(request.GET.get("centre", "")), _spot(request.GET.get("mark", "")), names)
    return HttpResponse(drawing, content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=600"})
