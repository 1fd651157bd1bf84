"""The address at which Zoom reports who joins and leaves the meeting of a conference."""

import json
from datetime import datetime
from typing import Any
from uuid import uuid5

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from attendance import meeting_calls
from attendance.meeting_calls import BadCall
from attendance.models import MeetingHook, MeetingStay
from attendance.services import desk_opens_at
from bridges.models import BridgePoint
from common.rate_limits import count, refusal, visitor_address
from control import rooms
from control.models import RoomState
from control.rooms import Report
from registrations.tokens import fingerprint

#: A call has some hundred bytes.
MOST_BYTES = 64 * 1024
#: Of one conference within an hour: everybody of a big one who comes, goes and comes back.
CALLS_PER_HOUR = 20_000
#: Of one address that signs nothing.
REFUSED_PER_HOUR = 300


def _of_link(token: str) -> QuerySet[MeetingHook]:
    rows = MeetingHook.objects.filter(token_hash=fingerprint(token))
    return rows.select_related("conference", "set_by").defer("conference__search_text", "conference__purpose")


@never_cache
@csrf_exempt  # Zoom signs what it sends: nobody's cookies say anything here.
@require_POST
def zoom(request: HttpRequest, token: str) -> HttpResponse:
    """Take one call. 404: no such address; 401: not signed; 400: signed, but nothing that Zoom sends."""
    now = timezone.now()
    hook = _of_link(token).first()
    if hook is None or not hook.sealed_secret:
        return HttpResponse(status=404)
    if _length(request) > MOST_BYTES:
        return HttpResponse(status=413)
    body = request.body
    if not meeting_calls.is_signed(
        secret=hook.secret,
        body=body,
        timestamp=request.headers.get("x-zm-request-timestamp", ""),
        signature=request.headers.get("x-zm-signature", ""),
        now=now,
    ):
        return _refuse(request, hook, now)
    # Signed ones alone: whoever has learned the address does not use them up.
    if count(f"zoom/{hook.pk}", now, often=True) > CALLS_PER_HOUR:
        return refusal(request)
    try:
        return _answer(hook, _read(body), now)
    except BadCall:
        return HttpResponse(status=400)


def _length(request: HttpRequest) -> int:
    """How many bytes the body has, as its header says: a server that reads it takes no more."""
    try:
        return int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return MOST_BYTES + 1


def _refuse(request: HttpRequest, hook: MeetingHook, now: datetime) -> HttpResponse:
    # Whoever tries in vain all the time does not write for ever.
    if count(f"zoom-refused/{visitor_address(request)}", now, often=True) > REFUSED_PER_HOUR:
        return refusal(request)
    meeting_calls.note_refused(hook=hook)
    return HttpResponse(status=401)


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadCall("JSON") from error
    if not isinstance(said, dict):
        raise BadCall("JSON")
    return said


def _answer(hook: MeetingHook, said: dict[str, Any], now: datetime) -> HttpResponse:
    if said.get("event") == meeting_calls.VALIDATION:
        payload = said.get("payload")
        plain = payload.get("plainToken") if isinstance(payload, dict) else None
        if not isinstance(plain, str):
            raise BadCall("plainToken")
        return JsonResponse(meeting_calls.answer_validation(hook=hook, plain=plain[:200], now=now))
    stay = meeting_calls.take(hook=hook, said=said, now=now)
    if stay is not None and stay.room is not None and stay.left_at is None:
        _connect(hook, stay.room, stay, now)
    return HttpResponse(status=200)


def _connect(hook: MeetingHook, point: BridgePoint, stay: MeetingStay, now: datetime) -> None:
    """The device of a room is in the meeting: so is the room."""
    conference = hook.conference
    if hook.set_by is None or not desk_opens_at(conference) <= stay.joined_at < conference.ends_at:
        return
    report = Report(uuid5(hook.uid, stay.key), "state", RoomState.CONNECTED.value, stay.joined_at)
    # Nobody waits then for signs of life of a page that nobody has open.
    rooms.note_reports(point=point, reports=[report], now=now, by=hook.set_by)
