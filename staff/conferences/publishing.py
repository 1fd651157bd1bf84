"""Showing a conference to everybody, and hiding it again: what is missing before, and two presses."""

from typing import Any

from django.contrib.admin.models import CHANGE
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext

from conference import services
from registrations.models import Registration
from reports import readiness
from staff.messages.changes import report_details, report_notice
from staff.workspace import undo
from staff.workspace.access import ORGANISERS, Workspace, workspace_page
from staff.workspace.matter import log
from staff.workspace.pages import page


@workspace_page(*ORGANISERS)
def publish(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """What is missing, each with the small form that mends it; and the button, which none of it locks."""
    conference = workspace.conference
    if request.method == "POST" and {"publish", "hide"} & set(request.POST):
        return _publish(request, workspace, is_published="publish" in request.POST)
    points = list(workspace.scope.points.values())
    return page(
        request,
        workspace,
        "conferences/publish",
        title=gettext("Publication"),
        tab="settings",
        lacks=readiness.group(readiness.missing(conference, points, timezone.now())),
        registered=Registration.objects.filter(conference=conference).active().count(),
        trail=[(gettext("Settings"), workspace.url("settings"))],
    )


def _publish(request: HttpRequest, workspace: Workspace, *, is_published: bool) -> HttpResponse:
    words = gettext("The conference is published.") if is_published else gettext("The conference is hidden.")
    if workspace.conference.is_published != is_published:
        _change(request, workspace, is_published)
        undo.offer(request, workspace, words, "publication", is_published=not is_published)
    return redirect(workspace.url("publish"))


def _change(request: HttpRequest, workspace: Workspace, is_published: bool) -> None:
    current = services.publish(conference=workspace.conference, is_published=is_published)
    log(request, current, CHANGE, [{"changed": {"fields": ["published"]}}])
    report_notice(request, current)
    report_details(request, current)


@undo.undoable("publication", *ORGANISERS)
def _publication_as_before(request: HttpRequest, workspace: Workspace, is_published: bool, **facts: Any) -> None:
    if workspace.conference.is_published != is_published:
        _change(request, workspace, is_published)
