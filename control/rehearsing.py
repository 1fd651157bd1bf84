"""*Chạy thử*: the controls of the run of show, tried out before the day.

Everything goes by a clock that stands at the planned start when the first part is begun. What is pressed is kept beside
the cues, so that no public page, no room and no record knows of it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from conference.models import Conference
from control.models import Cue, Rehearsal, RehearsedCue
from control.presses import TOUCHED, Press, StalePress, carry_out, stale_words
from control.ripple import planned
from control.show import Standing, slot_of, standing_of

_NONE = timedelta(0)


def look(conference: Conference, now: datetime) -> Standing:
    """The rehearsal of ``conference`` as it stands at ``now`` (UTC, the real clock). Two queries."""
    rehearsal = Rehearsal.objects.filter(conference=conference).first() or Rehearsal(conference=conference)
    return _look(rehearsal, conference, now)


def _look(rehearsal: Rehearsal, conference: Conference, now: datetime) -> Standing:
    cues = list(Cue.objects.filter(conference=conference).select_related("point", "rehearsed"))
    ahead_by = _ahead_by(cues, conference, rehearsal.began_at or now)
    for cue in cues:
        _put_on(cue, getattr(cue, "rehearsed", None), ahead_by)
    standing = standing_of(cues, conference, now + ahead_by)
    return replace(standing, version=rehearsal.version, ahead_by=ahead_by)


def _ahead_by(cues: list[Cue], conference: Conference, began_at: datetime) -> timedelta:
    first = next(iter(planned([slot_of(cue) for cue in cues], conference.starts_at)), None)
    return first.start - began_at if first else _NONE


def _put_on(cue: Cue, rehearsed: RehearsedCue | None, ahead_by: timedelta) -> None:
    """Show ``cue`` as the rehearsal has left it, whatever really became of it; what the plan leaves out stays out."""
    kept = rehearsed or RehearsedCue(cue_id=cue.pk, is_skipped=cue.is_skipped)
    cue.is_skipped, cue.extra_minutes = kept.is_skipped, kept.extra_minutes
    cue.started_at = kept.started_at and kept.started_at + ahead_by
    cue.ended_at = kept.ended_at and kept.ended_at + ahead_by


def _lock(conference: Conference) -> Rehearsal:
    Rehearsal.objects.bulk_create([Rehearsal(conference=conference)], ignore_conflicts=True)
    return Rehearsal.objects.select_for_update().get(conference=conference)


@transaction.atomic
def press(*, conference: Conference, what: Press, version: int, now: datetime, cue: int | None = None) -> Standing:
    """Do ``what`` in the rehearsal, as pressed by somebody who saw it at ``version``; returns how it stands then.

    ``cue``: the number of the one that is left out or taken in again; None: the next.

    Raises:
        StalePress: it has changed since ``version``.
        PressRefused: there is nothing to do it to.
    """
    rehearsal = _lock(conference)
    standing = _look(rehearsal, conference, now)
    if rehearsal.version != version:
        raise StalePress(stale_words(standing))
    touched = carry_out(standing, what, now + standing.ahead_by, cue)
    if rehearsal.began_at is None and what is Press.NEXT:
        rehearsal.began_at = now
    rehearsal.version += 1
    rehearsal.save()
    _keep(touched, standing.ahead_by)
    return _look(rehearsal, conference, now)


def _keep(touched: list[Cue], ahead_by: timedelta) -> None:
    rows = [
        RehearsedCue(
            cue=cue,
            is_skipped=cue.is_skipped,
            extra_minutes=cue.extra_minutes,
            started_at=cue.started_at and cue.started_at - ahead_by,
            ended_at=cue.ended_at and cue.ended_at - ahead_by,
        )
        for cue in touched
    ]
    RehearsedCue.objects.bulk_create(rows, update_conflicts=True, unique_fields=["cue"], update_fields=TOUCHED)


@transaction.atomic
def reset(*, conference: Conference) -> None:
    """Forget the rehearsal: it can be begun anew. What was pressed for it on a page that is still open is stale."""
    rehearsal = _lock(conference)
    RehearsedCue.objects.filter(cue__conference=conference).delete()
    rehearsal.version, rehearsal.began_at = rehearsal.version + 1, None
    rehearsal.save()


def mark_of(conference: Conference) -> tuple[int, bool]:
    """What changes with each press of the rehearsal, and whether it has begun. One query."""
    found = Rehearsal.objects.filter(conference=conference).values_list("version", "began_at").first()
    return (found[0], found[1] is not None) if found else (0, False)
