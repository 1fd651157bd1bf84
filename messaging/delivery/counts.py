"""What became of the messages of a conference: questions only, nothing is changed here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bridges.models import Connection, Coordinator, TestRound
from common.search import fold
from messaging import enqueue, kind_names, message_kinds, notices, sms_limits
from messaging import recipients as messaging_recipients
from messaging.delivery import points_scope
from messaging.delivery.scope import Scope
from messaging.line_words import CANCELLED_ROUND, ROUND, known_start, reminder_words
from messaging.time_words import moment_words
from outbox import hold, queue, send
from outbox.channel_names import CHANNEL_NAMES
from outbox.models import Message
from outbox.refs import Ref
from registrations import searching
from registrations.messages import topic
from registrations.models import Delegate

State = Message.State

#: The columns of the page: what a message can have come to, and the states of the outbox that mean it.
COLUMNS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "queued": (_("queued"), (State.QUEUED, State.CLAIMED, State.SENDING)),
    "sent": (_("sent"), (State.SENT,)),
    "delivered": (_("delivered"), (State.DELIVERED,)),
    "failed": (_("failed"), (State.FAILED,)),
    "uncertain": (_("uncertain"), (State.UNCERTAIN,)),
    "expired": (_("expired"), (State.EXPIRED,)),
    "cancelled": (_("withdrawn"), (State.CANCELLED,)),
}
_COLUMN_OF = {state: column for column, (_label, states) in COLUMNS.items() for state in states}
#: One more choice in the list of people: whom nothing of what failed has reached by another way.
UNREACHED = "unreached"

#: In this order kinds stand on the page; rules, notices and announcements have labels of their own.
_ORDER = [*message_kinds.LABELS, kind_names.APPOINTED]
#: What the outbox writes itself, in English.
_OUR_ERRORS = {
    send.INTERNAL_ERROR: _("Internal error: see the log."),
    queue.WORKER_STOPPED: _("A worker stopped while it was sending this."),
    enqueue.NO_ADDRESS: _("No usable address."),
    hold.DROPPED: _("Not sent: it may have left before the installation was restored."),
    notices.WITHDRAWN: _("The conference was moved or cancelled."),
    sms_limits.HELD_BACK: _("More SMS than usual were asked for: this one waits for the next hour."),
}


@dataclass(frozen=True)
class Filter:
    """Which messages are meant; empty: all. ``occasion`` is the outbox's, or the kind where that has none."""

    occasion: str = ""
    channel: str = ""
    point: str = ""
    state: str = ""
    q: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filter":
        """The filter in the query of an address."""
        return cls(**{name: given.get(name, "").strip()[:100] for name in cls.__dataclass_fields__})

    def query(self, **changes: str) -> str:
        """The filter as the query of an address, with ``changes``."""
        changed = replace(self, **changes)
        return urlencode([(n, v) for n in self.__dataclass_fields__ if (v := getattr(changed, n))])


def select(scope: Scope, wanted: Filter) -> QuerySet[Message]:
    """The messages of ``scope`` that ``wanted`` means."""
    found: QuerySet[Message] = Message.objects.filter(topic__in=scope.topics)
    if wanted.point:
        found = _select_point(found, scope, wanted.point)
    if wanted.occasion:
        found = found.filter(**{"occasion" if "/" in wanted.occasion else "kind": wanted.occasion})
    if wanted.channel:
        found = found.filter(channel=wanted.channel)
    if wanted.state:
        found = _select_state(found, wanted.state)
    if fold(wanted.q):
        found = found.filter(_search_condition(scope, wanted.q))
    return found


def _select_point(found: QuerySet[Message], scope: Scope, point: str) -> QuerySet[Message]:
    """Those about ``point``, a number in text; "0": about none of them."""
    number = int(point) if point.isdecimal() else 0
    if number == 0 and scope.is_organiser:
        return found.filter(topic=scope.no_point)
    return found.filter(topic=topic(number)) if number in scope.points else found.none()


