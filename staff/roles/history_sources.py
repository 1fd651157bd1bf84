"""Where the history of a conference is read from: versions of rows, the log of the administration, own records.

Each source gives the latest rows before a moment, in a number of statements that does not depend on how many there are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, F, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast

from accounts.models import User
from bridges.models import BridgePoint, Connection, LineTest, SpareLine
from conference.models import Conference
from lists.models import ImportJob
from messaging.models import Announcement, Rule, Template
from registrations.models import Delegate, Erasure, Invitation, Registration
from staff.workspace.access import Workspace

#: What the log calls roles, and the parts of a conference that keep no versions; see construct_change_message.
ROLE_NAMES = ("organiser", "coordinator", "deputy coordinator", "leader")
PART_NAMES = ("partner", "programme item", "product", "question")
# A list that was applied has its own record, and a line in the log at the same moment.
_SAME_MOMENT = timedelta(seconds=10)


@dataclass(frozen=True)
class Place:
    """Where a page of the history begins: below the row ``number`` of the source ``source`` at ``at``."""

    at: datetime
    source: int
    number: int

    def below(self, source: int, at: str, number: str) -> Q:
        """What stands below it in the source with this place in the order, whose columns these are."""
        if source < self.source:
            return Q(**{f"{at}__lt": self.at})
        if source > self.source:
            return Q(**{f"{at}__lte": self.at})
        return Q(**{f"{at}__lt": self.at}) | Q(**{at: self.at, f"{number}__lt": self.number})


@dataclass(frozen=True)
class Source:
    """One table of what was done.

    ``at``, ``by``, ``number``: its columns for when, who, and the order of what was done at the same moment.
    """

    kind: str
    rows: Callable[[Conference], QuerySet[Any]]
    at: str
    by: str
    number: str
    model: type[Model]

    def latest(
        self, workspace: Workspace, *, place: Place | None, order: int, who: int | None, most: int
    ) -> Sequence[Any]:
        """At most ``most`` rows below ``place``, the latest first, of the user ``who`` if one is given."""
        rows = self.rows(workspace.conference).select_related(self.by)
        if place is not None:
            rows = rows.filter(place.below(order, self.at, self.number))
        if who is not None:
            rows = rows.filter(**{self.by: who})
        return list(rows.order_by(f"-{self.at}", f"-{self.number}")[:most])


@dataclass
class Row:
    """A row of a source with what was before it; ``before`` None: nothing, or it is not asked for."""

    source: Source
    order: int
    at: datetime
    by: User | None
    number: int
    row: Any
    before: Any = field(default=None)


def _versions(kind: str, model: Any, of_conference: Callable[[Conference], Q]) -> Source:
    def rows(conference: Conference) -> QuerySet[Any]:
        found: QuerySet[Any] = model.history.filter(of_conference(conference))
        return found

    return Source(kind, rows, "history_date", "history_user", "history_id", model)


def _of_conference(conference: Conference) -> Q:
    return Q(conference=conference)


def _of_registration(conference: Conference) -> Q:
    # How people were entered with the registration itself, the registration says.
    entered = Q(history_type="+", history_date__lte=F("registration__created_at") + _SAME_MOMENT)
    return Q(registration__conference=conference) & ~entered


# --- the log of the administration ------------------------------------------------------------------------------------


def _log_of(*models: type[Model]) -> Callable[[Conference], QuerySet[Any]]:
    """The entries about rows of ``models`` that say something which no version says."""

    def rows(conference: Conference) -> QuerySet[Any]:
        about = Q(pk__in=[])
        for model in models:
            content_type = ContentType.objects.get_for_model(model)
            about |= Q(content_type=content_type, object_id__in=_numbers(model, conference))
        return (
            LogEntry.objects.select_related("content_type")
            .filter(about)
            .exclude(_said_by_versions())
            .exclude(change_message="")
        )

    return rows


def _numbers(model: type[Model], conference: Conference) -> Any:
    if model is Conference:
        return [str(conference.pk)]
    of_conference = model._default_manager.filter(conference=conference).order_by()
    return of_conference.annotate(as_text=Cast("pk", CharField())).values("as_text")


def _said_by_versions() -> Q:
    """Entries that only name fields of the row itself, or say that it is new."""
    only_own = Q(change_message__startswith='[{"changed": {"fields"') | Q(change_message__startswith='[{"added": {}}')
    return only_own & ~Q(change_message__contains='"name": ')


def _names(*names: str) -> Q:
    found = Q(pk__in=[])
    for name in names:
        found |= Q(change_message__contains=f'"name": "{name}"')
    return found


def _conference_log(condition: Q) -> Callable[[Conference], QuerySet[Any]]:
    def rows(conference: Conference) -> QuerySet[Any]:
        applied = ImportJob.objects.filter(
            conference=conference,
            by=OuterRef("user"),
            finished_at__gte=OuterRef("action_time") - _SAME_MOMENT,
            finished_at__lte=OuterRef("action_time") + _SAME_MOMENT,
        )
        is_list = ~Q(change_message__startswith="[") & Q(Exists(applied))
        return _log_of(Conference)(conference).filter(condition).exclude(is_list)

    return rows


def _log(kind: str, rows: Callable[[Conference], QuerySet[Any]]) -> Source:
    return Source(kind, rows, "action_time", "user", "id", LogEntry)


def _jobs(conference: Conference) -> QuerySet[Any]:
    return ImportJob.objects.filter(conference=conference, state=ImportJob.State.DONE).without_rows()


def _erasures(conference: Conference) -> QuerySet[Any]:
    return Erasure.objects.filter(conference=conference)


#: In the order in which rows of the same moment stand.
SOURCES = (
    _versions("conference", Conference, lambda conference: Q(id=conference.pk)),
    _log("conference", _conference_log(~_names(*ROLE_NAMES, *PART_NAMES))),
    _log("parts", _conference_log(_names(*PART_NAMES))),
    _log("roles", _conference_log(_names(*ROLE_NAMES))),
    _versions("points", BridgePoint, _of_conference),
    _versions("points", Connection, lambda conference: Q(bridge_point__conference=conference)),
    _versions("points", SpareLine, lambda conference: Q(bridge_point__conference=conference)),
    _versions("points", LineTest, lambda conference: Q(bridge_point__conference=conference)),
    _log("points", _log_of(BridgePoint)),
    _versions("messages", Rule, _of_conference),
    _versions("messages", Template, _of_conference),
    _versions("messages", Announcement, _of_conference),
    _versions("people", Registration, _of_conference),
    _versions("people", Delegate, _of_registration),
    _log("people", _log_of(Registration)),
    _versions("invitations", Invitation, _of_conference),
    _log("invitations", _log_of(Invitation)),
    Source("imports", _jobs, "finished_at", "by", "id", ImportJob),
    Source("erasures", _erasures, "at", "by", "id", Erasure),
)


def read(workspace: Workspace, *, kind: str, who: int | None, place: Place | None, most: int) -> list[Row]:
    """At most ``most`` rows of all sources of ``kind`` ("" : all) below ``place``, the latest first."""
    found: list[Row] = []
    for order, source in enumerate(SOURCES):
        if kind in ("", source.kind):
            rows = source.latest(workspace, place=place, order=order, who=who, most=most)
            found += [_row(source, order, row) for row in rows]
    found.sort(key=lambda one: (-one.at.timestamp(), one.order, -one.number))
    found = found[:most]
    _add_before(found)
    return found


def _row(source: Source, order: int, row: Any) -> Row:
    return Row(source, order, getattr(row, source.at), getattr(row, source.by), getattr(row, source.number), row)


def _add_before(rows: list[Row]) -> None:
    """Set ``before`` of each version in which something was changed; two statements for each model that occurs."""
    by_model: dict[Any, list[Row]] = {}
    for one in rows:
        if getattr(one.row, "history_type", "") == "~":
            by_model.setdefault(one.source.model, []).append(one)
    for model, versions in by_model.items():
        earlier = model.history.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
        before = Subquery(earlier.order_by("-history_id").values("history_id")[:1])
        shown = model.history.filter(history_id__in=[one.number for one in versions]).order_by()
        numbers = dict(shown.annotate(before_id=before).values_list("history_id", "before_id"))
        found = model.history.filter(history_id__in=set(numbers.values()) - {None}).in_bulk(field_name="history_id")
        for one in versions:
            one.before = found.get(numbers.get(one.number))
