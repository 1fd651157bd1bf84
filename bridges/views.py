"""The public page of a conference: its bridge points, partners and programme."""

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bridges.groups import group_by_kind
from bridges.map import Map, Place, draw
from bridges.map.text import without_shared_beginning
from bridges.models import BridgePoint, Kind
from common.lookups import LookUp
from common.page_cache import kept_page
from conference.models import Conference, Partner, ProgrammeItem

_published: LookUp[Conference, str] = LookUp(lambda slug: Conference.objects.published().filter(slug=slug))
_points_of: LookUp[BridgePoint, int] = LookUp(
    lambda pk: BridgePoint.objects.filter(conference=pk).select_related("province")
)
_partners_of: LookUp[Partner, int] = LookUp(lambda pk: Partner.objects.filter(conference=pk))
_programme_of: LookUp[ProgrammeItem, int] = LookUp(lambda pk: ProgrammeItem.objects.filter(conference=pk))


class PointRow(NamedTuple):
    """All that the page says in the row of a bridge point: plain values, by which the row is kept."""

    conference: str
    can_register: bool
    where: str
    # From here on as the model has it.
    pk: int
    name: str
    is_hub: bool
    host_name: str
    is_open: bool
    seats: int | None
    seats_taken: int
    seats_left: int | None
    is_full: bool
    waiting_count: int


_of_model = attrgetter(*PointRow._fields[3:])


def _row(point: BridgePoint, conference: Conference, *, can_register: bool) -> PointRow:
    where = point.whole_address or (point.province.name if point.province else "")
    return PointRow(conference.slug, can_register, where, *_of_model(point))


def _place(point: BridgePoint, label: str) -> Place:
    latitude, longitude = point.coordinates or (None, None)
    return Place(key=str(point.pk), label=label, kind=point.kind, latitude=latitude, longitude=longitude)


def _map(points: Sequence[BridgePoint]) -> Map:
    """The map of ``points``, with lines to the main hall or, where none is marked, to the first hall."""
    halls = [point for point in points if point.is_hub] or [point for point in points if point.kind == Kind.VENUE]
    hub = halls[0] if halls else None
    labels = without_shared_beginning([point.label for point in points])
    places = {point.pk: _place(point, label) for point, label in zip(points, labels, strict=True)}
    return draw([places[point.pk] for point in points if point is not hub], places[hub.pk] if hub else None)


@require_safe
@kept_page()
def conference_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One conference; 404 until it is published."""
    now = timezone.now()
    conference = _published.first(slug)
    if conference is None:
        raise Http404("no published conference")
    groups = group_by_kind(_points_of.rows(conference.pk))
    refusal = conference.refusal_at(now)
    context = {
        "conference": conference,
        "groups": [(group, [_row(p, conference, can_register=not refusal) for p in group.points]) for group in groups],
        "map": _map([point for group in groups for point in group.points]),
        "partners": _partners_of.rows(conference.pk),
        "programme": _programme_of.rows(conference.pk),
        "can_register": not refusal,
        "refusal": refusal,
        "phase": conference.phase_at(now),
    }
    return render(request, "conference/detail.html", context)
