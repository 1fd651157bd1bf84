"""What this room says to rooms above it, which it does not know."""

from django.dispatch import Signal

#: Asks a room above which times in a meeting are stored already: sent with ``conference`` and ``keys``. A receiver
#: answers with the set of those that are.
stays_asked = Signal()

#: Sent inside the transaction that applies the list of a meeting, with ``conference``, ``point`` (the number of the
#: point whose meeting it was, or None), ``source`` (lists.meeting.columns.Source), ``stays`` (list of
#: lists.meeting.stays.Stay) and ``now``. The room above stores them.
meeting_read = Signal()
