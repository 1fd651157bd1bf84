"""The public page of a conference: its bridge points, partners and programme."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bridges.groups import group_by_kind
from bridges.map import Place, draw
from bridges.models import BridgePoint, Kind
from common.page_cache import for_newcomers
from conference.models import Conference


def _place(point: BridgePoint) -> Place:
    latitude, longitude = point.coordinates or (None, None)
    return Place(key=str(point.pk), label=point.label, kind=point.kind, latitude=latitude, longitude=longitude)


@require_safe
@for_newcomers
def conference_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One conference; 404 until it is published."""
    now = timezone.now()
    conference = get_object_or_404(Conference.objects.published(), slug=slug)
    groups = group_by_kind(list(conference.bridge_points.select_related("province")))
    points = [point for group in groups for point in group.points]
    hub = next((p for p in points if p.is_hub), None) or next((p for p in points if p.kind == Kind.VENUE), None)
    refusal = conference.refusal_at(now)
    context = {
        "conference": conference,
        "groups": groups,
        "map": draw([_place(p) for p in points if p is not hub], _place(hub) if hub else None),
        "partners": list(conference.partners.all()),
        "programme": list(conference.programme.all()),
        "can_register": not refusal,
        "refusal": refusal,
        "phase": conference.phase_at(now),
    }
    return render(request, "conference/detail.html", context)
