"""One press says what the line tests of some points have shown, another takes it back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from bridges import line_tests
from bridges.models import BridgePoint, TestRound
from bridges.readiness import has_line
from staff.points import undoing
from staff.workspace import undo
from staff.workspace.access import WORKERS, Workspace
from staff.workspace.matter import log
from staff.workspace.undo import NotUndone, undoable


def press(
    request: HttpRequest,
    workspace: Workspace,
    *,
    points: Iterable[int],
    result: str,
    back: str,
    test_round: TestRound | None = None,
) -> None:
    """Note that the lines of some points of ``workspace`` have passed or failed, and offer to take it back.

    In ``test_round``, else in the round of today; before the first round it is noted at the points alone.
    """
    mine = [pk for pk in points if pk in workspace.scope.points and has_line(workspace.scope.points[pk])]
    now = timezone.now()
    belongs_to = test_round or line_tests.current_round(workspace.conference, now)
    if belongs_to is None:
        if changes := undoing.change_column(request, workspace, points=mine, name="line_test", value=result):
            undoing.offer(request, workspace, done_words(result, len(changes)), back=back, changes=changes)
        else:
            _say_unchanged(request)
        return
    if before := _record(request, workspace, belongs_to, mine, result, now):
        facts = {"test_round": belongs_to.pk, "result": result, "pressed_at": now.isoformat()}
        words = f"{belongs_to}: {done_words(result, len(before))}"
        undo.offer(request, workspace, words, "line_results", back=back, before=list(before.items()), **facts)
    else:
        _say_unchanged(request)


def _say_unchanged(request: HttpRequest) -> None:
    messages.info(request, gettext("Nothing was changed: everything stays as it is stored."))


def _record(
    request: HttpRequest, workspace: Workspace, test_round: TestRound, points: list[int], result: str, now: datetime
) -> dict[int, Any]:
    with transaction.atomic():
        before = line_tests.record_results(
            test_round=test_round, points=points, result=result, by=workspace.user, now=now
        )
        for number in before:
            words = f"{test_round}: {BridgePoint.LineState(result).label}"
            log(request, workspace.scope.points[number], CHANGE, words)
    return before


def done_words(result: str, count: int) -> str:
    """That the line tests of ``count`` points have this result, in words."""
    words = ngettext(
        "Line test of %(count)d bridge point: %(result)s.", "Line test of %(count)d bridge points: %(result)s.", count
    )
    return words % {"count": count, "result": BridgePoint.LineState(result).label}


@undoable("line_results", *WORKERS)
def _results_as_before(
    request: HttpRequest,
    workspace: Workspace,
    test_round: int,
    result: str,
    pressed_at: str,
    before: list[tuple[int, dict[str, Any]]],
) -> None:
    mine = {number: was for number, was in before if number in workspace.scope.points}
    found = workspace.conference.test_rounds.filter(pk=test_round).first()
    if found is None:
        raise NotUndone(gettext("It is no longer there."))
    try:
        line_tests.take_back(test_round=found, before=mine, result=result, by=workspace.user, pressed_at=pressed_at)
    except line_tests.TestChanged:
        raise NotUndone(gettext("It was changed again meanwhile; it stays as it is now.")) from None
    for number in mine:
        log(request, workspace.scope.points[number], CHANGE, gettext("%(round)s: taken back") % {"round": found})
