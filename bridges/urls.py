"""Addresses of bridge points: the page of a conference, which shows them all."""

from django.urls import path

from bridges import views

app_name = "bridges"
urlpatterns = [
    path("<slug:slug>/", views.conference_page, name="conference"),
]
