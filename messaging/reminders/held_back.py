"""Whom "starting now" leaves waiting: people of an online point whose link has not been entered yet.

The message says where to go, so it is held back until there is somewhere. As long as it helps, it leaves within a
minute of the link being entered. Whoever looks after such a point is told all the same.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q, QuerySet

from bridges.models import PLACES, BridgePoint, Connection, SpareLine
from conference.models import Conference
from messaging.models import Rule
from registrations.models import Delegate, Registration

_WAYS_IN = ("web_url", "instructions", *Connection.SHOWN)


def points_without_link(conference: Conference) -> QuerySet[BridgePoint]:
    """The points of ``conference`` that people join over a link or by dialling, and that have neither yet."""
    on_main, on_spare = Q(on_spare_since=None), Q(on_spare_since__isnull=False)
    has_way_in = (on_main & Q(pk__in=_known(Connection))) | (on_spare & Q(pk__in=_known(SpareLine)))
    return conference.bridge_points.exclude(kind__in=PLACES).exclude(has_way_in)


def _known(model: type[Connection] | type[SpareLine]) -> QuerySet[Any, int]:
    """The numbers of the points of which a row of ``model`` says how to get in."""
    said = Q(pk__in=[])
    for name in _WAYS_IN:
        said |= ~Q(**{name: ""})
    found: QuerySet[Any, int] = model._default_manager.filter(said).order_by().values_list("bridge_point", flat=True)
    return found


def holds_back(rule: Rule) -> bool:
    """Whether ``rule`` waits for links: it says that the conference is about to start."""
    return rule.text == Rule.Text.STARTING


def without_held_back(rule: Rule, delegates: QuerySet[Delegate]) -> QuerySet[Delegate]:
    """Those of ``delegates`` whom ``rule`` does not hold back; in the statement that asks for them."""
    if not holds_back(rule):
        return delegates
    return delegates.exclude(
        registration__bridge_point__in=points_without_link(rule.conference).order_by().values("pk")
    )


def list_waiting(conference: Conference) -> list[tuple[BridgePoint, int]]:
    """The points without a link at which somebody has a seat, each with how many people have one. One query."""
    seated = Q(registrations__state=Registration.State.CONFIRMED)
    points = points_without_link(conference).annotate(people=Count("registrations__delegates", filter=seated))
    return [(point, point.people) for point in points if point.people]


def of_rules(rules: Iterable[Rule], waiting: list[tuple[BridgePoint, int]]) -> list[tuple[BridgePoint, int]]:
    """Those of ``waiting`` whose people one of ``rules`` holds back; asks nothing where their points are prefetched."""
    held = [rule for rule in rules if rule.is_active and rule.to_confirmed and holds_back(rule)]
    return [(point, people) for point, people in waiting if any(rule.includes(point) for rule in held)]
