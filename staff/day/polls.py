"""*Biểu quyết* in the workspace: making polls, opening and closing them, and what each bridge point said."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.db.models import Count, Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext
from django.views.decorators.http import condition, require_POST, require_safe

from control import floor, polls
from control.floor import number_of
from control.models import Hands, Poll, Vote
from control.poll_results import results
from control.polls import PollStep
from control.presses import PressRefused
from staff.day.floor import EVERY
from staff.day.floor_forms import PollForm
from staff.day.subtabs import day_page
from staff.edit_conflicts import focus_in
from staff.workspace.access import ORGANISERS, READERS, Workspace, workspace_page
from staff.workspace.matter import log

_STEPS = {step.value: step for step in PollStep}
#: Characters of a question that the history says.
_MOST_OF_A_QUESTION = 60


def _mark(request: HttpRequest, workspace: Workspace) -> str:
    """Changes with each press, vote and hand. Four queries."""
    conference = workspace.conference
    made = Poll.objects.filter(conference=conference).aggregate(count=Count("pk"), presses=Sum("version"))
    votes = Vote.objects.filter(poll__conference=conference).aggregate(count=Count("pk"), last=Max("at"))
    hands = Hands.objects.filter(poll__conference=conference).aggregate(sum=Sum("count"), last=Max("counted_at"))
    version = floor.version_of(conference.pk)
    parts = (version, *made.values(), *votes.values(), *hands.values(), get_language(), workspace.role)
    return f'"{"-".join(str(part or 0).replace(" ", "") for part in parts)}"'


def _context(workspace: Workspace) -> dict[str, Any]:
    rows = list(Poll.objects.filter(conference=workspace.conference))
    found = results(rows, workspace.scope.points.values())
    return {
        "polls": [(poll, found[poll.pk]) for poll in rows],
        "conference": workspace.conference,
        "is_organiser": workspace.is_organiser,
    }


def _page(request: HttpRequest, workspace: Workspace, form: PollForm | None = None, status: int = 200) -> HttpResponse:
    form = form or PollForm(auto_id="poll-%s")
    focus_in(form, form.fields)
    seen = _mark(request, workspace)
    return day_page(
        request,
        workspace,
        "day/polls",
        title=gettext("Polls"),
        here="polls",
        status=status,
        live=workspace.url("polls_live"),
        mark=seen,
        every=EVERY,
        form=form,
        **_context(workspace),
    )


@require_safe
@workspace_page(*READERS)
def table(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """All polls, the newest first; leaders read."""
    return _page(request, workspace)


@require_safe
@workspace_page(*READERS)
@condition(etag_func=_mark)
def table_live(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The part of the page that changes; 304 while nothing has."""
    return render(request, "staff/day/_polls.html", _context(workspace))


def _log(request: HttpRequest, workspace: Workspace, poll: Poll, done: str) -> None:
    facts = {"question": Truncator(poll.question).chars(_MOST_OF_A_QUESTION), "done": done}
    log(request, workspace.conference, CHANGE, gettext("Poll “%(question)s”: %(done)s") % facts)


@require_POST
@workspace_page(*ORGANISERS)
def make(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Make a draft."""
    form = PollForm(request.POST, auto_id="poll-%s")
    if not form.is_valid():
        return _page(request, workspace, form, status=422)
    poll = polls.make(conference=workspace.conference, **form.cleaned_data)
    _log(request, workspace, poll, poll.get_state_display())
    messages.success(request, gettext("The poll is a draft: open it when people are to vote."))
    return redirect(workspace.url("polls"))


@require_POST
@workspace_page(*ORGANISERS)
def press(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """A button of one poll: "step:number:version"."""
    what, number, version = (request.POST.get("press", "").split(":") + [""] * 3)[:3]
    step = _STEPS.get(what)
    if step is None:
        messages.error(request, gettext("This button is not known any more: please press again."))
        return redirect(workspace.url("polls"))
    try:
        found = polls.press(
            conference=workspace.conference,
            poll=number_of(number),
            step=step,
            version=number_of(version),
            now=timezone.now(),
        )
    except PressRefused as refused:
        messages.warning(request, str(refused))
    else:
        is_there = step is not PollStep.DELETE
        _log(request, workspace, found, found.get_state_display() if is_there else gettext("deleted"))
    return redirect(workspace.url("polls"))
