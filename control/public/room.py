"""The page of a room: whoever has its link reports for it, without an account."""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4, uuid5

from csp.decorators import csp_update
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bridges.models import BridgePoint, Connection
from common.lookups import LookUp
from common.rate_limits import count, refusal
from control import measuring, rooms, silence
from control.batches import BadBatch, read_batch
from control.doubts import doubt_of_heads, heads_asked_about, words_of_script
from control.line_needs import measured_words, shortfall_words
from control.models import Room, RoomLink, RoomReport, RoomState
from control.on_air import on_air
from control.public.room_floor import ask_from_room, floor_text, say_from_floor, sort_out
from control.public.room_typed import Typed
from control.public.withdrawn import says_whose_link
from control.room_floor import room_floor
from control.room_words import room_now
from control.rooms import Outcome, Report
from registrations.tokens import fingerprint

#: Reports an hour from one link, in batches: a room sends some dozen in a day.
BATCHES_PER_HOUR = 1200
#: Milliseconds between two signs of life.
POLL_EVERY = 12_000


def _of_link(token_hash: str) -> QuerySet[RoomLink]:
    point, conference = "bridge_point", "bridge_point__conference"
    return (
        RoomLink.objects.filter(token_hash=token_hash)
        .select_related(conference, f"{point}__room")
        .defer(f"{point}__search_text", f"{conference}__search_text", f"{conference}__summary")
        .defer(f"{conference}__purpose", f"{conference}__preparation")
        .order_by()
    )


_BY_LINK = LookUp(_of_link)


def point_of_link(token: str) -> BridgePoint:
    """The point of the room with this link, with its conference and its room.

    Raises:
        Http404: there is none, or the link was withdrawn.
    """
    link = _BY_LINK.first(fingerprint(token))
    if link is None:
        raise Http404("No room has this link.")
    return link.bridge_point


def _room(point: BridgePoint) -> Room | None:
    return getattr(point, "room", None)


