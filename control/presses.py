"""What is pressed while the show runs, and how its cues are made. Each change raises its number and that of the day."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import zip_longest

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from accounts.models import User
from common.edit_conflicts import moment_words
from conference.models import Conference, ProgrammeItem, raise_day_version
from control.models import Cue, Show, ShowPress
from control.models.run_of_show import MOST_MINUTES
from control.show import Standing, State, look

#: Of an entry of the programme that says no end, and has none after it.
_USUAL_MINUTES = 10
#: So long before its plan a show can be begun.
_EARLIEST = timedelta(hours=2)
#: The last place that the database can store.
_LAST = 32767


#: All that a press changes of a cue.
TOUCHED = ("started_at", "ended_at", "extra_minutes", "is_skipped")


class PressRefused(Exception):
    """What was pressed cannot be done; the text says why."""


class StalePress(PressRefused):
    """Somebody else has pressed meanwhile; the text says so, and what is now."""


class Press(StrEnum):
    """What can be pressed."""

    #: The next cue begins; what ran has ended.
    NEXT = "next"
    #: What runs has ended, and nothing follows at once.
    END = "end"
    #: The last beginning or end is taken back.
    BACK = "back"
    #: A minute more, or less, for what runs.
    LONGER = "longer"
    SHORTER = "shorter"
    #: A cue to come is left out, or taken in again.
    SKIP = "skip"
    TAKE_IN = "take_in"


def _lock(conference: Conference) -> Show:
    """The row that everybody who changes the run of show waits for."""
    Show.objects.bulk_create([Show(conference=conference)], ignore_conflicts=True)
    return Show.objects.select_for_update().get(conference=conference)


def _changed(conference: Conference) -> None:
    Show.objects.filter(conference=conference).update(version=F("version") + 1)
    raise_day_version(conference.pk)


def lock_cues(*, conference: Conference) -> None:
    """In a transaction: nobody presses or changes cues of ``conference`` until it ends."""
    _lock(conference)


def cues_changed(*, conference: Conference) -> None:
    """Say, in the transaction in which cues were changed by a form: what is pressed for the former ones is stale."""
    _lock(conference)
    _changed(conference)


@transaction.atomic
def press(
    *, conference: Conference, what: Press, version: int, now: datetime, by: User | None = None, cue: int | None = None
) -> Standing:
    """Do ``what``, as pressed by somebody who saw the run of show at ``version``; returns how it stands then.

    ``cue``: the number of the one that is left out or taken in again; None: the next. ``by``: who is named in the log.

    Raises:
        StalePress: it has changed since ``version``.
        PressRefused: there is nothing to do it to.
    """
    show = _lock(conference)
    standing = look(conference, now)
    if show.version != version:
        raise StalePress(stale_words(standing))
    if what is Press.NEXT:
        _refuse_too_early(standing, now)
    is_start = what is Press.NEXT and standing.state is State.BEFORE
    touched = carry_out(standing, what, now, cue)
    for changed in touched:
        changed.save(update_fields=TOUCHED)
    ShowPress.objects.create(
        conference=conference,
        pressed_at=now,
        by=by,
        what=ShowPress.What.START if is_start else what.value,
        part=touched[-1 if what is Press.NEXT else 0].title,
    )
    _changed(conference)
    return look(conference, now)


def _refuse_too_early(standing: Standing, now: datetime) -> None:
    """A show that is begun by mistake would be on for everybody, with delays of weeks."""
    following = standing.next
    if standing.state is State.BEFORE and following and now < following.planned.start - _EARLIEST:
        words = gettext(
            "The show can be started from %(moment)s on, two hours before its plan. Until then you can rehearse it."
        )
        raise PressRefused(words % {"moment": moment_words(following.planned.start - _EARLIEST)})


def stale_words(standing: Standing) -> str:
    """That the run of show has changed since the page was drawn, and what is on by ``standing``."""
    since = gettext("Somebody else has changed the run of show meanwhile, so this press was not carried out.")
    if standing.current:
        return since + " " + gettext("On now: “%(title)s”.") % {"title": standing.current.cue.title}
    if standing.next:
        return since + " " + gettext("Nothing is on; next: “%(title)s”.") % {"title": standing.next.cue.title}
    return since + " " + gettext("Nothing is on, and nothing is to come.")


# --- what a press does ------------------------------------------------------------------------------------------------


def carry_out(standing: Standing, what: Press, now: datetime, cue: int | None = None) -> list[Cue]:
    """Do ``what`` to the cues of ``standing``, and store nothing.

    Returns the cues of which ``TOUCHED`` has changed, in the order in which they can be stored; at least one.

    Raises:
        PressRefused: there is nothing to do it to.
    """
    return _DO[what](standing, now, cue)


def _running(standing: Standing) -> Cue:
    if standing.current is None:
        raise PressRefused(gettext("Nothing is on now."))
    return standing.current.cue


def _end(standing: Standing, now: datetime, _cue: int | None) -> list[Cue]:
    cue = _running(standing)
    cue.ended_at = now
    return [cue]


def _next(standing: Standing, now: datetime, _cue: int | None) -> list[Cue]:
    following = standing.next
    if following is None:
        raise PressRefused(gettext("Nothing is to come."))
    ended = _end(standing, now, None) if standing.current else []
    following.cue.started_at = now
    return [*ended, following.cue]


def _back(standing: Standing, _now: datetime, _cue: int | None) -> list[Cue]:
    before = standing.last_ended.cue if standing.last_ended else None
    running = standing.current.cue if standing.current else None
    if running is None and before is None:
        raise PressRefused(gettext("Nothing has begun yet."))
    begun_at = running.started_at if running else None
    touched = []
    if running:
        running.started_at, running.extra_minutes = None, 0
        touched.append(running)
    # What ended at another moment did not end by the press that is taken back.
    if before and (running is None or before.ended_at == begun_at):
        before.ended_at = None
        touched.append(before)
    return touched


def _longer(standing: Standing, _now: datetime, _cue: int | None) -> list[Cue]:
    return _give(_running(standing), 1)


def _shorter(standing: Standing, _now: datetime, _cue: int | None) -> list[Cue]:
    return _give(_running(standing), -1)


def _give(cue: Cue, minutes: int) -> list[Cue]:
    if not 1 <= cue.minutes + cue.extra_minutes + minutes <= MOST_MINUTES:
        raise PressRefused(gettext("It cannot be shorter than a minute, nor longer than twelve hours."))
    cue.extra_minutes += minutes
    return [cue]


def _skip(standing: Standing, _now: datetime, cue: int | None) -> list[Cue]:
    return _leave_out([line.cue for line in standing.upcoming if cue is None or line.cue.pk == cue], True)


def _take_in(standing: Standing, _now: datetime, cue: int | None) -> list[Cue]:
    return _leave_out([line.cue for line in standing.lines if line.cue.is_skipped and line.cue.pk == cue], False)


def _leave_out(chosen: list[Cue], is_skipped: bool) -> list[Cue]:
    if not chosen:
        raise PressRefused(gettext("This part is not to come any more."))
    chosen[0].is_skipped = is_skipped
    return chosen[:1]


_DO: dict[Press, Callable[[Standing, datetime, int | None], list[Cue]]] = {
    Press.NEXT: _next,
    Press.END: _end,
    Press.BACK: _back,
    Press.LONGER: _longer,
    Press.SHORTER: _shorter,
    Press.SKIP: _skip,
    Press.TAKE_IN: _take_in,
}


# --- cues from the programme ------------------------------------------------------------------------------------------


@transaction.atomic
def make_cues(*, conference: Conference) -> int:
    """Give each entry of the programme that has none yet a cue, in the order of the programme; returns how many.

    The first of a day, and one before which the programme leaves a gap, start at their moment at the earliest; all
    others follow.
    """
    _lock(conference)
    items = list(conference.programme.all())
    cues = list(Cue.objects.filter(conference=conference).select_related("item"))
    known = {cue.item_id for cue in cues}
    made = [cue for cue in _cues_of(conference, items) if cue.item_id not in known]
    if not made:
        return 0
    ordered = _merged(cues, made)
    for position, cue in enumerate(ordered, start=1):
        cue.position = min(position, _LAST)
    Cue.objects.bulk_update(cues, ["position"])
    Cue.objects.bulk_create(made)
    _changed(conference)
    return len(made)


def _cues_of(conference: Conference, items: list[ProgrammeItem]) -> list[Cue]:
    cues: list[Cue] = []
    free_from: datetime | None = None
    for item, after in zip_longest(items, items[1:]):
        length = _minutes_of(item, after)
        follows = free_from is not None and item.starts_at <= free_from
        cues.append(
            Cue(
                conference=conference,
                item=item,
                title=item.title,
                who=item.speaker,
                minutes=length,
                not_before=None if follows else item.starts_at,
            )
        )
        free_from = item.starts_at + timedelta(minutes=length)
    return cues


def _minutes_of(item: ProgrammeItem, after: ProgrammeItem | None) -> int:
    """How long ``item`` is: until its end, else until the next begins."""
    ends_at = item.ends_at or (after.starts_at if after else None)
    length = (ends_at - item.starts_at) // timedelta(minutes=1) if ends_at else _USUAL_MINUTES
    return min(max(length, 1), MOST_MINUTES)


def _merged(cues: list[Cue], made: list[Cue]) -> list[Cue]:
    """``cues`` in their order, each of ``made`` behind the last that belongs to an earlier entry of the programme."""
    ordered = list(cues)
    for cue in made:
        earlier = [n for n, one in enumerate(ordered) if _is_no_later(one.item, cue.item)]
        ordered.insert(earlier[-1] + 1 if earlier else 0, cue)
    return ordered


def _is_no_later(one: ProgrammeItem | None, other: ProgrammeItem | None) -> bool:
    return one is not None and other is not None and one.starts_at <= other.starts_at


def move_starts(*, conference: Conference, by: timedelta) -> None:
    """Move the hard starts of what has not begun ``by`` so much, as the programme of ``conference`` was moved."""
    cues = Cue.objects.filter(conference=conference, started_at=None).exclude(not_before=None)
    if cues.update(not_before=F("not_before") + by):
        cues_changed(conference=conference)
