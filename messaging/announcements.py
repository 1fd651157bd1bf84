"""Messages that organisers write themselves: who would get one, confirming, withdrawing, putting on the way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.utils.translation import gettext

from accounts.models import User
from conference.models import Conference
from messaging import enqueue, message_kinds, recipients, routes
from messaging.audience import Audience
from messaging.models import Announcement
from messaging.recipients import Recipient, of_coordinator, of_delegate, of_guest, of_technician
from outbox import hold, queue, quiet_hours
from outbox.models import Installation, Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref
from registrations.models import Delegate

#: An announcement is worth sending this long, also when mail is down.
_WORTH = timedelta(days=2)
# No night is longer: what rings before one is looked for so early.
_SOON = timedelta(days=1)


# What a preview shows beside the people, and what chooses them again when its time comes.
_SHOWN = ("subject", "text", "sms_text", "keep_accents", "send_at", "to_guests", "organisation_kinds", "trade",
          "not_opened", "presence")  # fmt: skip


class PreviewChanged(Exception):
    """Others would get it now than those who were shown, or they would read something else."""


class NotPossible(Exception):
    """This cannot be done with the announcement as it is; the text says why."""


@dataclass(frozen=True)
class Reach:
    """How somebody is reached: the channels in use; or none, and why."""

    recipient: Recipient
    channels: tuple[str, ...]
    why_not: str = ""
    has_unsubscribed: bool = False
    # Their SMS is held until their contact person has opened a message.
    waits: bool = False


@dataclass
class Preview:
    """Who gets a message: counts by channel, and a fingerprint of these people and channels, the words and the time.

    ``unreachable`` counts ``unsubscribed`` as well: those who asked to get no such messages. ``waiting`` get no SMS
    until their contact person has opened a message; some of them get a mail.
    """

    people: int = 0
    messages: dict[str, int] = field(default_factory=dict)
    unreachable: int = 0
    unsubscribed: int = 0
    waiting: int = 0
    fingerprint: str = ""


def _roles(audience: Audience) -> list[tuple[enqueue.Role, QuerySet[Any], Callable[[Any], Recipient]]]:
    """The roles by which ``enqueue.put`` chooses people, with all that is shown of each row, in order."""
    shown: dict[str, tuple[Callable[[Any], QuerySet[Any]], Callable[[Any], Recipient]]] = {
        enqueue.DELEGATES.name: (_with_relations, of_delegate),
        enqueue.COORDINATORS.name: (_by_number("user", "bridge_point__conference"), of_coordinator),
        enqueue.TECHNICIANS.name: (_by_number("bridge_point__conference"), of_technician),
        enqueue.GUESTS.name: (_by_number("invitation__conference", "invitation__bridge_point"), of_guest),
    }
    return [(role, shown[role.name][0](rows), shown[role.name][1]) for role, rows in enqueue.roles(audience)]


def _by_number(*related: str) -> Callable[[QuerySet[Any]], QuerySet[Any]]:
    return lambda rows: rows.select_related(*related).order_by("id")


def _with_relations(delegates: QuerySet[Delegate]) -> QuerySet[Delegate]:
    """``delegates`` with all that is shown of them, point by point."""
    related = ("registration__organisation", "registration__conference", "registration__bridge_point")
    return delegates.select_related(*related).order_by("registration__bridge_point__position", "sort_name", "id")


def reach(audience: Audience) -> Iterator[Reach]:
    """Everybody whom ``audience`` means, with the channels that are used, or why there is none.

    The database says who is reached how, by the same expression by which ``enqueue.put`` chooses them.
    """
    groups = routes.groups(audience.route)
    names = [f"way_{number}" for number in range(len(groups))]
    missing = _missing_words({channel for group in groups for channel in group})
    for role, rows, recipient in _roles(audience):
        if not rows.query.is_empty():
            for row in _with_ways(role, rows, groups).iterator(chunk_size=2000):
                yield _reach(row, recipient(row), names, missing)
    if isinstance(audience, Announcement):
        reason = gettext("They asked to get no more messages like this.")
        for delegate in _with_relations(audience.unsubscribed_delegates()):
            yield Reach(of_delegate(delegate), (), reason, has_unsubscribed=True)


def person_of(to: Recipient) -> str:
    """``to`` as the outbox calls them."""
    roles = (
        (recipients.DELEGATE, to.delegate),
        (recipients.COORDINATOR, to.coordinator),
        (recipients.TECHNICIAN, to.connection),
        (recipients.GUEST, to.guest),
    )
    return next((str(Ref(role, row.pk)) for role, row in roles if row is not None), "")


def channels_to(audience: Audience, to: Recipient) -> tuple[str, ...]:
    """The channels by which ``to`` gets what goes to ``audience``; none if nothing reaches them. One query at most."""
    groups = routes.groups(audience.route)
    roles: list[tuple[enqueue.Role, Any]] = [
        (enqueue.DELEGATES, to.delegate),
        (enqueue.COORDINATORS, to.coordinator),
        (enqueue.TECHNICIANS, to.connection),
        (enqueue.GUESTS, to.guest),
    ]
    for role, row in roles:
        if groups and row is not None and row.pk:
            ways = {f"way_{number}": role.way(group) for number, group in enumerate(groups)}
            found = type(row).objects.filter(pk=row.pk).values_list(*ways.values()).first() or ()
            return tuple(channel for channel in found if channel)
    return ()


def _with_ways(role: enqueue.Role, rows: QuerySet[Any], groups: list[list[str]]) -> QuerySet[Any]:
    """``rows`` with ``way_0`` … for each group: the channel that is used; and whether they have any address at all.

    ``is_held``: an SMS to them waits until their contact person has opened a message.
    """
    ways = {f"way_{number}": role.way(group) for number, group in enumerate(groups)}
    has_address = Q(pk__in=[])
    for channel in {channel for group in groups for channel in group}:
        has_address |= role.has(channel)
    is_held = ExpressionWrapper(role.held(groups), BooleanField())
    found: QuerySet[Any] = rows.annotate(
        **ways, has_address=ExpressionWrapper(has_address, BooleanField()), is_held=is_held
    )
    return found


def _reach(row: Any, recipient: Recipient, names: list[str], missing: str) -> Reach:
    """How ``row`` is reached by what is annotated as ``names``; ``missing`` says why, if it has no address."""
    used = tuple(channel for name in names if (channel := getattr(row, name)))
    if used:
        return Reach(recipient, used, waits=row.is_held)
    if row.is_held:
        reason = gettext("No SMS yet: their contact person has not opened our message.")
        return Reach(recipient, (), reason, waits=True)
    if row.has_address:
        return Reach(recipient, (), gettext("The address does not exist: an earlier message came back."))
    return Reach(recipient, (), missing)


def _missing_words(channels: set[str]) -> str:
    """Why somebody without any address is not reached over ``channels``."""
    if not channels:
        return gettext("This installation has none of these channels.")
    if channels == {"email"}:
        return gettext("No e-mail address.")
    if "email" not in channels:
        return gettext("No mobile number.")
    return gettext("Neither e-mail address nor mobile number.")


def preview(announcement: Announcement) -> Preview:
    """Counts of everybody whom ``announcement`` means, and the fingerprint of all that is shown of it."""
    seen = Preview()
    said = [str(getattr(announcement, name)) for name in _SHOWN]
    provinces = sorted(province.pk for province in announcement.provinces.all())
    digest = sha256(repr((said, announcement.audience_key(), provinces)).encode())
    for one in reach(announcement):
        seen.people += 1
        seen.waiting += one.waits
        if one.why_not:
            seen.unreachable += 1
            seen.unsubscribed += one.has_unsubscribed
        for channel in one.channels:
            seen.messages[channel] = seen.messages.get(channel, 0) + 1
        who = one.recipient
        row = who.delegate or who.coordinator or who.connection or who.guest
        digest.update(f"{type(row).__name__}{row.pk if row else ''}{one.channels};".encode())
    seen.fingerprint = digest.hexdigest()[:32]
    return seen


def leaves_at(announcement: Announcement, channel: str, now: datetime) -> datetime:
    """When it goes out over ``channel`` (UTC) if it is confirmed at ``now``."""
    moment = max(announcement.send_at or now, now)
    due = quiet_hours.next_waking_time(channel, moment, until=_helps_until(announcement.conference, moment))
    # Too late to ring before the night: then at once while it is day, else when the night ends.
    return due if due >= now else quiet_hours.next_waking_time(channel, now)


def _helps_until(conference: Conference, moment: datetime) -> datetime:
    """From when on a message meant for ``moment`` helps nobody: what belongs before the start, from the start on."""
    if not conference.cancelled_at:
        for end in (conference.starts_at, conference.ends_at):
            if moment < end:
                return end
    return moment + _WORTH


def _expires_at(announcement: Announcement, now: datetime) -> datetime:
    meant, conference = announcement.send_at or now, announcement.conference
    until = max(meant, now) + _WORTH
    # Nothing is said after the end but what was meant for then; what is cancelled does not end.
    return until if conference.cancelled_at or meant >= conference.ends_at else min(until, conference.ends_at)


@transaction.atomic
def confirm(*, announcement: Announcement, fingerprint: str, by: User, now: datetime) -> int:
    """Send ``announcement`` to those whom ``preview`` showed with ``fingerprint``, or have it sent at its time.

    Returns how many messages are on their way at once.

    Raises:
        PreviewChanged: others would get it by now, or something else; show that first.
        NotPossible: it was confirmed already, or its time has passed.
    """
    current = Announcement.objects.select_for_update().select_related("conference").get(pk=announcement.pk)
    if current.state != Announcement.State.DRAFT:
        raise NotPossible(gettext("This message has been confirmed already."))
    if current.send_at and current.send_at <= now:
        raise NotPossible(gettext("The time at which it was to be sent has passed. Please change it."))
    if preview(current).fingerprint != fingerprint:
        raise PreviewChanged
    current.state, current.confirmed_by, current.confirmed_at = Announcement.State.CONFIRMED, by, now
    current.save()
    if current.send_at:
        return 0
    return _put(current, now)


def _put(announcement: Announcement, now: datetime) -> int:
    occasion = enqueue.Occasion(
        key=announcement.occasion,
        kind=message_kinds.ANNOUNCEMENT,
        occasion=announcement.occasion,
        expires_at=_expires_at(announcement, now),
    )
    count = enqueue.put(announcement, occasion, now=now, due_at=lambda channel: leaves_at(announcement, channel, now))
    announcement.state, announcement.planned_at = Announcement.State.PLANNED, now
    announcement.save()
    nudge_on_commit()
    return count


def plan_due(*, now: datetime) -> int:
    """Put the announcements on their way whose time has come; returns how many messages that takes.

    One whose SMS must leave before a night is planned then, and once more at its own time for who has come since.
    """
    confirmed, planned = Announcement.State.CONFIRMED, Announcement.State.PLANNED
    left_out = hold.left_out(hold.look(now))
    ahead = Announcement.objects.filter(state=confirmed, send_at__lte=now + _SOON)
    early = Announcement.objects.filter(state=planned, send_at__lte=now, planned_at__lt=F("send_at"))
    count = 0
    for pk in [*ahead.values_list("pk", flat=True), *early.values_list("pk", flat=True)]:
        with transaction.atomic():
            # Only its own row: the conference may be locked by who registers.
            locked = Announcement.objects.select_for_update(of=["self"]).select_related("conference")
            current = locked.get(pk=pk)
            if current.send_at and left_out(current.send_at):
                # It may have left before the installation was restored; an administrator decides.
                continue
            is_due = current.state == confirmed and first_leaves_at(current, now) <= now
            if is_due or (current.state == planned and _is_due_again(current, now)):
                count += _put(current, now)
    return count


def _is_due_again(announcement: Announcement, now: datetime) -> bool:
    """Whether it was planned before its own time, which has come."""
    planned_at, send_at = announcement.planned_at, announcement.send_at
    return planned_at is not None and send_at is not None and planned_at < send_at <= now


def first_leaves_at(announcement: Announcement, now: datetime) -> datetime:
    """When the first of its messages goes out (UTC), as seen from ``now``; its own time at the latest."""
    channels = {channel for group in routes.groups(announcement.route) for channel in group}
    moment = max(announcement.send_at or now, now)
    return min([moment, *(leaves_at(announcement, channel, now) for channel in channels)])


def list_waiting(conference: Conference) -> list[Announcement]:
    """The announcements of ``conference`` that were confirmed and have not left altogether."""
    confirmed, planned = Announcement.State.CONFIRMED, Announcement.State.PLANNED
    # Locked, so that nothing is planned meanwhile.
    found = Announcement.objects.select_for_update().filter(conference=conference, state__in=[confirmed, planned])
    by_occasion = {one.occasion: one for one in found.order_by("id")}
    unsent = Message.objects.unsent().filter(occasion__in=by_occasion).order_by()
    queued = set(unsent.values_list("occasion", flat=True).distinct()) if by_occasion else set()
    return [one for one in by_occasion.values() if one.state == confirmed or one.occasion in queued]


@transaction.atomic
def withdraw_for_cancellation(*, conference: Conference, reason: str) -> None:
    """Withdraw what was confirmed before ``conference`` was cancelled and has not left; it never leaves.

    What is written after that goes its way. ``reason`` stands with the messages that were in the outbox.
    """
    for current in list_waiting(conference):
        if current.is_of_before(conference.cancelled_at):
            current.state = Announcement.State.WITHDRAWN
            current.save()
            Message.objects.filter(occasion=current.occasion).withdraw(reason=reason)


def of_before(row: Installation) -> QuerySet[Announcement]:
    """Those that were to be sent at a time at which the restored installation ``row`` was not there."""
    confirmed = Announcement.objects.filter(state=Announcement.State.CONFIRMED)
    return confirmed.filter(send_at__gt=row.gap_from, send_at__lte=row.gap_until) if row.gap_from else confirmed.none()


def count_leaving(announcement: Announcement) -> int:
    """How many of its messages a worker has in hand right now: withdrawing may be too late for them."""
    return Message.objects.filter(occasion=announcement.occasion, state=Message.State.CLAIMED).count()


@transaction.atomic
def withdraw(*, announcement: Announcement) -> int:
    """Take back what has not left; returns how many messages that were.

    One that waits for its time is a draft again.

    Raises:
        NotPossible: it is a draft, or was withdrawn before.
    """
    current = Announcement.objects.select_for_update().get(pk=announcement.pk)
    if current.state == Announcement.State.CONFIRMED:
        current.state, current.confirmed_by, current.confirmed_at = Announcement.State.DRAFT, None, None
        current.save()
        return 0
    if current.state != Announcement.State.PLANNED:
        raise NotPossible(gettext("There is nothing to take back."))
    current.state = Announcement.State.WITHDRAWN
    current.save()
    return queue.withdraw(occasion=current.occasion)
