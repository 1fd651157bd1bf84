"""Addresses of the workspace, below ``/admin/``. Each subject has its own list; here they stand together."""

from django.urls import include, path

from staff.conferences.urls import urlpatterns as content
from staff.day.urls import urlpatterns as day
from staff.invitations.urls import urlpatterns as invitations
from staff.lists.workspace_urls import urlpatterns as papers
from staff.messages.workspace_urls import urlpatterns as messages
from staff.overview.urls import urlpatterns as overview
from staff.points.urls import urlpatterns as points
from staff.registrations.urls import urlpatterns as people
from staff.roles.urls import urlpatterns as settings
from staff.workspace import finding, start, undo

app_name = "workspace"
urlpatterns = [
    path("conferences/", start.conferences, name="conferences"),
    path("conferences/new/", start.new, name="new"),
    path(
        "c/<slug:slug>/",
        include(
            [
                path("search/", finding.search, name="search"),
                path("undo/", undo.undo, name="undo"),
                *overview,
                *content,
                *points,
                *day,
                *people,
                *invitations,
                *messages,
                *papers,
                *settings,
            ]
        ),
    ),
]
