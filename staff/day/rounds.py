"""*Vòng thử*: the rounds in which lines are tested, and a board of all points for each."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from bridges import line_tests
from bridges.models import BridgePoint, Connection, LineTest, TestRound
from bridges.readiness import connection_of, has_line
from messaging.reminders import test_rounds
from staff.day import line_results
from staff.day.live_parts import EVERY, live_part
from staff.day.round_cancelling import cancelled_words, round_of, tells_of_deleted, ways_out
from staff.day.round_forms import LineTestForm, RoundForm
from staff.day.subtabs import day_page
from staff.workspace.access import EVERYBODY, ORGANISERS, WORKERS, Role, Workspace, workspace_page
from staff.workspace.matter import edit_matter

_State = BridgePoint.LineState


@dataclass(frozen=True)
class BoardRow:
    """A point in a round: what its test has shown, what is still open, whom to phone."""

    point: BridgePoint
    test: LineTest | None
    result: str
    result_words: str
    open_work: list[str]
    technician: Connection


def tested_points(workspace: Workspace) -> list[BridgePoint]:
    """The points that the user sees and whose lines somebody tests."""
    return [point for point in workspace.scope.points.values() if has_line(point)]


def board_rows(workspace: Workspace, test_round: TestRound) -> list[BoardRow]:
    """A row for each point with a line that the user sees: what failed and what is open stand first. Two statements."""
    points = tested_points(workspace)
    found = LineTest.objects.filter(test_round=test_round, bridge_point__in=points).select_related("tested_by")
    tests = {test.bridge_point_id: test for test in found}
    rows = [_row(point, tests.get(point.pk)) for point in points]
    order = {_State.FAILED.value: 0, _State.UNTESTED.value: 1, _State.PASSED.value: 2}
    return sorted(rows, key=lambda row: (order[row.result], not row.open_work))


def _row(point: BridgePoint, test: LineTest | None) -> BoardRow:
    result = _State(test.result if test else _State.UNTESTED)
    return BoardRow(point, test, result.value, str(result.label), line_tests.open_work(test), connection_of(point))


def _rounds_context(workspace: Workspace) -> dict[str, Any]:
    """The rounds of the conference, each with how many points have passed, failed and are to be tested."""
    points = tested_points(workspace)
    results: dict[int, list[str]] = {}
    tests = LineTest.objects.filter(test_round__conference=workspace.conference, bridge_point__in=points)
    for number, result in tests.values_list("test_round", "result"):
        results.setdefault(number, []).append(result)
    rows = []
    for test_round in workspace.conference.test_rounds.all():
        found = results.get(test_round.pk, [])
        passed, failed = found.count(_State.PASSED), found.count(_State.FAILED)
        rows.append((test_round, passed, failed, len(points) - passed - failed))
    return {"rows": rows, "conference": workspace.conference}


@require_safe
@workspace_page(*EVERYBODY)
def rounds(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The rounds of the conference, and how far each has come."""
    return day_page(
        request,
        workspace,
        "day/rounds",
        title=gettext("Test rounds"),
        here="rounds",
        is_organiser=workspace.is_organiser,
        live=workspace.url("rounds_live"),
        every=EVERY,
        rows=_rounds_context(workspace)["rows"],
    )


