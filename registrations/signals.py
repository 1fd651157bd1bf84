"""What this room says to rooms above it, which it does not know."""

from dataclasses import dataclass, field

from django.dispatch import Signal


@dataclass
class ErasedPeople:
    """By what people are recognised elsewhere when their data are erased.

    Numbers of delegates, addresses in lower case, phones in E.164, full names; ``sent_to`` are all addresses to which
    something was sent to them, as they stand in the outbox.
    """

    delegates: set[int] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    sent_to: set[str] = field(default_factory=set)


#: Asks a room above who is there already for the present date: sent with ``conference``, the row. A receiver answers
#: with a query for the numbers of the delegates who are, and not with names.
presence_asked = Signal()

#: Asks in the same way who was ever recorded as present, also before the date was moved: sent with ``conference``, its
#: number.
record_asked = Signal()

#: Sent inside the transaction that erases, with ``conference``, ``people`` (ErasedPeople) and ``everybody`` (bool: all
#: of the conference, not just ``people``). Every room that keeps personal data of its own erases them on hearing it:
#: the page that erases is the registrant's own, below all of those rooms.
personal_data_erased = Signal()
