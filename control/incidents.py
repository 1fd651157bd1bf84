"""Incidents: what opens and ends them, and how many minutes a point has lost by them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from attendance.services import EARLY, OVERRUN
from bridges.models import BridgePoint
from conference.models import Conference, raise_day_version
from control.models import Incident, RoomReport, RoomState
from registrations.signals import ErasedPeople

_Kind = Incident.Kind
#: A rehearsal or a test lies on another day than the conference: then what happened within this time is shown.
REHEARSAL = timedelta(hours=12)


class IncidentEnded(Exception):
    """The incident has ended already."""


def day_of(conference: Conference, now: datetime) -> tuple[datetime, datetime]:
    """From when to when incidents count for the day of ``conference``, seen at ``now``.

    The conference with the hours before its doors open and the hour after its end; on other days, as at a rehearsal,
    the last twelve hours.
    """
    begins, ends = conference.doors_open_at - EARLY, conference.ends_at + OVERRUN
    return (begins, ends) if now >= begins else (now - REHEARSAL, now)


def enter(*, point: BridgePoint, note: str, now: datetime) -> Incident:
    """Enter something that went wrong at ``point`` since ``now`` and that nothing notices by itself.

    Each is one of its own, also of two that are entered in the same moment.
    """
    with transaction.atomic():
        # Whoever enters another there waits, so that no two begin in the same microsecond, which the database refuses.
        BridgePoint.objects.select_for_update().only("pk").get(pk=point.pk)
        incident = Incident.objects.create(
            bridge_point=point, kind=_Kind.OTHER, began_at=_free_moment(point, now), note=note
        )
        raise_day_version(point.conference_id)
    return incident


def _free_moment(point: BridgePoint, at: datetime) -> datetime:
    """``at``, or the microsecond before it at which no other incident entered by hand at ``point`` began."""
    taken = set(
        Incident.objects.filter(
            bridge_point=point, kind=_Kind.OTHER, began_at__lte=at, began_at__gt=at - timedelta(seconds=1)
        ).values_list("began_at", flat=True)
    )
    while at in taken:
        at -= timedelta(microseconds=1)
    return at


def end(*, incident: Incident, now: datetime) -> None:
    """End ``incident`` by hand at ``now``.

    Raises:
        IncidentEnded: it has ended already.
    """
    with transaction.atomic():
        if not Incident.objects.open().filter(pk=incident.pk).update(ended_at=now):
            raise IncidentEnded
        raise_day_version(incident.bridge_point.conference_id)
    incident.ended_at = now


def forget_names(*, conference: Conference, people: ErasedPeople, everybody: bool, **kwargs: object) -> None:
    """Take out the notes that name one of ``people``, or all of them. What happened, its cause and its times stay."""
    noted = Incident.objects.filter(bridge_point__conference=conference).exclude(note="")
    if not everybody:
        names = {name.casefold() for name in people.names if name}
        found = [pk for pk, note in noted.values_list("pk", "note") if any(name in note.casefold() for name in names)]
        noted = Incident.objects.filter(pk__in=found)
    noted.update(note="")


def begin(point: int, kind: str, at: datetime) -> bool:
    """Open an incident of ``kind`` at the point with this number, unless one is open or began at that moment.

    Called in a transaction. Returns whether it was opened.
    """
    rows = Incident.objects.filter(bridge_point=point, kind=kind)
    if rows.filter(Q(ended_at=None) | Q(began_at=at)).exists():
        return False
    Incident.objects.bulk_create([Incident(bridge_point_id=point, kind=kind, began_at=at)], ignore_conflicts=True)
    return True


def end_by_itself(point: int, kind: str, at: datetime) -> int:
    """End the incident of ``kind`` that goes on at the point with this number at ``at``, or ended later than that.

    Called in a transaction. A report that comes late shortens what was taken to be longer.
    """
    covering = Q(ended_at=None) | Q(ended_at__gt=at)
    return Incident.objects.filter(covering, bridge_point=point, kind=kind, began_at__lte=at).update(ended_at=at)


def note_past_loss(report: RoomReport) -> None:
    """Enter the loss that ``report``, which came after newer ones, speaks of: it ended with the next that says so."""
    states = RoomReport.objects.filter(bridge_point=report.bridge_point_id, kind=RoomReport.Kind.STATE)
    later = states.filter(happened_at__gt=report.happened_at).exclude(value=RoomState.LOST)
    end_at = later.order_by("happened_at").values_list("happened_at", flat=True).first()
    known = Incident.objects.filter(bridge_point=report.bridge_point_id, kind=_Kind.LOST)
    covering = Q(ended_at=None) | Q(ended_at__gt=report.happened_at)
    if known.filter(covering, began_at__lte=report.happened_at).exists():
        return
    # The same loss, of which a later word came first, began earlier than was thought.
    before_end = Q(began_at__lt=end_at) if end_at else Q()
    same = known.filter(before_end, began_at__gt=report.happened_at).order_by("began_at").first()
    if same is not None:
        known.filter(pk=same.pk).update(began_at=report.happened_at)
        return
    known.model.objects.bulk_create(
        [Incident(bridge_point=report.bridge_point, kind=_Kind.LOST, began_at=report.happened_at, ended_at=end_at)],
        ignore_conflicts=True,
    )


def end_past_loss(report: RoomReport) -> None:
    """End the loss during which the room was back, as ``report`` says, which came after newer ones.

    Where a newer one says that it was lost again, that is a loss of its own.
    """
    if not end_by_itself(report.bridge_point_id, _Kind.LOST, report.happened_at):
        return
    later = RoomReport.objects.filter(
        bridge_point=report.bridge_point_id, kind=RoomReport.Kind.STATE, happened_at__gt=report.happened_at
    )
    again = later.filter(value=RoomState.LOST).order_by("happened_at", "pk").first()
    if again is not None:
        note_past_loss(again)


def minutes_lost(
    incidents: Iterable[Incident], silent_since: Mapping[int, datetime], *, start: datetime, end: datetime
) -> dict[int, int]:
    """How many minutes each point (by number) was lost or silent between the two moments; overlaps count once.

    ``silent_since``: points that are silent now though no incident says so yet. Points that lost nothing are left out.
    """
    spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for incident in incidents:
        if incident.kind != _Kind.OTHER:
            spans[incident.bridge_point_id].append((incident.began_at, incident.ended_at or end))
    for point, since in silent_since.items():
        spans[point].append((since, end))
    lost = {point: _covered(found, start, end) for point, found in spans.items()}
    return {point: round(seconds / 60) for point, seconds in lost.items() if seconds >= 30}


def _covered(spans: list[tuple[datetime, datetime]], start: datetime, end: datetime) -> float:
    """Seconds between ``start`` and ``end`` that any of ``spans`` covers."""
    seconds, reached = 0.0, start
    for begins, ends in sorted(spans):
        begins, ends = max(begins, reached), min(ends, end)
        if ends > begins:
            seconds += (ends - begins).total_seconds()
            reached = ends
    return seconds


def of_day(conference: Conference, now: datetime) -> list[Incident]:
    """The incidents of the day of ``conference``, those that go on first, then the newest. One query."""
    start, end_of_day = day_of(conference, now)
    found = Incident.objects.filter(bridge_point__conference=conference).touching(start, end_of_day)
    return list(found.select_related("bridge_point").order_by(F("ended_at").desc(nulls_first=True), "-began_at", "-pk"))
