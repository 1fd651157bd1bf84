"""Who may do what in a conference, read for its page."""

from dataclasses import dataclass, field

from django.db.models import QuerySet

from accounts.models import User
from bridges.models import Coordinator
from conference.models import Conference
from staff.workspace.access import Workspace


@dataclass(frozen=True)
class Holder:
    """Somebody with a role; ``pk`` is what the button that withdraws it sends."""

    pk: int
    user: User
    is_self: bool
    deputies: list["Holder"] = field(default_factory=list)


@dataclass(frozen=True)
class PointPeople:
    """A bridge point and its coordinators."""

    label: str
    coordinators: list[Holder]


def organisers(workspace: Workspace) -> list[Holder]:
    """Those who run the conference. One query."""
    return _holders(workspace.conference.organisers.order_by("name", "email"), workspace.user)


def leaders(workspace: Workspace) -> list[Holder]:
    """Those who read its numbers. One query."""
    return _holders(workspace.conference.leaders.order_by("name", "email"), workspace.user)


def _holders(users: QuerySet[User], reader: User) -> list[Holder]:
    return [Holder(user.pk, user, user == reader) for user in users]


def points(conference: Conference, reader: User, only: list[int] | None = None) -> list[PointPeople]:
    """Every point, or ``only`` those with these numbers, with its coordinators and their deputies. Two queries."""
    found: dict[int, list[Coordinator]] = {}
    rows = Coordinator.objects.filter(bridge_point__conference=conference).select_related("user")
    for row in rows.order_by("user__name", "user__email"):
        found.setdefault(row.bridge_point_id, []).append(row)
    shown = conference.bridge_points.all() if only is None else conference.bridge_points.filter(pk__in=only)
    return [PointPeople(point.label, _with_deputies(found.get(point.pk, []), reader)) for point in shown]


def _with_deputies(rows: list[Coordinator], reader: User) -> list[Holder]:
    def holder(row: Coordinator) -> Holder:
        deputies = [holder(one) for one in rows if one.deputy_of_id == row.pk]
        return Holder(row.pk, row.user, row.user == reader, deputies)

    return [holder(row) for row in rows if row.deputy_of_id is None]
