"""An SMS to whoever looks after the room that speaks next, ten minutes before its turn.

Its text stands in the outbox from the start: it says one hour, and another one is said anew
(docs/adr/0054-next-room-and-page-without-network.md).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.timezone import localtime
from django.utils.translation import gettext

from attendance.services import OVERRUN
from bridges.models import Connection, Coordinator
from common.phones import mobile_of
from conference.models import Conference
from control.models import Cue, Show
from control.show import Line, Standing, next_among, standing_of
from messaging.kind_names import TURN
from messaging.recipients import COORDINATOR, TECHNICIAN
from outbox import queue
from outbox.channels import names
from outbox.models import BadAddress, Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref
from outbox.sms_length import cut_for_one, plain
from registrations.messages import topic

#: So long before its turn a room hears of it.
AHEAD = timedelta(minutes=10)
#: It hears of it once more when its turn has moved by more than this.
AGAIN_AFTER = timedelta(minutes=10)
#: What is no further off than this has been put off by the clock alone: what is on takes longer than planned. The room
#: knows that it is its turn then.
_AT_HAND = timedelta(minutes=1)
#: A show on a day of its own: what was left running weeks ago tells nobody anything.
_EARLIEST = timedelta(hours=2)
_SMS = "sms"


@dataclass(frozen=True)
class _Told:
    """What was said: of which cue and point, for when, and the row of the outbox; ``may_go``: it has not left yet."""

    cue: int
    point: int
    start: datetime
    number: int
    may_go: bool


@dataclass(frozen=True)
class _Turn:
    """The turn of a room that is to be told; ``start`` is to be expected then."""

    line: Line
    point: int
    start: datetime


def tell_next_rooms(*, now: datetime) -> int:
    """Put an SMS for each room whose turn is ten minutes off at ``now`` (UTC) into the outbox; returns how many.

    While the show runs; not to the room that is on air. Once for each turn, and again only if its expected start has
    moved by more than ten minutes since. What has not left and holds no longer is withdrawn. One query while no show
    runs; else the number of statements does not depend on how many shows, rooms and people there are.
    """
    if _SMS not in names():
        return 0
    running = list(_running(now).values_list("pk", flat=True))
    if not running:
        return 0
    with transaction.atomic():
        # Presses wait, and two of us do not tell the same room.
        list(Show.objects.select_for_update().filter(pk__in=running).order_by("pk"))
        shows = list(_shows(running, now))
        told = _told(running)
        _withdraw(shows, told)
        turns = [turn for _conference, standing in shows for turn in _due(standing, told, now)]
        messages = list(_messages(turns, now)) if turns else []
        queue.post(messages)
        if messages:
            nudge_on_commit()
    return len(messages)


def _running(now: datetime) -> QuerySet[Conference]:
    """The conferences whose show has begun and which tell their rooms. Those that are over are left out."""
    begun = Cue.objects.filter(started_at__isnull=False).order_by().values("conference")
    return Conference.objects.published().filter(
        pk__in=begun,
        tells_next_room=True,
        cancelled_at=None,
        starts_at__lte=now + _EARLIEST,
        ends_at__gt=now - OVERRUN,
    )


def _shows(conferences: Sequence[int], now: datetime) -> Iterator[tuple[Conference, Standing]]:
    """The run of show of each of them that has begun and is not over. One query."""
    cues = Cue.objects.filter(conference__in=conferences).select_related("conference", "point")
    for conference, found in groupby(cues.order_by("conference_id", "position", "pk"), attrgetter("conference")):
        standing = standing_of(list(found), conference, now)
        if standing.is_on_air:
            yield conference, standing


def _occasion(conference: int) -> str:
    return str(Ref(TURN, conference))


def _told(conferences: Iterable[int]) -> list[_Told]:
    """What was said of the turns of these conferences, and may be known. One query."""
    rows = Message.objects.filter(occasion__in=[_occasion(pk) for pk in conferences])
    found = rows.exclude(state=Message.State.CANCELLED).order_by().values_list("pk", "key", "state")
    return [_read(pk, key, state) for pk, key, state in found]


def _key(turn: _Turn, now: datetime) -> str:
    return f"{TURN}/{turn.line.cue.pk}/{turn.point}/{int(turn.start.timestamp())}/{int(now.timestamp())}"


def _read(number: int, key: str, state: str) -> _Told:
    """What the ``key`` of a message says: see ``_key``."""
    _kind, cue, point, start, *_rest = key.split("/")
    may_go = state in (Message.State.QUEUED, Message.State.CLAIMED)
    return _Told(int(cue), int(point), datetime.fromtimestamp(int(start), UTC), number, may_go)


def _withdraw(shows: Iterable[tuple[Conference, Standing]], told: list[_Told]) -> None:
    """Take back what has not left and is not true any more: the part has begun, was left out, moved, given away."""
    ahead = {
        (line.cue.pk, line.cue.point_id): line.expected.start
        for _conference, standing in shows
        for line in standing.upcoming
        if line.expected
    }
    stale = [one for one in told if one.may_go and _has_moved(one.start, ahead.get((one.cue, one.point)))]
    if stale:
        Message.objects.filter(pk__in=[one.number for one in stale]).withdraw()
        told[:] = [one for one in told if one not in stale]


def _has_moved(said: datetime, start: datetime | None) -> bool:
    return start is None or abs(start - said) > AGAIN_AFTER


def _due(standing: Standing, told: Sequence[_Told], now: datetime) -> Iterator[_Turn]:
    """The turns that are to be told at ``now``: of each room its next one."""
    on_air = _on_air(standing)
    for point in dict.fromkeys(line.cue.point for line in standing.upcoming):
        if point is None or point.pk == on_air or (on_air is None and point.is_hub):
            continue
        line = next_among(standing, point.pk)
        if line is None or line.expected is None or line.expected.start - AHEAD > now:
            continue
        turn = _Turn(line, point.pk, line.expected.start)
        if _is_news(turn, told, now):
            yield turn


def _on_air(standing: Standing) -> int | None:
    """The point from which is spoken now; None where nothing names one: then the main hall has it."""
    return standing.current.cue.point_id if standing.current else None


def _is_news(turn: _Turn, told: Sequence[_Told], now: datetime) -> bool:
    said = [one.start for one in told if (one.cue, one.point) == (turn.line.cue.pk, turn.point)]
    if not said:
        return True
    return turn.start > now + _AT_HAND and all(_has_moved(start, turn.start) for start in said)


def _messages(turns: Sequence[_Turn], now: datetime) -> Iterator[Message]:
    """A message to each phone of whoever looks after a room whose turn it is. Three queries."""
    people = list(_people([turn.point for turn in turns]))
    bad = BadAddress.objects.filter(channel=_SMS, address__in=[mobile for _point, _person, mobile in people])
    dead = set(bad.values_list("address", flat=True))
    for turn in turns:
        text = _text(turn)
        # Who is technician and coordinator reads it once.
        mine = {mobile: person for point, person, mobile in people if point == turn.point and mobile not in dead}
        for mobile, person in mine.items():
            yield Message(
                key=f"{_key(turn, now)}/{person}/{_SMS}",
                channel=_SMS,
                address=mobile,
                language=settings.LANGUAGE_CODE,
                kind=TURN,
                occasion=_occasion(turn.line.cue.conference_id),
                topic=topic(turn.point),
                person=person,
                text=text,
                # As with everything that is about to start: it stands behind nothing else, and waits for no morning.
                any_hour=True,
                due_at=now,
                expires_at=max(turn.start, now) + AHEAD / 2,
                created_at=now,
            )


def _people(points: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    """Whoever looks after these points and has a mobile: number of the point, reference, mobile. Two queries."""
    coordinators = Coordinator.objects.filter(bridge_point__in=points, user__is_active=True).select_related("user")
    for coordinator in coordinators.order_by("pk"):
        if mobile := mobile_of(coordinator.user.phone):
            yield coordinator.bridge_point_id, str(Ref(COORDINATOR, coordinator.pk)), mobile
    for connection in Connection.objects.filter(bridge_point__in=points).order_by("pk"):
        if mobile := mobile_of(connection.technician_phone):
            yield connection.bridge_point_id, str(Ref(TECHNICIAN, connection.pk)), mobile


def _text(turn: _Turn) -> str:
    """What they read: one SMS in the alphabet of phones, so that it costs one; long names are cut for it."""
    cue = turn.line.cue

    def words(event: str, title: str) -> str:
        values = {"event": event, "point": label, "time": f"{localtime(turn.start):%H:%M}", "title": title}
        return plain(gettext("%(event)s: %(point)s speaks soon, about %(time)s. Please be ready. %(title)s") % values)

    label = cue.point.label if cue.point else ""
    with translation.override(settings.LANGUAGE_CODE):
        event = cut_for_one(cue.conference.short_name, lambda event: words(event, ""))
        title = cut_for_one(cue.title, lambda title: words(event, title))
        return words(event, title)
