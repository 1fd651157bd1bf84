"""Who may do what in a conference, and its other settings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from staff.workspace.access import ORGANISERS, Workspace, workspace_page


@workspace_page(*ORGANISERS)
def _settings(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    return redirect("admin:conference_conference_change", workspace.conference.pk)


urlpatterns = [
    path("settings/", _settings, name="settings"),
]