@require_safe
@workspace_page(*EVERYBODY)
def rounds_live(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The table of them, which changes with each result."""
    return live_part(request, "_rounds", _rounds_context(workspace))


@workspace_page(*ORGANISERS)
def add(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """A new round; technicians and coordinators are reminded of it a day and an hour before."""

    def lead_to_its_board(form: RoundForm) -> str:
        _say_who_is_reminded(request, form)
        return workspace.url("round", form.instance.pk)

    return edit_matter(
        request,
        workspace,
        make_form=lambda data: RoundForm(data, instance=TestRound(conference=workspace.conference)),
        title=gettext("Add a test round"),
        tab="day",
        lead=gettext("Technicians and coordinators are reminded a day and an hour before, by mail and SMS."),
        after_save=lead_to_its_board,
        cancel_url=workspace.url("rounds"),
    )


def _say_who_is_reminded(request: HttpRequest, form: RoundForm) -> None:
    """After a new moment was saved: that it has passed, or how many people hear of it within a minute."""
    if "starts_at" not in form.changed_data:
        return
    now = timezone.now()
    if form.instance.starts_at <= now:
        messages.warning(
            request, gettext("The time of this round has passed: nobody is reminded. Results can be entered.")
        )
    elif count := test_rounds.count_reminded_at_once(form.instance, now):
        words = ngettext(
            "%(count)d person is reminded of it within a minute.",
            "%(count)d people are reminded of it within a minute.",
            count,
        )
        messages.info(request, words % {"count": count})


@workspace_page(*ORGANISERS)
@tells_of_deleted
def edit(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Another time or name of a round; who was reminded of the old time hears of the new one."""
    test_round = round_of(workspace, pk)
    if test_round.cancelled_at is not None:
        return _refuse_cancelled(request, workspace, pk)
    return edit_matter(
        request,
        workspace,
        make_form=lambda data: RoundForm(data, instance=test_round),
        title=test_round.label,
        tab="day",
        after_save=lambda form: _say_who_is_reminded(request, form),
        lead=gettext("Whoever has been reminded of the old time is told the new one within a minute."),
        back=workspace.url("round", pk),
        cancel_url=workspace.url("round", pk),
    )


def _refuse_cancelled(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """Nothing more is entered in a cancelled round: it says so, as to whoever had its page open before."""
    messages.info(request, cancelled_words())
    return redirect(workspace.url("round", pk))


@workspace_page(*EVERYBODY)
@tells_of_deleted
def board(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """All points of a round with their results; *passed* or *failed* in one press, also without JavaScript."""
    test_round = round_of(workspace, pk)
    if request.method == "POST":
        return _press(request, workspace, test_round)
    return day_page(
        request,
        workspace,
        "day/round",
        title=test_round.label,
        here="rounds",
        is_organiser=workspace.is_organiser,
        ways=ways_out(test_round) if workspace.is_organiser else None,
        live=workspace.url("round_live", pk),
        every=EVERY,
        **_board_context(workspace, test_round),
    )


def _board_context(workspace: Workspace, test_round: TestRound) -> dict[str, Any]:
    rows = board_rows(workspace, test_round)
    return {
        "test_round": test_round,
        "rows": rows,
        "passed": sum(row.result == _State.PASSED for row in rows),
        "failed": sum(row.result == _State.FAILED for row in rows),
        "may_enter": workspace.role in WORKERS,
        "may_press": workspace.role in WORKERS and test_round.cancelled_at is None,
    }


@require_safe
@workspace_page(*EVERYBODY)
def board_live(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """The part of the board that changes with each result."""
    context = _board_context(workspace, round_of(workspace, pk)) | {"conference": workspace.conference}
    return live_part(request, "_round", context)


def _press(request: HttpRequest, workspace: Workspace, test_round: TestRound) -> HttpResponse:
    if workspace.role not in WORKERS:
        raise Http404
    if test_round.cancelled_at is not None:
        return _refuse_cancelled(request, workspace, test_round.pk)
    back = workspace.url("round", test_round.pk)
    for result in (_State.PASSED.value, _State.FAILED.value):
        number = request.POST.get(result, "")
        if number.isdecimal() and len(number) < 19:
            line_results.press(
                request, workspace, points=[int(number)], result=result, back=back, test_round=test_round
            )
            return redirect(back)
    raise Http404


@workspace_page(*WORKERS)
def test(request: HttpRequest, workspace: Workspace, pk: int, number: int) -> HttpResponse:
    """What the test of one point has shown: picture, sound, return sound, spare line, who tested with whom."""
    test_round, tested = round_of(workspace, pk), workspace.scope.points.get(number)
    if tested is None or not has_line(tested):
        raise Http404
    if test_round.cancelled_at is not None:
        return _refuse_cancelled(request, workspace, pk)

    def make_form(data: object) -> LineTestForm:
        about = {"test_round": test_round, "bridge_point": tested}
        stored = LineTest.objects.filter(**about).first() or LineTest(**about)
        if data is not None and stored.pk is None:
            stored, _is_new = LineTest.objects.get_or_create(**about)
        return LineTestForm(data, instance=stored)

    return edit_matter(
        request,
        workspace,
        make_form=make_form,
        title=f"{test_round}: {tested.label}",
        tab="day",
        lead=gettext("Picture, sound and return sound good: the line has passed. One of them bad: it has failed."),
        after_save=lambda form: line_tests.settle(test=form.instance, by=workspace.user, now=timezone.now()),
        back=workspace.url("round", pk),
        cancel_url=workspace.url("round", pk),
    )


@require_safe
@workspace_page(*EVERYBODY)
def record(request: HttpRequest, workspace: Workspace, pk: int) -> HttpResponse:
    """*Biên bản kiểm tra kết nối* of a round in Word; a coordinator's has their own points, a leader's no phones."""
    test_round = round_of(workspace, pk)
    tests = {row.point.pk: row.test for row in board_rows(workspace, test_round)}
    # The libraries for Word are loaded when somebody asks for a paper, see staff/lists/urls.py.
    made: bytes = import_string("lists.papers.line_test_record.line_test_record")(
        test_round, tested_points(workspace), tests, with_phones=workspace.role != Role.LEADER
    )
    name = f"bien-ban-kiem-tra-{workspace.conference.slug}"
    response: HttpResponse = import_string("staff.lists.papers.docx")(made, name)
    return response