def _select_state(found: QuerySet[Message], state: str) -> QuerySet[Message]:
    if state == UNREACHED:
        return select_unreached(found)
    return found.filter(state__in=COLUMNS[state][1]) if state in COLUMNS else found.none()


def select_visible(scope: Scope, wanted: Filter = Filter()) -> QuerySet[Message]:
    """Those of ``select`` that are shown one by one and can be sent again.

    Of erased people nothing is left to show. Coordinators see people who are at their points now: who have moved away
    are no longer theirs.
    """
    found = select(scope, wanted).exclude(address="")
    return found if scope.is_organiser else found.filter(points_scope.at(scope.points))


def select_resendable(scope: Scope) -> QuerySet[Message]:
    """The messages that the user of ``scope`` may send again one by one, from the list or a person's page."""
    found = Message.objects.exclude(address="")
    return found.filter(topic__in=scope.topics) if scope.is_organiser else found.filter(points_scope.at(scope.points))


_same = {"person": OuterRef("person"), "kind": OuterRef("kind"), "occasion": OuterRef("occasion")}


def select_unreached(found: QuerySet[Message]) -> QuerySet[Message]:
    """Those that failed or were too late while no other way reached the same person on the same occasion, or will."""
    other = Message.objects.filter(**_same).exclude(state__in=[State.FAILED, State.EXPIRED, State.CANCELLED])
    return found.filter(~Exists(other), state__in=[State.FAILED, State.EXPIRED])


def annotate_sent_again(found: QuerySet[Message]) -> QuerySet[Any]:
    """Each with ``sent_again``: whether a later message said the same to the same person over the same channel."""
    later = Message.objects.filter(channel=OuterRef("channel"), pk__gt=OuterRef("pk"), **_same)
    return found.annotate(sent_again=Exists(later))


def _search_condition(scope: Scope, q: str) -> Q:
    """The condition that a message went to somebody, or to an address, that ``q`` finds without accents."""
    words = fold(q).split()[:20]
    at_points = Delegate.objects.filter(registration__bridge_point__in=list(scope.points))
    delegates = at_points.filter(searching.delegates_by_each_word(q)).order_by()
    name = Ref.expression(messaging_recipients.DELEGATE, "pk")
    staff = {
        str(Ref(messaging_recipients.COORDINATOR, c.pk)): f"{c.user.name} {c.user.email}"
        for c in Coordinator.objects.filter(bridge_point__in=list(scope.points)).select_related("user")
    } | {
        str(Ref(messaging_recipients.TECHNICIAN, c.pk)): f"{c.technician_name} {c.technician_email}"
        for c in Connection.objects.filter(bridge_point__in=list(scope.points))
    }
    found = [person for person, text in staff.items() if all(word in fold(text) for word in words)]
    rows = Message.objects.order_by()
    # By the index of persons; an OR would compare every message with all of them.
    theirs = rows.filter(Q(person__in=delegates.values_list(name, flat=True))).values("pk")
    others = rows.filter(Q(person__in=found) | Q(address__icontains=q.strip()), topic__in=scope.topics).values("pk")
    return Q(pk__in=theirs.union(others))


