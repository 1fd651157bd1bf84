"""How a conference stands: seats, registrations, people. Questions only; each is one statement, however many rows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from bridges.models import BridgePoint, Coordinator, Kind
from conference.models import Conference, ConferenceQuerySet
from messaging.delivery.scope import Scope
from registrations.models import Organisation, Registration
from registrations.models.registration import RegistrationQuerySet

State = Registration.State

#: More days than this are drawn by the week.
DAYS_MAX = 70
#: The rows of a table that are shown at once; the others are folded away.
ROWS_SHOWN = 8
#: The conferences to come that are named on the start page, the next ones; the others are in the list of conferences.
AHEAD_SHOWN = 40
#: The conferences that have ended and are named on the start page; the others are in the list of conferences.
BEHIND_SHOWN = 12


def ahead(user: User, now: datetime) -> list[Conference]:
    """The conferences of ``user`` that have not ended at ``now``, the next one first; at most ``AHEAD_SHOWN`` + 1."""
    return list(of_user(user).upcoming(now)[: AHEAD_SHOWN + 1])


def behind(user: User, now: datetime) -> list[Conference]:
    """The conferences of ``user`` that have ended at ``now``, the last first; at most ``BEHIND_SHOWN``."""
    return list(of_user(user).archive(now)[:BEHIND_SHOWN])


def scope_of(user: User, conference: Conference) -> Scope:
    """What ``user`` may see of one of their conferences."""
    return Scope.of(user, conference, "connection", "spare_line")


def find(user: User, number: str) -> Conference | None:
    """The conference with this number if ``user`` runs it or a point of it, or reads its numbers."""
    return of_user(user).filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None


def of_user(user: User) -> ConferenceQuerySet:
    """Those that ``user`` runs, of which they run a point, or whose numbers they read."""
    if user.is_superuser:
        return Conference.objects.all()
    mine = Q(Exists(Coordinator.objects.filter(bridge_point__conference=OuterRef("pk"), user=user)))
    led = Conference.leaders.through.objects.filter(user=user).values("conference")
    return Conference.objects.filter(mine | Q(pk__in=Conference.objects.run_by(user).values("pk")) | Q(pk__in=led))


def registrations(scope: Scope) -> RegistrationQuerySet:
    """The registrations in ``scope``."""
    if scope.is_organiser:
        return Registration.objects.filter(conference=scope.conference)
    return Registration.objects.filter(bridge_point__in=list(scope.points))


def url(name: str, *arguments: Any, **query: Any) -> str:
    """The address ``name`` with ``query``."""
    address = reverse(name, args=arguments)
    return f"{address}?{urlencode(query)}" if query else address


def registrations_url(scope: Scope, *, point: BridgePoint | None = None, state: str = "") -> str:
    """The table of registrations, narrowed."""
    query: dict[str, Any] = {}
    if point is not None:
        query["point"] = point.pk
    if state:
        query["state"] = state
    return url("workspace:people", scope.conference.slug, **query)


@dataclass
class Seats:
    """The seats of a bridge point; ``waiting`` people in ``waiting_registrations``. ``free`` None: no limit."""

    point: BridgePoint
    held: int = 0
    waiting: int = 0
    waiting_registrations: int = 0
    #: Registrations that wait for a decision, whether or not they hold seats.
    requests: int = 0

    def add(self, state: str, count: int, held: int, people: int) -> None:
        """Count ``people`` in ``count`` registrations of ``state``, ``held`` of them with seats."""
        if state == State.REQUESTED:
            self.requests += count
            self.held += held
        elif state == State.WAITLISTED:
            self.waiting += people
            self.waiting_registrations += count

    @property
    def taken(self) -> int:
        """Seats of confirmed registrations."""
        return max(self.point.seats_taken - self.held, 0)

    @property
    def kept(self) -> int:
        """Seats that wait for the guests of invitations."""
        return self.point.seats_reserved

    @property
    def gone(self) -> int:
        """Seats that nobody else can have."""
        return self.taken + self.held + self.kept

    @property
    def free(self) -> int | None:
        """Seats that are neither taken nor kept; None: no limit."""
        return None if self.point.seats is None else max(self.point.seats - self.gone, 0)

    @property
    def over(self) -> int:
        """Seats given or kept beyond those that there are."""
        return max(self.gone - self.point.seats, 0) if self.point.seats is not None else 0


@dataclass(frozen=True)
class Row:
    """One line of a table: how many registrations, and the people in them."""

    label: str
    registrations: int
    people: int


@dataclass(frozen=True)
class Day:
    """The registrations that came in on a day, or in the week that begins with it."""

    first: date
    count: int


@dataclass
class Overview:
    """How the part of a conference that somebody runs stands."""

    scope: Scope
    seats: list[Seats]
    #: Registrations and people by state.
    totals: dict[str, Row]
    days: list[Day] = field(default_factory=list)
    by_week: bool = False
    by_kind: list[Row] = field(default_factory=list)
    by_province: list[Row] = field(default_factory=list)
    by_inviter: list[Row] = field(default_factory=list)
    by_point_kind: list[tuple[str, dict[str, int]]] = field(default_factory=list)

    @property
    def came_in(self) -> int:
        """All registrations that ever came in."""
        return sum(row.registrations for row in self.totals.values())

    @property
    def requests(self) -> int:
        """Registrations that wait for a decision."""
        return self.totals[State.REQUESTED].registrations


def overview(scope: Scope, now: datetime) -> Overview:
    """How ``scope`` stands at ``now``; three statements."""
    seats, totals, by_point_kind, by_inviter = _by_state(scope)
    kinds, provinces = _by_organisation(scope)
    days = _days(scope, now)
    by_week = len(days) > DAYS_MAX
    return Overview(
        scope,
        seats,
        totals,
        days=_weeks(days) if by_week else days,
        by_week=by_week,
        by_kind=kinds,
        by_province=provinces,
        by_inviter=by_inviter,
        by_point_kind=by_point_kind,
    )


def _by_state(scope: Scope) -> tuple[list[Seats], dict[str, Row], list[tuple[str, dict[str, int]]], list[Row]]:
    """The points, the totals, the people by kind of point, and the inviters."""
    seats = {pk: Seats(point) for pk, point in scope.points.items()}
    totals, inviters = _Tally(), _Tally()
    kinds: dict[str, Counter[str]] = {point.kind: Counter() for point in scope.points.values()}
    # One statement for all of it: reading the rows is what takes the time.
    rows = registrations(scope).order_by().values_list("bridge_point", "state", "holds_seats", "invitation__name")
    for pk, state, holds, inviter, count, people in rows.annotate(count=Count("*"), people=Sum("seats")):
        totals.add(state, count, people)
        if state in Registration.ACTIVE:
            inviters.add(inviter or gettext("came without an invitation"), count, people)
        # A point that was made since the points were read is counted at the next look.
        if pk in seats:
            seats[pk].add(state, count, people if holds else 0, people)
            kinds[seats[pk].point.kind][state] += people
    return list(seats.values()), _rows_by_state(totals), _rows_by_kind(kinds), inviters.rows()


def _rows_by_state(totals: "_Tally") -> dict[str, Row]:
    """A row for every state, with zeros where there is none."""
    return {state.value: Row(str(state.label), *totals.found.get(state.value, (0, 0))) for state in State}


def _rows_by_kind(kinds: Mapping[str, Counter[str]]) -> list[tuple[str, dict[str, int]]]:
    """The kinds of point that there are, in their usual order, with their people by state."""
    return [(str(kind.label), dict(kinds[kind])) for kind in Kind if kind in kinds]


def _by_organisation(scope: Scope) -> tuple[list[Row], list[Row]]:
    """By kind of organisation and by province, in one statement."""
    names = dict(Organisation.Kind.choices)
    kinds, provinces = _Tally(), _Tally()
    found = registrations(scope).active().order_by()
    rows = found.values_list("organisation__kind", "organisation__province__name")
    for kind, province, count, people in rows.annotate(count=Count("*"), people=Sum("seats")):
        kinds.add(str(names.get(kind, kind)), count, people)
        provinces.add(province or gettext("no province given"), count, people)
    return kinds.rows(), provinces.rows()


class _Tally:
    def __init__(self) -> None:
        self.found: dict[str, tuple[int, int]] = {}

    def add(self, label: str, count: int, people: int) -> None:
        before = self.found.get(label, (0, 0))
        self.found[label] = before[0] + count, before[1] + people

    def rows(self) -> list[Row]:
        """The most first."""
        rows = (Row(label, count, people) for label, (count, people) in self.found.items())
        return sorted(rows, key=lambda row: (-row.registrations, row.label))


def _days(scope: Scope, now: datetime) -> list[Day]:
    """Every day from the first registration to the last one, or to today while the conference lies ahead."""
    rows = registrations(scope).order_by().values_list(TruncDate("created_at"))
    counts = dict(rows.annotate(count=Count("*")))
    if not counts:
        return []
    first, last = min(counts), max(counts)
    if now < scope.conference.starts_at:
        last = max(last, timezone.localdate(now))
    return [Day(day, counts.get(day, 0)) for day in _every_day(first, last)]


def _every_day(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _weeks(days: Sequence[Day]) -> list[Day]:
    """``days`` by weeks that begin on a Monday."""
    counts: dict[date, int] = {}
    for day in days:
        monday = day.first - timedelta(days=day.first.weekday())
        counts[monday] = counts.get(monday, 0) + day.count
    return [Day(monday, count) for monday, count in counts.items()]
