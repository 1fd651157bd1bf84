"""What becomes of the messages in the outbox when a rule is changed or deleted.

Whoever saves a rule and its points calls ``apply_change`` afterwards; whoever deletes one calls ``delete_rule``.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from messaging import enqueue, routes
from messaging.audience import Audience
from messaging.models import Rule
from outbox import queue
from outbox.models import Message


@transaction.atomic
def apply_change(*, rule: Rule, now: datetime) -> None:
    """Make what waits in the outbox fit ``rule``, which has just been saved, its points as well.

    A rule that is switched off, or put off to a later time, takes back everything; else only what waits for people, or
    goes by ways, that it no longer means. The planner looks at everybody again the next time.
    """
    current = rule.rounds.order_by("-pk").first()
    if current is None:
        # It has never gone out.
        return
    fires_at, is_put_off = rule.fires_at(rule.conference), False
    if current.starts_at == rule.conference.starts_at and current.fires_at != fires_at:
        is_put_off = fires_at > now and current.is_put_off_to(fires_at)
        # What has passed by now is no later time.
        current.planned_at = max(current.planned_at, now)
    # Whoever changes a rule means the people of now.
    current.everybody_at = None
    current.save(update_fields=["planned_at", "everybody_at"])
    if is_put_off or not rule.is_active:
        _take_back(rule)
    else:
        _withdraw_misfits(rule)


@transaction.atomic
def delete_rule(*, rule: Rule) -> None:
    """Delete ``rule`` and take back what waits of it."""
    _take_back(rule)
    rule.delete()


def _take_back(rule: Rule) -> None:
    """Withdraw every message of ``rule`` that waits, for good."""
    queue.withdraw(occasion=rule.occasion)
    # What a moved date has withdrawn would come back when the date is set back.
    Message.objects.filter(occasion=rule.occasion).exclude(withdrawn_for="").update(withdrawn_for="")


def _withdraw_misfits(rule: Rule) -> None:
    """Take back the messages of ``rule`` that wait for people or go by ways that it no longer means.

    What had been withdrawn makes room: the planner puts it in again for whomever the rule means now.
    """
    of_rule = Message.objects.filter(occasion=rule.occasion)
    of_rule.filter(state=Message.State.CANCELLED).delete()
    waiting = of_rule.unsent()
    for group in routes.groups(rule.route):
        # The last way has none after it, whatever the route was before.
        waiting.filter(channel=group[-1]).exclude(fallback="").update(fallback="")
    waiting.filter(~_fits(rule)).withdraw()


def _fits(rule: Audience) -> Q:
    """The condition that a message goes to somebody whom ``rule`` means, over a channel by which it reaches them."""
    fits = Q(pk__in=[])
    for role, rows in enqueue.roles(rule):
        for group in routes.groups(rule.route):
            for place, channel in enumerate(group):
                chosen = rows
                for earlier in group[:place]:
                    chosen = chosen.exclude(role.usable(earlier))
                fits |= Q(channel=channel, person__in=_names(role, chosen))
                if place:
                    # Its earlier way has failed.
                    failed = Message.objects.filter(
                        occasion=OuterRef("occasion"),
                        person=OuterRef("person"),
                        channel__in=group[:place],
                        state=Message.State.FAILED,
                    )
                    fits |= Q(Exists(failed), channel=channel, person__in=_names(role, rows))
    return fits


def _names(role: enqueue.Role, rows: QuerySet[Any]) -> QuerySet[Any, str]:
    """``rows`` as the outbox calls them."""
    return rows.order_by().values_list(role.person, flat=True)