@dataclass
class Tally:
    """How many messages came to what, by column."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLUMNS, 0))

    def add(self, state: str, count: int) -> None:
        self.counts[_COLUMN_OF[state]] += count

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """How many have gone out."""
        return self.counts["sent"] + self.counts["delivered"]

    @property
    def wanted(self) -> int:
        """How many went out or were to: all but those withdrawn."""
        return self.total - self.counts["cancelled"]

    @property
    def words(self) -> str:
        """The bar in words."""
        if not self.wanted:
            return gettext("nothing to send")
        parts = [gettext("%(done)d of %(wanted)d sent") % {"done": self.done, "wanted": self.wanted}]
        parts += [f"{COLUMNS[c][0]}: {self.counts[c]}" for c in ("queued", "failed", "uncertain") if self.counts[c]]
        return ", ".join(parts)

    def bar(self) -> list[tuple[str, str, str]]:
        """Column, start and width of each part of the bar in hundredths, as numbers of SVG."""
        parts, start = [], 0.0
        for column in ("delivered", "sent", "failed", "uncertain", "expired", "queued"):
            if count := self.counts[column]:
                width = 100 * count / self.wanted
                parts.append((column, f"{start:.2f}", f"{width:.2f}"))
                start += width
        return parts


@dataclass
class Section:
    """One message (or one bridge point) with a tally for each channel."""

    code: str
    label: str
    channels: dict[str, Tally] = field(default_factory=dict)

    def add(self, channel: str, state: str, count: int) -> None:
        self.channels.setdefault(channel, Tally()).add(state, count)

    @property
    def is_withdrawn_notice(self) -> bool:
        """Whether this is a notice of which every message was withdrawn before it left."""
        ref = Ref.parse(self.code)
        is_notice = ref is not None and ref.kind == "notice"
        return is_notice and not any(tally.wanted for tally in self.channels.values())


@dataclass
class Overview:
    """The whole page: everything together, and by message or by point."""

    everything: Section
    sections: list[Section]

    @property
    def waiting(self) -> int:
        """How many messages have not left."""
        return sum(tally.counts["queued"] for tally in self.everything.channels.values())

    @property
    def lost(self) -> int:
        """How many reached nobody: failed, or too late."""
        return sum(t.counts["failed"] + t.counts["expired"] for t in self.everything.channels.values())


def count_messages(scope: Scope, names: "Names", *, by_point: bool = False, wanted: Filter = Filter()) -> Overview:
    """The counts of ``scope``, by message or ``by_point``; one statement over the outbox, whatever is asked."""
    rows = (
        select(scope, replace(wanted, state="", q="", channel=""))
        .order_by()
        .values_list("topic", "kind", "occasion", "channel", "state")
        .annotate(count=Count("*"))
    )
    everything = Section("", gettext("All together"))
    sections: dict[str, Section] = {}
    for about, kind, occasion, channel, state, number in sorted(rows, key=lambda row: place(row[3])):
        code = _point_code(scope, about) if by_point else _code(kind, occasion)
        if code not in sections:
            label = _point_label(scope, int(code)) if by_point else names.label(kind, occasion)
            sections[code] = Section(code, label)
        sections[code].add(channel, state, number)
        everything.add(channel, state, number)
    order = ["0", *map(str, scope.points)].index if by_point else names.order
    return Overview(everything, sorted(sections.values(), key=lambda section: order(section.code)))


def _point_code(scope: Scope, about: str) -> str:
    """The number of the point that the topic ``about`` names, "0" for the conference without a point."""
    ref = None if about == scope.no_point else Ref.parse(about)
    return str(ref.number) if ref else "0"


def _point_label(scope: Scope, number: int) -> str:
    return scope.points[number].label if number else gettext("no point chosen yet")


def _code(kind: str, occasion: str) -> str:
    return occasion if "/" in occasion else kind


def place(channel: str) -> tuple[int, str]:
    """Sorts channels as they stand everywhere."""
    known = list(CHANNEL_NAMES)
    return (known.index(channel) if channel in known else len(known)), channel


class Names:
    """The messages of a conference by name; two queries, and one more if some are about test rounds."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.rules = list(scope.conference.reminder_rules.prefetch_related("points").order_by("id"))
        for rule in self.rules:
            rule.conference = scope.conference
        self.announcements = list(scope.conference.announcements.prefetch_related("points").order_by("id"))
        self._rules = {r.occasion: r for r in self.rules}
        self._announcements = {a.occasion: a for a in self.announcements}

    def label(self, kind: str, occasion: str) -> str:
        """What a message is called on the page."""
        if announcement := self._announcements.get(occasion):
            return announcement.title
        name = kind_names.kind_name(kind)
        name = name[:1].upper() + name[1:]
        if rule := self._rules.get(occasion):
            return f"{name} – {rule.when_words()}"
        ref = Ref.parse(occasion)
        if ref is None:
            return name
        if ref.kind in (ROUND, CANCELLED_ROUND):
            return f"{name}{self._round_words(occasion, ref)}"
        if ref.kind == "details" and (point := self.scope.points.get(ref.number)):
            name = f"{name} – {point.label}"
        # The second notice of a kind and every later one says which it is.
        return f"{name} ({ref.part})" if ref.part and ref.part > 1 else name

    def _round_words(self, occasion: str, ref: Ref) -> str:
        """Which test round a message is about, when that is, and which of its reminders the message is."""
        which = reminder_words(occasion)
        if (test_round := self._rounds.get(ref.number)) is None:
            return which and f" ({which})"
        words = f" – {test_round}, {moment_words(known_start(occasion, test_round))}"
        return f"{words} ({which})" if which else words

    @cached_property
    def _rounds(self) -> dict[int, TestRound]:
        return {test_round.pk: test_round for test_round in self.scope.conference.test_rounds.all()}

    def label_of(self, code: str) -> str:
        """The same for an address's ``occasion``."""
        ref = Ref.parse(code)
        family = ref.kind if ref else code
        kind = {
            "announcement": message_kinds.ANNOUNCEMENT,
            "details": message_kinds.DETAILS,
            ROUND: message_kinds.TEST_ROUND,
            CANCELLED_ROUND: message_kinds.ROUND_CANCELLED,
            "rule": message_kinds.REMINDER,
        }.get(family, code)
        if rule := self._rules.get(code):
            kind = rule.text
        return self.label(gettext("notice") if family == "notice" else kind, code if "/" in code else "")

    def order(self, code: str) -> tuple[Any, ...]:
        """Sorts messages: about registrations, reminders by their time, then what was said once, the latest first."""
        if code in _ORDER:
            return 0, _ORDER.index(code), code
        if rule := self._rules.get(code):
            return 1, rule.fires_at(self.scope.conference).timestamp(), code
        ref = Ref.parse(code)
        return 2, -ref.number if ref else 0, code


