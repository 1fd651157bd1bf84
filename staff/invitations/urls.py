"""The invitations of a conference in the workspace."""

from django.urls import path

from staff.workspace.access import ORGANISERS
from staff.workspace.generated import generated_form, generated_list

urlpatterns = [
    path("invitations/", generated_list("admin:registrations_invitation_changelist", *ORGANISERS), name="invitations"),
    path(
        "invitations/<int:pk>/",
        generated_form("admin:registrations_invitation_change", *ORGANISERS),
        name="invitation",
    ),
]
