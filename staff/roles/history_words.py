"""What a line of the history says: what it is about, what was done, and what has changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import display_for_field
from django.db.models import URLField
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext

from bridges.models import BridgePoint, Connection, LineTest, Province, SpareLine
from conference.models import Conference, Partner
from lists import kinds
from lists.models import ImportJob
from messaging.models import Announcement, Rule, Template
from messaging.texts import placeholders
from registrations.models import Delegate, Erasure, Invitation, Registration
from staff.histories import same_lines
from staff.roles.history_sources import Row
from staff.roles.log_words import said_by
from staff.workspace.access import Workspace

#: Of a text that has changed so much is shown.
_MOST = 80
#: Said to have changed, never shown.
_SECRET = {"password"}
#: Rows that a field may refer to and whose names are no personal data; of others it is only said that they changed.
_NAMED = {Province, Partner, Invitation}
#: What follows from something else, or means nothing to people.
_UNSAID = {
    "id", "uid", "token_version", "holds_seats", "queue_number", "scheduled_at", "confirmed_at",
    "cancelled_at", "decided_at", "decided_by", "confirmed_by", "created_by", "created_at", "planned_at", "erased_at",
    "consented_at", "consent_way", "consent_version", "test_round", "tested_by", "tested_at",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A field that has changed; both "" where only that is said."""

    label: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the history: ``about`` is what was touched, ``done`` says what was done to it."""

    row: Row
    about: str
    url: str
    done: str
    changes: list[Change]


class Names:
    """What rows are called that a version refers to by their numbers."""

    def __init__(self, conference: Conference, points: Mapping[int, str]) -> None:
        self.points = points
        self._conference = conference
        self._found: dict[Any, dict[int, str]] = {}

    def of(self, model: Any, number: int | None) -> str:
        """The name of the row of ``model``, one of ``_NAMED``, with this number; "–" if there is none any more."""
        if model not in self._found:
            rows = model.objects.all() if model is Province else model.objects.filter(conference=self._conference)
            self._found[model] = dict(rows.order_by().values_list("pk", "name"))
        return "–" if number is None else self._found[model].get(number, "–")


def lines(workspace: Workspace, rows: list[Row]) -> list[Line]:
    """What ``rows`` say; nothing of versions in which nothing has changed that people see.

    One statement, and one more for each kind of row in ``_NAMED`` whose names are asked for.
    """
    points = workspace.conference.bridge_points.only("id", "name", "short_name")
    names = Names(workspace.conference, {point.pk: point.label for point in points})
    found = (_line(workspace, names, row) for row in rows)
    return [line for line in found if line is not None]


def _line(workspace: Workspace, names: Names, row: Row) -> Line | None:
    if row.source.model is LogEntry:
        return _of_log(workspace, names, row)
    if row.source.model is ImportJob:
        return _of_job(row)
    if row.source.model is Erasure:
        return _of_erasure(row)
    return _of_version(workspace, names, row)


# --- versions ---------------------------------------------------------------------------------------------------------


def _of_version(workspace: Workspace, names: Names, row: Row) -> Line | None:
    version, model = row.row, row.source.model
    changes = _changes(version, row.before, names) if version.history_type == "~" and row.before else []
    reason = version.history_change_reason or ""
    is_said = version.history_type != "~" or changes or reason
    if not is_said and row.before:
        return None
    # Of people as they were entered there is no version: of their first change only that there was one is known.
    changed = "" if is_said else gettext("altered")
    done = {"+": gettext("made"), "~": reason or changed, "-": gettext("deleted")}[version.history_type]
    if reason and version.history_type != "~":
        done = f"{done}. {reason}"
    about, url = _about(workspace, names, model, version)
    is_gone = version.history_type == "-"
    return Line(row, about, "" if is_gone else url, done, changes)


def _about(workspace: Workspace, names: Names, model: Any, version: Any) -> tuple[str, str]:
    """What a version is of, in words, and the page of it."""
    name, page, number = _SUBJECTS[model](version)
    if model in (Connection, SpareLine, LineTest):
        name = names.points.get(version.bridge_point_id, "")
    words = f"{capfirst(str(model._meta.verbose_name))}: {name}" if name else capfirst(str(model._meta.verbose_name))
    return words, workspace.url(page, number) if page else ""


#: By model: its name in a version, and the page of the workspace with its number.
_SUBJECTS: dict[Any, Callable[[Any], tuple[str, str, int]]] = {
    Conference: lambda one: ("", "", 0),
    BridgePoint: lambda one: (one.short_name or one.name, "point", one.id),
    Connection: lambda one: ("", "point", one.bridge_point_id),
    LineTest: lambda one: ("", "point", one.bridge_point_id),
    SpareLine: lambda one: ("", "point_spare", one.bridge_point_id),
    Rule: lambda one: (one.get_text_display(), "", 0),
    Template: lambda one: (f"{one.get_kind_display()}, {one.get_channel_display()}, {one.language}", "", 0),
    Announcement: lambda one: (placeholders.named(one.subject), "", 0),
    Registration: lambda one: (f"{one.number}, {one.contact_name}", "registration", one.id),
    Delegate: lambda one: (one.full_name, "registration", one.registration_id),
    Invitation: lambda one: (one.name, "invitation", one.id),
}


def _changes(version: Any, before: Any, names: Names) -> list[Change]:
    found = []
    for one in version.tracked_fields:
        old, new = getattr(before, one.attname), getattr(version, one.attname)
        if one.name not in _UNSAID and same_lines(old) != same_lines(new):
            found.append(_change(one, old, new, names))
    return [change for change in found if not change.old or change.old != change.new]


def _change(one: Any, old: Any, new: Any, names: Names) -> Change:
    label = capfirst(str(one.verbose_name))
    if one.name == "bridge_point":
        return Change(label, names.points.get(old, "–"), names.points.get(new, "–"))
    if one.is_relation and one.related_model in _NAMED:
        return Change(label, names.of(one.related_model, old), names.of(one.related_model, new))
    if one.is_relation or one.name in _SECRET:
        return Change(label)
    return Change(label, _shown(one, old), _shown(one, new))


def _shown(one: Any, value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    # The administration would make a link of an address.
    words = value or "–" if isinstance(one, URLField) else display_for_field(value, one, "–")
    return Truncator(str(words)).chars(_MOST)


# --- the log, lists and erasures --------------------------------------------------------------------------------------


def _of_log(workspace: Workspace, names: Names, row: Row) -> Line | None:
    entry: LogEntry = row.row
    words, changes = said_by(entry)
    if not words:
        return None
    model = entry.content_type.model_class() if entry.content_type else None
    name = capfirst(str(model._meta.verbose_name)) if model else ""
    page = {BridgePoint: "point", Registration: "registration", Invitation: "invitation"}.get(model)  # type: ignore[arg-type]
    url = workspace.url(page, int(entry.object_id or 0)) if page and not entry.is_deletion() else ""
    about = name if model is Conference else f"{name}: {entry.object_repr}"
    return Line(row, about, url, words, [Change(*change) for change in changes])


def _of_job(row: Row) -> Line:
    job: ImportJob = row.row
    return Line(row, f"{gettext('List from Excel')}: {job.file_name}", "", kinds.done_words(job), [])


def _of_erasure(row: Row) -> Line:
    erasure: Erasure = row.row
    facts = {"way": erasure.get_way_display(), "people": erasure.delegates, "registrations": erasure.registrations}
    done = gettext("%(way)s; people: %(people)d, registrations: %(registrations)d") % facts
    return Line(row, gettext("Personal data erased"), "", done, [])
