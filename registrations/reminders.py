"""Reminder rules: which are due, and for whom."""

from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Prefetch

from conference.models import Conference
from notifications import outbox
from notifications.models import Message
from notifications.nudge import nudge_on_commit
from registrations.messages import addresses
from registrations.models import Delegate, ReminderRule

#: Minutes before the start: seven days, one day, 60 minutes, 10 minutes.
DEFAULT_MINUTES = (7 * 24 * 60, 24 * 60, 60, 10)
# A reminder further ahead tells a newcomer nothing that his confirmation did not.
_ALWAYS_WELCOME = timedelta(minutes=60)


def create_default_rules(conference: Conference) -> None:
    """Give a new conference the usual reminders."""
    ReminderRule.objects.bulk_create(ReminderRule(conference=conference, minutes_before=m) for m in DEFAULT_MINUTES)


def copy_rules(*, source: Conference, target: Conference, now: datetime) -> None:
    """Give ``target`` the reminders of ``source`` in place of its own."""
    target.reminder_rules.all().delete()
    ReminderRule.objects.bulk_create(
        ReminderRule(
            conference=target,
            minutes_before=rule.minutes_before,
            by_email=rule.by_email,
            by_sms=rule.by_sms,
            is_active=rule.is_active,
        )
        for rule in source.reminder_rules.all()
    )


def plan_due(*, now: datetime) -> int:
    """Put the reminders that are due at ``now`` into the outbox; returns how many were due.

    Of each conference only the latest due rule counts: its time runs until the next rule's, so that a conference moved
    close by sends one reminder and not four. Asking again adds only who is missing.
    """
    rules = Prefetch("reminder_rules", ReminderRule.objects.filter(is_active=True).order_by("-minutes_before"))
    conferences = Conference.objects.published().filter(starts_at__gt=now, cancelled_at=None).prefetch_related(rules)
    return sum(_plan_conference(conference, now) for conference in conferences)


def _plan_conference(conference: Conference, now: datetime) -> int:
    rules = list(conference.reminder_rules.all())
    moments = [conference.starts_at - timedelta(minutes=r.minutes_before) for r in rules] + [conference.starts_at]
    for rule, (fires_at, until) in zip(rules, pairwise(moments), strict=True):
        if fires_at <= now < until:
            return _plan_rule(rule, conference, fires_at, until, now)
    return 0


def _plan_rule(rule: ReminderRule, conference: Conference, fires_at: datetime, until: datetime, now: datetime) -> int:
    # The start is part of the key: a conference that moved is announced anew.
    prefix = f"reminder/{rule.pk}/{int(conference.starts_at.timestamp())}/"
    known = set(Message.objects.filter(key__startswith=prefix).values_list("key", flat=True))
    people = Delegate.objects.attending().filter(registration__conference=conference).select_related("registration")
    if conference.starts_at - fires_at > _ALWAYS_WELCOME:
        people = people.filter(registration__confirmed_at__lte=max(fires_at, conference.scheduled_at))
    planned = [
        Message(
            key=f"{prefix}{person.pk}/{channel}",
            channel=channel,
            address=address,
            language=person.registration.language,
            composer="registrations",
            kind="reminder",
            topic=f"point/{person.registration.bridge_point_id}",
            person=person.person,
            due_at=now,
            created_at=now,
            expires_at=until,
        )
        for person in people.iterator(chunk_size=2000)
        for channel, address in addresses(person, by_email=rule.by_email, by_sms=rule.by_sms)
        if f"{prefix}{person.pk}/{channel}" not in known
    ]
    if planned:
        outbox.post(planned)
        nudge_on_commit()
    return len(planned)
