"""The page of a phone at a door, and what it asks for: docs/adr/0048-doors-and-scans.md."""

import json
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from attendance import devices
from attendance.arrivals import Arrivals, arrival_row, arrivals_since
from attendance.batches import BODY_AT_MOST, BadBatch, batch_of
from attendance.desk_words import words
from attendance.guest_list import guest_list, mark_of_list, name_list
from attendance.models import Device
from attendance.scanning import Outcome, take_scans
from attendance.typed_people import cancel_taken_back, settle_typed
from common.phones import mobile_regex, valid_regex

#: Holds the secret of the phone. Strict: no other site makes the browser show it, so no form token is needed.
COOKIE = "desk"
PATH = "/desk/"
#: What the page loads, in this order; the decoder is loaded by the page where the browser has none.
SCRIPTS = (
    "vendor/idb/idb.js", "desk/store.js", "desk/list.js", "desk/here.js", "desk/signals.js", "desk/sync.js",
    "desk/camera.js", "desk/verdicts.js", "desk/typed.js", "desk/desk.js",
)  # fmt: skip
DECODER = ("vendor/qr/decode.js", "vendor/qr/index.js")
STYLES = ("css/tokens.css", "css/desk.css")


@require_safe
@csp_update({"worker-src": ["'self'"]})
def desk(request: HttpRequest) -> HttpResponse:
    """The page itself: the same for every phone, since it is kept on it. Names and door come from the list."""
    page = {
        "words": words(),
        "scripts": SCRIPTS,
        "styles": STYLES,
        "decoder": DECODER[0],
        "valid_phone": valid_regex("VN"),
        "mobile_phone": mobile_regex(),
    }
    response = render(request, "attendance/desk.html", page)
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, which keeps the page and its files, and nothing about anybody."""
    files = [static(name) for name in (*STYLES, *SCRIPTS, DECODER[0])]
    # The decoder names its other half itself, by its plain name.
    files.append(f"{settings.STATIC_URL}{DECODER[1]}")
    version = sha256("\n".join(files).encode()).hexdigest()[:12]
    names = {"files": json.dumps(files), "version": version}
    response = render(request, "attendance/desk_worker.js", names, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest, token: str) -> HttpResponse:
    """GET says what the phone will be, POST pairs it: programs that open links pair nothing."""
    now = timezone.now()
    try:
        if request.method != "POST":
            return render(request, "attendance/pair.html", {"device": devices.to_pair(token, now)})
        device, secret = devices.pair(token=token, now=now)
    except devices.NotPaired as refusal:
        return render(request, "attendance/pair.html", {"refusal": refusal}, status=410)
    response = redirect("attendance:desk")
    seconds = int((device.sends_until - now).total_seconds())
    response.set_cookie(
        COOKIE,
        secret,
        max_age=seconds,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def for_device(view: Callable[[HttpRequest, Device], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """For what the page asks for: 401 for a phone that is not paired, 410 for one that has to wipe what it holds."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            device = devices.device_of(request.COOKIES.get(COOKIE, ""), timezone.now())
        except devices.UnknownDevice:
            return JsonResponse({"error": "not paired"}, status=401)
        except devices.Withdrawn:
            return JsonResponse({"error": "withdrawn"}, status=410)
        response = view(request, device)
        # In no cache that somebody else with the phone could read.
        response["Cache-Control"] = "no-store"
        return response

    return answer


@require_GET
@for_device
def people(request: HttpRequest, device: Device) -> HttpResponse:
    """The list of the people; 304 while it is the one that the phone has."""
    now = timezone.now()
    if now >= device.list_until:
        return JsonResponse({"error": "over"}, status=404)
    mark = mark_of_list(device)
    if unchanged := get_conditional_response(request, etag=mark):
        return unchanged
    return _compact(guest_list(device, now), {"ETag": mark})


@require_GET
@for_device
def names(request: HttpRequest, device: Device) -> HttpResponse:
    """Names in clear, for a phone that also admits."""
    now = timezone.now()
    if device.role != Device.Role.DESK or now >= device.list_until:
        return JsonResponse({"error": "not for this phone"}, status=403)
    return _compact(name_list(device, now))


@csrf_exempt
@require_POST
def scans(request: HttpRequest) -> HttpResponse:
    """Takes a batch, and says what became of each, and who has come elsewhere meanwhile."""
    if refusal := _refusal(request):
        return refusal
    return _take(request)


@for_device
def _take(request: HttpRequest, device: Device) -> HttpResponse:
    now = timezone.now()
    try:
        batch = batch_of(request.body)
    except BadBatch as error:
        return JsonResponse({"error": str(error)}, status=400)
    taken = take_scans(device=device, batch=batch, now=now)
    if Outcome.TYPED in taken.outcomes.values():
        settle_typed(device=device, now=now)
    if Outcome.TAKEN_BACK in taken.outcomes.values():
        cancel_taken_back(device=device, now=now)
    # The phone has erased what it knew of people, and holds nobody any more.
    arrivals = arrivals_since(device, batch.since) if now < device.list_until else Arrivals([], [], [], 0)
    return _compact(
        {
            "now": round(now.timestamp() * 1000),
            "outcomes": taken.outcomes,
            "here": [arrival_row(row) for row in arrivals.here],
            "gone": arrivals.gone,
            "cancelled": arrivals.cancelled,
            "count": arrivals.count,
        }
    )


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """Why nothing is taken from ``request``: another site sends it, or it is not what the page sends."""
    if not _is_own(request):
        return JsonResponse({"error": "another site"}, status=403)
    if request.content_type != "application/json":
        return JsonResponse({"error": "not JSON"}, status=415)
    # Before anything is read.
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_AT_MOST:
        return JsonResponse({"error": "too big"}, status=413)
    return None


def _is_own(request: HttpRequest) -> bool:
    """Whether a page of this site sends it: browsers name the origin with every post."""
    origin = request.headers.get("Origin", "")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    # Not parsed: Python refuses some of what programs write there.
    return origin.partition("://")[2] == request.get_host()


def _compact(data: dict[str, Any], headers: dict[str, str] | None = None) -> HttpResponse:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(body, content_type="application/json", headers=headers)
