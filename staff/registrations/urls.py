"""The people of a conference in the workspace."""

from django.urls import path

from staff.registrations import record, record_edit, table
from staff.registrations.telephone_page import telephone

_one = "people/<int:pk>/"

urlpatterns = [
    path("people/", table.people, name="people"),
    path("people/columns/", table.choose_columns, name="people_columns"),
    path("people/delegates.xlsx", table.export, {"ending": "xlsx"}, name="people_xlsx"),
    path("people/delegates.csv", table.export, {"ending": "csv"}, name="people_csv"),
    path("people/telephone/", telephone, name="telephone"),
    path(_one, record.registration, name="registration"),
    path(f"{_one}resend/", record.resend, name="registration_resend"),
    path(f"{_one}notes/", record.add_note, name="registration_note"),
    path(f"{_one}notes/<int:note>/delete/", record.delete_note, name="registration_note_delete"),
    path(f"{_one}people/", record_edit.delegates, name="registration_people"),
    *(
        path(f"{_one}{part}/", record_edit.edit, {"part": part}, name=f"registration_{part}")
        for part in record_edit.PARTS
    ),
]
