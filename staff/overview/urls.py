"""The overview in the workspace."""

from django.urls import path

from staff.overview import views

urlpatterns = [
    path("", views.overview_page, name="overview"),
    path("unreachable/", views.unreachable, name="unreachable"),
    path("doubles/", views.doubles, name="doubles"),
]
