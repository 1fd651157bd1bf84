"""Telling people that the conference moved, was cancelled, takes place after all, or has a date that is fixed now."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from conference.models import Conference
from messaging import announcements, enqueue, message_kinds, routes
from messaging.models import KnownTime, Rule
from outbox import queue
from outbox.models import Message, MessageQuerySet
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref
from registrations.messages import topic
from registrations.models import Guest, Registration

#: A notice waits this long, so that a slip of the pen can be put right before anybody reads it.
GRACE = timedelta(seconds=60)
#: Why a message was withdrawn, as it stands in the outbox.
WITHDRAWN = gettext_noop("The conference was moved or cancelled.")
# What a worker has in hand may be with its reader by now: better a correction too many than none.
_MAY_BE_READ = (Message.State.CLAIMED, *Message.LEFT)


def everybody(conference: Conference) -> Rule:
    """Everybody who has to do with ``conference``, as an audience that is not saved."""
    return Rule(conference=conference, to_waitlisted=True, to_coordinators=True, to_technicians=True, route=routes.BOTH)


def invited_guests(conference: Conference) -> QuerySet[Guest]:
    """Guests who have their invitation to ``conference`` and have not answered: they plan for its day as well."""
    return Guest.objects.filter(
        invitation__conference=conference, invitation__is_active=True, invited_at__isnull=False, registration=None
    )


def _topics(conference: Conference) -> list[str]:
    of_points = [topic(pk) for pk in conference.bridge_points.values_list("pk", flat=True)]
    # What guests hear who have no point yet.
    return [*of_points, str(Ref("conference", conference.pk))]


@transaction.atomic
def update_notice(*, conference: Conference, now: datetime) -> int:
    """Compare ``conference`` with what its people know, and put a notice on its way if it differs.

    What has not left and is no longer true vanishes; a notice that nobody has got yet is replaced by the next, and gone
    if all is as it was. While the conference is not published, nobody is told, and what people know stays what they
    were told. Returns how many messages the notice takes.
    """
    known, _created = KnownTime.objects.select_for_update().get_or_create(
        conference=conference, defaults={"starts_at": conference.starts_at, "cancelled": bool(conference.cancelled_at)}
    )
    if conference.cancelled_at:
        announcements.withdraw_for_cancellation(conference=conference, reason=WITHDRAWN)
    topics = _topics(conference)
    is_taken_back = _resolve_pending(known, conference, topics)
    # Whoever looks or registers from now on reads that the date is tentative.
    known.is_tentative |= conference.is_tentative
    if _concerns_nobody(known, conference, now):
        _mark_as_known(known, conference)
        return 0
    if known.starts_at == conference.starts_at and known.cancelled == bool(conference.cancelled_at):
        if is_taken_back:
            _bring_back(conference, topics, now)
        known.save()
        return 0
    _withdraw_outdated(conference, topics)
    known.notices += 1
    known.pending_starts_at, known.pending_cancelled = conference.starts_at, bool(conference.cancelled_at)
    known.pending_is_tentative = conference.is_tentative
    known.save()
    # While the conference is hidden, the notice waits: publishing it again puts it on its way, or nothing if all is as
    # it was.
    return _post_notice(known, conference, now) if conference.is_published else 0


def _concerns_nobody(known: KnownTime, conference: Conference, now: datetime) -> bool:
    """Whether the conference is over, or has nobody who plans for it and is not published."""
    if now >= max(conference.ends_at, known.starts_at):
        return True
    return not conference.is_published and not _has_people_who_plan(conference)


def _has_people_who_plan(conference: Conference) -> bool:
    """Whether anybody has ``conference`` in their calendar: registered, or invited and without an answer yet."""
    registered = Registration.objects.filter(conference=conference).exclude(state=Registration.State.CANCELLED)
    return registered.exists() or invited_guests(conference).exists()


def _withdraw_outdated(conference: Conference, topics: list[str]) -> None:
    """Take back what has not left and is wrong now that ``conference`` has moved or is cancelled."""
    unsent = Message.objects.unsent().filter(topic__in=topics)
    if conference.cancelled_at:
        # Announcements are dealt with one by one. Who cancelled their own registration get no notice, so they hear of
        # that.
        outdated = unsent.exclude(kind__in=[message_kinds.ANNOUNCEMENT, message_kinds.CANCELLED])
    else:
        # A confirmation stays: it is made when it leaves, with the new time.
        outdated = unsent.filter(kind__in=[*message_kinds.BY_RULE, *message_kinds.NOTICES])
    outdated.withdraw(reason=WITHDRAWN, withdrawn_for=_change_of(conference))


def _change_of(conference: Conference) -> str:
    """What the outbox calls a change of ``conference`` of which nobody has heard yet."""
    return f"change/{conference.pk}"


def _post_notice(known: KnownTime, conference: Conference, now: datetime) -> int:
    """Put the notice that is pending in ``known`` on its way; returns how many messages that takes."""
    is_cancelled = known.pending_cancelled
    occasion = enqueue.Occasion(
        key=known.occasion,
        kind=_notice_kind(is_cancelled=is_cancelled, was_cancelled=known.cancelled),
        occasion=known.occasion,
        # A cancelled conference is worth telling until it would have ended.
        expires_at=max(conference.ends_at, now + timedelta(hours=1)) if is_cancelled else conference.ends_at,
    )
    count = enqueue.put(
        everybody(conference), occasion, now=now, due_at=lambda channel: now + GRACE, guests=invited_guests(conference)
    )
    if not count:
        # There is nobody to tell.
        _mark_as_known(known, conference)
    nudge_on_commit()
    return count


def _notice_kind(*, is_cancelled: bool, was_cancelled: bool) -> str:
    if is_cancelled:
        return message_kinds.CONFERENCE_CANCELLED
    return message_kinds.RESTORED if was_cancelled else message_kinds.RESCHEDULED


def is_cancellation_known(conference: Conference) -> bool:
    """Whether somebody has heard that ``conference`` is cancelled, or may have. Two queries at most."""
    known = KnownTime.objects.filter(conference=conference).first()
    if known is None or known.cancelled or not known.pending_cancelled:
        return known is not None and known.cancelled
    return Message.objects.filter(occasion=known.occasion, state__in=_MAY_BE_READ).exists()


def _resolve_pending(known: KnownTime, conference: Conference, topics: list[str]) -> bool:
    """Find out what became of the notice on its way: once somebody has it, or may have, it is what people know.

    Returns whether there was one that nobody has got; it is withdrawn.
    """
    if known.pending_starts_at is None:
        return False
    of_notice = Message.objects.filter(occasion=known.occasion)
    # Locked, so that no worker claims one between the question and the answer.
    list(of_notice.unsent().select_for_update().order_by("id").values_list("pk"))
    is_read = of_notice.filter(state__in=_MAY_BE_READ).exists()
    if is_read:
        known.starts_at, known.cancelled = known.pending_starts_at, known.pending_cancelled
        known.is_tentative = known.pending_is_tentative
        # From now on there is no way back for what was withdrawn.
        _select_withdrawn(conference, topics).update(withdrawn_for="")
    else:
        queue.withdraw(occasion=known.occasion)
    known.pending_starts_at, known.pending_cancelled = None, False
    return not is_read


def _select_withdrawn(conference: Conference, topics: list[str]) -> MessageQuerySet:
    return Message.objects.filter(topic__in=topics, state=Message.State.CANCELLED, withdrawn_for=_change_of(conference))


def _bring_back(conference: Conference, topics: list[str], now: datetime) -> None:
    """All is as it was and nobody has heard of a change: what was withdrawn for it goes out after all."""
    of_this_start = Q(key__contains=f"/{int(conference.starts_at.timestamp())}/")
    by_rule = Q(kind__in=message_kinds.BY_RULE)
    Message.objects.filter(by_rule & ~of_this_start, topic__in=topics).withdraw()
    withdrawn = _select_withdrawn(conference, topics).filter(expires_at__gt=now)
    # Of the notices, only that the date is fixed is still true.
    undone = [kind for kind in message_kinds.NOTICES if kind != message_kinds.DATE_FIXED]
    withdrawn.exclude(kind__in=undone).exclude(by_rule & ~of_this_start).bring_back()


def waits_for_publishing(conference: Conference, now: datetime) -> bool:
    """Whether people have not heard that ``conference`` was moved or cancelled, since it is hidden. Queries: one."""
    if conference.is_published or now >= conference.ends_at:
        return False
    return KnownTime.objects.filter(conference=conference).exclude(pending_starts_at=None).exists()


def _mark_as_known(known: KnownTime, conference: Conference) -> None:
    """Note that people know ``conference`` as it is now."""
    known.starts_at, known.cancelled = conference.starts_at, bool(conference.cancelled_at)
    known.is_tentative = conference.is_tentative
    known.pending_starts_at, known.pending_cancelled = None, False
    known.save()


def lies_ahead(conference: Conference, now: datetime) -> bool:
    """Whether anybody needs to be told of changes to ``conference``."""
    return conference.is_published and conference.is_ahead_at(now)


# --- a tentative date that is fixed -----------------------------------------------------------------------------------


def is_fixed_date_news(conference: Conference, now: datetime) -> bool:
    """Whether people know the date of ``conference`` as tentative, while it is fixed, and nobody has decided to tell.

    A notice of another time on its way tells them as well. Two queries at most.
    """
    if conference.is_tentative or not lies_ahead(conference, now) or now >= conference.starts_at:
        return False
    known = KnownTime.objects.filter(conference=conference).first()
    is_news = known is not None and known.is_tentative and known.pending_starts_at is None
    return is_news and _has_people_who_plan(conference)


@transaction.atomic
def tell_fixed_date(*, conference: Conference, now: datetime) -> int:
    """Tell everybody that the date of ``conference`` is no longer tentative; returns how many messages that takes.

    Nothing is sent if that is no news.
    """
    known = KnownTime.objects.select_for_update().get(conference=conference)
    if not is_fixed_date_news(conference, now):
        return 0
    known.is_tentative = False
    known.notices += 1
    known.save()
    occasion = enqueue.Occasion(
        key=known.occasion,
        kind=message_kinds.DATE_FIXED,
        occasion=known.occasion,
        # Afterwards it is no news.
        expires_at=conference.starts_at,
    )
    count = enqueue.put(everybody(conference), occasion, now=now, guests=invited_guests(conference))
    nudge_on_commit()
    return count


@transaction.atomic
def dismiss_fixed_date(*, conference: Conference) -> None:
    """Take the date of ``conference`` for known as fixed without telling anybody."""
    KnownTime.objects.filter(conference=conference).update(is_tentative=False)
