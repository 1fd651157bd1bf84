"""What waits in the outbox when a rule is changed: what no longer fits is taken back, the rest stays."""

from django.db.models import Exists, OuterRef, Q

from messaging import enqueue, routes
from messaging.audience import Audience
from outbox.models import Message


def revise(rule: Audience) -> int:
    """Take back the messages of ``rule`` that wait for people or go by ways it no longer means; returns how many.

    What had been withdrawn makes room: the planner puts it in again for whomever the rule means now.
    """
    of_rule = Message.objects.filter(occasion=rule.occasion)
    of_rule.filter(state=Message.State.CANCELLED).delete()
    waiting = of_rule.unsent()
    for group in routes.groups(rule.route):
        # The last way has none after it, whatever the route was before.
        waiting.filter(channel=group[-1]).exclude(fallback="").update(fallback="")
    return waiting.filter(~_fits(rule)).update(state=Message.State.CANCELLED, lease_until=None)


def _fits(rule: Audience) -> Q:
    """The condition that a message goes to somebody whom ``rule`` means, over a channel by which it reaches him."""
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


def _names(role: enqueue.Role, rows):
    return rows.order_by().values_list(role.person, flat=True)


def points_changed(instance: Audience, action: str, **kwargs: object) -> None:
    """The points of a rule are saved after it: the same for them."""
    # The other side of the relation has no rules in hand.
    if action.startswith("post_") and not kwargs.get("reverse") and instance.is_active and instance.planned_at:
        revise(instance)
        type(instance).objects.filter(pk=instance.pk).update(planned_fully_at=None)
