"""Go or no-go: from when until when the start is decided on, and deciding."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from bridges.models import StartDecision
from conference.models import Conference, raise_day_version

#: From so long before the start one decides, until the end.
FROM = timedelta(hours=6)
_Mark = StartDecision.Mark


class NotTheDay(Exception):
    """It is too early to decide, or the conference is over or cancelled."""


def is_the_day(conference: Conference, now: datetime) -> bool:
    """Whether one decides at ``now`` on the start of ``conference``."""
    return conference.cancelled_at is None and conference.starts_at - FROM <= now < conference.ends_at


def mark_at(conference: Conference, now: datetime) -> StartDecision.Mark:
    """Which decision is taken at ``now``: the one an hour before, until half an hour is left, then until the start."""
    left = conference.starts_at - now
    if left > timedelta(minutes=_Mark.HALF_HOUR):
        return _Mark.HOUR
    return _Mark.HALF_HOUR if left > timedelta(0) else _Mark.DUE


@transaction.atomic
def decide(
    *, conference: Conference, verdict: str, note: str, not_green: int, by: User, now: datetime
) -> StartDecision:
    """Note what ``by`` decides at ``now`` about the start, while ``not_green`` points were not ready.

    Raises:
        NotTheDay: it is too early, over or cancelled.
    """
    if not is_the_day(conference, now):
        raise NotTheDay
    made = StartDecision.objects.create(
        conference=conference,
        mark=mark_at(conference, now),
        verdict=StartDecision.Verdict(verdict).value,
        note=note,
        not_green=not_green,
        decided_by=by,
        decided_at=now,
    )
    raise_day_version(conference.pk)
    return made


def latest_decisions(conference: Conference) -> dict[int, StartDecision]:
    """The latest decision for each mark that has one, with who took it. One query.

    Those of an earlier date of the conference are left out.
    """
    found = conference.start_decisions.filter(decided_at__gte=conference.starts_at - FROM).select_related("decided_by")
    latest: dict[int, StartDecision] = {}
    for one in found:
        latest.setdefault(one.mark, one)
    return latest
