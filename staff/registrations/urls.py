"""The people of a conference in the workspace."""

from django.urls import path

from staff.registrations.telephone_page import telephone
from staff.workspace.access import WORKERS
from staff.workspace.generated import generated_form, generated_list

urlpatterns = [
    path("people/", generated_list("admin:registrations_registration_changelist", *WORKERS), name="people"),
    path("people/telephone/", telephone, name="telephone"),
    path(
        "people/<int:pk>/",
        generated_form("admin:registrations_registration_change", *WORKERS),
        name="registration",
    ),
]
