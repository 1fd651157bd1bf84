"""What waits while nothing leaves: by kind, conference and channel, and letting it go or not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext

from bridges.models import BridgePoint
from conference.models import Conference
from messaging import announcements, message_kinds
from messaging.kind_names import kind_name
from messaging.models import Announcement, Rule
from messaging.reminders.planning import window
from outbox import hold, queue
from outbox.channel_names import channel_name
from outbox.models import Installation, Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref

#: Rows of which some are shown, so that somebody can look whether they have arrived.
_SAMPLE = 5


@dataclass
class Line:
    """The messages of one kind about one conference over one channel.

    ``old``: how many belonged out before everything was held, so that they may have left already. ``first_due`` and
    ``last_due`` (UTC) say from when until when they belong out.
    """

    kind: str
    conference: str
    channel: str
    count: int
    old: int
    first_due: datetime
    last_due: datetime


@dataclass
class Review:
    """What would leave, if everything were released.

    ``reminders`` and ``announcements`` are not in the outbox: they belonged out between the dump and the hold, each
    with its name and its time. ``sample``: the messages that have waited longest.
    """

    installation: Installation
    lines: list[Line] = field(default_factory=list)
    sample: list[Message] = field(default_factory=list)
    reminders: list[tuple[str, datetime]] = field(default_factory=list)
    announcements: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many messages wait."""
        return sum(line.count for line in self.lines)

    @property
    def old(self) -> int:
        """How many of them may have left already."""
        return sum(line.old for line in self.lines)

    @property
    def asks(self) -> bool:
        """Whether anything belonged out before, so that somebody must say what becomes of it."""
        return bool(self.old or self.reminders or self.announcements)


def review(now: datetime) -> Review | None:
    """What waits at ``now`` (UTC) while everything is held; None: nothing is held."""
    row = hold.current()
    if row is None or row.held_since is None:
        return None
    waiting = Message.objects.unsent().exclude(expires_at__lte=now)
    return Review(
        row,
        lines=_lines(row),
        sample=list(waiting.filter(hold.unsent_of_before(row)).order_by("due_at", "id")[:_SAMPLE]),
        reminders=_reminders(row, now),
        announcements=[(one.title, one.send_at) for one in announcements.of_before(row) if one.send_at],
    )


@transaction.atomic
def release(*, drop: bool, now: datetime) -> int:
    """Let messages leave again; returns how many were dropped.

    ``drop``: what belonged out before everything was held is not sent from here; otherwise it is.
    """
    row = hold.current()
    if row is None or row.held_since is None:
        return 0
    dropped = 0
    # What a dead worker held at the time of the dump counts as well.
    queue.tidy(now)
    if drop:
        dropped = Message.objects.filter(hold.unsent_of_before(row)).withdraw(reason=hold.DROPPED)
        announcements.of_before(row).update(state=Announcement.State.WITHDRAWN)
    hold.lift(drop=drop)
    nudge_on_commit()
    return dropped


def _lines(row: Installation) -> list[Line]:
    grouped = (
        Message.objects.unsent()
        .order_by()
        .values("kind", "topic", "channel")
        .annotate(
            count=Count("pk"),
            old=Count("pk", filter=hold.unsent_of_before(row)),
            first_due=Min("due_at"),
            last_due=Max("due_at"),
        )
    )
    found = list(grouped)
    names = _conference_names(group["topic"] for group in found)
    lines: dict[tuple[str, str, str], Line] = {}
    for group in found:
        conference, kind = names.get(group["topic"], ""), kind_name(group["kind"])
        fresh = Line(
            kind=kind,
            conference=conference,
            channel=channel_name(group["channel"]),
            **{name: group[name] for name in ("count", "old", "first_due", "last_due")},
        )
        known = lines.setdefault((conference, kind, group["channel"]), fresh)
        if known is not fresh:
            known.count, known.old = known.count + fresh.count, known.old + fresh.old
            known.first_due = min(known.first_due, fresh.first_due)
            known.last_due = max(known.last_due, fresh.last_due)
    return [lines[key] for key in sorted(lines)]


def _conference_names(topics: Iterable[str]) -> dict[str, str]:
    """The short name of the conference that each of ``topics`` is about."""
    refs = {topic: ref for topic in topics if (ref := Ref.parse(topic))}
    numbers = [ref.number for ref in refs.values() if ref.kind == "point"]
    of_point = dict(BridgePoint.objects.filter(pk__in=numbers).values_list("pk", "conference_id"))
    conference = {
        topic: of_point.get(ref.number, 0) if ref.kind == "point" else ref.number for topic, ref in refs.items()
    }
    names = {one.pk: one.short_name for one in Conference.objects.filter(pk__in=set(conference.values()))}
    return {topic: names.get(pk, "") for topic, pk in conference.items()}


def _reminders(row: Installation, now: datetime) -> list[tuple[str, datetime]]:
    """The reminders that belonged out before the hold and would still make sense, which are not planned."""
    if row.gap_from is None or row.gap_until is None:
        return []
    near = Q(conference__ends_at__gt=now) | Q(timing__in=Rule.AFTERWARDS)
    rules = Rule.objects.filter(near, is_active=True, conference__cancelled_at=None)
    rules = rules.filter(conference__in=Conference.objects.published()).select_related("conference")
    of_conference: dict[int, list[Rule]] = {}
    for rule in rules.prefetch_related("points").order_by("id"):
        of_conference.setdefault(rule.conference_id, []).append(rule)
    found = []
    for others in of_conference.values():
        for rule in others:
            fires_at, until = window(rule, rule.conference, others)
            if row.gap_from < fires_at <= row.gap_until and now < until:
                label = str(message_kinds.LABELS.get(rule.text, rule.text))
                words = gettext("%(conference)s: %(kind)s, %(when)s") % {
                    "conference": rule.conference.short_name,
                    "kind": label,
                    "when": rule.when_words(),
                }
                found.append((words, fires_at))
    return sorted(found, key=lambda one: one[1])
