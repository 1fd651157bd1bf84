"""The contact person has opened a message: their colleagues get their SMS (docs/adr/0033-sms-limits.md)."""

from datetime import datetime

from django.db import transaction

from outbox import queue
from outbox.nudge import nudge_on_commit
from registrations import messages
from registrations.models import Registration

#: The parameter of an address that carries ``Registration.opening_mark``.
MARK = "m"


def note_opened(*, registration: Registration, mark: str, now: datetime) -> None:
    """Somebody has opened a page of ``registration`` with ``mark``; does nothing unless a message of ours holds it."""
    if not mark or registration.link_opened_at or not registration.has_opening_mark(mark):
        return
    if registration.colleagues_wait:
        release_colleagues(registration=registration, now=now)
    else:
        # Nobody waits for it, but staff ask who has not opened theirs.
        _note(registration, now)


def trust(registration: Registration, now: datetime) -> None:
    """Staff send messages about ``registration``: from now on they go to everybody. Sends nothing itself."""
    if registration.colleagues_wait:
        _note(registration, now)


def _note(registration: Registration, now: datetime) -> None:
    Registration.objects.filter(pk=registration.pk, link_opened_at=None).update(link_opened_at=now)
    registration.link_opened_at = now


def release_colleagues(*, registration: Registration, now: datetime) -> None:
    """The contact person of ``registration`` is known to be reached: the SMS to its other people leave now."""
    if not registration.colleagues_wait:
        return
    with transaction.atomic():
        waiting = Registration.objects.filter(pk=registration.pk, link_opened_at=None)
        # Of two who open it at once one sends.
        if not waiting.update(link_opened_at=now):
            return
        registration.link_opened_at = now
        conference = registration.conference
        if not registration.is_active or not conference.is_ahead_at(now):
            return
        rows = messages.about(
            registration,
            registration.delegates.filter(is_contact=False),
            kind=registration.state,
            now=now,
            ends_at=conference.ends_at,
            to_contact=False,
        )
        queue.post(row for row in rows if row.channel == "sms")
        nudge_on_commit()
