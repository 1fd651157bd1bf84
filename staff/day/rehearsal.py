"""*Chạy thử*: the controls of the run of show, to be tried out; nothing of it is seen elsewhere."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext, override
from django.views.decorators.http import condition, require_POST, require_safe

from control import rehearsing
from control.floor import number_of
from control.presses import PressRefused
from control.show import Standing, version_of
from control.show_words import how_late
from staff.day.show import pressed
from staff.day.subtabs import day_page
from staff.workspace.access import ORGANISERS, Workspace, workspace_page
from staff.workspace.matter import log


def _context(workspace: Workspace, now: datetime) -> dict[str, Any]:
    standing: Standing = rehearsing.look(workspace.conference, now)
    return {
        "standing": standing,
        "how_late": how_late(standing),
        "now": now + standing.ahead_by,
        "is_organiser": True,
        "is_rehearsal": True,
        "press_url": workspace.url("rehearsal_press"),
    }


@require_safe
@workspace_page(*ORGANISERS)
def rehearsal(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The same controls as those of the show, for trying out."""
    return day_page(
        request,
        workspace,
        "day/rehearsal",
        title=gettext("Rehearse the run of show"),
        here="show",
        trail=[(gettext("Run of show"), workspace.url("show"))],
        **_context(workspace, timezone.now()),
    )


def _mark(request: HttpRequest, workspace: Workspace) -> str:
    """Changes with each press, with the parts themselves, and with the minute."""
    version, has_begun = rehearsing.mark_of(workspace.conference)
    minute = timezone.now().strftime("%j%H%M") if has_begun else ""
    return f'"{version}-{version_of(workspace.conference)}-{minute}-{get_language()}"'


@require_safe
@workspace_page(*ORGANISERS)
@condition(etag_func=_mark)
def rehearsal_live(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The part of the page that changes; 304 while it does not."""
    return render(request, "staff/day/_show.html", _context(workspace, timezone.now()))


@require_POST
@workspace_page(*ORGANISERS)
def rehearsal_press(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """A button of the controls."""
    what, cue = pressed(request)
    version = number_of(request.POST.get("version", ""))
    if what is None or version < 0:
        messages.error(request, gettext("This button is not known any more: please press again."))
    else:
        try:
            rehearsing.press(conference=workspace.conference, what=what, version=version, now=timezone.now(), cue=cue)
        except PressRefused as refused:
            messages.warning(request, str(refused))
            return redirect(workspace.url("rehearsal"))
    return redirect(workspace.url("rehearsal") + "#show-now")


@require_POST
@workspace_page(*ORGANISERS)
def rehearsal_reset(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """Begin anew."""
    rehearsing.reset(conference=workspace.conference)
    with override(None):
        words = gettext("Rehearsal of the run of show reset")
    log(request, workspace.conference, CHANGE, words)
    messages.success(request, gettext("The rehearsal is back at its beginning."))
    return redirect(workspace.url("rehearsal"))
