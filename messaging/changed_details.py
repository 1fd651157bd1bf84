"""Telling people that a bridge point has new details: its technician, its delegates, or both.

Each of the two groups is told the difference between what it was told last and what is true now. What the technician
alone was told is therefore said to delegates with the next message to them (docs/adr/0020-notices-of-change.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils.translation import gettext

from bridges.models import BridgePoint, Connection
from messaging import enqueue, message_kinds, routes
from messaging.models import KnownDetails, Rule
from messaging.notices import lies_ahead
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from registrations.messages import topic
from registrations.models import Delegate, Registration

_OF_POINT = ("name", "address")
_OF_CONNECTION = (
    "web_url", "meeting_id", "password", "server", "account", "sip_address", "dial_in", "instructions",
)  # fmt: skip


def detail_label(name: str) -> str:
    """What the detail ``name`` of a bridge point or of its connection is called."""
    model: Any = BridgePoint if name in _OF_POINT else Connection
    return str(model._meta.get_field(name).verbose_name)


def concerns(names: Iterable[str]) -> bool:
    """Whether people are told of changes to some of the fields ``names``, of a bridge point or of its connection."""
    return not {*_OF_POINT, *_OF_CONNECTION}.isdisjoint(names)


# --- what has changed -------------------------------------------------------------------------------------------------


def snapshot(point: BridgePoint, connection: Connection | None) -> dict[str, str]:
    """Name, address and connection details of ``point`` as texts, by field."""
    known = {name: str(getattr(point, name) or "") for name in _OF_POINT}
    known |= {name: str(getattr(connection, name, "") or "") for name in _OF_CONNECTION}
    return known


def _present(point: BridgePoint) -> dict[str, str]:
    return snapshot(point, Connection.objects.filter(bridge_point=point).first())


def _differences(known: Mapping[str, str], present: Mapping[str, str]) -> list[str]:
    return [name for name, value in present.items() if known.get(name, "") != value]


def changed_names(point: BridgePoint) -> list[str]:
    """Which details of ``point`` are other than its technician was told last. Two queries."""
    details = KnownDetails.objects.filter(bridge_point=point).first()
    return _differences(details.known, _present(point)) if details else list(_present(point))


def unknown_to_delegates(point: BridgePoint) -> list[str]:
    """Which details of ``point`` are other than its delegates were told last. Two queries."""
    details = KnownDetails.objects.filter(bridge_point=point).first()
    return _differences(details.known_to_delegates, _present(point)) if details else list(_present(point))


def earlier_labels(point: BridgePoint) -> list[str]:
    """What delegates of ``point`` read of with the next message beside ``changed_names``: the technician knows it."""
    names = changed_names(point)
    return [detail_label(name) for name in unknown_to_delegates(point) if name not in names]


def changed_rows(point: BridgePoint) -> list[tuple[str, str, str]]:
    """Label, what the technician was told and what is true now, for each of ``changed_names``."""
    details = KnownDetails.objects.filter(bridge_point=point).first()
    known, present = details.known if details else {}, _present(point)
    return [(detail_label(name), known.get(name, ""), present[name]) for name in changed_names(point)]


def points_with_news(points: Iterable[BridgePoint], now: datetime) -> list[BridgePoint]:
    """Those of ``points`` (with their conferences) whose people wait for a decision whether they are told of a change.

    Three queries. Nobody needs to be told of a conference that is over, cancelled or not published.
    """
    ahead = {p.pk: p for p in points if lies_ahead(p.conference, now)}
    details = {d.bridge_point_id: d.known for d in KnownDetails.objects.filter(bridge_point__in=list(ahead))}
    connections = {c.bridge_point_id: c for c in Connection.objects.filter(bridge_point__in=list(ahead))}
    with_people = set(
        Registration.objects.filter(bridge_point__in=list(ahead))
        .exclude(state=Registration.State.CANCELLED)
        .order_by()
        .values_list("bridge_point", flat=True)
        .distinct()
    )

    def has_news(point: BridgePoint) -> bool:
        return bool(_differences(details.get(point.pk, {}), snapshot(point, connections.get(point.pk))))

    return [point for pk, point in ahead.items() if pk in with_people and has_news(point)]


def changes_words(
    point: BridgePoint, connection: Connection | None, details: KnownDetails | None, *, for_staff: bool
) -> str:
    """What the message about the last change says: each detail with its value now, one a line.

    Only who connects the room reads how that is done; to others the connection details are named, without values.
    """
    values, lines = snapshot(point, connection), []
    for name in _said(details, for_staff=for_staff):
        if name not in values:
            continue
        value = values[name] or gettext("no longer used")
        if values[name] and name in _OF_CONNECTION and not for_staff:
            value = gettext("changed, see behind your link")
        lines.append(f"{detail_label(name)}: {value}")
    return "\n".join(lines)


def _said(details: KnownDetails | None, *, for_staff: bool) -> list[str]:
    if details is None:
        return []
    return list(details.changed if for_staff else details.changed_for_delegates)


# --- telling them -----------------------------------------------------------------------------------------------------


def people_of(point: BridgePoint) -> tuple[Rule, QuerySet[Delegate], QuerySet[Connection]]:
    """Who hears of a change at ``point``: an audience that is not saved, its delegates and its technician."""
    audience = Rule(conference=point.conference, to_technicians=True, route=routes.BOTH)
    delegates = audience.delegates().filter(registration__bridge_point=point)
    technicians = audience.technicians().filter(bridge_point=point)
    return audience, delegates, technicians


@transaction.atomic
def note_details(*, point: BridgePoint, now: datetime) -> None:
    """Note what people know of a point that nobody has been told about: what was true when it came to be."""
    present = _present(point)
    details, created = KnownDetails.objects.get_or_create(bridge_point=point, defaults={"known": present})
    if not created and not _has_people(point):
        details.note(known=present, to_delegates=present)
        details.save(update_fields=["known", "otherwise_to_delegates"])


def _has_people(point: BridgePoint) -> bool:
    return point.registrations.exclude(state="cancelled").exists()


@transaction.atomic
def tell_details(*, point: BridgePoint, now: datetime, only_technician: bool = False) -> int:
    """Tell the technician of ``point`` what has changed, and its delegates unless ``only_technician``.

    Delegates read of earlier changes as well of which the technician alone was told; where nothing is new to them, they
    get no message. One about an earlier change that has not left yet is replaced by this one; what delegates wait for
    stays on its way where the technician alone is told. Returns how many messages that takes.
    """
    details, _created = KnownDetails.objects.select_for_update().get_or_create(bridge_point=point)
    present = _present(point)
    names = _differences(details.known, present)
    if not names:
        return 0
    audience, delegates, technicians = people_of(point)
    details.changed = _with_withdrawn(details.changed, names, point, enqueue.TECHNICIANS)
    if only_technician:
        delegates = delegates.none()
        details.note(known=present, to_delegates=details.known_to_delegates)
    else:
        delegates = delegates if _note_for_delegates(details, present, point) else delegates.none()
        details.note(known=present, to_delegates=present)
    details.notices += 1
    details.save()
    count = enqueue.put(audience, _occasion(details, point), now=now, delegates=delegates, technicians=technicians)
    nudge_on_commit()
    return count


def _note_for_delegates(details: KnownDetails, present: Mapping[str, str], point: BridgePoint) -> bool:
    """Note in ``details`` what the next message to delegates says; returns whether it says anything.

    If not, what they wait for stays on its way.
    """
    if names := _differences(details.known_to_delegates, present):
        before = details.changed_for_delegates
        details.changed_for_delegates = _with_withdrawn(before, names, point, enqueue.DELEGATES)
    return bool(names)


def _with_withdrawn(before: list[str], names: list[str], point: BridgePoint, role: enqueue.Role) -> list[str]:
    """``names``, after those of the message to ``role`` ``before``, if that has not left to somebody: it is withdrawn.

    Whoever has not heard of the earlier change hears of both.
    """
    waiting = Message.objects.unsent().filter(topic=topic(point.pk), kind=message_kinds.DETAILS)
    is_withdrawn = waiting.filter(person__startswith=f"{role.name}/").withdraw()
    return list(dict.fromkeys([*before, *names])) if is_withdrawn else names


def _occasion(details: KnownDetails, point: BridgePoint) -> enqueue.Occasion:
    """The occasion of the last message about a change at ``point``."""
    key, ends_at = details.occasion, point.conference.ends_at
    return enqueue.Occasion(key=key, kind=message_kinds.DETAILS, occasion=key, expires_at=ends_at)


@transaction.atomic
def dismiss_details(*, point: BridgePoint) -> None:
    """Take the present details for known without telling anybody.

    What the technician alone was told before stays unknown to delegates: nobody has decided about that now.
    """
    details, _created = KnownDetails.objects.select_for_update().get_or_create(bridge_point=point)
    present, lacking = _present(point), details.otherwise_to_delegates
    details.note(known=present, to_delegates={**present, **lacking})
    details.save(update_fields=["known", "otherwise_to_delegates"])


# --- what the technician alone was told -------------------------------------------------------------------------------


@dataclass(frozen=True)
class TechnicianAlone:
    """When (UTC) something was written to the technician alone last, and all that delegates do not know, as labels."""

    at: datetime
    labels: Sequence[str]


def technician_alone(point: BridgePoint, now: datetime) -> TechnicianAlone | None:
    """What the technician of ``point`` (with its conference) was told and delegates were not; five queries at most.

    None if delegates know as much, if it was written to nobody, or if there is nobody any more who needs to know.
    """
    details = KnownDetails.objects.filter(bridge_point=point).first()
    if details is None or not lies_ahead(point.conference, now):
        return None
    names = _differences(details.known_to_delegates, _present(point))
    written = Message.objects.filter(occasion=details.occasion).exclude(state=Message.State.CANCELLED)
    at = written.aggregate(at=Min("created_at"))["at"] if names else None
    if at is None:
        return None
    _audience, delegates, _technicians = people_of(point)
    return TechnicianAlone(at, [detail_label(name) for name in names]) if delegates.exists() else None


@transaction.atomic
def tell_delegates_too(*, point: BridgePoint, now: datetime) -> int:
    """Tell the delegates of ``point`` of every change of which its technician alone was told.

    Returns how many messages that takes: pressed twice, none the second time, as delegates have theirs by then.
    """
    details = KnownDetails.objects.select_for_update().filter(bridge_point=point).first()
    if details is None or technician_alone(point, now) is None:
        return 0
    present = _present(point)
    _note_for_delegates(details, present, point)
    details.note(known=details.known, to_delegates=present)
    details.save()
    audience, delegates, technicians = people_of(point)
    occasion = _occasion(details, point)
    count = enqueue.put(audience, occasion, now=now, delegates=delegates, technicians=technicians.none())
    nudge_on_commit()
    return count


# --- what a move back to the main line says of it ---------------------------------------------------------------------


@transaction.atomic
def note_line(*, point: BridgePoint) -> None:
    """Note that technician and delegates of ``point`` have just been told how its main line is joined now."""
    details, present = _known_and_present(point)
    line = {name: present[name] for name in _OF_CONNECTION}
    details.note(known={**details.known, **line}, to_delegates={**details.known_to_delegates, **line})
    details.save()


@transaction.atomic
def tell_line_to_delegates(*, point: BridgePoint, now: datetime, expires_at: datetime) -> int:
    """Tell the delegates of ``point`` what is new to them of all that its technician knows, who has just been told how
    the main line is joined; nobody needs to decide about that any more.

    At any hour, as the technician is told; after ``expires_at`` (UTC) no more. Returns how many messages that takes.
    """
    details, present = _known_and_present(point)
    known = {**details.known, **{name: present[name] for name in _OF_CONNECTION}}
    to_delegates = {name: value for name, value in present.items() if known.get(name, "") == value}
    to_delegates = {**details.known_to_delegates, **to_delegates}
    is_news = _note_for_delegates(details, to_delegates, point)
    details.note(known=known, to_delegates=to_delegates)
    details.notices += is_news
    details.save()
    if not is_news:
        return 0
    audience, delegates, technicians = people_of(point)
    occasion = replace(_occasion(details, point), any_hour=True, expires_at=expires_at)
    return enqueue.put(audience, occasion, now=now, delegates=delegates, technicians=technicians.none())


def _known_and_present(point: BridgePoint) -> tuple[KnownDetails, dict[str, str]]:
    """What the people of ``point`` know, locked, and what is true now."""
    details, _created = KnownDetails.objects.select_for_update().get_or_create(bridge_point=point)
    return details, _present(point)
