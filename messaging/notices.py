"""Telling people that something has changed: the conference moved or was cancelled, a bridge point has new details."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bridges.models import BridgePoint, Connection
from conference.models import Conference
from messaging import announcements, enqueue, message_kinds, routes
from messaging.models import DetailsTold, Rule, Told
from outbox import queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref
from registrations.messages import topic
from registrations.models import Guest, Registration

#: A notice waits this long, so that a slip of the pen can be put right before anybody reads it.
GRACE = timedelta(seconds=60)
#: Why a message was withdrawn, as it stands in the outbox.
WITHDRAWN = gettext_noop("The conference was moved or cancelled.")
_LEFT = (Message.State.SENDING, Message.State.SENT, Message.State.DELIVERED, Message.State.UNCERTAIN)
_OF_POINT = ("name", "address")
_OF_CONNECTION = (
    "web_url", "meeting_id", "password", "server", "account", "sip_address", "dial_in", "instructions",
)  # fmt: skip


def everybody(conference: Conference) -> Rule:
    """Everybody who has to do with ``conference``, as an audience that is not saved."""
    return Rule(conference=conference, to_waitlisted=True, to_coordinators=True, to_technicians=True, route=routes.BOTH)


def invited(conference: Conference) -> QuerySet[Guest]:
    """Guests who have their invitation to ``conference`` and have not answered: they plan for its day as well."""
    return Guest.objects.filter(
        invitation__conference=conference, invitation__is_active=True, invited_at__isnull=False, registration=None
    )


def _topics(conference: Conference) -> list[str]:
    of_points = [topic(pk) for pk in conference.bridge_points.values_list("pk", flat=True)]
    # What guests hear who have no point yet.
    return [*of_points, str(Ref("conference", conference.pk))]


@transaction.atomic
def conference_changed(*, conference: Conference, now: datetime) -> int:
    """Compare ``conference`` with what its people know, and put a notice on its way if it differs.

    What has not left and is no longer true vanishes; a notice that nobody has got yet is replaced by the next, and gone
    if all is as it was. While the conference is not published, nobody is told, and what people know stays what they
    were told. Returns how many messages the notice takes.
    """
    told, _created = Told.objects.select_for_update().get_or_create(
        conference=conference, defaults={"starts_at": conference.starts_at, "cancelled": bool(conference.cancelled_at)}
    )
    if conference.cancelled_at:
        announcements.called_off(conference=conference, reason=WITHDRAWN)
    topics = _topics(conference)
    taken_back = _settle(told, topics)
    cancelled = bool(conference.cancelled_at)
    is_hidden = not conference.is_published
    if now >= max(conference.ends_at, told.starts_at) or (is_hidden and not _has_people_who_plan(conference)):
        _know(told, conference)
        return 0
    if told.starts_at == conference.starts_at and told.cancelled == cancelled:
        if taken_back:
            _bring_back(conference, topics, now)
        told.save()
        return 0
    about = Message.objects.unsent().filter(topic__in=topics)
    if not cancelled:
        # A confirmation stays: it is made when it leaves, with the new time.
        about = about.filter(kind__in=[*message_kinds.BY_RULE, *message_kinds.NOTICES])
    else:
        # Announcements are dealt with one by one; whoever cancelled for himself gets no notice, so he hears of that.
        about = about.exclude(kind__in=[message_kinds.ANNOUNCEMENT, message_kinds.CANCELLED])
    about.update(state=Message.State.CANCELLED, lease_until=None, error=WITHDRAWN)
    told.notices += 1
    told.pending_starts_at, told.pending_cancelled = conference.starts_at, cancelled
    told.save()
    if is_hidden:
        # The notice waits: publishing the conference again puts it on its way, or nothing if all is as it was.
        return 0
    occasion = enqueue.Occasion(
        key=told.occasion,
        kind=_notice(cancelled=cancelled, restored=told.cancelled and not cancelled),
        occasion=told.occasion,
        # A cancelled conference is worth telling until it would have ended.
        expires_at=max(conference.ends_at, now + timedelta(hours=1)) if cancelled else conference.ends_at,
    )
    count = enqueue.put(
        everybody(conference), occasion, now=now, due_at=lambda channel: now + GRACE, guests=invited(conference)
    )
    if not count:
        # There is nobody to tell.
        _know(told, conference)
    nudge_on_commit()
    return count


def _has_people_who_plan(conference: Conference) -> bool:
    """Whether anybody has ``conference`` in his calendar: who is registered, or invited and has not answered."""
    registered = Registration.objects.filter(conference=conference).exclude(state=Registration.State.CANCELLED)
    return registered.exists() or invited(conference).exists()


def _notice(*, cancelled: bool, restored: bool) -> str:
    if cancelled:
        return message_kinds.CONFERENCE_CANCELLED
    return message_kinds.RESTORED if restored else message_kinds.RESCHEDULED


def _settle(told: Told, topics: list[str]) -> bool:
    """Find out what became of the notice on its way: once somebody has it, or may have, it is what people know.

    Returns whether there was one that nobody has got; it is withdrawn.
    """
    if told.pending_starts_at is None:
        return False
    of_notice = Message.objects.filter(occasion=told.occasion)
    # Locked, so that no worker claims one between the question and the answer.
    unsent = set(of_notice.unsent().select_for_update().order_by("id").values_list("state", flat=True))
    # What a worker has in hand may be with its reader by now: better a correction too many than none.
    was_told = Message.State.CLAIMED in unsent or of_notice.filter(state__in=_LEFT).exists()
    if was_told:
        told.starts_at, told.cancelled = told.pending_starts_at, told.pending_cancelled
        # From now on there is no way back for what was withdrawn.
        Message.objects.filter(topic__in=topics, state=Message.State.CANCELLED, error=WITHDRAWN).update(error="")
    else:
        queue.withdraw(occasion=told.occasion)
    told.pending_starts_at, told.pending_cancelled = None, False
    return not was_told


def _bring_back(conference: Conference, topics: list[str], now: datetime) -> None:
    """All is as it was and nobody has heard of a change: what was withdrawn for it goes out after all."""
    start = f"/{int(conference.starts_at.timestamp())}/"
    of_other_start = Message.objects.unsent().filter(topic__in=topics, kind__in=message_kinds.BY_RULE)
    of_other_start.exclude(key__contains=start).update(state=Message.State.CANCELLED, lease_until=None)
    withdrawn = Message.objects.filter(topic__in=topics, state=Message.State.CANCELLED, error=WITHDRAWN)
    withdrawn.filter(expires_at__gt=now).exclude(kind__in=[*message_kinds.NOTICES, message_kinds.ANNOUNCEMENT]).exclude(
        Q(kind__in=message_kinds.BY_RULE) & ~Q(key__contains=start)
    ).update(state=Message.State.QUEUED, error="")


def _know(told: Told, conference: Conference) -> None:
    told.starts_at, told.cancelled = conference.starts_at, bool(conference.cancelled_at)
    told.pending_starts_at, told.pending_cancelled = None, False
    told.save()


# --- a bridge point's details -----------------------------------------------------------------------------------------


def snapshot(point: BridgePoint, connection: Connection | None) -> dict[str, str]:
    """Name, address and connection details of ``point`` as texts, by field."""
    known = {name: str(getattr(point, name) or "") for name in _OF_POINT}
    known |= {name: str(getattr(connection, name, "") or "") for name in _OF_CONNECTION}
    return known


def _label(name: str) -> str:
    model: Any = BridgePoint if name in _OF_POINT else Connection
    return str(model._meta.get_field(name).verbose_name)


def changed_names(point: BridgePoint) -> list[str]:
    """Which details of ``point`` its people do not know yet."""
    told = DetailsTold.objects.filter(bridge_point=point).first()
    now_there = snapshot(point, Connection.objects.filter(bridge_point=point).first())
    return [name for name, value in now_there.items() if told is None or told.known.get(name, "") != value]


def changed_rows(point: BridgePoint) -> list[tuple[str, str, str]]:
    """Label, what people know and what is true now, for each detail that has changed."""
    told = DetailsTold.objects.filter(bridge_point=point).first()
    now_there = snapshot(point, Connection.objects.filter(bridge_point=point).first())
    return [(_label(name), told.known.get(name, "") if told else "", now_there[name]) for name in changed_names(point)]


def untold(points: Iterable[BridgePoint], now: datetime) -> list[BridgePoint]:
    """Those of ``points`` (with their conferences) whose people wait for a decision whether they are told of a change.

    Three queries. Nobody needs to be told of a conference that is over, cancelled or not published.
    """
    ahead = {
        p.pk: p
        for p in points
        if p.conference.is_published and not p.conference.cancelled_at and now < p.conference.ends_at
    }
    told = {d.bridge_point_id: d.known for d in DetailsTold.objects.filter(bridge_point__in=list(ahead))}
    connections = {c.bridge_point_id: c for c in Connection.objects.filter(bridge_point__in=list(ahead))}
    with_people = set(
        Registration.objects.filter(bridge_point__in=list(ahead))
        .exclude(state=Registration.State.CANCELLED)
        .order_by()
        .values_list("bridge_point", flat=True)
        .distinct()
    )
    return [
        point
        for pk, point in ahead.items()
        if pk in with_people
        and any(told.get(pk, {}).get(n, "") != v for n, v in snapshot(point, connections.get(pk)).items())
    ]


def changes_words(
    point: BridgePoint, connection: Connection | None, told: DetailsTold | None, *, for_staff: bool
) -> str:
    """What the message about the last change says: each detail with its value now, one a line.

    Only who connects the room reads how that is done; to others the connection details are named, without values.
    """
    values = snapshot(point, connection)
    lines = []
    for name in told.changed if told else []:
        if name not in values:
            continue
        value = values[name] or _("no longer used")
        if values[name] and name in _OF_CONNECTION and not for_staff:
            value = _("changed, see behind your link")
        lines.append(f"{_label(name)}: {value}")
    return "\n".join(lines)


def people_of(point: BridgePoint) -> tuple[Rule, QuerySet, QuerySet]:
    """Who hears of a change at ``point``: an audience that is not saved, its delegates and its technician."""
    audience = Rule(conference=point.conference, to_technicians=True, route=routes.BOTH)
    delegates = audience.delegates().filter(registration__bridge_point=point)
    technicians = audience.technicians().filter(bridge_point=point)
    return audience, delegates, technicians


@transaction.atomic
def details_saved(*, point: BridgePoint, now: datetime) -> None:
    """Note what people know of a point that nobody has been told about: what was true when it came to be."""
    connection = Connection.objects.filter(bridge_point=point).first()
    told, created = DetailsTold.objects.get_or_create(
        bridge_point=point, defaults={"known": snapshot(point, connection)}
    )
    if not created and not _has_people(point):
        told.known = snapshot(point, connection)
        told.save(update_fields=["known"])


def _has_people(point: BridgePoint) -> bool:
    return point.registrations.exclude(state="cancelled").exists()


@transaction.atomic
def tell_details(*, point: BridgePoint, now: datetime) -> int:
    """Tell the delegates and the technician of ``point`` what has changed; returns how many messages that takes.

    A message about an earlier change that has not left yet is replaced by this one.
    """
    told, _created = DetailsTold.objects.select_for_update().get_or_create(bridge_point=point)
    names = changed_names(point)
    if not names:
        return 0
    if told.notices and queue.withdraw(occasion=told.occasion):
        # Whoever has not heard of the earlier change hears of both.
        names = list(dict.fromkeys([*told.changed, *names]))
    connection = Connection.objects.filter(bridge_point=point).first()
    told.known, told.changed = snapshot(point, connection), names
    told.notices += 1
    told.save()
    occasion = enqueue.Occasion(
        key=told.occasion, kind=message_kinds.DETAILS, occasion=told.occasion, expires_at=point.conference.ends_at
    )
    audience, delegates, technicians = people_of(point)
    count = enqueue.put(audience, occasion, now=now, delegates=delegates, technicians=technicians)
    nudge_on_commit()
    return count


@transaction.atomic
def dismiss_details(*, point: BridgePoint) -> None:
    """Take the present details for known without telling anybody."""
    connection = Connection.objects.filter(bridge_point=point).first()
    DetailsTold.objects.update_or_create(bridge_point=point, defaults={"known": snapshot(point, connection)})
