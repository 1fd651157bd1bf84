"""Messages and papers in the workspace."""

from django.urls import path

from staff.workspace.access import EVERYBODY, WORKERS
from staff.workspace.generated import page_by_number

urlpatterns = [
    path("messages/", page_by_number("messaging:delivery", *WORKERS), name="messages"),
    path("papers/", page_by_number("lists:overview", *EVERYBODY), name="papers"),
]
