"""The messages of one person, or of everybody in a registration, in words."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.text import Truncator, capfirst

from messaging import message_kinds
from messaging.delivery import counts
from messaging.time_words import moment_words
from outbox.channel_names import channel_name
from outbox.models import Message
from registrations.messages import contact_person
from registrations.models import Delegate, Registration


@dataclass(frozen=True)
class Line:
    """One message in words: over which channel, when, what became of it, and why."""

    message: Message
    channel: str
    moment: str
    state: str
    error: str

    @classmethod
    def of(cls, message: Message, now: datetime) -> "Line":
        """``message`` in words, as seen at ``now`` (UTC)."""
        return cls(
            message=message,
            channel=channel_name(message.channel),
            moment=moment_words(message.delivered_at or message.sent_at or message.due_at),
            state=counts.state_words(message, now),
            error=counts.error_words(message),
        )

    @property
    def beginning(self) -> str:
        """What it says, in at most 60 characters: the subject, or how the text begins; until it has left, its kind."""
        said = self.message.subject or " ".join(self.message.text.split())
        kind = str(message_kinds.LABELS.get(self.message.kind, ""))
        return Truncator(said or capfirst(kind)).chars(60)


@dataclass(frozen=True)
class PersonMessages:
    """The messages to one person of a registration, the last first; ``delegate``: none if they do not attend."""

    name: str
    delegate: Delegate | None
    lines: list[Line]


def select(person: str) -> QuerySet[Message]:
    """Everything that was said to ``person`` ("delegate/7"), in order, each with ``sent_again``."""
    found = Message.objects.filter(person=person)
    return counts.annotate_sent_again(found).order_by("created_at", "id")


def of_registration(registration: Registration, *, now: datetime, at_most: int = 50) -> list[PersonMessages]:
    """The messages to each delegate of ``registration``, and to a contact person who does not attend.

    The last ``at_most`` messages of all of them together. Two queries, one if the delegates are prefetched.
    """
    delegates = {delegate.person: delegate for delegate in registration.delegates.all()}
    contact = contact_person(registration)
    lines: dict[str, list[Line]] = {person: [] for person in [*delegates, contact]}
    for message in Message.objects.filter(person__in=list(lines)).order_by("-id")[:at_most]:
        lines[message.person].append(Line.of(message, now))
    found = [PersonMessages(one.full_name, one, lines[person]) for person, one in delegates.items()]
    if lines[contact]:
        found.append(PersonMessages(registration.contact_name, None, lines[contact]))
    return found
