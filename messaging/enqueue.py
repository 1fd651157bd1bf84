"""Putting one message to many people into the outbox with a statement for each role and channel.

The database chooses the people, their addresses and the ways that remain if one fails; nothing of it passes through
Python, so that 100,000 delegates take as long as the insert itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Case, CharField, DateTimeField, Exists, F, Model, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_noop

from bridges.models import Connection, Coordinator
from common.phones import mobile_regex
from messaging import recipients, routes
from messaging.audience import Audience
from outbox import quiet_hours
from outbox.models import BadAddress, Message
from outbox.refs import Ref
from registrations.messages import COMPOSER
from registrations.models import Delegate, Guest

_text = CharField()
#: Why nothing was sent to somebody, as it stands in the outbox.
NO_ADDRESS = gettext_noop("No usable address.")


@dataclass(frozen=True)
class Occasion:
    """What is said: the outbox's ``kind`` and ``occasion``; ``key`` begins the unique key of each message."""

    key: str
    kind: str
    occasion: str
    expires_at: datetime
    any_hour: bool = False
    # Whoever has had it by one way gets it by no other: the route is another than when it was planned first.
    not_again: bool = False
    # Whoever has no usable address leaves a row that has failed, so that somebody learns of them.
    with_unreachable: bool = False


@dataclass(frozen=True)
class Role:
    """Where the people of a role have what an outbox row needs: paths from their own table."""

    name: str
    addresses: dict[str, str]
    point: str
    language: Combinable | None = None
    # Where there may be no point.
    topic: Combinable | None = None
    # To whom nothing goes but mail.
    only_mail: Q | None = None

    @property
    def person(self) -> Combinable:
        """How the outbox calls somebody of this role."""
        return Ref.expression(self.name, "pk")

    def usable(self, channel: str) -> Q:
        """The condition that somebody has an address on ``channel`` that is not known to be bad."""
        path = self.addresses[channel]
        # Read once: asked of each row, a hundred thousand people would be as many look-ups.
        return self.has(channel) & ~Q(**{f"{path}__in": BadAddress.objects.filter(channel=channel).values("address")})

    def has(self, channel: str) -> Q:
        """The condition that somebody has an address on ``channel``."""
        path = self.addresses[channel]
        if channel == "email":
            return ~Q(**{path: ""})
        has_mobile = ~Q(**{path: ""}) if path == "mobile" else Q(**{f"{path}__regex": mobile_regex()})
        return has_mobile if self.only_mail is None else has_mobile & ~self.only_mail

    @property
    def of_all(self) -> Self:
        """The same role as if nobody waited for their SMS."""
        return replace(self, only_mail=None)

    def held(self, groups: list[list[str]]) -> Q:
        """The condition that the phone of somebody would ring for ``groups`` of channels if they did not wait."""
        if self.only_mail is None:
            return Q(pk__in=[])
        would_ring = Q(pk__in=[])
        for group in groups:
            for place, channel in enumerate(group):
                if channel != "email":
                    failed = Q()
                    for earlier in group[:place]:
                        failed &= ~self.of_all.usable(earlier)
                    would_ring |= self.of_all.usable(channel) & failed
        return self.only_mail & would_ring

    def way(self, group: list[str]) -> Combinable:
        """Over which channel of ``group`` somebody gets a message: the first on which they have a usable address.

        "" if there is none. The one definition of who is reached how.
        """
        ways = [When(self.usable(channel), then=Value(channel)) for channel in group]
        return Case(*ways, default=Value(""), output_field=_text)

    def recipients_over(self, channel: str, group: list[str], rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of ``rows`` who get a message to ``group`` over ``channel``."""
        reached: QuerySet[Any] = rows.alias(way=self.way(group)).filter(way=channel)
        return reached


def _of_point(path: str) -> Combinable:
    return Ref.expression("point", path)


def _have_had_sms() -> Q:
    """The condition that a delegate has had an SMS before: what it said may hold no longer."""
    theirs = Message.objects.filter(person=Ref.expression(recipients.DELEGATE, OuterRef("pk")), state__in=Message.LEFT)
    return Q(Exists(theirs.exclude(channel="email")))


DELEGATES = Role(
    recipients.DELEGATE,
    {"email": "email", "sms": "mobile", "zalo": "mobile"},
    "registration__bridge_point",
    F("registration__language"),
    # Colleagues of a contact person who has opened nothing (docs/adr/0033-sms-limits.md).
    only_mail=Delegate.waits() & ~_have_had_sms(),
)
COORDINATORS = Role(
    recipients.COORDINATOR, {"email": "user__email", "sms": "user__phone", "zalo": "user__phone"}, "bridge_point"
)
TECHNICIANS = Role(
    recipients.TECHNICIAN,
    {"email": "technician_email", "sms": "technician_phone", "zalo": "technician_phone"},
    "bridge_point",
)
GUESTS = Role(
    recipients.GUEST,
    {"email": "email", "sms": "mobile", "zalo": "mobile"},
    "invitation__bridge_point",
    topic=Case(
        When(
            invitation__bridge_point=None,
            then=Ref.expression("conference", "invitation__conference"),
        ),
        default=_of_point("invitation__bridge_point"),
        output_field=_text,
    ),
)


def put(
    audience: Audience,
    occasion: Occasion,
    *,
    now: datetime,
    due_at: Callable[[str], datetime | None] | None = None,
    delegates: QuerySet[Delegate] | None = None,
    coordinators: QuerySet[Coordinator] | None = None,
    technicians: QuerySet[Connection] | None = None,
    guests: QuerySet[Guest] | None = None,
) -> int:
    """Put the message of ``occasion`` to everybody in ``audience`` into the outbox; who has it already is left out.

    ``due_at`` tells for a channel when it belongs out (UTC), None: not over this one; without it at ``now``. Nothing
    rings at night unless the occasion may. ``delegates``, ``coordinators`` and ``technicians`` narrow those of the
    audience, and so do ``guests`` of invitations; a rule has none of its own.
    Returns how many rows are new. A handful of statements, however many people.
    """
    found = roles(audience, delegates, coordinators, technicians, guests)
    moment = due_at or (lambda channel: now)
    new = 0
    with transaction.atomic():
        for role, rows in found:
            # A queryset that can have no rows has no SQL either.
            if rows.query.is_empty():
                continue
            if occasion.not_again:
                rows = rows.alias(person_name=role.person).exclude(_has_received(role, occasion))
            for group in routes.groups(audience.route):
                for place, channel in enumerate(group):
                    due = moment(channel)
                    if due is None:
                        continue
                    if not occasion.any_hour:
                        due = quiet_hours.next_waking_time(channel, due, until=occasion.expires_at)
                    new += _insert(role, rows, group, place, occasion, due_at=max(due, now), now=now)
            if occasion.with_unreachable:
                _note_unreachable(role, rows, routes.groups(audience.route), occasion, now)
    return new


@dataclass
class Forecast:
    """How many people ``put`` would write to, how many of them have no usable address, and the messages by channel.

    ``waiting`` get no SMS until their contact person has opened a message; ``silent`` of them hear nothing at all.
    """

    people: int = 0
    unreachable: int = 0
    waiting: int = 0
    silent: int = 0
    messages: dict[str, int] = field(default_factory=dict)


def forecast(
    audience: Audience,
    *,
    delegates: QuerySet[Delegate] | None = None,
    technicians: QuerySet[Connection] | None = None,
    guests: QuerySet[Guest] | None = None,
) -> Forecast:
    """What ``put`` would do now, counted by the database."""
    found = Forecast()
    for role, rows in roles(audience, delegates, None, technicians, guests):
        if rows.query.is_empty():
            continue
        groups = routes.groups(audience.route)
        people_count, reached = rows.count(), rows.filter(_usable(role, groups)).count()
        found.people += people_count
        if role.only_mail is not None and (waiting := rows.filter(role.held(groups)).count()):
            found.waiting += waiting
            silent = rows.filter(_usable(role.of_all, groups)).count() - reached
            found.silent += silent
            reached += silent
        found.unreachable += people_count - reached
        for group in groups:
            for channel in group:
                count = role.recipients_over(channel, group, rows).count()
                found.messages[channel] = found.messages.get(channel, 0) + count
    return found


def reached(role: Role, rows: QuerySet[Any], route: str) -> QuerySet[Any]:
    """Those of ``rows`` of ``role`` whom some channel of ``route`` reaches."""
    found: QuerySet[Any] = rows.filter(_usable(role, routes.groups(route)))
    return found


def unreachable_delegates(audience: Audience, delegates: QuerySet[Delegate]) -> QuerySet[Delegate]:
    """Those of ``delegates`` whom ``forecast`` counts as unreachable: without a usable address."""
    return delegates.exclude(_usable(DELEGATES.of_all, routes.groups(audience.route)))


def _usable(role: Role, groups: list[list[str]]) -> Q:
    """The condition that some channel of ``groups`` reaches somebody."""
    usable = Q(pk__in=[])
    for channel in {channel for group in groups for channel in group}:
        usable |= role.usable(channel)
    return usable


def roles(
    audience: Audience,
    delegates: QuerySet[Delegate] | None = None,
    coordinators: QuerySet[Coordinator] | None = None,
    technicians: QuerySet[Connection] | None = None,
    guests: QuerySet[Guest] | None = None,
) -> list[tuple[Role, QuerySet[Any]]]:
    """Who is meant, by role; what is given takes the place of those of ``audience``."""
    return [
        (DELEGATES, audience.delegates() if delegates is None else delegates),
        (COORDINATORS, audience.coordinators() if coordinators is None else coordinators),
        (TECHNICIANS, audience.technicians() if technicians is None else technicians),
        (GUESTS, audience.guests() if guests is None else guests),
    ]


def _has_received(role: Role, occasion: Occasion) -> Q:
    """The condition that somebody has had the message by whichever way."""
    theirs = Message.objects.filter(person=OuterRef("person_name"), key__startswith=f"{occasion.key}/{role.name}/")
    return Q(Exists(theirs.filter(state__in=Message.LEFT)))


def _insert(
    role: Role,
    rows: QuerySet[Any],
    group: list[str],
    place: int,
    occasion: Occasion,
    *,
    due_at: datetime,
    now: datetime,
) -> int:
    channel = group[place]
    columns = _columns(role, occasion, channel, channel, due_at=due_at, now=now)
    columns |= {"address": F(role.addresses[channel]), "fallback": _fallback(role, group[place + 1 :])}
    return insert_from(Message, role.recipients_over(channel, group, rows), columns)


def _note_unreachable(
    role: Role, rows: QuerySet[Any], groups: list[list[str]], occasion: Occasion, now: datetime
) -> None:
    """A failed row for each of ``rows`` whom no channel of ``groups`` reaches, and who has no other on the occasion."""
    if not groups:
        return
    # Who waits has an address.
    usable = _usable(role.of_all, groups)
    theirs = Message.objects.filter(person=OuterRef("person_name"), key__startswith=f"{occasion.key}/{role.name}/")
    without = rows.alias(person_name=role.person).exclude(usable).exclude(Exists(theirs))
    columns = _columns(role, occasion, groups[0][0], "none", due_at=now, now=now)
    columns |= {"state": Value(Message.State.FAILED.value), "error": Value(NO_ADDRESS)}
    insert_from(Message, without, columns)


def _columns(
    role: Role, occasion: Occasion, channel: str, last: str, *, due_at: datetime, now: datetime
) -> dict[str, object]:
    """What the rows of an occasion have in common; ``last`` ends their keys."""
    number = Cast("pk", _text)
    return {
        "key": Concat(Value(f"{occasion.key}/{role.name}/"), number, Value(f"/{last}"), output_field=_text),
        "channel": Value(channel),
        # One without any is of somebody who is erased.
        "address": Value("–"),
        "language": role.language or Value(settings.LANGUAGE_CODE),
        "composer": Value(COMPOSER),
        "kind": Value(occasion.kind),
        "occasion": Value(occasion.occasion),
        "topic": role.topic or _of_point(role.point),
        "person": role.person,
        "subject": Value(""),
        "text": Value(""),
        "any_hour": Value(occasion.any_hour),
        "fallback": Value(""),
        "state": Value(Message.State.QUEUED.value),
        "due_at": Value(due_at, DateTimeField()),
        "expires_at": Value(occasion.expires_at, DateTimeField()),
        "attempts": Value(0),
        "error": Value(""),
        "withdrawn_for": Value(""),
        "provider_reference": Value(""),
        "created_at": Value(now, DateTimeField()),
    }


def _fallback(role: Role, channels: list[str]) -> Combinable:
    """The remaining ways as ``outbox.fallback.join_ways`` writes them."""
    parts: list[Combinable] = []
    for number, channel in enumerate(channels):
        path = role.addresses[channel]
        way = Concat(Value(f"{' ' if number else ''}{channel}:"), F(path), output_field=_text)
        parts.append(Case(When(role.has(channel), then=way), default=Value(""), output_field=_text))
    if not parts:
        return Value("")
    return parts[0] if len(parts) == 1 else Concat(*parts, output_field=_text)


def insert_from(model: type[Model], rows: QuerySet[Any], columns: dict[str, object]) -> int:
    """INSERT … SELECT the ``columns`` (expressions over ``rows``) into the table of ``model``; conflicts are skipped.

    Returns how many rows are new.
    """
    names = {f"_{name}": expression for name, expression in columns.items()}
    select = rows.order_by().annotate(**names).values_list(*names)
    try:
        sql, parameters = select.query.sql_with_params()
    except EmptyResultSet:
        # Their conditions contradict each other: no database need be asked.
        return 0
    quote = connection.ops.quote_name
    meta: Any = model._meta
    fields = ", ".join(quote(meta.get_field(name).column) for name in columns)
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({fields}) {sql} ON CONFLICT DO NOTHING"
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        count: int = cursor.rowcount
    return max(count, 0)
