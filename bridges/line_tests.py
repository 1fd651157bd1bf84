"""What line tests have shown: recording it, taking it back, and what is still open after a round."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from bridges.models import BridgePoint, Check, LineTest, TestRound
from bridges.readiness import OWN_LINE
from conference.models import Conference, raise_day_version

_State = BridgePoint.LineState
#: What a press may change, and what taking it back restores.
_PRESSED = (*LineTest.CHECKS, "result", "tested_by_id", "tested_at")


class TestChanged(Exception):
    """Somebody has recorded another result since."""

    __test__ = False


class RoundHasResults(Exception):
    """A round in which something was tested stays."""


def current_round(conference: Conference, now: datetime) -> TestRound | None:
    """The round to which a result of ``now`` belongs: the latest, not cancelled, whose day has come. One query."""
    held = conference.test_rounds.filter(starts_at__lte=_end_of_day(now), cancelled_at=None)
    return held.order_by("-starts_at", "-id").first()


def end_of_round(test_round: TestRound) -> datetime:
    """When ``test_round`` is over (UTC): it has a start alone, and takes place until its day (in Vietnam) ends."""
    return _end_of_day(test_round.starts_at)


def _end_of_day(moment: datetime) -> datetime:
    return timezone.localtime(moment).replace(hour=23, minute=59, second=59, microsecond=999_999)


def lines_are_in_use(conference: Conference, now: datetime) -> bool:
    """Whether a line may be lost at ``now``: from the day of the first round to the last day of the conference.

    Without a round, from the day of the conference on. One query, or none.
    """
    today = timezone.localdate(now)
    if today > timezone.localdate(conference.ends_at):
        return False
    return today >= timezone.localdate(conference.starts_at) or current_round(conference, now) is not None


def results_at(point: BridgePoint) -> dict[TestRound, str]:
    """Each round in which the line of ``point`` has passed or failed, with that result; the latest first. One query."""
    tests = LineTest.objects.filter(bridge_point=point).exclude(result=_State.UNTESTED).select_related("test_round")
    return {test.test_round: test.result for test in tests.order_by("-test_round__starts_at", "-test_round_id")}


@transaction.atomic
def record_results(
    *, test_round: TestRound, points: Iterable[int], result: str, by: User, now: datetime
) -> dict[int, dict[str, Any]]:
    """Note that the lines of the points with these numbers have passed or failed in ``test_round``.

    Whoever passes has picture, sound and return sound. Points where people join over lines of their own, and those that
    have that result already, are left out. Returns what was there before, by number, for ``take_back``.
    """
    before = {}
    for point in _locked(test_round, points):
        test = _test_of(test_round, point)
        if test.result == result:
            continue
        before[point.pk] = _as_plain(test, point)
        if result == _State.PASSED:
            for name in LineTest.CHECKS:
                setattr(test, name, Check.OK)
        test.result = result
        _store(test, by, now)
        _note_latest(test, point, by)
    if before:
        raise_day_version(test_round.conference_id)
    return before


@transaction.atomic
def settle(*, test: LineTest, by: User, now: datetime) -> None:
    """Note who has entered the checks of ``test`` and what they add up to; the point shows the latest result.

    One check that is bad is a line that has failed, all that are good one that has passed; else the result stays.
    """
    point = BridgePoint.objects.select_for_update(no_key=True).get(pk=test.bridge_point_id)
    checks = {getattr(test, name) for name in LineTest.CHECKS}
    if Check.BAD in checks:
        test.result = _State.FAILED
    elif checks == {Check.OK}:
        test.result = _State.PASSED
    _store(test, by, now)
    _note_latest(test, point, by)
    raise_day_version(point.conference_id)


@transaction.atomic
def take_back(
    *, test_round: TestRound, before: Mapping[int, Mapping[str, Any]], result: str, by: User, pressed_at: str
) -> None:
    """Restore what ``record_results`` returned as ``before``, where nobody has entered anything since ``pressed_at``.

    Raises:
        TestChanged: somebody has, at each of the points.
    """
    restored = 0
    for point in _locked(test_round, before):
        test = _test_of(test_round, point)
        if test.result != result or test.tested_at is None or test.tested_at.isoformat() != pressed_at:
            continue
        was = dict(before[point.pk])
        line_test, tested_at = was.pop("line_test"), was.pop("tested_at")
        for name, value in was.items():
            setattr(test, name, value)
        test.tested_at = datetime.fromisoformat(tested_at) if tested_at else None
        _save(test, by)
        _set_line_test(point, line_test, by)
        restored += 1
    if not restored:
        raise TestChanged
    raise_day_version(test_round.conference_id)


def has_results(test_round: TestRound) -> bool:
    """Whether anything was tested in ``test_round``. One query."""
    return test_round.tests.exclude(tested_at=None).exists()


@transaction.atomic
def delete_round(*, test_round: TestRound) -> None:
    """Delete ``test_round``, in which nothing was tested.

    Raises:
        RoundHasResults: something was.
    """
    TestRound.objects.select_for_update().get(pk=test_round.pk)
    if has_results(test_round):
        raise RoundHasResults
    test_round.delete()


def forget_testers(conference: int, names: Iterable[str] | None = None) -> None:
    """Erase who was at the other end of the tests of the conference with this number, and the notes about it.

    With ``names`` only what names one of them. The results stay.
    """
    for rows in (
        LineTest.objects.filter(test_round__conference=conference),
        LineTest.history.filter(bridge_point__conference=conference),
    ):
        if names is None:
            rows.update(tested_with="", note="")
            continue
        for name in filter(None, names):
            rows.filter(tested_with__icontains=name).update(tested_with="")
            rows.filter(note__icontains=name).update(note="")


def open_work(test: LineTest | None) -> list[str]:
    """What is still to be done after ``test`` (None: there was none), in words; empty: nothing."""
    if test is None or (test.result == _State.UNTESTED and test.tested_at is None):
        return [gettext("not tested")]
    found = []
    for name in LineTest.ALL_CHECKS:
        label = str(LineTest._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        if getattr(test, name) == Check.BAD:
            found.append(gettext("%(check)s: bad") % {"check": label})
        elif getattr(test, name) == Check.NOT_YET:
            found.append(gettext("%(check)s: not tested") % {"check": label})
    if test.result == _State.FAILED and not any(getattr(test, name) == Check.BAD for name in LineTest.CHECKS):
        found.insert(0, gettext("failed"))
    return found


def _locked(test_round: TestRound, points: Iterable[int]) -> list[BridgePoint]:
    """The points of the round's conference with these numbers, locked in the order of them."""
    mine = BridgePoint.objects.filter(conference=test_round.conference_id, pk__in=list(points))
    return list(mine.exclude(kind__in=OWN_LINE).select_for_update(no_key=True).order_by("pk"))