def next_due(scope: Scope) -> datetime | None:
    """When the first message that waits is due (UTC); None: none waits. What is being sent is due."""
    waiting = Message.objects.filter(topic__in=scope.topics, state__in=COLUMNS["queued"][1])
    return waiting.order_by("due_at").values_list("due_at", flat=True).first()


def state_words(message: Message, now: datetime) -> str:
    """What became of ``message``, in words."""
    if message.state == State.QUEUED and message.due_at > now:
        return gettext("waits until %(moment)s") % {"moment": moment_words(message.due_at)}
    return {
        State.QUEUED: gettext("waits for its turn"),
        State.CLAIMED: gettext("is being sent"),
        State.SENDING: gettext("is being sent"),
        State.SENT: gettext("sent"),
        State.DELIVERED: gettext("delivered"),
        State.FAILED: gettext("failed"),
        State.UNCERTAIN: gettext("uncertain: it may have arrived"),
        State.EXPIRED: gettext("not sent: its time had passed"),
        State.CANCELLED: gettext("withdrawn before it left"),
    }[State(message.state)]


def error_words(message: Message) -> str:
    """Why, in words: channels write them, and what the outbox writes itself is translated."""
    return str(_OUR_ERRORS.get(message.error, message.error))


def recipients(messages: Iterable[Message]) -> dict[str, messaging_recipients.Recipient]:
    """To whom ``messages`` went, by the outbox's names."""
    return messaging_recipients.load({m.person for m in messages})


def states(wanted: Sequence[str] = tuple(COLUMNS)) -> list[tuple[str, str]]:
    """The choices of the state filter."""
    return [
        *((column, str(COLUMNS[column][0])) for column in wanted),
        (UNREACHED, gettext("not reached at all")),
    ]
