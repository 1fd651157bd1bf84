"""The guide, below ``/admin/``."""

from django.urls import path

from staff.help import views

app_name = "help"
urlpatterns = [
    path("help/", views.contents, name="contents"),
    path("help/<slug:name>/", views.chapter, name="chapter"),
]
