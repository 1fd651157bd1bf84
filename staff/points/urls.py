"""The bridge points in the workspace."""

from django.urls import path

from staff.workspace.access import WORKERS
from staff.workspace.generated import generated_form, generated_list

urlpatterns = [
    path("points/", generated_list("admin:bridges_bridgepoint_changelist", *WORKERS), name="points"),
    path("points/<int:pk>/", generated_form("admin:bridges_bridgepoint_change", *WORKERS), name="point"),
]
