"""Papers in the workspace."""

from django.urls import path

from staff.lists import papers_page

urlpatterns = [
    path("papers/", papers_page.papers, name="papers"),
    path("papers/delegates-without-contacts.xlsx", papers_page.names, name="papers_names"),
    path("papers/<int:pk>/delegates.docx", papers_page.delegate_list, name="leader_list"),
]
