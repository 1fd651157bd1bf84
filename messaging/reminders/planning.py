"""Reminder rules: which are due, and for whom. docs/adr/0017-rules-and-occasions.md."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from bridges.models import BridgePoint, Connection
from conference.models import Conference
from messaging import enqueue, message_kinds, presence, routes
from messaging.models import Rule, RuleRound
from messaging.reminders import held_back
from outbox import hold, quiet_hours
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
# A rule is planned at most so long before it fires: nobody who plans a minute late may miss what belongs out before a
# night.
_SOON = timedelta(hours=12)


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
        # Without its points it would go to everybody.
        rule.is_active = rule.is_active and not (had_points and not chosen)
        rule.save()
        rule.points.set(chosen)


def window(rule: Rule, conference: Conference, others: Iterable[Rule]) -> tuple[datetime, datetime]:
    """From when until when (UTC) the message of ``rule`` makes sense.

    It ends where the next rule of the same kind to the same people begins: whoever was down for a day, or moved the
    conference close by, sends one reminder and not four.
    """
    fires_at = rule.fires_at(conference)
    until = rule.makes_sense_until(conference)
    for other in others:
        if other.pk != rule.pk and _replaces(other, rule):
            next_fires_at = other.fires_at(conference)
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
    return quiet_hours.next_waking_time(channel, fires_at, until=until)


def plan_due(*, now: datetime) -> int:
    """Put the reminders that are due at ``now`` (UTC) into the outbox; returns how many.

    Asking again adds only who is missing.
    """
    left_out = hold.left_out(hold.look(now))
    active = Rule.objects.filter(is_active=True).prefetch_related("points", "rounds").order_by("id")
    rules = Prefetch("reminder_rules", active)
    conferences = Conference.objects.published().filter(
        Q(ends_at__gt=now) | Q(reminder_rules__timing__in=Rule.AFTERWARDS, reminder_rules__is_active=True),
        cancelled_at=None,
        starts_at__gt=now - timedelta(days=400),
    )
    planned = 0
    for conference in conferences.distinct().prefetch_related(rules):
        of_conference = list(conference.reminder_rules.all())
        for rule in of_conference:
            # The prefetched conference is the one at hand.
            rule.conference = conference
            planned += _plan_rule(rule, conference, of_conference, now, left_out)
    if planned:
        nudge_on_commit()
    return planned


def _plan_rule(
    rule: Rule, conference: Conference, others: list[Rule], now: datetime, left_out: Callable[[datetime], bool]
) -> int:
    fires_at, until = window(rule, conference, others)
    is_over = now >= conference.ends_at and rule.timing not in Rule.AFTERWARDS
    if is_over or not fires_at - _SOON <= now < until:
        return 0
    # What belonged out between a dump and its restoring was sent, or given up, by whoever ran the site then.
    moments = {channel: at for channel, at in _moments(rule, fires_at, until).items() if not left_out(at)}
    if not moments or now < min(*moments.values(), fires_at):
        return 0
    current = _round(rule, conference, fires_at)
    is_full = _looks_at_everybody(current, now)
    if is_full:
        # Who had no address may have one now, or is no longer meant.
        Message.objects.filter(occasion=rule.occasion, error=enqueue.NO_ADDRESS).delete()
    occasion = enqueue.Occasion(
        key=current.key,
        kind=rule.text,
        occasion=rule.occasion,
        expires_at=until,
        any_hour=rule.text == Rule.Text.STARTING,
        not_again=current.route != rule.route,
        with_unreachable=True,
    )
    people = _people(rule, conference, fires_at, now, since=None if is_full else current.planned_at - _OVERLAP)
    new = enqueue.put(rule, occasion, now=now, due_at=moments.get, **people)
    _note(current, fires_at, now, is_full)
    return new


def _moments(rule: Rule, fires_at: datetime, until: datetime) -> dict[str, datetime]:
    """When the message of ``rule`` goes out over each channel of its route."""
    channels = {channel for group in routes.groups(rule.route) for channel in group}
    return {channel: moment(rule, channel, fires_at, until) for channel in channels}


def _round(rule: Rule, conference: Conference, fires_at: datetime) -> RuleRound:
    """The round in which ``rule`` goes out now; a new one, not saved, if it goes to everybody anew.

    That is so for another start, and if it was put off to a later time after it had gone out. To an earlier time, or
    one that had passed already, is no reason to write twice.
    """
    current = rule.current_round
    new = RuleRound(rule=rule, starts_at=conference.starts_at, fires_at=fires_at, route=rule.route)
    if current is None or current.starts_at != conference.starts_at:
        return new
    if current.is_put_off_to(fires_at):
        new.put_off_to = fires_at
        return new
    return current


def _looks_at_everybody(current: RuleRound, now: datetime) -> bool:
    """Whether it is time to look at everybody, and not only at those who have come since the last look."""
    if current.everybody_at is None:
        return True
    # Later than now: the clock was set back.
    return not current.everybody_at <= now < current.everybody_at + _EVERYBODY_EVERY


def _people(
    rule: Rule, conference: Conference, fires_at: datetime, now: datetime, *, since: datetime | None
) -> dict[str, QuerySet[Any]]:
    """Who gets the message of ``rule``, by role; of the delegates only those who have come ``since``, if given."""
    delegates, coordinators, technicians = rule.delegates(), rule.coordinators(), rule.technicians()
    if conference.scheduled_at > fires_at:
        # Whoever was there when the conference moved gets the notice, which says the same; none, if the change was
        # taken back before anybody had heard of it.
        delegates = _without_notice(delegates, enqueue.DELEGATES, conference)
        coordinators = _without_notice(coordinators, enqueue.COORDINATORS, conference)
        technicians = _without_notice(technicians, enqueue.TECHNICIANS, conference)
    delegates = held_back.without_held_back(rule, delegates)
    if since is not None:
        delegates = _select_newcomers(rule, delegates, since)
    if rule.text != Rule.Text.FOLLOW_UP and now >= conference.doors_open_at:
        # Nobody needs to be called who is there.
        delegates = presence.without_present(delegates, conference)
    return {"delegates": delegates, "coordinators": coordinators, "technicians": technicians}


def _note(current: RuleRound, fires_at: datetime, now: datetime, is_full: bool) -> None:
    """Write down that the planner has looked for people of the ``current`` round at ``now``."""
    noted = {"fires_at": fires_at, "planned_at": now, **({"everybody_at": now} if is_full else {})}
    if current.pk:
        RuleRound.objects.filter(pk=current.pk).update(**noted)
        return
    for name, value in noted.items():
        setattr(current, name, value)
    # Somebody may have deleted the rule since it was read, another planner begun the same round: its note is as good.
    with suppress(IntegrityError):
        RuleRound.objects.bulk_create([current], ignore_conflicts=True)


def _without_notice(people: QuerySet[Any], role: enqueue.Role, conference: Conference) -> QuerySet[Any]:
    """Those of ``people`` whom no notice has told about the time that ``conference`` has now."""
    told = Message.objects.filter(
        person=OuterRef("person_name"), kind__in=message_kinds.NOTICES, created_at__gte=conference.scheduled_at
    ).exclude(state__in=[Message.State.CANCELLED, Message.State.EXPIRED, Message.State.FAILED])
    others: QuerySet[Any] = people.alias(person_name=role.person).exclude(Exists(told))
    return others


def _select_newcomers(rule: Rule, delegates: QuerySet[Delegate], since: datetime) -> QuerySet[Delegate]:
    """Those of ``delegates`` whose registration is new or has a seat, or other people, since then.

    That somebody was added, or has another address, the histories know, by an index; so do they that a point has got
    the link for which ``rule`` held its people back, or is on another line.
    """
    changed = Q(registration__created_at__gte=since) | Q(registration__confirmed_at__gte=since)
    registrations = Registration.history.filter(history_date__gte=since).order_by()
    people = Delegate.history.filter(history_date__gte=since).order_by()
    changed |= Q(registration__in=registrations.values("id")) | Q(registration__in=people.values("registration_id"))
    if held_back.holds_back(rule):
        connected = Connection.history.filter(history_date__gte=since).order_by()
        moved = BridgePoint.history.filter(history_date__gte=since).order_by()
        changed |= Q(registration__bridge_point__in=connected.values("bridge_point_id"))
        changed |= Q(registration__bridge_point__in=moved.values("id"))
    return delegates.filter(changed)
