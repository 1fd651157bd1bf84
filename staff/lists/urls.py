"""Pages of the administration for lists in and out, and for papers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import path
from django.utils.module_loading import import_string

from staff.lists import downloads, mending, papers_page, views

_view = admin.site.admin_view
_conference = "lists/conference/<int:pk>/"
_job = "lists/import/<int:pk>/"


def _paper(name: str) -> Any:
    """The view at the dotted path ``name`` below ``staff.lists``, imported when it is first asked for.

    The libraries for Word take 9 MiB of each process that loads them, and few people make a paper.
    """

    def answer(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        response: HttpResponseBase = import_string(f"staff.lists.{name}")(request, **arguments)
        return response

    return _view(answer)


app_name = "lists"
urlpatterns = [
    path(_conference, _view(papers_page.overview), name="overview"),
    path(f"{_conference}delegates.xlsx", _view(downloads.conference_xlsx), name="conference_xlsx"),
    path(f"{_conference}delegates.csv", _view(downloads.conference_csv), name="conference_csv"),
    path(f"{_conference}letter/", _paper("letters.letter"), name="letter"),
    path(f"{_conference}letter/letter.docx", _paper("letters.letter_file"), name="letter_file"),
    path(f"{_conference}letter/default/", _paper("letters.letter_default"), name="letter_default"),
    path(f"{_conference}<slug:kind>/", _view(views.upload), name="upload"),
    path(f"{_conference}<slug:kind>/sample.xlsx", _view(views.sample_file), name="sample"),
    path(_job, _view(views.job_page), name="job"),
    path(f"{_job}progress/", views.job_progress, name="progress"),
    path(f"{_job}apply/", _view(views.apply), name="apply"),
    path(f"{_job}settle/", _view(mending.settle), name="settle"),
    path(f"{_job}row/<int:line>/", _view(mending.row), name="row"),
    path(f"{_job}refused.xlsx", _view(views.refused_file), name="refused"),
    path(f"{_job}dismiss/", _view(views.dismiss), name="dismiss"),
    path("lists/point/<int:pk>/delegates.docx", _paper("papers.point_docx"), name="point_docx"),
    path("lists/point/<int:pk>/delegates.xlsx", _view(downloads.point_xlsx), name="point_xlsx"),
    path("lists/point/<int:pk>/delegates.csv", _view(downloads.point_csv), name="point_csv"),
    path("lists/delegate/<int:pk>/letter.docx", _paper("papers.delegate_letter"), name="delegate_letter"),
    path("lists/guest/<int:pk>/letter.docx", _paper("papers.guest_letter"), name="guest_letter"),
    path("lists/invitation/<int:pk>/letters.docx", _paper("papers.guest_letters"), name="guest_letters"),
]
