"""The people of a conference in the workspace."""

from django.urls import path

from staff.registrations import table
from staff.registrations.telephone_page import telephone
from staff.workspace.access import WORKERS
from staff.workspace.generated import generated_form

urlpatterns = [
    path("people/", table.people, name="people"),
    path("people/columns/", table.choose_columns, name="people_columns"),
    path("people/delegates.xlsx", table.export, {"ending": "xlsx"}, name="people_xlsx"),
    path("people/delegates.csv", table.export, {"ending": "csv"}, name="people_csv"),
    path("people/telephone/", telephone, name="telephone"),
    path(
        "people/<int:pk>/",
        generated_form("admin:registrations_registration_change", *WORKERS),
        name="registration",
    ),
]
