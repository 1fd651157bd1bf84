"""Messages and papers in the workspace."""

from django.urls import path

from staff.roles import papers
from staff.workspace.access import WORKERS
from staff.workspace.generated import page_by_number

urlpatterns = [
    path("messages/", page_by_number("messaging:delivery", *WORKERS), name="messages"),
    path("papers/", papers.papers, name="papers"),
    path("papers/<int:pk>/delegates.docx", papers.delegate_list, name="leader_list"),
]
