"""Who may do what in a conference, and what was done."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from staff.roles import history, views
from staff.workspace.access import ORGANISERS, Workspace, workspace_page


@workspace_page(*ORGANISERS)
def _settings(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    return redirect(workspace.url("roles"))


urlpatterns = [
    path("settings/", _settings, name="settings"),
    path("settings/roles/", views.roles_page, name="roles"),
    path("settings/roles/withdraw/", views.withdraw, name="withdraw"),
    path("settings/history/", history.history, name="history"),
    path("deputies/", views.deputies, name="deputies"),
    path("deputies/<int:pk>/withdraw/", views.withdraw_deputy, name="withdraw_deputy"),
]
