"""The public page of a conference: its bridge points, partners and programme."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bridges.groups import group_by_kind
from bridges.map import Map, Place, draw
from bridges.models import BridgePoint, Kind
from common.page_cache import kept_page
from conference.models import Conference


def _place(point: BridgePoint) -> Place:
    latitude, longitude = point.coordinates or (None, None)
    return Place(key=str(point.pk), label=point.label, kind=point.kind, latitude=latitude, longitude=longitude)


def _map(points: Sequence[BridgePoint]) -> Map:
    """The map of ``points``, with lines to the main hall or, where none is marked, to the first hall."""
    halls = [point for point in points if point.is_hub] or [point for point in points if point.kind == Kind.VENUE]
    hub = halls[0] if halls else None
    return draw([_place(point) for point in points if point is not hub], _place(hub) if hub else None)


@require_safe
@kept_page()
def conference_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One conference; 404 until it is published."""
    now = timezone.now()
    conference = get_object_or_404(Conference.objects.published(), slug=slug)
    groups = group_by_kind(list(conference.bridge_points.select_related("province")))
    points = [point for group in groups for point in group.points]
    refusal = conference.refusal_at(now)
    context = {
        "conference": conference,
        "groups": groups,
        "map": _map(points),
        "partners": list(conference.partners.all()),
        "programme": list(conference.programme.all()),
        "can_register": not refusal,
        "refusal": refusal,
        "phase": conference.phase_at(now),
    }
    return render(request, "conference/detail.html", context)