def _test_of(test_round: TestRound, point: BridgePoint) -> LineTest:
    found = LineTest.objects.filter(test_round=test_round, bridge_point=point).first()
    return found or LineTest(test_round=test_round, bridge_point=point)


def _as_plain(test: LineTest, point: BridgePoint) -> dict[str, Any]:
    """What ``take_back`` needs, as JSON can hold it."""
    was = {name: getattr(test, name) for name in _PRESSED}
    was["tested_at"] = test.tested_at.isoformat() if test.tested_at else ""
    return {**was, "line_test": point.line_test}


def _store(test: LineTest, by: User, now: datetime) -> None:
    test.tested_by, test.tested_at = by, now
    _save(test, by)


def _save(test: Any, by: User) -> None:
    test._history_user = by
    test.save()


def _note_latest(test: LineTest, point: BridgePoint, by: User) -> None:
    """Let ``point`` show the result of ``test``, unless a later round has one."""
    later = LineTest.objects.filter(bridge_point=point, test_round__starts_at__gt=test.test_round.starts_at)
    if test.result != _State.UNTESTED and not later.exclude(result=_State.UNTESTED).exists():
        _set_line_test(point, test.result, by)


def _set_line_test(point: Any, value: str, by: User) -> None:
    if point.line_test != value:
        point.line_test = value
        point._history_user = by
        point.save(update_fields=["line_test"])
