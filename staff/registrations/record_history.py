"""What has become of a registration, in words: who did what, the last first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import display_for_field
from django.contrib.contenttypes.models import ContentType
from django.utils.text import capfirst
from django.utils.translation import gettext

from accounts.models import User, display_name
from bridges.models import BridgePoint
from registrations.models import Registration
from staff.registrations.people_history import people_versions, registrant_words
from staff.roles.log_words import said_by

#: So many versions and lines of the log are read.
_MOST = 100
#: What happens within this time by the same hand is one event.
_AT_ONCE = timedelta(seconds=5)
_FIELDS = (
    "state", "bridge_point", "seats", "contact_name", "contact_position", "contact_email", "contact_phone", "language",
)  # fmt: skip


@dataclass
class Event:
    """When somebody did something, who ("" if that is unknown), and what, a line each."""

    at: datetime
    who: str
    lines: list[str] = field(default_factory=list)


def events_of(registration: Registration) -> list[Event]:
    """The history of ``registration`` and of its people, and what staff did to it. Six statements at most."""
    found = [*_versions(registration), *_people(registration), *_log(registration)]
    found.sort(key=lambda event: event.at, reverse=True)
    return list(_joined(found))


def _joined(events: Iterable[Event]) -> Iterator[Event]:
    """``events``, what one hand did at once put together."""
    last: Event | None = None
    for event in events:
        if last is not None and last.who == event.who and last.at - event.at <= _AT_ONCE:
            last.lines += [line for line in event.lines if line not in last.lines]
            continue
        if last is not None:
            yield last
        last = event
    if last is not None:
        yield last


def _name(user: User | None) -> str:
    return display_name(user) if user else ""


def _versions(registration: Registration) -> Iterator[Event]:
    history: Any = Registration.history
    versions = list(history.filter(id=registration.pk).select_related("history_user").order_by("-history_id")[:_MOST])
    registrant_words(versions)
    points = BridgePoint.objects.filter(conference=registration.conference_id).only("name", "short_name")
    names = {point.pk: point.label for point in points}
    for version, before in zip_longest(versions, versions[1:]):
        who = _name(version.history_user) or getattr(version, "who", "")
        if version.history_type == "+":
            lines = [gettext("Registered: %(way)s") % {"way": version.get_source_display()}]
        elif before is None:
            continue
        else:
            lines = [_change(name, before, version, names) for name in _FIELDS if _differs(name, before, version)]
        if lines:
            yield Event(version.history_date, who, lines)


def _differs(name: str, before: Any, after: Any) -> bool:
    attname = Registration._meta.get_field(name).attname  # type: ignore[union-attr]
    return bool(getattr(before, attname) != getattr(after, attname))


def _change(name: str, before: Any, after: Any, points: dict[int, str]) -> str:
    column: Any = Registration._meta.get_field(name)
    old, new = (_words(column, version, points) for version in (before, after))
    return f"{capfirst(column.verbose_name)}: {old} → {new}"


def _words(column: Any, version: Any, points: dict[int, str]) -> str:
    if column.name == "bridge_point":
        return points.get(version.bridge_point_id, "–")
    return str(display_for_field(getattr(version, column.name), column, "–"))


def _people(registration: Registration) -> Iterator[Event]:
    for version in people_versions(str(registration.pk)):
        who = _name(version.history_user) or version.who
        name = {"name": version.full_name}
        if version.history_type == "+":
            lines = [gettext("Added: %(name)s") % name]
        elif version.history_type == "-":
            lines = [gettext("Taken off the list: %(name)s") % name]
        else:
            changes = version.history_delta_changes
            lines = [f"{version.full_name}: {one['field']}: {one['old']} → {one['new']}" for one in changes]
        yield Event(version.history_date, who, lines)


def _log(registration: Registration) -> Iterator[Event]:
    """What stands in the log of the administration, but for what the versions above say."""
    content_type = ContentType.objects.get_for_model(Registration)
    entries = LogEntry.objects.filter(content_type=content_type, object_id=str(registration.pk))
    for entry in entries.select_related("user").order_by("-action_time", "-pk")[:_MOST]:
        words, changes = said_by(entry)
        if words:
            lines = [f"{label}: {old} → {new}" for label, old, new in changes]
            yield Event(entry.action_time, _name(entry.user), [words, *lines])
