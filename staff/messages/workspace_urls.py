"""Messages in the workspace."""

from django.urls import path

from staff.workspace.access import WORKERS
from staff.workspace.generated import page_by_number

urlpatterns = [
    path("messages/", page_by_number("messaging:delivery", *WORKERS), name="messages"),
]
