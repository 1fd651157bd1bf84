"""Reminder rules: which are due, and for whom. docs/adr/0017-rules-and-occasions.md."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from bridges.models import BridgePoint
from conference.models import Conference
from messaging import enqueue, message_kinds, routes
from messaging.models import PLANNED_AHEAD, Rule
from outbox import quiet_hours
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from registrations.models import Delegate, Registration

#: The usual reminders: how long before the start, and with which text.
DEFAULTS = (
    (7, "days", message_kinds.REMINDER),
    (1, "days", message_kinds.REMINDER),
    (60, "minutes", message_kinds.REMINDER),
    (10, "minutes", message_kinds.STARTING),
)
# Between two times at which everybody is looked at, only those who have come since are; the overlap is for transactions
# that were under way at the last look.
_EVERYBODY_EVERY = timedelta(minutes=10)
_OVERLAP = timedelta(minutes=2)
# Nobody who plans a minute late may miss what belongs out before a night.
_SOON = PLANNED_AHEAD


def create_default_rules(conference: Conference) -> None:
    """Give a new conference the usual reminders."""
    Rule.objects.bulk_create(
        Rule(conference=conference, amount=amount, unit=unit, text=text) for amount, unit, text in DEFAULTS
    )


def copy_rules(*, source: Conference, target: Conference, points: Mapping[int, BridgePoint]) -> None:
    """Give ``target`` the reminders of ``source`` in place of its own.

    ``points``: the points of ``target`` by the number of the point of ``source`` that each was copied from.
    """
    target.reminder_rules.all().delete()
    moved = target.starts_at - source.starts_at
    for rule in source.reminder_rules.prefetch_related("points"):
        chosen = [points[p.pk] for p in rule.points.all() if p.pk in points]
        had_points = bool(rule.points.all())
        rule.pk = None
        rule._state.adding = True
        rule.conference = target
        rule.at = rule.at + moved if rule.at else None
        rule.forget_plan()
        # Without its points it would go to everybody.
        rule.is_active = rule.is_active and not (had_points and not chosen)
        rule.save()
        rule.points.set(chosen)


def window(rule: Rule, conference: Conference, others: Iterable[Rule]) -> tuple[datetime, datetime]:
    """From when until when (UTC) the message of ``rule`` makes sense.

    It ends where the next rule of the same kind to the same people begins: whoever was down for a day, or moved the
    conference close by, sends one reminder and not four.
    """
    fires_at = rule.fires_at(conference.starts_at)
    until = rule.makes_sense_until(conference)
    for other in others:
        if other.pk != rule.pk and _replaces(other, rule):
            next_fires_at = other.fires_at(conference.starts_at)
            if fires_at < next_fires_at < until:
                until = next_fires_at
    return fires_at, until


def _replaces(other: Rule, rule: Rule) -> bool:
    before = (Rule.Timing.BEFORE, Rule.Timing.AT)
    return (
        other.is_active
        and rule.timing in before
        and other.timing in before
        and other.audience_key() == rule.audience_key()
    )


def moment(rule: Rule, channel: str, fires_at: datetime, until: datetime) -> datetime:
    """When the message of ``rule`` goes out over ``channel`` (UTC), the night considered."""
    if rule.text == Rule.Text.STARTING:
        return fires_at
    return quiet_hours.wakeful(channel, fires_at, until=until)


def plan_due(*, now: datetime) -> int:
    """Put the reminders that are due at ``now`` (UTC) into the outbox; returns how many.

    Asking again adds only who is missing.
    """
    rules = Prefetch("reminder_rules", Rule.objects.filter(is_active=True).prefetch_related("points").order_by("id"))
    conferences = Conference.objects.published().filter(
        Q(ends_at__gt=now) | Q(reminder_rules__timing=Rule.Timing.AFTER, reminder_rules__is_active=True),
        cancelled_at=None,
        starts_at__gt=now - timedelta(days=400),
    )
    planned = 0
    for conference in conferences.distinct().prefetch_related(rules):
        of_conference = list(conference.reminder_rules.all())
        for rule in of_conference:
            # The prefetched conference is the one at hand.
            rule.conference = conference
            planned += _plan_rule(rule, conference, of_conference, now)
    if planned:
        nudge_on_commit()
    return planned


def _plan_rule(rule: Rule, conference: Conference, others: list[Rule], now: datetime) -> int:
    fires_at, until = window(rule, conference, others)
    if not fires_at - _SOON <= now < until or (now >= conference.ends_at and rule.timing != Rule.Timing.AFTER):
        return 0
    channels = {channel for group in routes.groups(rule.route) for channel in group}
    moments = {channel: moment(rule, channel, fires_at, until) for channel in channels}
    if not moments or now < min(*moments.values(), fires_at):
        return 0
    plan = _next_plan(rule, conference, fires_at)
    full = (
        plan["planned_start"] != rule.planned_start
        or plan["planned_again"] != rule.planned_again
        or rule.planned_fully_at is None
        or now - rule.planned_fully_at >= _EVERYBODY_EVERY
        or now < rule.planned_fully_at
    )
    delegates, coordinators, technicians = rule.delegates(), rule.coordinators(), rule.technicians()
    if conference.scheduled_at > fires_at:
        # Whoever was there when the conference moved has had the notice, which says the same.
        delegates = delegates.filter(registration__created_at__gt=conference.scheduled_at)
        coordinators = _without_notice(coordinators, enqueue.COORDINATORS, conference)
        technicians = _without_notice(technicians, enqueue.TECHNICIANS, conference)
    if not full:
        delegates = _came_since(delegates, rule.planned_at - _OVERLAP)
    # The start is part of the key: for a conference that moved the rule fires anew.
    key = f"rule/{rule.pk}/{int(conference.starts_at.timestamp())}"
    if plan["planned_again"]:
        key += f"/{int(plan['planned_again'].timestamp())}"
    occasion = enqueue.Occasion(
        key=key,
        kind=rule.text,
        occasion=rule.occasion,
        expires_at=until,
        any_hour=rule.text == Rule.Text.STARTING,
        not_again=plan["planned_route"] != rule.route,
        with_unreachable=True,
    )
    if full:
        # Who had no address may have one now, or is no longer meant.
        Message.objects.filter(occasion=rule.occasion, error=enqueue.NO_ADDRESS).delete()
    new = enqueue.put(
        rule,
        occasion,
        now=now,
        due_at=moments.__getitem__,
        delegates=delegates,
        coordinators=coordinators,
        technicians=technicians,
    )
    plan |= {"planned_at": now, "planned_fully_at": now if full else rule.planned_fully_at}
    Rule.objects.filter(pk=rule.pk).update(**plan)
    return new


def _next_plan(rule: Rule, conference: Conference, fires_at: datetime) -> dict[str, Any]:
    """For which start, moment and route ``rule`` is planned now.

    ``planned_again`` is the moment if people who have had it get it again: it was put off to a later time after it had
    gone out. To an earlier time, or one that had passed already, is no reason to write twice.
    """
    again, route = rule.planned_again, rule.planned_route or rule.route
    if rule.planned_start != conference.starts_at:
        again, route = None, rule.route
    elif rule.is_put_off(fires_at):
        again, route = fires_at, rule.route
    return {
        "planned_start": conference.starts_at,
        "planned_moment": fires_at,
        "planned_again": again,
        "planned_route": route,
    }


def _without_notice(staff: QuerySet, role: enqueue.Role, conference: Conference) -> QuerySet:
    """Those of ``staff`` whom no notice has told about the time that ``conference`` has now."""
    told = Message.objects.filter(
        person=OuterRef("person_name"), kind__in=message_kinds.NOTICES, created_at__gte=conference.scheduled_at
    ).exclude(state__in=[Message.State.CANCELLED, Message.State.EXPIRED, Message.State.FAILED])
    return staff.alias(person_name=role.person).exclude(Exists(told))


def _came_since(delegates: QuerySet, since: datetime) -> QuerySet:
    """Those of ``delegates`` whose registration is new or has a seat, or other people, since then.

    That somebody was added, or has another address, the histories know, by an index.
    """
    changed = Q(registration__created_at__gte=since) | Q(registration__confirmed_at__gte=since)
    registrations = Registration.history.filter(history_date__gte=since).order_by()
    people = Delegate.history.filter(history_date__gte=since).order_by()
    changed |= Q(registration__in=registrations.values("id")) | Q(registration__in=people.values("registration_id"))
    return delegates.filter(changed)
