"""Zoom's calls: signed, and each noted once, however often it comes.

https://developers.zoom.us/docs/api/webhooks/ and the events meeting.participant_joined, meeting.participant_left,
endpoint.url_validation.
"""

import hmac
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.dateparse import parse_datetime

from accounts.models import User
from attendance.meeting_presence import derive_met
from attendance.models import MeetingHook, MeetingStay
from bridges.models import BridgePoint
from conference.models import Conference, raise_day_version
from lists.meeting.columns import Source
from lists.meeting.matching import matcher_for
from lists.meeting.stays import key_of

#: So far may the time of a call lie from ours.
CLOCK_MAY_DIFFER = timedelta(minutes=5)
JOINED, LEFT = "meeting.participant_joined", "meeting.participant_left"
VALIDATION = "endpoint.url_validation"
_ID_IN_LINK = re.compile(r"/(?:j|w|s|wc|wc/join)/(\d{9,12})\b")


def hook_of(*, conference: Conference) -> MeetingHook:
    """Where Zoom reports about ``conference``; made when it is first asked for."""
    return MeetingHook.objects.get_or_create(conference=conference)[0]


def set_secret(*, conference: Conference, secret: str, by: User) -> MeetingHook:
    """Keep the secret token with which Zoom signs; "" ends the taking of calls."""
    with transaction.atomic():
        hook = MeetingHook.objects.select_for_update().get(pk=hook_of(conference=conference).pk)
        hook.set_secret(secret)
        hook.set_by, hook.validated_at = by, None
        hook.save(update_fields=["sealed_secret", "set_by", "validated_at"])
    return hook


def renew_link(*, conference: Conference, version: int) -> bool:
    """Give Zoom another address to report at, in place of the one of ``version``; False: that is gone already.

    The one before takes nothing any more. The secret stays: it is that of the app at Zoom.
    """
    with transaction.atomic():
        hook = MeetingHook.objects.select_for_update().get(pk=hook_of(conference=conference).pk)
        if hook.token_version != version:
            return False
        hook.renew_token()
        hook.validated_at = None
        hook.save(update_fields=["token_version", "token_hash", "validated_at"])
    return True


def is_signed(*, secret: str, body: bytes, timestamp: str, signature: str, now: datetime) -> bool:
    """Whether Zoom has signed ``body`` with ``secret`` at about ``now``. ``timestamp``: seconds, as its header says."""
    if not secret or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return False
    if abs(now.timestamp() - int(timestamp)) > CLOCK_MAY_DIFFER.total_seconds():
        return False
    said = f"v0:{timestamp}:".encode() + body
    right = "v0=" + hmac.digest(secret.encode(), said, "sha256").hex()
    return hmac.compare_digest(right.encode(), signature.encode("utf-8", "surrogatepass"))


def answer_validation(*, hook: MeetingHook, plain: str, now: datetime) -> dict[str, str]:
    """What Zoom wants to hear when it asks whether the address is ours."""
    MeetingHook.objects.filter(pk=hook.pk).update(validated_at=now)
    return {"plainToken": plain, "encryptedToken": hmac.digest(hook.secret.encode(), plain.encode(), sha256).hex()}


def note_refused(*, hook: MeetingHook) -> None:
    """Count a call that Zoom has not signed."""
    MeetingHook.objects.filter(pk=hook.pk).update(refused=F("refused") + 1)


class BadCall(Exception):
    """This is nothing that Zoom sends."""


def take(*, hook: MeetingHook, said: dict[str, Any], now: datetime) -> MeetingStay | None:
    """Note that somebody has joined or left, as the call ``said`` says it; None: it is about something else.

    A call that comes twice, or before the one it follows, changes nothing that is right already. ``hook`` comes with
    its conference.

    Raises:
        BadCall: names or times are missing.
    """
    event = said.get("event")
    if event not in (JOINED, LEFT):
        return None
    call = _Call(said, is_joining=event == JOINED)
    points = _points_of(hook.conference, call.meeting)
    if not points:
        MeetingHook.objects.filter(pk=hook.pk).update(
            unknown=F("unknown") + 1, unknown_meeting=call.meeting[:40], last_at=now
        )
        return None
    with transaction.atomic():
        stay = _noted(hook.conference, points, call, now)
        if stay.delegate_id:
            derive_met(conference=hook.conference, delegates=[stay.delegate_id])
        MeetingHook.objects.filter(pk=hook.pk).update(taken=F("taken") + 1, last_at=now)
        raise_day_version(hook.conference_id)
    return stay


def _storable(value: Any) -> str:
    """``value`` as a text that a database can hold: people choose their names, and JSON says also what is no letter."""
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode()


class _Call:
    """What a call says. Raises ``BadCall`` if it cannot be read."""

    def __init__(self, said: dict[str, Any], *, is_joining: bool) -> None:
        try:
            about = said["payload"]["object"]
            person = about["participant"]
            self.meeting = _storable(about["id"])
            self.name = _storable(person["user_name"])[:150]
            self.email = _storable(person.get("email") or "").lower()[:254]
            moment = parse_datetime(str(person["join_time" if is_joining else "leave_time"]))
            # One who comes back gets another number.
            self.key = key_of("zoom", about.get("uuid") or self.meeting, person["user_id"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadCall(type(error).__name__) from error
        if moment is None:
            raise BadCall("time")
        self.moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        self.is_joining = is_joining


def _points_of(conference: Conference, meeting: str) -> list[int]:
    """The numbers of the points that are connected to ``meeting``: by its number, or by the link that holds it."""
    wanted = re.sub(r"\D", "", meeting)
    found = []
    for point in conference.bridge_points.select_related("connection", "spare_line").defer("search_text"):
        if wanted and wanted in _meetings_of(point):
            found.append(point.pk)
    return found


def _meetings_of(point: BridgePoint) -> set[str]:
    lines = [getattr(point, name, None) for name in ("connection", "spare_line")]
    numbers = {re.sub(r"\D", "", line.meeting_id) for line in lines if line}
    return numbers | {number for line in lines if line for number in _ID_IN_LINK.findall(line.web_url)}


def _noted(conference: Conference, points: list[int], call: _Call, now: datetime) -> MeetingStay:
    """The time in the meeting that ``call`` begins or ends."""
    locked = MeetingStay.objects.select_for_update(of=("self",))
    stay = locked.filter(conference=conference, key=call.key).first()
    if stay is None:
        at = points[0] if len(points) == 1 else None
        match = matcher_for(conference, call.name, call.email, at).match(call.name, call.email)
        fresh = MeetingStay(
            conference=conference,
            bridge_point_id=at,
            source=Source.CALLS,
            key=call.key,
            name=call.name,
            email=call.email,
            joined_at=call.moment,
            left_at=None if call.is_joining else call.moment,
            means=match.means,
            way=match.way,
            delegate_id=match.delegate,
            room_id=match.room,
            noted_at=now,
        )
        # Of two calls at once the second waits here, and finds what the first has stored.
        MeetingStay.objects.bulk_create([fresh], ignore_conflicts=True)
        stay = locked.get(conference=conference, key=call.key)
    joined, left = stay.joined_at, stay.left_at
    if call.is_joining:
        joined = min(joined, call.moment)
    else:
        left = max(left or call.moment, call.moment)
    if (joined, left) != (stay.joined_at, stay.left_at):
        stay.joined_at, stay.left_at = joined, left
        stay.save(update_fields=["joined_at", "left_at"])
    return stay
