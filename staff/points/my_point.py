"""Điểm cầu của tôi: everything that a coordinator needs for their room, on one page made for a phone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from bridges.line_tests import current_round, results_at
from bridges.models import BridgePoint, TestRound
from bridges.readiness import connection_of, has_line, lacks_technician, missing_details
from bridges.seat_words import seat_counts_words
from bridges.state_words import state_words
from messaging import changed_details
from registrations.models import Registration
from reports import attention
from staff.day import line_results
from staff.points.pages import line_switch, people_address, point_of, point_page, tab_of
from staff.points.room_link import measured_line, shown_link
from staff.workspace.access import WORKERS, Workspace, workspace_page
from staff.workspace.pages import page

_State = Registration.State
_LineState = BridgePoint.LineState


@dataclass(frozen=True)
class Task:
    """Something that is still to be done, and where."""

    words: str
    url: str


@dataclass(frozen=True)
class LineTests:
    """What the line tests of a point have shown."""

    #: The round of today; None before the first one.
    current: TestRound | None
    #: The result of the round of today, else the one that the point shows.
    result: _LineState
    #: Each result that is to be seen, with its round; None: it was entered before the first round.
    shown: list[tuple[TestRound | None, _LineState]]


@workspace_page(*WORKERS)
def my_point(request: HttpRequest, workspace: Workspace, pk: int = 0) -> HttpResponse:
    """The page of one of the user's points, the first if none is named; a switch leads to the others."""
    points = list(workspace.scope.points.values())
    if not points:
        # Organisers of a conference that has no point yet.
        return redirect(workspace.url("points"))
    point = point_of(workspace, pk or points[0].pk)
    now = timezone.now()
    connection = connection_of(point)
    line_tests = line_tests_of(point, now)
    return page(
        request,
        workspace,
        "points/my_point",
        title=point.name,
        tab=tab_of(workspace),
        point=point,
        points=points,
        connection=connection,
        point_state=state_words(point, now),
        seats=seat_counts_words(point),
        missing=missing_details(point),
        switch=line_switch(workspace, point),
        tasks=list(_tasks(workspace, point, line_tests, now)),
        is_ahead=point.conference.is_ahead_at(now),
        people=_people(point),
        may_name_deputies=not workspace.is_organiser
        and point.coordinators.filter(user=workspace.user, deputy_of=None).exists(),
        phone_form=f"{workspace.url('telephone')}?point={point.pk}",
        list_address=reverse("lists:point_docx", args=[point.pk]),
        people_address=people_address(workspace, point),
        room_link=shown_link(point),
        measured=measured_line(point),
        **_line_context(workspace, point, line_tests),
    )


def line_tests_of(point: BridgePoint, now: datetime) -> LineTests | None:
    """What the tests of the line of ``point`` have shown; None: nobody tests it. Two queries.

    A result stands beside the round that it is of: one that passed before says nothing of the round of today.
    """
    if not has_line(point):
        return None
    at_point = _LineState(point.line_test)
    current, results = current_round(point.conference, now), results_at(point)
    latest, latest_result = next(iter(results.items()), (None, ""))
    # Before the first round a result is noted at the point alone, and is of none.
    of_point = latest if latest_result == at_point else None
    if current is None:
        return LineTests(None, at_point, [(of_point, at_point)])
    result = _LineState(results.get(current, _LineState.UNTESTED))
    shown: list[tuple[TestRound | None, _LineState]] = [(current, result)]
    if of_point != current and at_point != _LineState.UNTESTED:
        shown.append((of_point, at_point))
    return LineTests(current, result, shown)


def _line_context(workspace: Workspace, point: BridgePoint, line_tests: LineTests | None) -> dict[str, Any]:
    """What the template of the line test's two buttons must know, with the round of today."""
    current = line_tests.current if line_tests else None
    return {
        "line_tests": line_tests,
        "line_address": workspace.url("point_line_test", point.pk),
        "round_test_address": workspace.url("round_test", current.pk, point.pk) if current else "",
        "results": [(_LineState.PASSED, "dc-good"), (_LineState.FAILED, "dc-bad")],
    }


def _people(point: BridgePoint) -> dict[str, int]:
    """How many registrations there are at ``point``, and how many people come. One query."""
    confirmed = point.registrations.filter(state=_State.CONFIRMED).order_by()
    found = confirmed.aggregate(registrations=Count("pk"), people=Sum("seats"))
    return {name: count or 0 for name, count in found.items()}


def _tasks(workspace: Workspace, point: BridgePoint, line_tests: LineTests | None, now: datetime) -> Iterator[Task]:
    """What the coordinator of ``point`` has still to do; nothing for a conference that is over or cancelled."""
    if not point.conference.is_ahead_at(now):
        return
    if point.is_place and not point.address:
        yield Task(gettext("Give the address of the room"), workspace.url("point_place", point.pk))
    if missing := missing_details(point):
        # Who connects the room stands on the page of its people.
        is_technician_alone = lacks_technician(point) and len(missing) == 1
        words = gettext("Complete the connection: %(missing)s") % {"missing": ", ".join(missing)}
        yield Task(words, workspace.url("point_people" if is_technician_alone else "point", point.pk))
    if line_tests and (words := _test_words(point, line_tests, now)):
        yield Task(words, "#line-test")
    if changed_details.points_with_news([point], now):
        yield Task(gettext("Tell people what has changed, or not"), reverse("messaging:details", args=[point.pk]))
    yield from _tasks_with_people(workspace, point)


def _test_words(point: BridgePoint, line_tests: LineTests, now: datetime) -> str:
    """That the line is still to be tested; a line that passed before is tested anew on the day of a round."""
    if point.line_test == _LineState.FAILED:
        return gettext("Test the line again: it failed")
    current = line_tests.current
    if point.line_test == _LineState.PASSED:
        is_today = current is not None and timezone.localdate(current.starts_at) == timezone.localdate(now)
        if not is_today or line_tests.result != _LineState.UNTESTED:
            return ""
        return gettext("Test the line today: %(round)s") % {"round": current}
    return gettext("Test the line")


def _tasks_with_people(workspace: Workspace, point: BridgePoint) -> Iterator[Task]:
    mine = Registration.objects.filter(bridge_point=point)
    if count := mine.filter(state=_State.REQUESTED).count():
        words = ngettext("Decide on %(count)d request", "Decide on %(count)d requests", count)
        yield Task(words % {"count": count}, people_address(workspace, point, _State.REQUESTED.value))
    if count := attention.unreachable(mine).count():
        words = ngettext(
            "Find an address for %(count)d person who cannot be reached",
            "Find addresses for %(count)d people who cannot be reached",
            count,
        )
        yield Task(words % {"count": count}, workspace.url("unreachable"))


@point_page(*WORKERS)
@require_POST
def line_test(request: HttpRequest, workspace: Workspace, point: BridgePoint) -> HttpResponse:
    """Store the result of a line test in one press, which another press takes back."""
    value = request.POST.get("result", "")
    if value not in _LineState.values:
        raise Http404
    back = workspace.url("my_point", point.pk)
    line_results.press(request, workspace, points=[point.pk], result=value, back=back)
    return redirect(back)
