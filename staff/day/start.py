"""*Sẵn sàng khai mạc*: what is not ready an hour and half an hour before the start, and the chief's decision."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_safe

from bridges.models import StartDecision
from bridges.start_decisions import FROM, NotTheDay, decide, is_the_day, latest_decisions, mark_at
from conference.models import Conference
from control.models import Cue
from reports.start_check import not_green
from staff.day.board import points_of
from staff.day.live_parts import EVERY, live_part
from staff.day.subtabs import day_page
from staff.workspace.access import ORGANISERS, READERS, Workspace, workspace_page
from staff.workspace.matter import log

_NOTE = 300


@dataclass(frozen=True)
class MarkShown:
    """One of the moments at which the start is decided on, and what was decided."""

    words: str
    at: datetime
    decision: StartDecision | None
    is_now: bool
    #: Nothing is decided on there any more.
    is_past: bool


def marks_shown(workspace: Workspace, now: datetime, *, has_begun: bool) -> list[MarkShown]:
    """The moments with the latest decision at each; what comes after the planned start only then. One query.

    ``has_begun``: the run of show, so that nothing is decided any more.
    """
    conference = workspace.conference
    decisions = latest_decisions(conference)
    asked = mark_at(conference, now) if is_the_day(conference, now) and not has_begun else None
    return [
        MarkShown(
            words=str(mark.label),
            at=conference.starts_at - timedelta(minutes=mark),
            decision=decisions.get(mark),
            is_now=mark == asked,
            is_past=mark != asked and (has_begun or now >= conference.starts_at - timedelta(minutes=mark)),
        )
        for mark in StartDecision.Mark
        if mark != StartDecision.Mark.DUE or mark == asked or mark in decisions
    ]


def begun_at(conference: Conference) -> datetime | None:
    """When the first part of the run of show began; None: none has. One of an earlier date is left out. One query."""
    cues = Cue.objects.filter(conference=conference, started_at__gte=conference.starts_at - FROM)
    return cues.aggregate(first=Min("started_at"))["first"]


def start_panel(workspace: Workspace, now: datetime) -> dict[str, Any] | None:
    """What the overview shows on the day: how many points are not ready, what was decided; None on other days."""
    if not is_the_day(workspace.conference, now):
        return None
    points = points_of(workspace)
    return {
        "not_green": len(not_green(points, now)),
        "points": len(points),
        "marks": marks_shown(workspace, now, has_begun=begun_at(workspace.conference) is not None),
        "address": workspace.url("start_check"),
    }


@workspace_page(*READERS)
def start_check(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """What is not ready and whom to phone; organisers decide, leaders read without phone numbers."""
    now = timezone.now()
    if request.method == "POST":
        return _decide(request, workspace, len(not_green(points_of(workspace), now)), now)
    return _page(request, workspace, now)


def _page(
    request: HttpRequest, workspace: Workspace, now: datetime, *, note: str = "", status: int = 200
) -> HttpResponse:
    """``note``: what was typed with a decision that was not taken; it stands in its field again."""
    context = _context(workspace, now)
    return day_page(
        request,
        workspace,
        "day/start",
        title=pgettext("tab", "Ready to start"),
        here="start_check",
        status=status,
        note=note,
        verdicts=StartDecision.Verdict.choices,
        may_decide=workspace.role in ORGANISERS and is_the_day(workspace.conference, now) and context["begun"] is None,
        as_of=now,
        live=workspace.url("start_check_live"),
        every=EVERY,
        **context,
    )


def _context(workspace: Workspace, now: datetime) -> dict[str, Any]:
    points, begun = points_of(workspace), begun_at(workspace.conference)
    return {
        "begun": begun,
        "wanting": not_green(points, now),
        "points": len(points),
        "marks": marks_shown(workspace, now, has_begun=begun is not None),
        "may_phone": workspace.role in ORGANISERS,
    }


@require_safe
@workspace_page(*READERS)
def start_check_live(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The part that changes: who is not ready, what was decided."""
    return live_part(request, "_start", _context(workspace, timezone.now()))


def _decide(request: HttpRequest, workspace: Workspace, wanting: int, now: datetime) -> HttpResponse:
    verdict = request.POST.get("verdict", "")
    if workspace.role not in ORGANISERS or verdict not in StartDecision.Verdict.values:
        raise Http404
    note = " ".join(request.POST.get("note", "").split())[:_NOTE]
    try:
        made = decide(
            conference=workspace.conference, verdict=verdict, note=note, not_green=wanting, by=workspace.user, now=now
        )
    except NotTheDay:
        messages.error(request, gettext("The start is decided on from six hours before it until the end."))
        return _page(request, workspace, now, note=note, status=422)
    log(request, workspace.conference, CHANGE, str(made))
    messages.success(request, f"{made}.")
    return redirect(workspace.url("start_check"))
