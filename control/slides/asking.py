"""Asking speakers for their slides: by whom they are reached, the link that they get, reminders, withdrawing it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from common.phones import mobile_of
from conference.models import Conference
from control.models import Cue, SlideCall, SlideLink
from control.slides.order import Entry
from messaging.kind_names import SLIDES_ASKED, SLIDES_REMINDED
from outbox import queue
from outbox.models import Message
from outbox.nudge import nudge_on_commit
from outbox.refs import Ref
from registrations.messages import addresses

#: Under this name the outbox finds ``control.slides.messages.compose``.
COMPOSER = "control"
#: What the outbox calls somebody who is asked for slides.
SPEAKER = "speaker"


class NoAddress(Exception):
    """Neither a mail address nor a mobile is known of the speaker."""


class NoLongerAsked(Exception):
    """The conference is over or cancelled: nobody is asked any more."""


def person_of(link: SlideLink) -> str:
    """What the outbox calls whoever has ``link``."""
    return str(Ref(SPEAKER, link.pk))


def is_open(conference: Conference, now: datetime) -> bool:
    """Whether slides of ``conference`` are taken at ``now``."""
    return conference.is_ahead_at(now)


def set_due(*, conference: Conference, due_at: datetime | None) -> None:
    """Have the slides of ``conference`` handed in by ``due_at``; None: no time is set."""
    SlideCall.objects.update_or_create(conference=conference, defaults={"due_at": due_at})


@dataclass(frozen=True)
class MovedDue:
    """The time limit of a conference that was moved; ``after`` is ``before`` where it has stayed."""

    before: datetime
    after: datetime

    @property
    def has_moved(self) -> bool:
        """Whether it is another one now."""
        return self.before != self.after


@transaction.atomic
def move_due(*, conference: Conference, by: timedelta, now: datetime) -> MovedDue | None:
    """Move the time limit ``by`` so much, as its conference was moved; None: none is set, or it has passed.

    It stays where it is if it would have passed then: somebody has to say how long there is time.
    """
    call = SlideCall.objects.select_for_update().filter(conference=conference, due_at__gt=now).first()
    if call is None or call.due_at is None:
        return None
    before = call.due_at
    if before + by > now:
        call.due_at = before + by
        call.save(update_fields=["due_at"])
    return MovedDue(before, call.due_at)


@transaction.atomic
def ask(*, cue: Cue, email: str, phone: str, now: datetime) -> int:
    """Ask the speaker of ``cue`` for slides, by mail and SMS as far as known; returns how many messages that takes.

    ``phone`` in E.164. A link that was withdrawn stays so: they get another.

    Raises:
        NoAddress: they cannot be reached.
        NoLongerAsked: the conference is over.
    """
    if not is_open(cue.conference, now):
        raise NoLongerAsked
    if not addresses(email, mobile_of(phone)):
        raise NoAddress
    SlideLink.objects.bulk_create([SlideLink(cue_id=cue.pk)], ignore_conflicts=True)
    link = SlideLink.objects.select_for_update().get(cue=cue)
    if link.withdrawn_at is not None:
        link.renew_token()
    link.email, link.phone, link.asked_at, link.withdrawn_at = email, phone, now, None
    link.save()
    return _send(cue, link, SLIDES_ASKED, now)


@transaction.atomic
def remind(*, entries: Iterable[Entry], now: datetime) -> int:
    """Remind the speakers of those of ``entries`` who have handed in nothing yet; returns how many people."""
    waited_for = [entry for entry in entries if entry.is_waited_for and is_open(entry.cue.conference, now)]
    for entry in waited_for:
        if entry.link:
            _send(entry.cue, entry.link, SLIDES_REMINDED, now)
    SlideLink.objects.filter(cue__in=[entry.cue for entry in waited_for]).update(reminded_at=now)
    return len(waited_for)


def _send(cue: Cue, link: SlideLink, kind: str, now: datetime) -> int:
    found = addresses(link.email, mobile_of(link.phone))
    # Two reminders within a minute are one: a page that was sent twice. Who is asked twice has another address.
    moment = int(now.timestamp()) // 60 if kind == SLIDES_REMINDED else now.timestamp()
    messages = [
        Message(
            key=f"{kind}/{link.pk}/{link.token_version}/{moment}/{channel}",
            channel=channel,
            address=address,
            language=settings.LANGUAGE_CODE.partition("-")[0],
            composer=COMPOSER,
            kind=kind,
            person=person_of(link),
            topic=str(Ref("conference", cue.conference_id)),
            due_at=now,
            expires_at=cue.conference.ends_at,
            created_at=now,
        )
        for channel, address in found
    ]
    # What waits still says the same, or what is no longer so; but not what this one is.
    waiting = Message.objects.unsent().filter(person=person_of(link))
    waiting.exclude(key__in=[message.key for message in messages]).withdraw()
    queue.post(messages)
    nudge_on_commit()
    return len(found)


@transaction.atomic
def withdraw(*, cue: Cue, now: datetime) -> bool:
    """Withdraw the link to hand in the slides of ``cue``: whoever has it is let in no more. Whether there was one.

    It stays known, so that its page can say what has become of it, until the speaker is asked anew.
    """
    link = SlideLink.objects.select_for_update().filter(cue=cue).first()
    if link is None or link.withdrawn_at is not None:
        return False
    queue.withdraw(person=[person_of(link)])
    link.withdrawn_at, link.asked_at, link.reminded_at = now, None, None
    link.save()
    return True
