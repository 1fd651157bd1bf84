"""Measuring the line on the page of a room: what its script asks for. See ``control.measuring``."""

import os

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from common.rate_limits import refusal
from conference.only_post import without_page
from control import measuring
from control.line_needs import measured_words, shortfall_words
from control.measuring import BadMeasurement, TooOften
from control.public.room import point_of_link


@never_cache
@csrf_exempt  # The address is the key: nobody's cookies say anything here.
@require_POST
def line_begin(request: HttpRequest, token: str) -> HttpResponse:
    """Permit one measurement."""
    try:
        permission = measuring.permit(point_of_link(token), timezone.now())
    except TooOften:
        return refusal(request)
    return JsonResponse({"permission": permission, "block": measuring.BLOCK, "blocks": measuring.MOST_BLOCKS})


def _refused(request: HttpRequest, way: str) -> HttpResponse | None:
    """Count a block; why it is refused, None if it is not."""
    try:
        measuring.count_block(request.GET.get("permission", ""), way, timezone.now())
    except TooOften:
        return HttpResponse(status=429, content_type="text/plain")
    except BadMeasurement:
        return HttpResponse(status=403, content_type="text/plain")
    return None


@never_cache
@require_safe
def line_ping(request: HttpRequest, token: str) -> HttpResponse:
    """Answer at once."""
    return _refused(request, "ping") or HttpResponse(status=204)


@never_cache
@require_safe
def line_download(request: HttpRequest, token: str) -> HttpResponse:
    """One block that no compression makes shorter."""
    if refused := _refused(request, "down"):
        return refused
    headers = {"Content-Encoding": "identity"}
    return HttpResponse(os.urandom(measuring.BLOCK), content_type="application/octet-stream", headers=headers)


@never_cache
@csrf_exempt
@require_POST
def line_upload(request: HttpRequest, token: str) -> HttpResponse:
    """Take one block, and forget it."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > measuring.BLOCK:
        return HttpResponse(status=413, content_type="text/plain")
    return _refused(request, "up") or JsonResponse({"bytes": len(request.body)})


@without_page
@never_cache
@csrf_exempt
@require_POST
def line_result(request: HttpRequest, token: str) -> HttpResponse:
    """Store what was measured, and say what it means."""
    point = point_of_link(token)
    try:
        measured = measuring.store(point=point, body=request.body, now=timezone.now())
    except BadMeasurement:
        return JsonResponse(
            {"error": gettext("The measurement could not be stored. Please measure again.")}, status=400
        )
    return JsonResponse({"words": measured_words(measured), "short": shortfall_words(measured, point)})
