"""Pages of the administration for lists in and out, and for papers."""

from django.contrib import admin
from django.urls import path

from registrations import exchange_downloads, exchange_views, letter_views

_view = admin.site.admin_view
_conference = "exchange/conference/<int:pk>/"
_job = "exchange/import/<int:pk>/"

app_name = "exchange"
urlpatterns = [
    path(_conference, _view(exchange_downloads.overview), name="overview"),
    path(f"{_conference}delegates.xlsx", _view(exchange_downloads.conference_xlsx), name="conference_xlsx"),
    path(f"{_conference}delegates.csv", _view(exchange_downloads.conference_csv), name="conference_csv"),
    path(f"{_conference}letter/", _view(letter_views.letter), name="letter"),
    path(f"{_conference}letter/letter.docx", _view(letter_views.letter_file), name="letter_file"),
    path(f"{_conference}letter/default/", _view(letter_views.letter_default), name="letter_default"),
    path(f"{_conference}<slug:kind>/", _view(exchange_views.upload), name="upload"),
    path(f"{_conference}<slug:kind>/sample.xlsx", _view(exchange_views.sample_file), name="sample"),
    path(_job, _view(exchange_views.job_page), name="job"),
    path(f"{_job}progress/", exchange_views.job_progress, name="progress"),
    path(f"{_job}apply/", _view(exchange_views.apply), name="apply"),
    path(f"{_job}dismiss/", _view(exchange_views.dismiss), name="dismiss"),
    path("exchange/point/<int:pk>/delegates.docx", _view(exchange_downloads.point_docx), name="point_docx"),
    path("exchange/point/<int:pk>/delegates.xlsx", _view(exchange_downloads.point_xlsx), name="point_xlsx"),
    path("exchange/point/<int:pk>/delegates.csv", _view(exchange_downloads.point_csv), name="point_csv"),
    path("exchange/delegate/<int:pk>/letter.docx", _view(exchange_downloads.delegate_letter), name="delegate_letter"),
    path("exchange/guest/<int:pk>/letter.docx", _view(exchange_downloads.guest_letter), name="guest_letter"),
    path("exchange/invitation/<int:pk>/letters.docx", _view(exchange_downloads.guest_letters), name="guest_letters"),
]