@never_cache
@says_whose_link(
    _("This link to the page of a room does not hold any more"),
    _("Please ask the organisers of the conference, or the coordinator of your bridge point, for the new link."),
)
@csp_update({"worker-src": ["'self'"]})  # type: ignore[arg-type]  # Its types know views without arguments alone.
@require_http_methods(["GET", "HEAD", "POST"])
def room(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the page, POST takes one press of it from a browser without JavaScript."""
    point, now = point_of_link(token), timezone.now()
    typed = None
    if request.method == "POST":
        typed = _press(request, point, now)
        if typed is None:
            return redirect("control:room", token=token)
    context = {**_context(point, now, typed or Typed()), "token": token}
    return render(request, "control/room.html", context, status=422 if typed else 200)


def _context(point: BridgePoint, now: datetime, typed: Typed) -> dict[str, Any]:
    current = silence.room_in_use(point, now)
    return {
        "point": point,
        "conference": point.conference,
        "now": room_now(current, now),
        "show": on_air(point, now),
        "phones": _phones(point),
        "states": states(),
        "uid": uuid4(),
        "every": POLL_EVERY,
        "is_over": now >= point.conference.ends_at,
        "line": _line(point),
        "floor": room_floor(point, current, typed.hands),
        "people_from": heads_asked_about(point, current),
        "asks": words_of_script(),
        "typed": typed,
    }


def states() -> list[tuple[str, str, str]]:
    """The states that are pressed: value, name, and how the button looks."""
    return [
        (RoomState.READY, gettext("Room is ready"), "plain"),
        (RoomState.CONNECTED, gettext("Connected"), "good"),
        (RoomState.LOST, gettext("Signal lost"), "bad"),
    ]


def _line(point: BridgePoint) -> tuple[str, str]:
    """The latest measurement of the line of ``point`` and what falls short in it, in words; empty: there is none."""
    measured = measuring.latest([point.pk]).get(point.pk)
    return (measured_words(measured), shortfall_words(measured, point)) if measured else ("", "")


def _phones(point: BridgePoint) -> list[tuple[str, str, Any]]:
    """Whom the room phones: what they are, name and number. One query."""
    conference = point.conference
    found = [(gettext("Organisers"), conference.contact_name, conference.contact_phone)]
    hub = Connection.objects.filter(bridge_point__conference=conference, bridge_point__is_hub=True).first()
    if hub is not None and hub.bridge_point_id != point.pk:
        found.append((gettext("Technician of the main hall"), hub.technician_name, hub.technician_phone))
    return [(role, name, phone) for role, name, phone in found if phone]


def _press(request: HttpRequest, point: BridgePoint, now: datetime) -> Typed | None:
    """Take one press, and say what became of it; returns what was typed and is not taken as it stands."""
    kind, _equals, value = request.POST.get("say", "").partition("=")
    if kind in ("question", "take_back", RoomReport.Kind.HANDS):
        return say_from_floor(request, point, kind, value, now)
    if kind == RoomReport.Kind.HEAD_COUNT and not value:
        value = request.POST.get("people", "")
        # What a button says was asked about before; what stands in the field, not yet.
        if doubt := doubt_of_heads(value, heads_asked_about(point, silence.room_in_use(point, now))):
            return Typed(people=doubt)
    try:
        # Pressed twice on the same page it is one report.
        uid = uuid5(UUID(request.POST.get("uid", "")), f"{kind}={value}")
        report = Report(uid, kind, value, now)
    except ValueError:
        messages.error(request, gettext("This could not be read. Please press again."))
    else:
        rooms.note_reports(point=point, reports=[report], now=now)
        messages.success(request, gettext("Noted."))
    return None


def _body(point: BridgePoint, room: Room | None, now: datetime) -> dict[str, Any]:
    here = silence.in_use(room, now)
    return {
        **room_now(room, now),
        **on_air(point, now),
        "people_from": heads_asked_about(point, here),
        "questions": floor_text(point, here),
    }


@never_cache
@require_safe
def room_state(request: HttpRequest, token: str) -> HttpResponse:
    """How the room stands, for its own page; being asked is the sign of life. 304 while nothing has changed."""
    point, now = point_of_link(token), timezone.now()
    current = _room(point)
    if current is not None:
        silence.show_sign_of_life(room=current, conference=point.conference_id, now=now)
        current.last_seen_at = now
    text = json.dumps(_body(point, current, now))
    response = HttpResponse(text, content_type="application/json", headers={"ETag": _etag(text)})
    # Its types know that it may find nothing to say.
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def _etag(text: str) -> str:
    return f'"{sha256(text.encode()).hexdigest()[:24]}"'


@never_cache
@csrf_exempt  # The address is the key: nobody's cookies say anything here.
@require_POST
def room_reports(request: HttpRequest, token: str) -> HttpResponse:
    """Take the queue of the page: JSON, see ``control.batches``. Says what became of each report."""
    point, now = point_of_link(token), timezone.now()
    if count(f"room/{point.pk}", now, often=True) > BATCHES_PER_HOUR:
        return refusal(request)
    try:
        reports, refused = read_batch(request.body, now)
    except BadBatch as why:
        return JsonResponse({"error": str(why)}, status=400)
    outcomes: dict[str, str] = dict.fromkeys(refused, "refused")
    taken, asked, late = sort_out(point, reports)
    outcomes |= dict.fromkeys(late, "refused") | _said(rooms.note_reports(point=point, reports=taken, now=now))
    outcomes |= ask_from_room(point, asked, now)
    current = Room.objects.filter(pk=point.pk).first()
    return JsonResponse({"outcomes": outcomes, "now": _body(point, current, now)})


def _said(outcomes: dict[UUID, Outcome]) -> dict[str, str]:
    return {str(uid): outcome.value for uid, outcome in outcomes.items()}
