"""Lists and papers to download: for organisers, and for coordinators of their own points."""

import logging
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts.signed_in import user_of
from bridges.models import BridgePoint
from bridges.scope import ConferenceScope
from common.search import fold
from conference.models import Conference
from registrations.models import Registration
from staff.lists import people_export

logger = logging.getLogger(__name__)


def page(request: HttpRequest, template: str, title: str, conference: Conference, **context: Any) -> TemplateResponse:
    """A page of the administration about the lists of ``conference``."""
    context = {**admin.site.each_context(request), "title": title, "conference": conference, "tab": "papers", **context}
    return TemplateResponse(request, f"staff/lists/{template}.html", context)


def scope(request: HttpRequest, pk: int) -> ConferenceScope:
    """What the user may see of the conference.

    Raises:
        Http404: they run nothing of it.
    """
    found = ConferenceScope.of(user_of(request), get_object_or_404(Conference, pk=pk))
    if found.is_empty:
        raise Http404
    return found


# --- lists for Excel --------------------------------------------------------------------------------------------------


def _of_conference(request: HttpRequest, pk: int) -> tuple[QuerySet[Registration], str]:
    conference = scope(request, pk).conference
    rows = Registration.objects.run_by(user_of(request)).filter(conference=conference)
    return rows, f"dai-bieu-{conference.slug}"


def of_point(request: HttpRequest, pk: int) -> tuple[BridgePoint, QuerySet[Registration], str]:
    points = BridgePoint.objects.run_by(user_of(request)).select_related("conference", "province")
    point = get_object_or_404(points, pk=pk)
    rows = Registration.objects.run_by(user_of(request)).filter(bridge_point=point)
    return point, rows, f"dai-bieu-{in_file_name(point.label)}"


def in_file_name(text: str) -> str:
    return slugify(fold(text))[:60] or "1"


@require_safe
def conference_xlsx(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The delegates of conference ``pk`` whose registrations the user runs, as .xlsx; 404 if they run nothing of it."""
    return people_export.xlsx_response(*_of_conference(request, pk))


@require_safe
def conference_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The delegates of ``conference_xlsx`` as CSV."""
    return people_export.csv_response(*_of_conference(request, pk))


@require_safe
def point_xlsx(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The delegates of bridge point ``pk`` as .xlsx; 404 if the user does not run it."""
    return people_export.xlsx_response(*of_point(request, pk)[1:])


@require_safe
def point_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The delegates of ``point_xlsx`` as CSV."""
    return people_export.csv_response(*of_point(request, pk)[1:])
